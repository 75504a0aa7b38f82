package main

import (
	"io"
	"net/http"
	"regexp"
	"testing"
)

// TestProfiles: they are where they are asked for, and not where clients come.
func TestProfiles(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"XDG_CACHE_HOME": t.TempDir(), "PPROF_ADDR": "127.0.0.1:0"})
	found := regexp.MustCompile(`"profiles can be taken","address":"(127\.0\.0\.1:\d+)"`).FindStringSubmatch(p.stderr.String())
	if found == nil {
		t.Fatalf("no word of it in %s", p.stderr)
	}
	profiles := "http://" + found[1]
	for url, want := range map[string]int{
		profiles + "/debug/pprof/heap":           http.StatusOK,
		profiles + "/debug/pprof/":               http.StatusOK,
		profiles + "/graphql":                    http.StatusNotFound,
		profiles + "/metrics":                    http.StatusNotFound,
		p.url + "/debug/pprof/heap":              http.StatusNotFound,
		p.url + "/debug/pprof/profile?seconds=1": http.StatusNotFound,
	} {
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != want || len(body) == 0 {
			t.Errorf("%s answers %s with %d bytes, %v", url, response.Status, len(body), err)
		}
	}
}
