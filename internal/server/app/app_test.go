package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/server/app"
)

const (
	before = `<!doctype html><script type="module" src="/app/assets/index-1a2B.js"></script><script id="settings" type="application/json">`
	after  = `</script><div id="root"></div>`
)

var built = fstest.MapFS{
	"index.html":           {Data: []byte(before + "{}" + after)},
	"assets/index-1a2B.js": {Data: []byte("app();")},
	"assets/a-_9.css":      {Data: []byte("main {}")},
	"icon.svg":             {Data: []byte("<svg/>")},
}

// get asks a handler for a path, and gives the answer and its body.
func get(t *testing.T, handler http.Handler, path string) (*http.Response, string) {
	t.Helper()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	response := answer.Result()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// missing answers as nothing else here does.
var missing = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprint(w, "missing")
})

func TestPaths(t *testing.T) {
	t.Parallel()
	page := before + `{"endpoint":"/graphql","users":[]}` + after
	handler := app.Handler(built, app.Options{Missing: missing})
	const noStore, forEver = "no-store", "public, max-age=31536000, immutable"
	for path, want := range map[string]struct{ body, mediaType, cache string }{
		"/app":                      {page, "text/html; charset=utf-8", noStore},
		"/app/":                     {page, "text/html; charset=utf-8", noStore},
		"/app/studio":               {page, "text/html; charset=utf-8", noStore},
		"/app/videos/1/?a=b.c":      {page, "text/html; charset=utf-8", noStore},
		"/app/assetsmanager":        {page, "text/html; charset=utf-8", noStore},
		"/app/assets/index-1a2B.js": {"app();", "text/javascript; charset=utf-8", forEver},
		"/app/assets/a-_9.css":      {"main {}", "text/css; charset=utf-8", forEver},
		"/app/icon.svg":             {"missing", "", ""}, // It could change, and be kept for ever.
		"/app/index.html":           {"missing", "", ""},
		"/app/assets/":              {"missing", "", ""},
		"/app/assets/index-1a2B":    {"missing", "", ""},
		"/app/assets/other.js":      {"missing", "", ""},
		"/app/assets/deep/a.css":    {"missing", "", ""},
		"/app/favicon.ico":          {"missing", "", ""},
	} {
		response, body := get(t, handler, path)
		if status := response.StatusCode; body != want.body || (status == http.StatusOK) != (body != "missing") {
			t.Errorf("%s: status %d, %s", path, status, body)
		}
		for name, value := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
				"connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
			"Referrer-Policy":        "no-referrer",
			"X-Content-Type-Options": "nosniff",
			"Cache-Control":          want.cache,
		} {
			if got := response.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", path, name, got, value)
			}
		}
		if got := response.Header.Get("Content-Type"); want.mediaType != "" && got != want.mediaType {
			t.Errorf("%s is %q, want %q", path, got, want.mediaType)
		}
	}
}

func TestSettingsAreEscaped(t *testing.T) {
	t.Parallel()
	hostile := "</script><script>alert(1)</script><!-- ]]> & \u2028\u2029 \x00 \" ' \\ ` ${x} $1 {{.}} &lt; \U0001F3AC"
	want := app.Settings{Endpoint: hostile, Users: []app.User{{Name: hostile, ID: hostile, Handle: hostile, Token: hostile, Roles: []string{hostile}}}}
	_, html := get(t, app.Handler(built, app.Options{Settings: want}), "/app")
	block := strings.TrimSuffix(strings.TrimPrefix(html, before), after)
	if strings.ContainsAny(block, "<>&\u2028\u2029\x00") {
		t.Errorf("the block holds what is not escaped: %s", block)
	}
	var got app.Settings
	if err := json.Unmarshal([]byte(block), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// The names in the page's settings are what the app reads.
func TestSettingsAreNamed(t *testing.T) {
	t.Parallel()
	_, html := get(t, app.Handler(built, app.Options{Settings: app.Settings{
		Endpoint: "/api", Users: []app.User{{Name: "user", ID: "1", Handle: "demo", Token: "a.b.c", Roles: []string{"USER"}}},
	}}), "/app")
	want := before + `{"endpoint":"/api","users":[{"name":"user","id":"1","handle":"demo","token":"a.b.c","roles":["USER"]}]}` + after
	if html != want {
		t.Errorf("got %s", html)
	}
}

func TestOpenedIsToldOfThePageAlone(t *testing.T) {
	t.Parallel()
	opened := 0
	handler := app.Handler(built, app.Options{Opened: func() { opened++ }, Missing: missing})
	for _, path := range []string{"/app", "/app/studio", "/app/assets/a-_9.css", "/app/favicon.ico"} {
		get(t, handler, path)
	}
	if opened != 2 {
		t.Errorf("told %d times", opened)
	}
}

func TestAppThatWasBuiltWrong(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fstest.MapFS{
		"nothing":         {},
		"no block":        {"index.html": {Data: []byte("<p>")}},
		"a filled block":  {"index.html": {Data: []byte(before + `{"users":[]}` + after)}},
		"block and block": {"index.html": {Data: []byte(before + "{}" + after + before + "{}" + after)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("it is served")
				}
			}()
			app.Handler(files, app.Options{})
		})
	}
}
