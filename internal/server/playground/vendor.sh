#!/bin/sh
# Fetches the files that the playground takes from npm into third_party/, as package-lock.json
# there pins them (npm checks each package against its integrity hash), gathers their licences,
# and compares all with SHA256SUMS before it replaces anything.
#
# To take other versions: change package.json, run `npm install --package-lock-only` beside it,
# then this script with --record, which writes SHA256SUMS anew instead of comparing.
#
# usage: vendor.sh [--record]
set -eu

case "${1-}" in
'' | --record) ;;
*)
	echo "usage: vendor.sh [--record]" >&2
	exit 2
	;;
esac

cd "$(dirname "$0")/third_party"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp package.json package-lock.json .npmrc "$work"
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund)

modules=$work/node_modules
new=$work/new
mkdir "$new"
cp "$modules/graphiql/graphiql.min.js" \
	"$modules/graphiql/graphiql.min.css" \
	"$modules/react/umd/react.production.min.js" \
	"$modules/react-dom/umd/react-dom.production.min.js" \
	"$new"
node licenses.mjs "$modules" >"$new/LICENSES.txt"
chmod 644 "$new"/*

if [ "${1-}" = --record ]; then
	(cd "$new" && sha256sum -- *) >SHA256SUMS
fi
sums=$PWD/SHA256SUMS
(cd "$new" && sha256sum --check --strict "$sums")
cp "$new"/* .
