# Every chore of the project. What a target needs and does not find (PostgreSQL, a C compiler,
# Node, Chromium, the linter) is installed or built by the scripts it calls.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run generate verify lint test workers cover audit playground clients client client-generate client-figures web web-build browser openapi schema-diff release-schema bench pgo bench-live bench-edge hostile fuzz

# The packages whose coverage counts, whichever package's tests reach them.
covered := graph internal/loaders internal/store internal/auth
audit := internal/server/audit
playground := internal/server/playground/browser
openapi := internal/rest/lint
released := schema/released/schema.graphql
client := clients/typescript

# Tests try the program as it is built without default.pgo, for which all that it consists of would be compiled once more.
test workers cover audit playground clients client browser: export GOFLAGS += -pgo=off

help: ## Print this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: ## Start the server; without DATABASE_URL it is the demo, on http://127.0.0.1:8080
	go run .

generate: ## Bring the generated code and the resolvers' signatures up to date with schema/
	go run ./internal/generate

verify: ## Fail unless generated code, go.mod and formatting are as they should be
	scripts/verify

lint: ## Run the linters of .golangci.yml
	scripts/golangci-lint run

test: ## Run all tests with the race detector, against a PostgreSQL of their own
	@scripts/need gcc gcc libc6-dev
	scripts/with-postgres go test -race -shuffle=on -timeout 10m ./...

workers: ## Run the example workers of docs/workers.md alone, as "test" does among others
	go test -count=1 -v -run '^TestExampleWorkers$$|^TestWorkersDocument$$' .

cover: ## Print how many statements of the central packages the tests run, by package
	scripts/with-postgres scripts/coverage $(covered)

audit: $(audit)/node_modules/.package-lock.json ## Hold the running server against GraphQL over HTTP
	scripts/with-server bash -c 'node $(audit)/audit.mjs "$$REELGRAPH_URL/graphql"'

playground: web/browser/node_modules/.package-lock.json ## Use the playground of the running server in a real browser
	@[[ -n $${CHROMIUM:-} ]] || scripts/need chromium chromium
	npm test --silent --prefix $(playground)
	@mkdir -p web/browser/screenshots
	CHROMIUM=$${CHROMIUM:-$$(command -v chromium)} scripts/with-server bash -c 'node $(playground)/check.mjs "$$REELGRAPH_URL" \
	  --screenshot web/browser/screenshots/playground.png --live web/browser/screenshots/playground-live.png'

openapi: $(openapi)/node_modules/.package-lock.json ## Lint the description of the REST routes
	npm run lint --silent --prefix $(openapi)

bench: ## Measure the server against others that answer the same, as bench/README.md tells; it takes some 13 minutes and wants the machine for itself
	DURABLE=1 scripts/with-postgres go run ./bench/compare -out bench/README.md -json bench/results.json

pgo: ## Take the profile that the program is built with, default.pgo; it takes some two minutes
	DURABLE=1 scripts/with-postgres go run ./bench/compare -sides ours -rounds 0 -for 4s \
	  -only videos1Uniform,videos20Uniform,videos100Uniform,videos20Hot,jobs20,activityHot -profile default.pgo

bench-live: ## Measure the live side, as bench/README.md tells; it takes some five minutes and wants the machine for itself
	DURABLE=1 scripts/with-postgres go run ./bench/live
	DURABLE=1 scripts/with-postgres go run ./bench/live kill
	DURABLE=1 scripts/with-postgres go run ./bench/live kill -clients 1000 -runs 5
	go test -run '^$$' -bench Watchers -benchtime 2000x ./internal/live

bench-edge: ## Measure what a poll costs by each way, as bench/README.md tells; it takes some six minutes and wants the machine for itself
	DURABLE=1 scripts/with-postgres go run ./bench/edge

hostile: ## Attack the server in every way that bench/hostile knows, and write into bench/README.md what it takes; some minutes
	go run ./bench/hostile -out bench/README.md

fuzz: ## Run each fuzz test for FUZZTIME, by default 30s, one after the other
	@scripts/fuzz

clients: clients/node_modules/.package-lock.json ## Use the server with the GraphQL clients that front ends have, and behind nginx
	@PATH="$$PATH:/usr/sbin" scripts/need nginx nginx
	scripts/with-program npm test --silent --prefix clients

client: $(client)/dist/index.js ## Check and build the npm package of clients/typescript, and test it against the program
	scripts/unchanged $(client)/src/generated $(client)/persisted-documents.json -- $(MAKE) --no-print-directory client-generate
	npm run lint --silent --prefix $(client)
	node $(client)/scripts/pack.mjs
	node $(client)/scripts/size.mjs
	scripts/with-program npm test --silent --prefix $(client)

client-generate: $(client)/node_modules/.package-lock.json ## Bring the client's documents and types up to date with schema/ and its operations
	npm run generate --silent --prefix $(client)

client-figures: $(client)/dist/index.js ## Renew the list of what is in the npm package, and the sizes in its README
	node $(client)/scripts/pack.mjs --write
	node $(client)/scripts/size.mjs --write

web: $(client)/dist/index.js web/node_modules/.package-lock.json ## Check the app of web/, and that web/dist is what its sources build
	npm run lint --silent --prefix web
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	npm run build --silent --prefix web -- --outDir "$$folder" --emptyOutDir --logLevel warn && \
	{ diff -r --brief "$$folder" web/dist || { echo 'web/dist is not what web/ builds; "make web-build" renews it' >&2; exit 1; }; }

web-build: $(client)/dist/index.js web/node_modules/.package-lock.json ## Renew web/dist, the built app, which the program embeds
	npm run build --silent --prefix web

browser: web/browser/node_modules/.package-lock.json ## Use the app of a running server in a real browser
	@[[ -n $${CHROMIUM:-} ]] || scripts/need chromium chromium
	@[[ -n $$(fc-list :lang=ko) ]] || scripts/need 'a Korean font' fonts-nanum
	CHROMIUM=$${CHROMIUM:-$$(command -v chromium)} scripts/with-server npm test --silent --prefix web/browser

schema-diff: clients/node_modules/.package-lock.json ## Fail where the schema breaks clients of the last release
	node clients/schema-diff.mjs $(released) schema/*.graphqls

release-schema: ## Take the schema as it is for that of the last release; a part of making one
	cat schema/*.graphqls > $(released)

# What the package publishes; the app is built on it.
$(client)/dist/index.js: $(client)/node_modules/.package-lock.json $(wildcard $(client)/tsconfig*.json $(client)/src/*.ts $(client)/src/*/*.ts)
	npm run build --silent --prefix $(client)

# npm writes this file last, when all else is in place.
%/node_modules/.package-lock.json: %/package.json %/package-lock.json
	@scripts/need npm nodejs npm
	npm ci --prefix $*
