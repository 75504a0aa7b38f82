package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"reelgraph/internal/seed"
	"reelgraph/models"
)

var printedToken = regexp.MustCompile(`(?m)^(\w+) \(.*\): (\S+)$`)

// demoTokens are the tokens that a demo has printed, by whose they are.
func demoTokens(t *testing.T, p *program) map[string]string {
	t.Helper()
	tokens := map[string]string{}
	for _, found := range printedToken.FindAllStringSubmatch(p.stdout.String(), -1) {
		tokens[found[1]] = found[2]
	}
	for _, name := range []string{"user", "moderator", "worker", "service"} {
		if tokens[name] == "" {
			t.Fatalf("no token of the %s in\n%s", name, p.stdout)
		}
	}
	return tokens
}

func TestDemo(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	p := start(t, map[string]string{"XDG_CACHE_HOME": cache})
	tokens := demoTokens(t, p)

	// The request of the README: the counters of twenty videos and the state of ten jobs.
	quoted := func(ids []models.ID) string {
		text, err := json.Marshal(ids)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	query := `{ videosMetadata(ids: ` + quoted(seed.DemoVideoIDs()) + `) { viewCount } aiJobs(ids: ` + quoted(seed.DemoJobIDs()) + `) { status } }`
	if a := p.mustAsk(t, tokens["user"], query); strings.Contains(a.Body, "null") {
		t.Errorf("something of the demo's is not there: %s", a.Body)
	}
	if a := p.mustAsk(t, tokens["moderator"], `{ reportedVideos { nodes { reportCount } } moderationLog { nodes { reason } } }`); strings.Contains(a.Body, "[]") {
		t.Errorf("nothing to moderate: %s", a.Body)
	}
	for _, name := range []string{"worker", "service"} {
		p.mustAsk(t, tokens[name], `{ myAIJobs { nodes { id } } }`)
	}
	p.mustAsk(t, "", `{ __schema { queryType { name } } }`)
	if a := p.mustAsk(t, "", `{ trendingVideos { nodes { id } } }`); strings.Contains(a.Body, "[]") {
		t.Errorf("nothing trends: %s", a.Body)
	}

	status, page := p.get(t, "/")
	if status != http.StatusOK || !strings.Contains(page, tokens["user"]) || !strings.Contains(page, tokens["moderator"]) ||
		!strings.Contains(page, seed.DemoVideoIDs()[0].String()) || !strings.Contains(page, seed.DemoJobIDs()[0].String()) {
		t.Errorf("the playground lacks a token or ids: %d %s", status, page)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := p.get(t, path); status != http.StatusOK {
			t.Errorf("%s is answered with %d: %s", path, status, body)
		}
	}
	if printed := p.stdout.String(); !strings.HasPrefix(printed, "reelgraph listens on "+p.url+"\n") ||
		!strings.Contains(printed, "curl "+p.url+"/graphql") || !strings.Contains(printed, cache) {
		t.Errorf("it printed\n%s", printed)
	}
	info, err := os.Stat(filepath.Join(cache, "reelgraph", "demo.secret"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret's file: %v, %v", info.Mode(), err)
	}
}

func TestDemoTokensOutliveTheProcess(t *testing.T) {
	t.Parallel()
	settings := map[string]string{"HOME": t.TempDir(), "PLAYGROUND": "off"}
	first := start(t, settings)
	token := demoTokens(t, first)["user"]
	first.end()
	<-first.ended
	second := start(t, settings)
	if a := second.mustAsk(t, token, `{ me { handle } }`); a.Body != `{"data":{"me":{"handle":"demo"}}}` {
		t.Errorf("got %s", a.Body)
	}
	if status, _ := second.get(t, "/"); status != http.StatusNotFound {
		t.Errorf("the playground is off, but answers with %d", status)
	}
}

func TestDemosThatStartTogether(t *testing.T) {
	t.Parallel()
	settings := map[string]string{"XDG_CACHE_HOME": t.TempDir()}
	var together []*program
	for range 3 {
		p := begin(settings)
		t.Cleanup(func() { p.end(); <-p.ended })
		together = append(together, p)
	}
	for _, p := range together {
		p.await(t)
		for _, other := range together {
			if other.url == "" {
				continue
			}
			// Each takes the others' tokens, and there is one world.
			a := other.mustAsk(t, demoTokens(t, p)["user"], `{ myAIJobs(first: 100) { nodes { id } } }`)
			if jobs := strings.Count(a.Body, `"id"`); jobs != len(seed.DemoJobIDs()) {
				t.Errorf("the user has %d jobs", jobs)
			}
		}
	}
}

func TestDemoThatWasCutShortIsFinished(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	folder := filepath.Join(cache, "reelgraph")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	// A file that has just been made, and a secret of which the disk has kept a part.
	for name, content := range map[string]string{"demo.db": "", "demo.secret": "ABC"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, map[string]string{"XDG_CACHE_HOME": cache})
	p.mustAsk(t, demoTokens(t, p)["user"], `{ me { handle } feed(first: 100) { nodes { id } } }`)
}

func TestDemoWaitsForAnotherThatIsBeingFilled(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	if err := os.Mkdir(filepath.Join(cache, "reelgraph"), 0o700); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("what went wrong")
	err := alone(t.Context(), filepath.Join(cache, "reelgraph", "demo.lock"), func() error {
		p := begin(map[string]string{"XDG_CACHE_HOME": cache})
		select {
		case <-p.ended:
		case <-p.stdout.more:
		case <-time.After(time.Second): // a demo that did not wait would be listening by now
		}
		p.end()
		<-p.ended
		if p.err != nil || p.stdout.String() != "" {
			t.Errorf("it ended with %v and printed %q", p.err, p.stdout)
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("got the error %v", err)
	}
}

func TestCacheFolder(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	for name, test := range map[string]struct {
		settings map[string]string
		want     string
	}{
		"HOME":              {settings: map[string]string{"HOME": home}, want: filepath.Join(home, ".cache")},
		"XDG_CACHE_HOME":    {settings: map[string]string{"HOME": home, "XDG_CACHE_HOME": "/var/cache/me"}, want: "/var/cache/me"},
		"a relative one":    {settings: map[string]string{"HOME": home, "XDG_CACHE_HOME": "cache"}},
		"a home of nothing": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := cacheFolder(getenv(test.settings))
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
