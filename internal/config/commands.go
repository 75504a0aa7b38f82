package config

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"reelgraph/models"
)

// Serve runs the server.
type Serve struct {
	// DatabaseURL is empty for the demo.
	DatabaseURL string `group:"settings" type:"text" placeholder:"URL" help:"postgres://… or sqlite:PATH; without it, the demo."`
	ListenAddr  string `group:"settings" type:"address" placeholder:"HOST:PORT" help:"Where to listen; by default :8080, in the demo 127.0.0.1:8080."`

	// NATSURL is empty where changes stay in the process.
	NATSURL string `group:"settings" name:"nats-url" type:"text" placeholder:"URL,…" help:"nats://… or tls://…: carries changes between instances; by default none."`

	JWTSecret   string `group:"settings" name:"jwt-secret" placeholder:"SECRET" help:"What tokens are signed with (HS256): at least 32 bytes. This or JWT_JWKS_URL is required, but in the demo."`
	JWTJWKSURL  string `group:"settings" name:"jwt-jwks-url" type:"text" placeholder:"URL" help:"Keys of an identity provider (RS256, ES256, EdDSA); needs JWT_ISSUER or JWT_AUDIENCE."`
	JWTIssuer   string `group:"settings" name:"jwt-issuer" type:"text" placeholder:"TEXT" help:"The iss that every token must have; by default none."`
	JWTAudience string `group:"settings" name:"jwt-audience" type:"text" placeholder:"TEXT" help:"The aud that every token must have; by default none."`

	Playground    Switch   `group:"settings" type:"switch" placeholder:"on|off" help:"GraphiQL at / and the example app at /app; by default on in the demo, else off."`
	Introspection Switch   `group:"settings" type:"switch" placeholder:"on|off" help:"Lets clients ask for the schema; by default on in the demo, else off."`
	CORSOrigins   []string `group:"settings" name:"cors-origins" type:"list" placeholder:"ORIGIN,…" help:"Other browser origins that may call, e.g. https://app.example.com; by default none."`

	MaxBatchSize  int `group:"settings" type:"batch-size" default:"100" placeholder:"100" help:"How many ids a field takes, 1 to 1000; by default 100."`
	MaxComplexity int `group:"settings" type:"complexity" placeholder:"${max_complexity}" help:"How much one operation may ask for; by default ${max_complexity}, or more by as much as MAX_BATCH_SIZE is more than 100."`
	MaxStreams    int `group:"settings" type:"streams" default:"1000" placeholder:"1000" help:"How many sockets and event streams one caller (user, else address) may keep open, 1 to 1000000; by default 1000."`

	// RateLimit is 0 where there is none.
	RateLimit      int            `group:"settings" type:"rate" default:"${rate_limit}" placeholder:"${rate_limit}" help:"How many points of cost one caller (user, else address) has a minute, 0 for no limit; by default ${rate_limit}."`
	TrustedProxies []netip.Prefix `group:"settings" type:"networks" placeholder:"NETWORK,…" help:"Proxies whose X-Forwarded-For is believed, e.g. 10.0.0.0/8; by default none."`
	// PersistedOperations is empty where any operation may run.
	PersistedOperations string `group:"settings" type:"text" placeholder:"FILE" help:"A manifest of operations: only these are run; by default none."`

	AutoMigrate  Switch        `group:"settings" type:"switch" default:"on" placeholder:"true|false" help:"Brings the database's schema up to date first; by default true."`
	DrainTimeout time.Duration `group:"settings" type:"drain" default:"10s" placeholder:"10s" help:"How long a shutdown may take; by default 10s."`

	LogLevel slog.Level `group:"settings" type:"level" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error; by default info."`
	// LogFormat is "text", "json" or empty.
	LogFormat string `group:"settings" type:"format" placeholder:"text|json" help:"By default text on a terminal, else json."`
	// OTELExporterOTLPEndpoint is empty where nothing is traced.
	OTELExporterOTLPEndpoint string `group:"settings" name:"otel-exporter-otlp-endpoint" type:"text" placeholder:"URL" help:"An OpenTelemetry collector that traces are sent to over HTTP, e.g. http://localhost:4318; by default none."`
	// PprofAddr is empty where nobody can take profiles.
	PprofAddr string `group:"settings" type:"address" placeholder:"HOST:PORT" help:"Where anybody may take profiles of the process, e.g. 127.0.0.1:6060; by default nowhere."`
}

// defaultBatchSize is what the default of MAX_COMPLEXITY is made for. It must let any one field run
// at its maximum, and so grows with it.
const defaultBatchSize = 100

// Demo reports whether the server brings its own database, data and tokens.
func (s *Serve) Demo() bool { return s.DatabaseURL == "" }

func (s *Serve) settle(rules Rules) (faults []string) {
	if s.ListenAddr == "" {
		s.ListenAddr = ":8080"
		if s.Demo() {
			s.ListenAddr = "127.0.0.1:8080"
		}
	}
	if s.MaxComplexity == 0 {
		s.MaxComplexity = rules.MaxComplexity * max(s.MaxBatchSize, defaultBatchSize) / defaultBatchSize
	}
	for _, setting := range []*Switch{&s.Playground, &s.Introspection} {
		if *setting == "" && s.Demo() {
			*setting = on
		}
	}
	if s.Demo() {
		faults = s.demoFaults()
	} else {
		faults = slices.Concat(databaseFaults(s.DatabaseURL), natsFaults(s.NATSURL), s.tokenFaults())
	}
	faults = append(faults, collectorFaults(s.OTELExporterOTLPEndpoint)...)
	if err := rules.CheckOrigins(s.CORSOrigins); err != nil {
		faults = append(faults, "CORS_ORIGINS: "+err.Error())
	}
	return faults
}

// demoFaults refuses what is only ever set for a server that is not a demo: whoever sets it has
// forgotten DATABASE_URL.
func (s *Serve) demoFaults() (faults []string) {
	var given []string
	for _, setting := range []struct{ name, value string }{
		{"JWT_SECRET", strings.TrimSpace(s.JWTSecret)},
		{"JWT_JWKS_URL", s.JWTJWKSURL},
		{"JWT_ISSUER", s.JWTIssuer},
		{"JWT_AUDIENCE", s.JWTAudience},
	} {
		if setting.value != "" {
			given = append(given, setting.name)
		}
	}
	if given != nil {
		faults = append(faults, strings.Join(given, ", ")+" cannot be used without DATABASE_URL: the demo makes its own tokens")
	}
	if s.NATSURL != "" {
		faults = append(faults, "NATS_URL cannot be used without DATABASE_URL: the demo is one instance alone")
	}
	return faults
}

func (s *Serve) tokenFaults() (faults []string) {
	if s.JWTSecret == "" && s.JWTJWKSURL == "" {
		return []string{"JWT_SECRET or JWT_JWKS_URL is required"}
	}
	if s.JWTSecret != "" {
		faults = secretFaults(s.JWTSecret)
	}
	if s.JWTJWKSURL != "" {
		u, err := url.Parse(s.JWTJWKSURL)
		if err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") {
			faults = append(faults, "JWT_JWKS_URL must be an http or https URL")
		}
		if s.JWTIssuer == "" && s.JWTAudience == "" {
			faults = append(faults, "JWT_JWKS_URL needs JWT_ISSUER or JWT_AUDIENCE")
		}
	}
	return faults
}

// Migrate brings the schema of the database up to date.
type Migrate struct {
	DatabaseURL string `group:"settings" type:"text" placeholder:"URL" help:"postgres://… or sqlite:PATH; required."`
}

func (m *Migrate) settle(Rules) []string {
	if m.DatabaseURL == "" {
		return []string{"DATABASE_URL is required by migrate"}
	}
	return databaseFaults(m.DatabaseURL)
}

// Seed fills the database.
type Seed struct {
	Users         int    `type:"rows" default:"1000" placeholder:"N" help:"How many users; by default 1000."`
	Videos        int    `type:"rows" default:"10000" placeholder:"N" help:"How many videos; by default 10000."`
	Jobs          int    `type:"rows" default:"5000" placeholder:"N" help:"How many AI jobs; by default 5000."`
	Notifications int    `type:"rows" default:"20000" placeholder:"N" help:"How many notifications; by default 20000."`
	RandomSeed    uint64 `default:"1" placeholder:"N" help:"Another number gives other data; by default 1."`
	// Until is zero for the start of today.
	Until time.Time `type:"time" placeholder:"TIME" help:"From when times count back, e.g. 2026-01-31 or 2026-01-31T12:00:00Z; by default the start of today, UTC."`

	DatabaseURL string `group:"settings" type:"text" placeholder:"URL" help:"postgres://… or sqlite:PATH; required."`
}

func (s *Seed) settle(Rules) []string {
	if s.Until.IsZero() {
		s.Until = time.Now().UTC().Truncate(24 * time.Hour)
	}
	if s.DatabaseURL == "" {
		return []string{"DATABASE_URL is required by seed"}
	}
	return databaseFaults(s.DatabaseURL)
}

// Token prints a token.
type Token struct {
	User models.ID     `required:"" placeholder:"ID" help:"The user whom the token speaks for, a UUID."`
	Role []models.Role `type:"roles" placeholder:"ROLE" help:"USER, WORKER, SERVICE or ADMIN, several with commas or by saying it again; USER goes without saying."`
	TTL  time.Duration `name:"ttl" type:"ttl" default:"1h" placeholder:"1h" help:"How long the token is good; by default 1h."`

	JWTSecret   string `group:"settings" name:"jwt-secret" placeholder:"SECRET" help:"What the token is signed with: at least 32 bytes; required."`
	JWTIssuer   string `group:"settings" name:"jwt-issuer" type:"text" placeholder:"TEXT" help:"The iss that the token gets; by default none."`
	JWTAudience string `group:"settings" name:"jwt-audience" type:"text" placeholder:"TEXT" help:"The aud that the token gets; by default none."`
}

func (t *Token) settle(Rules) []string {
	if t.JWTSecret == "" {
		return []string{"JWT_SECRET is required by token"}
	}
	return secretFaults(t.JWTSecret)
}

// minSecretBytes is what HS256 asks of a key: as much as its hash has.
const minSecretBytes = 32

func secretFaults(secret string) []string {
	if len(secret) >= minSecretBytes {
		return nil
	}
	return []string{fmt.Sprintf("JWT_SECRET must have at least %d bytes, not %d", minSecretBytes, len(secret))}
}

// databaseFaults looks at the form alone, and quotes nothing: a URL may hold a password.
func databaseFaults(text string) []string {
	scheme, rest, _ := strings.Cut(text, ":")
	switch scheme {
	case "sqlite":
		if rest == "" || strings.HasPrefix(rest, ":memory:") {
			return []string{"DATABASE_URL must name a file behind sqlite:"}
		}
		return nil
	case "postgres", "postgresql":
		if _, err := url.Parse(text); err == nil && strings.HasPrefix(rest, "//") {
			return nil
		}
		return []string{"DATABASE_URL must have the form postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %-escapes for special characters"}
	}
	return []string{"DATABASE_URL must begin with postgres:// or sqlite:"}
}

func collectorFaults(text string) []string {
	if text == "" {
		return nil
	}
	if u, err := url.Parse(text); err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return []string{"OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL"}
	}
	return nil
}

// natsFaults looks at the form alone, and quotes nothing: a URL may hold a password or a token.
func natsFaults(list string) []string {
	if list == "" {
		return nil
	}
	for text := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(strings.TrimSpace(text))
		if err == nil && u.Port() != "" {
			_, err = strconv.ParseUint(u.Port(), 10, 16)
		}
		if err != nil || u.Scheme != "nats" && u.Scheme != "tls" || u.Hostname() == "" {
			return []string{"NATS_URL must be a URL like nats://USER:PASSWORD@HOST:PORT or tls://HOST:PORT, with %-escapes for special characters, or several with commas"}
		}
	}
	return nil
}
