package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// cinema stands in for the server, in this process, so that time can be the tests' own.
type cinema struct {
	// A test holds the lock whenever it does not let time pass.
	sync.Mutex
	// feed and trending are the ids of the videos that are shown first.
	feed, trending []string
	// down has requests fail.
	down bool
	// turns are the events that were recorded, and when.
	turns []recorded
	// batches are the ids that they were recorded under.
	batches  map[string]bool
	requests int
}

type recorded struct {
	at     time.Time
	events []event
}

func (c *cinema) RoundTrip(r *http.Request) (*http.Response, error) {
	c.Lock()
	defer c.Unlock()
	c.requests++
	if c.down {
		return nil, errors.New("connection refused")
	}
	var asked struct {
		Query     string
		Variables struct {
			First   int
			BatchID string
			Events  []event
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		return nil, err
	}
	if r.Header.Get("Authorization") != "Bearer the-token" {
		return answered(`{"errors": [{"message": "Sign in.", "extensions": {"code": "UNAUTHENTICATED"}}]}`), nil
	}
	if strings.Contains(asked.Query, "recordVideoActivity") {
		c.turns = append(c.turns, recorded{time.Now(), asked.Variables.Events})
		c.batches[asked.Variables.BatchID] = true
		return answered(`{"data": {"recordVideoActivity": {"recordedCount": 1}}}`), nil
	}
	page := func(ids []string) string {
		var nodes []string
		for _, id := range ids[:min(asked.Variables.First, len(ids))] {
			nodes = append(nodes, fmt.Sprintf(`{"id": %q}`, id))
		}
		return `{"nodes": [` + strings.Join(nodes, ",") + `]}`
	}
	return answered(`{"data": {"feed": ` + page(c.feed) + `, "trendingVideos": ` + page(c.trending) + `}}`), nil
}

// ids are n of them.
func ids(name string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint(name, " ", i))
	}
	return list
}

func newCinema() *cinema {
	return &cinema{feed: ids("new", 100), trending: ids("old", 100), batches: map[string]bool{}}
}

// show runs an audience while the story is told, in a bubble where time passes at once, and gives its log.
func (c *cinema) show(t *testing.T, spared []string, story func(open func())) string {
	t.Helper()
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		opened := make(chan struct{}, 1)
		audience := Audience{
			Client: Client{
				Endpoint: "http://127.0.0.1/graphql", Token: "the-token", Pace: time.Second, Transport: c,
				Log: slog.New(slog.NewTextHandler(&log, nil)),
			},
			Opened: opened, Spared: spared, Dice: rand.New(rand.NewPCG(1, 2)).IntN,
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			audience.Run(ctx)
		}()
		c.Lock()
		story(func() { opened <- struct{}{} })
		c.Unlock()
		cancel()
		<-ended
	})
	return log.String()
}

// pass lets so much time pass, and what is due by then happen.
func (c *cinema) pass(length time.Duration) {
	c.Unlock()
	<-time.After(length)
	synctest.Wait()
	c.Lock()
}

func TestVideosMoveWhileSomebodyLooks(t *testing.T) {
	t.Parallel()
	c := newCinema()
	c.trending = append(ids("new", 5), c.trending...)
	spared := []string{"new 3", "new 7", "old 2"}
	log := c.show(t, spared, func(open func()) {
		open()
		c.pass(5*time.Minute + time.Second/2)
	})
	if log != "" {
		t.Errorf("the log says\n%s", log)
	}
	if len(c.turns) != 301 || len(c.batches) != 301 {
		t.Errorf("%d turns under %d ids", len(c.turns), len(c.batches))
	}
	videos, kinds := map[string]int{}, map[string]int{}
	for _, turn := range c.turns {
		viewed := map[string]bool{}
		for _, e := range turn.events {
			switch {
			case e.Kind == "VIEW" && viewed[e.VideoID]:
				t.Errorf("%s is viewed twice in a turn", e.VideoID)
			case e.Kind == "VIEW" && e.Count >= 1 && e.Count <= maxViews:
				viewed[e.VideoID] = true
			case e.Count != 1 || !viewed[e.VideoID]:
				t.Errorf("%+v, which nobody has viewed", e)
			}
			videos[e.VideoID]++
			kinds[e.Kind] += e.Count
		}
		if len(viewed) != watched {
			t.Errorf("%d videos in a turn", len(viewed))
		}
	}
	// Twenty of each, of which some are in both and some are spared.
	if len(videos) != 20-2+15-1 {
		t.Errorf("%d videos move: %v", len(videos), videos)
	}
	for _, id := range append(spared, "new 20", "old 15") {
		if videos[id] != 0 {
			t.Errorf("%s moves", id)
		}
	}
	if kinds["VIEW"] < 4*kinds["LIKE"] || kinds["LIKE"] < 2*kinds["COMMENT"] || kinds["COMMENT"] < 2*kinds["REMIX"] || kinds["REMIX"] == 0 {
		t.Errorf("what happened is %v", kinds)
	}
}

func TestNothingMovesWhileNobodyLooks(t *testing.T) {
	t.Parallel()
	c := newCinema()
	// turns are those since the last call.
	turns := func() int {
		n := len(c.turns)
		c.turns = nil
		return n
	}
	log := c.show(t, nil, func(open func()) {
		c.pass(time.Hour)
		if c.requests != 0 {
			t.Errorf("before the first look: %d requests", c.requests)
		}
		open()
		c.pass(24 * time.Hour)
		if last := c.turns[len(c.turns)-1].at.Sub(begin) - time.Hour; last < stay-2*time.Second || last >= stay {
			t.Errorf("it rested after %v", last)
		}
		if n := turns(); n != 600 {
			t.Errorf("%d turns for one look", n)
		}

		// It begins at once, and each look counts from its own time on.
		open()
		c.pass(0)
		if n := turns(); n != 1 {
			t.Errorf("%d turns at the next look", n)
		}
		c.pass(6*time.Minute - time.Second/2)
		open()
		c.pass(time.Hour)
		if n := turns(); n < 958 || n > 961 {
			t.Errorf("%d turns for a look and one 6 minutes later", n)
		}
	})
	if log != "" {
		t.Errorf("the log says\n%s", log)
	}
}

func TestNothingToLookAt(t *testing.T) {
	t.Parallel()
	c := &cinema{feed: ids("new", 2)}
	log := c.show(t, []string{"new 0", "new 1"}, func(open func()) {
		open()
		c.pass(time.Minute)
	})
	if len(c.turns) != 0 || log != "" {
		t.Errorf("%d turns, and the log says\n%s", len(c.turns), log)
	}
}

func TestAudienceInAnOutage(t *testing.T) {
	t.Parallel()
	c := newCinema()
	c.down = true
	log := c.show(t, nil, func(open func()) {
		open()
		c.pass(3 * time.Minute)
		if c.requests < 5 || c.requests > 15 {
			t.Errorf("%d requests while nothing worked", c.requests)
		}
		c.down = false
		c.pass(2 * time.Minute)
	})
	if lines := strings.Split(strings.TrimSpace(log), "\n"); len(lines) != 2 || strings.Contains(log, "the-token") ||
		!strings.Contains(lines[0], "cannot work") || !strings.Contains(lines[0], "part=audience") || !strings.Contains(lines[0], "connection refused") ||
		!strings.Contains(lines[1], "works again") || !strings.Contains(lines[1], "part=audience") {
		t.Errorf("the log says\n%s", log)
	}
	if len(c.turns) < 90 {
		t.Errorf("%d turns after it", len(c.turns))
	}
}

// What the server refuses is told, not taken for done.
func TestAudienceIsToldOfErrors(t *testing.T) {
	t.Parallel()
	audience := Audience{Client: Client{Endpoint: "http://127.0.0.1/graphql", Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(
			`{"errors": [{"message": "No.", "extensions": {"code": "FORBIDDEN"}}]}`))}, nil
	})}}
	if err := audience.turn(t.Context()); err == nil || err.Error() != "FORBIDDEN: No." {
		t.Errorf("got %v", err)
	}
}
