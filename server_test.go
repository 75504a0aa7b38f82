package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// What Parse makes of settings is tested in its own room; here it is how the real program tells
// of them: one line, and a status that is not 0.
func TestRefusals(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() }) // after the subtests
	address := taken.Addr().(*net.TCPAddr)
	next := (&net.TCPAddr{IP: address.IP, Port: address.Port%65535 + 1}).String()
	newFile := func() string { return "sqlite:" + filepath.Join(t.TempDir(), "new.db") }

	for name, test := range map[string]struct {
		settings map[string]string
		args     []string
		want     string // what the line begins with
	}{
		"several faults": {
			settings: map[string]string{"DATABASE_URL": "mysql://root:hunter2@localhost", "JWT_SECRET": "hunter2", "MAX_BATCH_SIZE": "1e9", "CORS_ORIGINS": "*"},
			want: `MAX_BATCH_SIZE must be a whole number from 1 to 1000, not "1e9"; DATABASE_URL must begin with postgres:// or sqlite:; ` +
				`JWT_SECRET must have at least 32 bytes, not 7; CORS_ORIGINS: the origin "*" must name one host`,
		},
		"a demo with a secret": {
			settings: map[string]string{"JWT_SECRET": secret},
			want:     `JWT_SECRET cannot be used without DATABASE_URL: the demo makes its own tokens`,
		},
		"an unknown command": {args: []string{"start"}, want: `unexpected argument start`},
		"a database that is down": {
			settings: map[string]string{"DATABASE_URL": "postgres://reelgraph:hunter2@127.0.0.1:1/reelgraph", "JWT_SECRET": secret},
			want:     `the database of DATABASE_URL cannot be reached: `,
		},
		"a database that is not there": {
			settings: map[string]string{"DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "no", "such.db"), "JWT_SECRET": secret},
			want:     `the database of DATABASE_URL cannot be `,
		},
		"an option of the URL": {
			settings: map[string]string{"DATABASE_URL": "postgres://reelgraph:hunter2@127.0.0.1:1/reelgraph?sslmode=hunter2", "JWT_SECRET": secret},
			want:     `the database of DATABASE_URL cannot be used: `,
		},
		"a database that is not migrated": {
			settings: map[string]string{"DATABASE_URL": newFile(), "JWT_SECRET": secret, "AUTO_MIGRATE": "false"},
			want:     "the database of DATABASE_URL cannot be used: the database has migrations to run (AUTO_MIGRATE is off: `reelgraph migrate` brings it up to date)",
		},
		"a port that is taken": {
			settings: map[string]string{"XDG_CACHE_HOME": t.TempDir(), "LISTEN_ADDR": address.String()},
			want:     "LISTEN_ADDR: another program listens on " + address.String() + "; choose another port, for example LISTEN_ADDR=" + next,
		},
		"an address of another machine": {
			settings: map[string]string{"XDG_CACHE_HOME": t.TempDir(), "LISTEN_ADDR": "192.0.2.1:8080"},
			want:     "LISTEN_ADDR: listen tcp 192.0.2.1:8080: ",
		},
		"a port for profiles that is taken": {
			settings: map[string]string{"XDG_CACHE_HOME": t.TempDir(), "LISTEN_ADDR": "127.0.0.1:0", "PPROF_ADDR": address.String()},
			want:     "PPROF_ADDR: listen tcp " + address.String() + ": ",
		},
		"a demo without a home": {want: `HOME must be the full path of a folder`},
		"a demo that cannot be written": {
			settings: map[string]string{"XDG_CACHE_HOME": os.DevNull},
			want:     `the demo cannot be made: `,
		},
		"seed without users": {
			settings: map[string]string{"DATABASE_URL": newFile()},
			args:     []string{"seed", "--users=0"},
			want:     `users must be at least 1`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := command(t, test.settings, test.args...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if status := status(t, cmd.Run()); status != 1 {
				t.Errorf("the status is %d", status)
			}
			line, end := strings.CutSuffix(stderr.String(), "\n")
			if !end || strings.Contains(line, "\n") || !strings.HasPrefix(line, "reelgraph: "+test.want) {
				t.Errorf("\n got %swant reelgraph: %s…", stderr.String(), test.want)
			}
			if stdout.Len() > 0 || strings.Contains(line, "hunter2") {
				t.Errorf("a secret is told, or there is something on standard output: %q", stdout.String())
			}
		})
	}
}

func TestHelpIsNoFault(t *testing.T) {
	t.Parallel()
	cmd := command(t, nil, "--help")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if status(t, err) != 0 || stderr.Len() > 0 || !bytes.Contains(stdout, []byte("$DATABASE_URL")) {
		t.Errorf("status %d, %q, %s", status(t, err), stderr.String(), stdout)
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	got := oneLine("cannot connect to `x`:\n\t127.0.0.1: refused\n\t::1: refused\n\n\t127.0.0.1: refused\n")
	if want := "cannot connect to `x`: 127.0.0.1: refused; ::1: refused"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// someone is a user with a video, and a moderator's id that is nobody's row.
const (
	someone   = "11111111-1111-4111-8111-111111111111"
	someVideo = "22222222-2222-4222-8222-222222222222"
)

// serving is settings for a server on the test's database, which has someone with a video.
func serving(t *testing.T, db *testdb.DB) map[string]string {
	t.Helper()
	db.Exec(t, "INSERT INTO users (id, handle, display_name, credits) VALUES (?, 'someone', 'Some One', 7)", someone)
	db.Exec(t, `INSERT INTO videos (id, owner_id, title, playback_url, thumbnail_url, created_at)
		VALUES (?, ?, 'A video', 'https://cdn.example.com/v', NULL, ?)`, someVideo, someone, time.Now().UTC())
	return map[string]string{"DATABASE_URL": db.URL, "JWT_SECRET": secret}
}

func TestServe(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		p := start(t, serving(t, db))

		a := p.mustAsk(t, tokenFor(t, "--user", strings.ToUpper(someone)), `{ me { handle credits } videos(ids: ["`+someVideo+`"]) { title owner { handle credits } } }`)
		if want := `{"data":{"me":{"handle":"someone","credits":7},"videos":[{"title":"A video","owner":{"handle":"someone","credits":7}}]},"extensions":{"cost":{"requested":7,"limit":15000}}}`; a.Body != want {
			t.Errorf("\n got %s\nwant %s", a.Body, want)
		}
		p.mustAsk(t, tokenFor(t, "--user", someone, "--role", "worker,ADMIN"), `{ reportedVideos { nodes { reportCount } } }`)

		trending := func() int {
			return strings.Count(p.mustAsk(t, "", `{ trendingVideos { nodes { title } } }`).Body, `"title"`)
		}
		if n := trending(); n != 1 {
			t.Errorf("the first request finds %d videos in the ranking", n)
		}
		db.Exec(t, `INSERT INTO videos (id, owner_id, title, playback_url, thumbnail_url, created_at)
			VALUES (?, ?, 'Another', 'https://cdn.example.com/w', NULL, ?)`, models.NewID(), someone, time.Now().UTC())
		eventually(t, "a new video is ranked", func() bool { return trending() == 2 })

		for token, code := range map[string]models.Code{
			"":                                 models.CodeUnauthenticated,
			tokenFor(t, "--user", someone):     models.CodeForbidden,
			tokenFor(t, "--user", someone)[1:]: models.CodeUnauthenticated,
		} {
			a, err := p.ask(t.Context(), token, `{ moderationLog { nodes { id } } }`)
			if err != nil || len(a.Errors) != 1 || a.Errors[0].Extensions.Code != string(code) {
				t.Errorf("want %s, got %s (%v)", code, a.Body, err)
			}
		}
		for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 404} {
			if status, body := p.get(t, path); status != want {
				t.Errorf("%s is answered with %d: %s", path, status, body)
			}
		}
		// Neither does it tell the schema, unless it is asked to.
		if a, err := p.ask(t.Context(), "", `{ __schema { queryType { name } } }`); err != nil || len(a.Errors) != 1 {
			t.Errorf("introspection: %s (%v)", a.Body, err)
		}
		if printed := p.stdout.String(); printed != "reelgraph listens on "+p.url+"\n" {
			t.Errorf("it printed %q", printed)
		}
	})
}

func TestSettingsTakeEffect(t *testing.T) {
	t.Parallel()
	p := start(t, with(serving(t, testdb.SQLite(t)), map[string]string{
		"PLAYGROUND": "on", "INTROSPECTION": "on", "MAX_BATCH_SIZE": "2", "MAX_COMPLEXITY": "3", "LOG_LEVEL": "debug", "LOG_FORMAT": "text",
		"CORS_ORIGINS": "https://app.example.com", "JWT_AUDIENCE": "reelgraph",
	}))

	if status, page := p.get(t, "/"); status != 200 || !strings.Contains(page, "videosMetadata") || strings.Contains(page, "Bearer") {
		t.Errorf("the playground has no examples, or a token: %d %s", status, page)
	}
	p.mustAsk(t, "", `{ __schema { queryType { name } } }`)
	for query, code := range map[string]models.Code{
		`{ videos(ids: ["` + strings.Repeat(someVideo+`", "`, 2) + someVideo + `"]) { id } }`: models.CodeBadUserInput,
		`{ feed(first: 4) { nodes { id } } }`:                                                 models.CodeComplexityLimitExceeded,
	} {
		if a, err := p.ask(t.Context(), "", query); err != nil || len(a.Errors) != 1 || a.Errors[0].Extensions.Code != string(code) {
			t.Errorf("want %s, got %s (%v)", code, a.Body, err)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, p.url+"/graphql", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", "https://app.example.com")
	request.Header.Set("Access-Control-Request-Method", "POST")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if origin := response.Header.Get("Access-Control-Allow-Origin"); origin != "https://app.example.com" {
		t.Errorf("allowed origin: %q", origin)
	}
	if a, err := p.ask(t.Context(), tokenFor(t, "--user", someone), `{ me { id } }`); err != nil || a.Status != http.StatusUnauthorized {
		t.Errorf("a token for nobody in particular: %s (%v)", a.Body, err)
	}
	p.mustAsk(t, tokenFor(t, "--user", someone, "--jwt-audience", "reelgraph"), `{ me { id } }`)
	if log := p.stderr.String(); !strings.Contains(log, "level=DEBUG") {
		t.Errorf("the log has no debug line in text:\n%s", log)
	}
}

func TestTokensOfAnIdentityProvider(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "1", "x": %q}]}`,
			base64.RawURLEncoding.EncodeToString(public))
	}))
	t.Cleanup(provider.Close)
	settings := serving(t, testdb.SQLite(t))
	delete(settings, "JWT_SECRET")
	p := start(t, with(settings, map[string]string{"JWT_JWKS_URL": provider.URL, "JWT_ISSUER": "https://id.example.com"}))

	for issuer, want := range map[string]int{"https://id.example.com": 200, "https://id.example.org": 401} {
		unsigned := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
			"sub": someone, "iss": issuer, "exp": time.Now().Add(time.Hour).Unix(),
		})
		unsigned.Header["kid"] = "1"
		signed, err := unsigned.SignedString(private)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := p.ask(t.Context(), signed, `{ me { handle } }`); err != nil || a.Status != want {
			t.Errorf("a token of %s is answered with %d: %s (%v)", issuer, a.Status, a.Body, err)
		}
	}
}

func TestMigrateThenServeWithoutMigrating(t *testing.T) {
	t.Parallel()
	settings := map[string]string{"DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "new.db"), "JWT_SECRET": secret, "AUTO_MIGRATE": "false"}
	for range 2 {
		var stdout bytes.Buffer
		if err := run(t.Context(), []string{"migrate"}, getenv(settings), &stdout, io.Discard); err != nil {
			t.Fatal(err)
		}
		if stdout.String() != "The schema is up to date.\n" {
			t.Errorf("it printed %q", stdout.String())
		}
	}
	start(t, settings).mustAsk(t, "", "{ feed { nodes { id } } }")
}
