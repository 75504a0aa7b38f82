package config_test

import (
	"bytes"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"reelgraph/internal/config"
	"reelgraph/models"
)

const (
	secret   = "0123456789abcdef0123456789abcdef"
	database = "postgres://reelgraph:hunter2@db.example.com:5432/reelgraph"
	user     = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"
)

type environment map[string]string

func (e environment) with(more environment) environment {
	all := environment{}
	maps.Copy(all, e)
	maps.Copy(all, more)
	return all
}

var (
	server = environment{"DATABASE_URL": database, "JWT_SECRET": secret}
	filled = environment{"DATABASE_URL": database}
)

const badNATS = "NATS_URL must be a URL like nats://USER:PASSWORD@HOST:PORT or tls://HOST:PORT, with %-escapes for special characters, or several with commas"

const (
	badNetworks  = "TRUSTED_PROXIES must be networks like 10.0.0.0/8 or fd00::/8, or addresses, with commas between them"
	badCollector = "OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL"
)

func parse(arguments string, env environment) (config.Command, string, error) {
	var stdout bytes.Buffer
	command, err := config.Parse(strings.Fields(arguments), func(name string) string { return env[name] }, &stdout, config.Rules{
		MaxComplexity: 54321,
		RateLimit:     98765,
		CheckOrigins: func(origins []string) error {
			for _, origin := range origins {
				if !strings.Contains(origin, "://") {
					return errors.New("not an origin")
				}
			}
			return nil
		},
	})
	return command, stdout.String(), err
}

func TestCommands(t *testing.T) {
	t.Parallel()
	id, _ := models.ParseID(user)
	demo := config.Serve{
		ListenAddr: "127.0.0.1:8080", Playground: "on", Introspection: "on", AutoMigrate: "on",
		MaxBatchSize: 100, MaxComplexity: 54321, MaxStreams: 1000, RateLimit: 98765, DrainTimeout: 10 * time.Second,
	}
	serve := config.Serve{
		DatabaseURL: database, ListenAddr: ":8080", JWTSecret: secret, AutoMigrate: "on",
		MaxBatchSize: 100, MaxComplexity: 54321, MaxStreams: 1000, RateLimit: 98765, DrainTimeout: 10 * time.Second,
	}
	changed := func(settings config.Serve, change func(*config.Serve)) *config.Serve {
		change(&settings)
		return &settings
	}
	for name, test := range map[string]struct {
		arguments string
		env       environment
		want      config.Command
	}{
		"nothing is the demo":    {want: &demo},
		"serve without a URL":    {arguments: "serve", want: &demo},
		"empty is not set":       {env: environment{"DATABASE_URL": " ", "JWT_SECRET": "\t", "JWT_ISSUER": "", "MAX_BATCH_SIZE": " "}, want: &demo},
		"serve":                  {arguments: "serve", env: server, want: &serve},
		"serve without its name": {env: server, want: &serve},
		"the demo's own": {
			env:  environment{"PLAYGROUND": "off", "INTROSPECTION": "OFF", "LISTEN_ADDR": "localhost:0"},
			want: changed(demo, func(s *config.Serve) { s.Playground, s.Introspection, s.ListenAddr = "off", "off", "localhost:0" }),
		},
		"every setting, with spaces around": {
			env: environment{
				"DATABASE_URL": " sqlite:/var/lib/reel graph.db ", "LISTEN_ADDR": " [::1]:9000\n",
				"NATS_URL": " nats://alice:hunter%322@a.example.com , tls://t0ken@[::1]:4222 ", "JWT_SECRET": " " + secret + " ",
				"JWT_JWKS_URL": " https://id.example.com/keys ", "JWT_ISSUER": " https://id.example.com ", "JWT_AUDIENCE": " reelgraph ",
				"PLAYGROUND": " On ", "INTROSPECTION": "true", "CORS_ORIGINS": " https://a.example.com , ,https://b.example.com,",
				"MAX_BATCH_SIZE": " 1000 ", "MAX_COMPLEXITY": "1", "MAX_STREAMS": "1000000", "AUTO_MIGRATE": "false", "DRAIN_TIMEOUT": " 1m30s ",
				"RATE_LIMIT": " 0 ", "TRUSTED_PROXIES": " 10.1.2.3/8 , ,192.0.2.1, FD00::1/8,2001:db8::1 ,::ffff:172.16.0.0/108, ::ffff:192.0.2.2",
				"PERSISTED_OPERATIONS": " /etc/reel graph/operations.json ", "OTEL_EXPORTER_OTLP_ENDPOINT": " https://collector.example.com:4318/otlp ",
				"LOG_LEVEL": "WARN", "LOG_FORMAT": "Json", "PPROF_ADDR": " localhost:6060 ",
			},
			want: &config.Serve{
				DatabaseURL: "sqlite:/var/lib/reel graph.db", ListenAddr: "[::1]:9000",
				NATSURL: "nats://alice:hunter%322@a.example.com , tls://t0ken@[::1]:4222", JWTSecret: " " + secret + " ",
				JWTJWKSURL: "https://id.example.com/keys", JWTIssuer: "https://id.example.com", JWTAudience: "reelgraph",
				Playground: "on", Introspection: "on", CORSOrigins: []string{"https://a.example.com", "https://b.example.com"},
				MaxBatchSize: 1000, MaxComplexity: 1, MaxStreams: 1_000_000, AutoMigrate: "off", DrainTimeout: 90 * time.Second,
				TrustedProxies: []netip.Prefix{
					netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("fd00::/8"),
					netip.MustParsePrefix("2001:db8::1/128"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.0.2.2/32"),
				},
				PersistedOperations: "/etc/reel graph/operations.json", OTELExporterOTLPEndpoint: "https://collector.example.com:4318/otlp",
				LogLevel: slog.LevelWarn, LogFormat: "json", PprofAddr: "localhost:6060",
			},
		},
		"a flag counts for more": {
			arguments: "--listen-addr=:1 --max-batch-size=5", env: server.with(environment{"LISTEN_ADDR": ":2", "MAX_BATCH_SIZE": "6"}),
			want: changed(serve, func(s *config.Serve) { s.ListenAddr, s.MaxBatchSize = ":1", 5 }),
		},
		"proxies, each said for itself": {
			arguments: "--trusted-proxies=10.0.0.0/8 --trusted-proxies=::1", env: server.with(environment{"TRUSTED_PROXIES": "192.0.2.1"}),
			want: changed(serve, func(s *config.Serve) {
				s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
			}),
		},
		"a demo with limits, proxies, operations and a collector": {
			env: environment{
				"RATE_LIMIT": "1", "TRUSTED_PROXIES": "0.0.0.0/0", "PERSISTED_OPERATIONS": "manifest.json", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318",
			},
			want: changed(demo, func(s *config.Serve) {
				s.RateLimit, s.TrustedProxies = 1, []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
				s.PersistedOperations, s.OTELExporterOTLPEndpoint = "manifest.json", "http://localhost:4318"
			}),
		},
		"the default complexity grows with the batches": {
			env:  server.with(environment{"MAX_BATCH_SIZE": "250"}),
			want: changed(serve, func(s *config.Serve) { s.MaxBatchSize, s.MaxComplexity = 250, 135802 }),
		},
		"and does not shrink": {
			env:  server.with(environment{"MAX_BATCH_SIZE": "1"}),
			want: changed(serve, func(s *config.Serve) { s.MaxBatchSize = 1 }),
		},
		"migrate needs the database alone": {
			arguments: "migrate", env: filled.with(environment{"JWT_SECRET": "short", "MAX_BATCH_SIZE": "many"}),
			want: &config.Migrate{DatabaseURL: database},
		},
		"seed": {
			arguments: "seed --users 1 --videos 2 --jobs 0 --notifications 4 --random-seed 18446744073709551615 --until 2026-02-03", env: filled,
			want: &config.Seed{Users: 1, Videos: 2, Notifications: 4, RandomSeed: 18446744073709551615, Until: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC), DatabaseURL: database},
		},
		"seed until an instant": {
			arguments: "seed --until=2026-02-03T01:02:03.5+01:00", env: filled,
			want: &config.Seed{
				Users: 1000, Videos: 10000, Jobs: 5000, Notifications: 20000, RandomSeed: 1,
				Until: time.Date(2026, 2, 3, 0, 2, 3, 500_000_000, time.UTC), DatabaseURL: database,
			},
		},
		"token": {
			arguments: "token --user " + user, env: environment{"JWT_SECRET": secret},
			want: &config.Token{User: id, TTL: time.Hour, JWTSecret: secret},
		},
		"token with roles": {
			arguments: "token --user=" + strings.ToUpper(user) + " --role admin,Worker, --role=SERVICE --ttl=87600h", env: environment{"JWT_SECRET": secret},
			want: &config.Token{User: id, Role: []models.Role{"ADMIN", "WORKER", "SERVICE"}, TTL: 87600 * time.Hour, JWTSecret: secret},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, stdout, err := parse(test.arguments, test.env)
			if err != nil || stdout != "" {
				t.Fatalf("error %v, printed %q", err, stdout)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestSeedCountsBackFromTheStartOfToday(t *testing.T) {
	t.Parallel()
	before := time.Now().UTC()
	got, _, err := parse("seed", filled)
	if err != nil {
		t.Fatal(err)
	}
	until := got.(*config.Seed).Until
	day := func(at time.Time) time.Time { return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC) }
	if !until.Equal(day(before)) && !until.Equal(day(time.Now().UTC())) {
		t.Errorf("got %v", until)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments string
		env       environment
		want      string
	}{
		"LISTEN_ADDR without a port":     {env: environment{"LISTEN_ADDR": "localhost"}, want: `LISTEN_ADDR must be HOST:PORT, such as 127.0.0.1:8080 or :8080, not "localhost"`},
		"LISTEN_ADDR with a wrong port":  {env: environment{"LISTEN_ADDR": ":65536"}, want: `LISTEN_ADDR must be HOST:PORT, such as 127.0.0.1:8080 or :8080, not ":65536"`},
		"LISTEN_ADDR with a port's name": {env: environment{"LISTEN_ADDR": ":http"}, want: `LISTEN_ADDR must be HOST:PORT, such as 127.0.0.1:8080 or :8080, not ":http"`},
		"DATABASE_URL of another kind":   {env: server.with(environment{"DATABASE_URL": "mysql://root:hunter2@localhost"}), want: `DATABASE_URL must begin with postgres:// or sqlite:`},
		"DATABASE_URL without slashes":   {env: server.with(environment{"DATABASE_URL": "postgres:hunter2"}), want: `DATABASE_URL must have the form postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %-escapes for special characters`},
		"DATABASE_URL with a bad escape": {env: server.with(environment{"DATABASE_URL": "postgres://u:hunter2%zz@h/d"}), want: `DATABASE_URL must have the form postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %-escapes for special characters`},
		"DATABASE_URL without a file":    {env: server.with(environment{"DATABASE_URL": "sqlite:"}), want: `DATABASE_URL must name a file behind sqlite:`},
		"DATABASE_URL in memory":         {env: server.with(environment{"DATABASE_URL": "sqlite::memory:"}), want: `DATABASE_URL must name a file behind sqlite:`},
		"no key":                         {env: filled, want: `JWT_SECRET or JWT_JWKS_URL is required`},
		"a short secret":                 {env: filled.with(environment{"JWT_SECRET": secret[1:]}), want: `JWT_SECRET must have at least 32 bytes, not 31`},
		"keys of no URL":                 {env: filled.with(environment{"JWT_JWKS_URL": "id.example.com/hunter2", "JWT_ISSUER": "id"}), want: `JWT_JWKS_URL must be an http or https URL`},
		"keys for anybody":               {env: server.with(environment{"JWT_JWKS_URL": "https://id.example.com"}), want: `JWT_JWKS_URL needs JWT_ISSUER or JWT_AUDIENCE`},
		"a demo with a secret":           {env: environment{"JWT_SECRET": secret}, want: `JWT_SECRET cannot be used without DATABASE_URL: the demo makes its own tokens`},
		"a demo with everything": {
			env:  environment{"JWT_SECRET": secret, "JWT_JWKS_URL": "https://id.example.com", "JWT_ISSUER": "i", "JWT_AUDIENCE": "a"},
			want: `JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE cannot be used without DATABASE_URL: the demo makes its own tokens`,
		},
		"NATS_URL without a scheme":      {env: server.with(environment{"NATS_URL": "host:4222"}), want: badNATS},
		"NATS_URL of another kind":       {env: server.with(environment{"NATS_URL": "ws://alice:hunter2@host"}), want: badNATS},
		"NATS_URL without a host":        {env: server.with(environment{"NATS_URL": "nats://"}), want: badNATS},
		"NATS_URL with a bad escape":     {env: server.with(environment{"NATS_URL": "nats://alice:hunter2%zz@host"}), want: badNATS},
		"NATS_URL with a high port":      {env: server.with(environment{"NATS_URL": "nats://host:65536"}), want: badNATS},
		"NATS_URL of several, one empty": {env: server.with(environment{"NATS_URL": "nats://host:4222,"}), want: badNATS},
		"NATS_URL of several, one bad":   {env: server.with(environment{"NATS_URL": "nats://host:4222, hunter2"}), want: badNATS},
		"a demo with NATS":               {env: environment{"NATS_URL": "nats://alice:hunter2@host"}, want: `NATS_URL cannot be used without DATABASE_URL: the demo is one instance alone`},
		"a demo with both": {
			env:  environment{"NATS_URL": "hunter2", "JWT_ISSUER": "i"},
			want: `JWT_ISSUER cannot be used without DATABASE_URL: the demo makes its own tokens; NATS_URL cannot be used without DATABASE_URL: the demo is one instance alone`,
		},
		"PLAYGROUND":              {env: environment{"PLAYGROUND": "yes"}, want: `PLAYGROUND must be on, off, true or false, not "yes"`},
		"INTROSPECTION":           {env: environment{"INTROSPECTION": "1"}, want: `INTROSPECTION must be on, off, true or false, not "1"`},
		"AUTO_MIGRATE":            {env: server.with(environment{"AUTO_MIGRATE": "never"}), want: `AUTO_MIGRATE must be on, off, true or false, not "never"`},
		"CORS_ORIGINS":            {env: environment{"CORS_ORIGINS": "https://a.example.com,b"}, want: `CORS_ORIGINS: not an origin`},
		"MAX_BATCH_SIZE too low":  {env: environment{"MAX_BATCH_SIZE": "0"}, want: `MAX_BATCH_SIZE must be a whole number from 1 to 1000, not "0"`},
		"MAX_BATCH_SIZE too high": {env: environment{"MAX_BATCH_SIZE": "1001"}, want: `MAX_BATCH_SIZE must be a whole number from 1 to 1000, not "1001"`},
		"MAX_BATCH_SIZE in words": {env: environment{"MAX_BATCH_SIZE": "a\nhundred"}, want: `MAX_BATCH_SIZE must be a whole number from 1 to 1000, not "a\nhundred"`},
		"MAX_COMPLEXITY":          {env: environment{"MAX_COMPLEXITY": "-1"}, want: `MAX_COMPLEXITY must be a whole number from 1 to 2147483647, not "-1"`},
		"MAX_STREAMS":             {env: environment{"MAX_STREAMS": "0"}, want: `MAX_STREAMS must be a whole number from 1 to 1000000, not "0"`},
		"MAX_STREAMS too high":    {env: environment{"MAX_STREAMS": "1000001"}, want: `MAX_STREAMS must be a whole number from 1 to 1000000, not "1000001"`},
		"RATE_LIMIT below 0":      {env: environment{"RATE_LIMIT": "-1"}, want: `RATE_LIMIT must be a whole number from 0 to 2147483647, not "-1"`},
		"RATE_LIMIT too high":     {env: environment{"RATE_LIMIT": "2147483648"}, want: `RATE_LIMIT must be a whole number from 0 to 2147483647, not "2147483648"`},
		"RATE_LIMIT in words":     {env: environment{"RATE_LIMIT": "none"}, want: `RATE_LIMIT must be a whole number from 0 to 2147483647, not "none"`},
		"TRUSTED_PROXIES":         {env: environment{"TRUSTED_PROXIES": "10.0.0.0/8, proxy.example.com"}, want: badNetworks + `, not "proxy.example.com"`},
		"a network too small":     {env: environment{"TRUSTED_PROXIES": "10.0.0.0/33"}, want: badNetworks + `, not "10.0.0.0/33"`},
		"a network with a port":   {env: environment{"TRUSTED_PROXIES": "10.0.0.1:80"}, want: badNetworks + `, not "10.0.0.1:80"`},
		"an address with a zone":  {env: environment{"TRUSTED_PROXIES": "::1,fe80::1%eth0"}, want: badNetworks + `, not "fe80::1%eth0"`},
		"a network with a zone":   {env: environment{"TRUSTED_PROXIES": "fe80::%eth0/10"}, want: badNetworks + `, not "fe80::%eth0/10"`},
		"everybody":               {env: environment{"TRUSTED_PROXIES": "*"}, want: badNetworks + `, not "*"`},
		"a collector of no host":  {env: environment{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://:4318"}, want: badCollector},
		"a collector over gRPC":   {env: server.with(environment{"OTEL_EXPORTER_OTLP_ENDPOINT": "grpc://hunter2@localhost:4317"}), want: badCollector},
		"a collector of no URL":   {env: server.with(environment{"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318"}), want: badCollector},
		"a long value":            {env: environment{"MAX_COMPLEXITY": strings.Repeat("é", 50)}, want: `MAX_COMPLEXITY must be a whole number from 1 to 2147483647, not "` + strings.Repeat("é", 40) + `…"`},
		"DRAIN_TIMEOUT of none":   {env: environment{"DRAIN_TIMEOUT": "0s"}, want: `DRAIN_TIMEOUT must be a duration like 10s, above 0 and at most 1h, not "0s"`},
		"DRAIN_TIMEOUT no unit":   {env: environment{"DRAIN_TIMEOUT": "10"}, want: `DRAIN_TIMEOUT must be a duration like 10s, above 0 and at most 1h, not "10"`},
		"DRAIN_TIMEOUT of days":   {env: environment{"DRAIN_TIMEOUT": "48h"}, want: `DRAIN_TIMEOUT must be a duration like 10s, above 0 and at most 1h, not "48h"`},
		"LOG_LEVEL":               {env: environment{"LOG_LEVEL": "verbose"}, want: `LOG_LEVEL must be debug, info, warn or error, not "verbose"`},
		"LOG_FORMAT":              {env: environment{"LOG_FORMAT": "xml"}, want: `LOG_FORMAT must be text or json, not "xml"`},
		"PPROF_ADDR":              {env: environment{"PPROF_ADDR": "6060"}, want: `PPROF_ADDR must be HOST:PORT, such as 127.0.0.1:8080 or :8080, not "6060"`},
		"all at once": {
			env: environment{
				"DATABASE_URL": "mysql:", "JWT_SECRET": "hunter2", "JWT_JWKS_URL": "hunter2", "LISTEN_ADDR": "8080", "MAX_BATCH_SIZE": "x",
				"CORS_ORIGINS": "x", "LOG_LEVEL": "x",
			},
			want: `LISTEN_ADDR must be HOST:PORT, such as 127.0.0.1:8080 or :8080, not "8080"; ` +
				`MAX_BATCH_SIZE must be a whole number from 1 to 1000, not "x"; ` +
				`LOG_LEVEL must be debug, info, warn or error, not "x"; ` +
				`DATABASE_URL must begin with postgres:// or sqlite:; ` +
				`JWT_SECRET must have at least 32 bytes, not 7; ` +
				`JWT_JWKS_URL must be an http or https URL; ` +
				`JWT_JWKS_URL needs JWT_ISSUER or JWT_AUDIENCE; ` +
				`CORS_ORIGINS: not an origin`,
		},
		"a flag":                  {arguments: "--max-batch-size=0", want: `--max-batch-size: must be a whole number from 1 to 1000, not "0"`},
		"an unknown command":      {arguments: "start", want: `unexpected argument start`},
		"an unknown flag":         {arguments: "serve --prot=1", want: `unknown flag --prot`},
		"migrate without a URL":   {arguments: "migrate", want: `DATABASE_URL is required by migrate`},
		"migrate of another kind": {arguments: "migrate", env: environment{"DATABASE_URL": "x"}, want: `DATABASE_URL must begin with postgres:// or sqlite:`},
		"seed without a URL":      {arguments: "seed", want: `DATABASE_URL is required by seed`},
		"seed of less than none":  {arguments: "seed --videos=-1", env: filled, want: `--videos: must be a whole number from 0 to 1000000000, not "-1"`},
		"seed until never":        {arguments: "seed --until tomorrow", env: filled, want: `--until: must be a time like 2026-01-31T12:00:00Z or a date like 2026-01-31, not "tomorrow"`},
		"token without a secret":  {arguments: "token --user " + user, want: `JWT_SECRET is required by token`},
		"token, a short secret":   {arguments: "token --user " + user, env: environment{"JWT_SECRET": "hunter2"}, want: `JWT_SECRET must have at least 32 bytes, not 7`},
		"token without a user":    {arguments: "token", env: environment{"JWT_SECRET": secret}, want: `missing flags: --user=ID`},
		"token of no UUID":        {arguments: "token --user bob", env: environment{"JWT_SECRET": secret}, want: `--user: "bob" is not a UUID`},
		"token of a strange role": {arguments: "token --user " + user + " --role user,root", env: environment{"JWT_SECRET": secret}, want: `--role: must be USER, WORKER, SERVICE or ADMIN, not "root"`},
		"token for no time":       {arguments: "token --user " + user + " --ttl 0h", env: environment{"JWT_SECRET": secret}, want: `--ttl: must be a duration like 1h, above 0 and at most 87600h (ten years), not "0h"`},
		"token for ever":          {arguments: "token --user " + user + " --ttl 87601h", env: environment{"JWT_SECRET": secret}, want: `--ttl: must be a duration like 1h, above 0 and at most 87600h (ten years), not "87601h"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command, stdout, err := parse(test.arguments, test.env)
			if err == nil {
				t.Fatalf("no error, but %+v", command)
			}
			if err.Error() != test.want {
				t.Errorf("\n got %s\nwant %s", err, test.want)
			}
			if strings.ContainsAny(err.Error(), "\n\r") || strings.Contains(err.Error(), "hunter2") || stdout != "" {
				t.Errorf("more than a line, a secret, or something on standard output: %q %q", err, stdout)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	variables := []string{
		"DATABASE_URL", "LISTEN_ADDR", "NATS_URL", "JWT_SECRET", "JWT_JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE", "PLAYGROUND", "INTROSPECTION",
		"CORS_ORIGINS", "MAX_BATCH_SIZE", "MAX_COMPLEXITY", "MAX_STREAMS", "RATE_LIMIT", "TRUSTED_PROXIES", "PERSISTED_OPERATIONS",
		"AUTO_MIGRATE", "DRAIN_TIMEOUT", "LOG_LEVEL", "LOG_FORMAT", "OTEL_EXPORTER_OTLP_ENDPOINT", "PPROF_ADDR",
	}
	for arguments, wanted := range map[string][]string{
		"--help":         append([]string{"serve", "migrate", "seed", "token", "54321", "98765", "127.0.0.1:8080"}, variables...),
		"serve --help":   append([]string{"54321", "98765", "127.0.0.1:8080"}, variables...),
		"-h":             variables,
		"migrate --help": {"DATABASE_URL"},
		"seed --help":    {"--users", "--videos", "--jobs", "--notifications", "--random-seed", "--until", "DATABASE_URL"},
		"token --help":   {"--user", "--role", "--ttl", "JWT_SECRET"},
	} {
		t.Run(arguments, func(t *testing.T) {
			t.Parallel()
			// Even where what is set could not be used.
			command, stdout, err := parse(arguments, environment{"JWT_SECRET": "hunter2", "MAX_BATCH_SIZE": "hunter2"})
			if command != nil || err != nil {
				t.Fatalf("got %v, %v", command, err)
			}
			for _, word := range wanted {
				if !strings.Contains(stdout, word) {
					t.Errorf("%s is not in\n%s", word, stdout)
				}
			}
			if strings.Contains(stdout, "hunter2") {
				t.Errorf("shows what is set:\n%s", stdout)
			}
		})
	}
}
