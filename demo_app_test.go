package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/seed"
	"reelgraph/internal/server/app"
	"reelgraph/web"
)

// fetch gives the answer to a request, and its body as it came over the wire.
func (p *program) fetch(t *testing.T, method, path string, header http.Header) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, p.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	if header == nil {
		request.Header = http.Header{"Accept-Encoding": {"identity"}} // Else the client unpacks gzip by itself.
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

var settingsBlock = regexp.MustCompile(`(?s)<script id="settings" type="application/json">(.*?)</script>`)

// appSettings are what the app's page tells.
func appSettings(t *testing.T, p *program, path string) app.Settings {
	t.Helper()
	response, page := p.fetch(t, http.MethodGet, path, nil)
	found := settingsBlock.FindStringSubmatch(page)
	if response.StatusCode != http.StatusOK || found == nil {
		t.Fatalf("%s is answered with %d: %s", path, response.StatusCode, page)
	}
	if got := response.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("%s is to be kept as %q", path, got)
	}
	var settings app.Settings
	if err := json.Unmarshal([]byte(found[1]), &settings); err != nil {
		t.Fatal(err)
	}
	return settings
}

func TestDemoApp(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"XDG_CACHE_HOME": t.TempDir()})
	if !strings.Contains(p.stdout.String(), p.url+"/app") {
		t.Errorf("it does not tell of the app\n%s", p.stdout)
	}
	tokens := demoTokens(t, p)
	want := app.Settings{Endpoint: "/graphql", Users: []app.User{
		{Name: "user", ID: seed.DemoUser.String(), Handle: "demo", Token: tokens["user"], Roles: []string{"USER"}},
		{Name: "moderator", ID: seed.DemoModerator.String(), Handle: "moderator", Token: tokens["moderator"], Roles: []string{"ADMIN"}},
	}}
	for _, path := range []string{"/app", "/app/", "/app/moderation"} {
		if diff := cmp.Diff(want, appSettings(t, p, path)); diff != "" {
			t.Errorf("%s (-want +got): %s", path, diff)
		}
	}
	for _, user := range want.Users {
		a := p.mustAsk(t, user.Token, `{ me { id handle } }`)
		if got, want := string(a.Data["me"]), fmt.Sprintf(`{"id":%q,"handle":%q}`, user.ID, user.Handle); got != want {
			t.Errorf("the token of %s is of %s", user.Name, got)
		}
	}
}

// Each of the app's files is served as browsers want it.
func TestDemoAppFiles(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"XDG_CACHE_HOME": t.TempDir()})
	files := web.Files()
	err := fs.WalkDir(files, "assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		want, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		response, body := p.fetch(t, http.MethodGet, "/app/"+name, nil)
		if response.StatusCode != http.StatusOK || body != string(want) {
			t.Errorf("%s is answered with %d and %d bytes of %d", name, response.StatusCode, len(body), len(want))
			return nil
		}
		header := http.Header{"Accept-Encoding": {"gzip, br"}}
		packed, body := p.fetch(t, http.MethodGet, "/app/"+name, header)
		unpacked, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if text, err := io.ReadAll(unpacked); err != nil || string(text) != string(want) {
			t.Errorf("%s: gzip holds something else (%v)", name, err)
		}
		if got := packed.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s is to be kept as %q", name, got)
		}
		header.Set("If-None-Match", packed.Header.Get("ETag"))
		if again, body := p.fetch(t, http.MethodGet, "/app/"+name, header); again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s is sent again, with %d and %d bytes", name, again.StatusCode, len(body))
		}
		if head, body := p.fetch(t, http.MethodHead, "/app/"+name, nil); head.StatusCode != http.StatusOK || body != "" ||
			head.Header.Get("ETag") != response.Header.Get("ETag") {
			t.Errorf("HEAD %s is answered with %d %q", name, head.StatusCode, body)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, page := p.fetch(t, http.MethodGet, "/app", nil)
	for _, reference := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if response, _ := p.fetch(t, http.MethodGet, reference[1], nil); response.StatusCode != http.StatusOK {
			t.Errorf("%s, which the page refers to, is answered with %d", reference[1], response.StatusCode)
		}
	}
}

func TestDemoAppRefusals(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"XDG_CACHE_HOME": t.TempDir()})
	for request, status := range map[string]int{
		"HEAD /app": 200, "HEAD /app/studio": 200, "POST /app": 405, "DELETE /app/studio": 405, "PUT /app/assets/a.js": 405,
		"GET /app/assets/a.js": 404, "HEAD /app/assets/": 404, "GET /app/index.html": 404, "GET /apps": 404,
	} {
		method, path, _ := strings.Cut(request, " ")
		response, body := p.fetch(t, method, path, nil)
		if response.StatusCode != status {
			t.Errorf("%s is answered with %d, want %d", request, response.StatusCode, status)
		}
		if allow := response.Header.Get("Allow"); (status == 405) != (allow == "GET, HEAD") {
			t.Errorf("%s: Allow is %q", request, allow)
		}
		if path != "/apps" && method == http.MethodGet && !strings.Contains(body, `"code":"NOT_FOUND"`) {
			t.Errorf("%s is answered with %s", request, body)
		}
	}
	_, metrics := p.get(t, "/metrics")
	var routes []string
	for _, found := range regexp.MustCompile(`reelgraph_http_requests_total\{.*route="([^"]*)"`).FindAllStringSubmatch(metrics, -1) {
		routes = append(routes, found[1])
	}
	slices.Sort(routes)
	if routes = slices.Compact(routes); !slices.Contains(routes, "/app") || !slices.Contains(routes, "/app/") ||
		slices.ContainsFunc(routes, func(route string) bool { return strings.HasPrefix(route, "/app/") && route != "/app/" }) {
		t.Errorf("the routes are %v", routes)
	}
}

// The app is served where the playground is, and tells nobody's token but the demo's.
func TestAppOutsideTheDemo(t *testing.T) {
	t.Parallel()
	settings := map[string]string{"DATABASE_URL": "sqlite:" + t.TempDir() + "/a.db", "JWT_SECRET": secret, "PLAYGROUND": "on"}
	p := start(t, settings)
	if diff := cmp.Diff(app.Settings{Endpoint: "/graphql", Users: []app.User{}}, appSettings(t, p, "/app")); diff != "" {
		t.Errorf("settings (-want +got): %s", diff)
	}
	without := start(t, with(settings, map[string]string{"PLAYGROUND": "off"}))
	if status, body := without.get(t, "/app"); status != http.StatusNotFound || !strings.Contains(body, `"code":"NOT_FOUND"`) {
		t.Errorf("without PLAYGROUND /app is answered with %d %s", status, body)
	}
}

// Who opens the app sees counters move, and the README's stay as they are printed.
func TestDemoAudience(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"XDG_CACHE_HOME": t.TempDir()})
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	spared := texts(seed.DemoVideoIDs())
	shown := regexp.MustCompile(`"id":"([0-9a-f-]{36})","viewCount"`).FindAllSubmatch(readme, -1)
	for _, id := range shown {
		if !slices.Contains(spared, string(id[1])) {
			t.Errorf("the README shows the counters of %s, which may move", id[1])
		}
	}
	if len(shown) == 0 {
		t.Error("the README shows no counters")
	}
	still := func() string {
		return string(p.mustAsk(t, "", `{ videosMetadata(ids: ["`+strings.Join(spared, `","`)+`"]) { viewCount likeCount commentCount version } }`).Data["videosMetadata"])
	}
	moving := func() string {
		a := p.mustAsk(t, "", `{ feed(first: 20) { nodes { id metadata { viewCount } } } }`)
		return string(a.Data["feed"])
	}
	atFirst, feed := still(), moving()
	p.get(t, "/app")
	for range 3 {
		eventually(t, "counters of the feed have moved", func() bool { return moving() != feed })
		feed = moving()
	}
	if got := still(); got != atFirst {
		t.Errorf("the counters of examples have moved from\n%s\nto\n%s", atFirst, got)
	}
	if log := p.stderr.String(); log != "" {
		t.Errorf("it logged\n%s", log)
	}
}
