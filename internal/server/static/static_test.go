package static_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"reelgraph/internal/server/static"
)

const script = "console.log('a script that comes out as it went in, compressed or not');"

// read gives the files of a folder by their names.
func read(t *testing.T, contents map[string]string) map[string]static.File {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range contents {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	found, err := static.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(found, func(a, b static.File) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("not in order: %v", found)
	}
	files := map[string]static.File{}
	for _, file := range found {
		files[file.Name] = file
	}
	return files
}

func get(file static.File, header http.Header) *http.Response {
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header = header
	answer := httptest.NewRecorder()
	file.ServeHTTP(answer, request)
	return answer.Result()
}

func TestRead(t *testing.T) {
	t.Parallel()
	files := read(t, map[string]string{
		"a.css": "a", "deep/er/b.js": "b", "c.mjs": "b", "d.svg": "<svg/>", "e.woff2": "e",
		"index.html": "<p>", "SHA256SUMS": "0", "LICENSE.txt": "MIT",
	})
	types := map[string]string{
		"a.css": "text/css; charset=utf-8", "deep/er/b.js": "text/javascript; charset=utf-8", "c.mjs": "text/javascript; charset=utf-8",
		"d.svg": "image/svg+xml", "e.woff2": "font/woff2",
	}
	for name, mediaType := range types {
		if got := get(files[name], nil).Header.Get("Content-Type"); got != mediaType {
			t.Errorf("%s is %q, want %q", name, got, mediaType)
		}
	}
	if len(files) != len(types) {
		t.Errorf("read %v", files)
	}
	if b, c := files["deep/er/b.js"].Sum, files["c.mjs"].Sum; b != c || b == files["a.css"].Sum {
		t.Errorf("sums tell other than contents: %s, %s and %s", b, c, files["a.css"].Sum)
	}
}

func TestFileIsSentOnce(t *testing.T) {
	t.Parallel()
	file := read(t, map[string]string{"a.js": script})["a.js"]
	tags := map[string]bool{}
	for _, coding := range []string{"identity", "gzip"} {
		first := get(file, http.Header{"Accept-Encoding": {coding}})
		tag := first.Header.Get("ETag")
		tags[tag] = true
		if first.StatusCode != http.StatusOK || first.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" ||
			first.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: status %d, %v", coding, first.StatusCode, first.Header)
		}
		for condition, status := range map[string]int{tag: http.StatusNotModified, `"other"`: http.StatusOK} {
			again := get(file, http.Header{"Accept-Encoding": {coding}, "If-None-Match": {condition}})
			if again.StatusCode != status {
				t.Errorf("%s, If-None-Match %s: status %d, want %d", coding, condition, again.StatusCode, status)
			}
		}
	}
	if len(tags) != 2 || tags[""] {
		t.Errorf("two representations have the tags %v", tags)
	}
}

func TestCompressionIsForThoseWhoAcceptIt(t *testing.T) {
	t.Parallel()
	file := read(t, map[string]string{"a.js": script})["a.js"]
	for _, test := range []struct {
		accept []string
		want   string
	}{
		{[]string{"gzip"}, "gzip"},
		{[]string{"br, GZIP"}, "gzip"},
		{[]string{"br", "gzip;q=0.1"}, "gzip"},
		{[]string{"gzip ; q=1"}, "gzip"},
		{[]string{"gzip;q=0"}, ""},
		{[]string{"gzip; q=0.000, br"}, ""},
		{[]string{"br, deflate"}, ""},
		{[]string{"x-gzipped"}, ""},
		{[]string{""}, ""},
	} {
		answer := get(file, http.Header{"Accept-Encoding": test.accept})
		if got := answer.Header.Get("Content-Encoding"); got != test.want {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", test.accept, got, test.want)
			continue
		}
		var text io.Reader = answer.Body
		if test.want == "gzip" {
			var err error
			if text, err = gzip.NewReader(answer.Body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(text); string(got) != script {
			t.Errorf("Accept-Encoding %q: got %q (%v)", test.accept, got, err)
		}
	}
}
