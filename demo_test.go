package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"reelgraph/internal/seed"
	"reelgraph/internal/server/playground"
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

// What the README shows is what a demo that has just been made answers.
func TestReadme(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"XDG_CACHE_HOME": t.TempDir()})
	const documented = "http://127.0.0.1:8080"
	result := regexp.MustCompile(`results/[0-9a-f-]{36}`)
	shown := regexp.MustCompile("(?s)```sh\n(curl .*?)```\n```json\n(.*?)```").FindAllStringSubmatch(string(content(t, "README.md")), -1)
	for _, example := range shown {
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(example[2])); err != nil {
			t.Fatal(err)
		}
		ask := func() string {
			cmd := exec.CommandContext(t.Context(), "bash", "-c", strings.Replace(example[1], documented, "--silent --show-error "+p.url, 1))
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TOKEN=" + demoTokens(t, p)["user"]}
			answer, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, answer)
			}
			return result.ReplaceAllString(string(answer), "results/ID")
		}
		expected := result.ReplaceAllString(want.String(), "results/ID")
		if got := ask(); strings.Contains(expected, "COMPLETED") {
			eventually(t, "the answer is "+expected, func() bool { return ask() == expected })
		} else if got != expected {
			t.Errorf("%s\n got %s\nwant %s", example[1], got, expected)
		}
	}
	if len(shown) != 5 {
		t.Errorf("it shows %d", len(shown))
	}
	live := regexp.MustCompile("(?s)```sh\n(curl -N .*?)```\n```text\n(.*?)```").FindStringSubmatch(string(content(t, "README.md")))
	if live == nil {
		t.Fatal("it shows no subscription")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, "bash", "-c", "exec "+strings.Replace(live[1], documented, "--silent --show-error "+p.url, 1))
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TOKEN=" + demoTokens(t, p)["user"]}
	sent := newOutput()
	cmd.Stdout, cmd.Stderr = sent, sent
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }() // It never ends by itself.
	defer cancel()
	eventually(t, "the subscription sends what is shown", func() bool { return strings.HasPrefix(sent.String(), live[2]) })
}

// Every operation of every tab works as it stands there, also for the second time.
func TestDemoExamples(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"XDG_CACHE_HOME": t.TempDir()})
	_, page := p.get(t, "/")
	embedded := regexp.MustCompile(`(?s)<script type="application/json" id="settings">(.*?)</script>`).FindStringSubmatch(page)
	if embedded == nil {
		t.Fatalf("no settings in %s", page)
	}
	var settings playground.Options
	if err := json.Unmarshal([]byte(embedded[1]), &settings); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, tab := range settings.Tabs {
			headers := tab.Headers
			if headers == nil {
				headers = settings.Headers
			}
			for _, operation := range regexp.MustCompile(`(?m)^(?:query|mutation) (\w+)`).FindAllStringSubmatch(tab.Query, -1) {
				a, err := p.post(t.Context(), strings.TrimPrefix(headers["Authorization"], "Bearer "), map[string]any{
					"query": tab.Query, "operationName": operation[1], "variables": json.RawMessage(tab.Variables),
				})
				if err != nil || a.Status != http.StatusOK || len(a.Errors) > 0 {
					t.Errorf("%s is answered with status %d: %s (%v)", operation[1], a.Status, a.Body, err)
				}
			}
		}
	}
}

// How it goes on with a job is a matter of the worker's own tests, and of the playground's in a browser.
func TestDemoWorks(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"XDG_CACHE_HOME": t.TempDir()})
	token := demoTokens(t, p)["user"]
	p.mustAsk(t, token, `mutation { startAIJob(input: {kind: CAPTION}) { job { id } } }`)
	eventually(t, "the demo's worker has a job", func() bool {
		a := p.mustAsk(t, token, `{ myAIJobs(first: 1) { nodes { status attempts } } }`)
		return strings.Contains(a.Body, `{"status":"PROCESSING","attempts":1}`)
	})
	if log := p.stderr.String(); log != "" {
		t.Errorf("it logged\n%s", log)
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
	if a := second.mustAsk(t, token, `{ me { handle } }`); a.Body != `{"data":{"me":{"handle":"demo"}},"extensions":{"cost":{"requested":2,"limit":15000}}}` {
		t.Errorf("got %s", a.Body)
	}
	if status, _ := second.get(t, "/"); status != http.StatusNotFound {
		t.Errorf("the playground is off, but answers with %d", status)
	}
	if said := second.stdout.String(); strings.Contains(said, "browser") {
		t.Errorf("the playground is off, but it says\n%s", said)
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
			if jobs := strings.Count(a.Body, `"id"`); jobs != len(seed.DemoJobIDs())+1 { // one that runs
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
