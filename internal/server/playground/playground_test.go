package playground_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/server/playground"
)

func serve(t *testing.T, options playground.Options) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(playground.Handler(options))
	t.Cleanup(server.Close)
	return server
}

// ask returns the answer and its body as it came over the wire.
func ask(t *testing.T, method, url string, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	if req.Header == nil {
		req.Header = http.Header{"Accept-Encoding": {"identity"}} // Else the client unpacks gzip by itself.
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func checkHeader(t *testing.T, resp *http.Response, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := resp.Header.Get(name); got != value {
			t.Errorf("%s %s: %s is %q, want %q", resp.Request.Method, resp.Request.URL.Path, name, got, value)
		}
	}
}

var security = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; " +
		"style-src 'self' 'sha256-nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo='; " +
		"font-src data:; img-src 'self' data:; connect-src 'self'; " +
		"frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
	"Referrer-Policy":        "no-referrer",
	"X-Content-Type-Options": "nosniff",
}

var (
	scripts      = regexp.MustCompile(`(?s)<script([^>]*)>(.*?)</script>`)
	references   = regexp.MustCompile(`(?:src|href)="([^"]*)"`)
	inlineCode   = regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:`)
	dataBlock    = ` type="application/json" id="settings"`
	sourceOfFile = regexp.MustCompile(`\ssrc="[^"]+"`)
)

// settingsOf returns the text of the page's block of JSON.
func settingsOf(t *testing.T, html string) string {
	t.Helper()
	for _, script := range scripts.FindAllStringSubmatch(html, -1) {
		if script[1] == dataBlock {
			return script[2]
		}
	}
	t.Fatalf("no block of settings in %s", html)
	return ""
}

func TestPage(t *testing.T) {
	t.Parallel()
	server := serve(t, playground.Options{})
	resp, html := ask(t, http.MethodGet, server.URL+"/", nil)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d", resp.StatusCode)
	}
	checkHeader(t, resp, security)
	checkHeader(t, resp, map[string]string{
		"Cache-Control": "no-store",
		"Content-Type":  "text/html; charset=utf-8",
		"ETag":          "",
	})
	if !strings.Contains(html, "<title>reelgraph</title>") {
		t.Error("the title is not reelgraph")
	}
	if got, want := settingsOf(t, html), `{"endpoint":"/graphql","tabs":[]}`; got != want {
		t.Errorf("settings without options: got %s, want %s", got, want)
	}
}

func TestPageHasNothingInline(t *testing.T) {
	t.Parallel()
	server := serve(t, playground.Options{Tabs: playground.Examples(playground.Things{})})
	_, html := ask(t, http.MethodGet, server.URL+"/", nil)
	found := scripts.FindAllStringSubmatch(html, -1)
	if len(found) < 2 {
		t.Fatalf("found %d scripts in %s", len(found), html)
	}
	for _, script := range found {
		if script[1] != dataBlock && (!sourceOfFile.MatchString(script[1]) || script[2] != "") {
			t.Errorf("an inline script: %s", script[0])
		}
	}
	if code := inlineCode.FindString(strings.ReplaceAll(html, settingsOf(t, html), "")); code != "" {
		t.Errorf("inline code: %s", code)
	}
}

func TestSettingsAreEscaped(t *testing.T) {
	t.Parallel()
	hostile := "</script><script>alert(1)</script><!-- ]]> */ \u2028\u2029 \x00 \" ' \\ ` ${x} {{.}} &lt; \U0001F3AC"
	want := playground.Options{
		Endpoint: "/graphql?" + hostile,
		Headers:  map[string]string{hostile: hostile},
		Tabs: []playground.Tab{{
			Title:     hostile,
			Query:     hostile,
			Variables: hostile,
			Headers:   map[string]string{"Authorization": hostile},
		}},
	}
	server := serve(t, want)
	_, html := ask(t, http.MethodGet, server.URL+"/", nil)

	_, harmless := ask(t, http.MethodGet, serve(t, playground.Options{}).URL+"/", nil)
	for _, mark := range []string{"<script", "</script", "<!--", "\u2028", "\u2029", "\x00"} {
		if got, want := strings.Count(html, mark), strings.Count(harmless, mark); got != want {
			t.Errorf("the page has %q %d times, want %d", mark, got, want)
		}
	}
	var got playground.Options
	if err := json.Unmarshal([]byte(settingsOf(t, html)), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

var mediaTypes = map[string]string{
	"graphiql.min.css":            "text/css; charset=utf-8",
	"graphiql.min.js":             "text/javascript; charset=utf-8",
	"icon.svg":                    "image/svg+xml",
	"playground.css":              "text/css; charset=utf-8",
	"playground.mjs":              "text/javascript; charset=utf-8",
	"react-dom.production.min.js": "text/javascript; charset=utf-8",
	"react.production.min.js":     "text/javascript; charset=utf-8",
	"storage.mjs":                 "text/javascript; charset=utf-8",
}

// assetPaths returns the paths of all that the page, or a module of it, refers to.
func assetPaths(t *testing.T, server *httptest.Server) []string {
	t.Helper()
	_, html := ask(t, http.MethodGet, server.URL+"/", nil)
	var paths []string
	for _, reference := range references.FindAllStringSubmatch(html, -1) {
		paths = append(paths, reference[1])
	}
	imports := regexp.MustCompile(`(?m)^import .* from "(\./[^"]+)";$`)
	for i := 0; i < len(paths); i++ {
		if path.Ext(paths[i]) != ".mjs" {
			continue
		}
		_, module := ask(t, http.MethodGet, server.URL+paths[i], nil)
		for _, imported := range imports.FindAllStringSubmatch(module, -1) {
			paths = append(paths, path.Join(path.Dir(paths[i]), imported[1]))
		}
	}
	return paths
}

func TestAssets(t *testing.T) {
	t.Parallel()
	server := serve(t, playground.Options{})
	seen := map[string]string{}
	for _, assetPath := range assetPaths(t, server) {
		if !regexp.MustCompile(`^/playground/[0-9a-f]{16}/[a-z.-]+$`).MatchString(assetPath) {
			t.Errorf("the page refers to %s", assetPath)
			continue
		}
		resp, plain := ask(t, http.MethodGet, server.URL+assetPath, nil)
		if resp.StatusCode != http.StatusOK || plain == "" {
			t.Errorf("%s: status %d, %d bytes", assetPath, resp.StatusCode, len(plain))
			continue
		}
		checkHeader(t, resp, security)
		checkHeader(t, resp, map[string]string{
			"Cache-Control":    "public, max-age=31536000, immutable",
			"Content-Encoding": "",
			"Vary":             "Accept-Encoding",
		})
		seen[path.Base(assetPath)] = resp.Header.Get("Content-Type")
		checkCompressed(t, server.URL+assetPath, plain, resp.Header.Get("ETag"))
	}
	if diff := cmp.Diff(mediaTypes, seen); diff != "" {
		t.Errorf("files and their types (-want +got):\n%s", diff)
	}
}

func checkCompressed(t *testing.T, url, plain, plainTag string) {
	t.Helper()
	resp, body := ask(t, http.MethodGet, url, http.Header{"Accept-Encoding": {"gzip, deflate, br"}})
	checkHeader(t, resp, map[string]string{
		"Cache-Control":    "public, max-age=31536000, immutable",
		"Content-Encoding": "gzip",
		"Vary":             "Accept-Encoding",
	})
	unpacked, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Errorf("%s: %v", url, err)
		return
	}
	var text bytes.Buffer
	if _, err := io.Copy(&text, unpacked); err != nil || text.String() != plain {
		t.Errorf("%s: gzip holds something else (%v)", url, err)
	}
	if tag := resp.Header.Get("ETag"); tag == plainTag {
		t.Errorf("%s: two representations share the ETag %s", url, tag)
	}
}

func TestAssetIsNotSentAgain(t *testing.T) {
	t.Parallel()
	server := serve(t, playground.Options{})
	url := server.URL + assetPaths(t, server)[0]
	for _, coding := range []string{"gzip", "identity"} {
		first, _ := ask(t, http.MethodGet, url, http.Header{"Accept-Encoding": {coding}})
		tag := first.Header.Get("ETag")
		for condition, status := range map[string]int{tag: http.StatusNotModified, `"other"`: http.StatusOK} {
			again, body := ask(t, http.MethodGet, url, http.Header{"Accept-Encoding": {coding}, "If-None-Match": {condition}})
			if again.StatusCode != status || (body == "") != (status == http.StatusNotModified) {
				t.Errorf("%s, If-None-Match %s: status %d, %d bytes, want status %d", coding, condition, again.StatusCode, len(body), status)
			}
		}
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	server := serve(t, playground.Options{})
	for _, path := range append(assetPaths(t, server), "/") {
		get, _ := ask(t, http.MethodGet, server.URL+path, nil)
		head, body := ask(t, http.MethodHead, server.URL+path, nil)
		if head.StatusCode != http.StatusOK || body != "" {
			t.Errorf("HEAD %s: status %d, %d bytes", path, head.StatusCode, len(body))
		}
		for _, name := range []string{"Cache-Control", "Content-Security-Policy", "Content-Type", "ETag", "Vary"} {
			checkHeader(t, head, map[string]string{name: get.Header.Get(name)})
		}
	}
}

func TestOtherPathsAndMethods(t *testing.T) {
	t.Parallel()
	server := serve(t, playground.Options{})
	folder := path.Dir(assetPaths(t, server)[0])
	tests := []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/index.html", http.StatusNotFound},
		{http.MethodGet, "/graphql", http.StatusNotFound},
		{http.MethodGet, "/playground/", http.StatusNotFound},
		{http.MethodGet, folder, http.StatusNotFound},
		{http.MethodGet, folder + "/", http.StatusNotFound},
		{http.MethodGet, folder + "/page.html", http.StatusNotFound},
		{http.MethodGet, folder + "/SHA256SUMS", http.StatusNotFound},
		{http.MethodGet, folder + "/%2e%2e/playground.go", http.StatusNotFound},
		{http.MethodGet, "/playground/0123456789abcdef/graphiql.min.js", http.StatusNotFound},
		{http.MethodGet, "/assets/playground.mjs", http.StatusNotFound},
		{http.MethodPost, "/", http.StatusMethodNotAllowed},
		{http.MethodDelete, folder + "/icon.svg", http.StatusMethodNotAllowed},
	}
	for _, test := range tests {
		resp, _ := ask(t, test.method, server.URL+test.path, nil)
		if resp.StatusCode != test.status {
			t.Errorf("%s %s: status %d, want %d", test.method, test.path, resp.StatusCode, test.status)
		}
		checkHeader(t, resp, security)
	}
}
