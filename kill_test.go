package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

const (
	killClients   = 8
	killBatches   = 50 // a client
	killEvents    = 6  // a batch
	killVideos    = 60
	killHotVideos = 3
	kills         = 3
)

// TestKilledServerLosesNothing kills the program again and again while clients send it activity. They
// repeat what was not acknowledged, and in the end each event is counted once.
func TestKilledServerLosesNothing(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		settings := serving(t, db)
		videos := addVideos(t, db, killVideos)
		started := &instances{token: tokenFor(t, "--user", someone, "--role", "SERVICE"), changed: make(chan struct{})}
		cmd := started.start(t, settings)

		acknowledged := make(chan struct{}, killClients*killBatches)
		clients := make([]killClient, killClients)
		var ended sync.WaitGroup
		for n := range clients {
			clients[n] = killClient{name: fmt.Sprint("client ", n), random: rand.New(rand.NewPCG(seed, uint64(n))), counted: map[string]map[string]int64{}}
			ended.Go(func() { clients[n].run(t, started, videos, acknowledged) })
		}
		all := make(chan struct{})
		go func() { ended.Wait(); close(all) }()
		t.Cleanup(func() { <-all })
		for n := range kills {
			for range killClients * killBatches / (kills + 1) {
				select {
				case <-acknowledged:
				case <-time.After(patience):
					t.Fatalf("nothing is acknowledged any more before kill %d", n)
				}
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			cmd = started.start(t, settings)
		}
		<-all
		wantAllCounted(t, db, clients)
	})
}

// addVideos gives the ids of videos that it adds.
func addVideos(t *testing.T, db *testdb.DB, count int) []models.ID {
	t.Helper()
	videos := make([]models.ID, count)
	for n := range videos {
		videos[n] = models.NewID()
	}
	db.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url) SELECT id, ?, 'V', 'p' FROM ?",
		someone, db.Rows("added", database.Column{Name: "id", Values: videos}))
	return videos
}

// instances are the servers that run one after the other on the same database.
type instances struct {
	token string

	mu      sync.Mutex
	current *program
	// changed is closed when another one runs than the current.
	changed chan struct{}
}

// start waits until the one before has ended, and starts the next.
func (i *instances) start(t *testing.T, settings map[string]string) *exec.Cmd {
	t.Helper()
	if i.current != nil {
		<-i.current.ended
	}
	p, cmd := startCommand(t, settings)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.current = p
	close(i.changed)
	i.changed = make(chan struct{})
	return cmd
}

func (i *instances) now() (p *program, changed <-chan struct{}) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.current, i.changed
}

// killClient sends batches one after the other, and each until it is acknowledged.
type killClient struct {
	name   string
	random *rand.Rand
	// counted is what its batches come to, by video and counter.
	counted map[string]map[string]int64
	// batches were acknowledged; retried is how often one was sent again, and found how many of them
	// turned out to have been counted before the server was killed.
	batches        []string
	retried, found int
}

func (c *killClient) run(t *testing.T, servers *instances, videos []models.ID, acknowledged chan<- struct{}) {
	t.Helper()
	for n := range killBatches {
		batch := fmt.Sprint(c.name, ", batch ", n)
		mutation := c.mutation(batch, videos)
		for try := 0; ; try++ {
			server, changed := servers.now()
			a, err := server.ask(t.Context(), servers.token, mutation)
			if err == nil {
				if !c.acknowledge(t, batch, a, try > 0) {
					return
				}
				break
			}
			c.retried++
			select {
			case <-changed:
			case <-t.Context().Done():
				return
			case <-time.After(patience):
				t.Errorf("%s: no server, %v", batch, err)
				return
			}
		}
		acknowledged <- struct{}{}
	}
}

// mutation is a new batch of events that only add to counters, half of them to the hot videos'.
func (c *killClient) mutation(batch string, videos []models.ID) string {
	var events strings.Builder
	for range killEvents {
		video := videos[c.random.IntN(killHotVideos)].String()
		if c.random.IntN(2) == 0 {
			video = videos[c.random.IntN(len(videos))].String()
		}
		kind, count := []string{"view", "like", "comment", "remix", "glitch"}[c.random.IntN(5)], 1+c.random.IntN(9)
		fmt.Fprintf(&events, "{videoId: %q, kind: %s, count: %d} ", video, strings.ToUpper(kind), count)
		if c.counted[video] == nil {
			c.counted[video] = map[string]int64{}
		}
		c.counted[video][kind+"_count"] += int64(count)
	}
	return fmt.Sprintf("mutation { recordVideoActivity(batchId: %q, events: [%s]) { recordedCount duplicate unknownVideoIds } }", batch, &events)
}

// acknowledge reads an answer, and reports whether it is a good one.
func (c *killClient) acknowledge(t *testing.T, batch string, a answer, again bool) bool {
	t.Helper()
	var recorded struct {
		RecordedCount   int
		Duplicate       bool
		UnknownVideoIDs []string
	}
	err := json.Unmarshal(a.Data["recordVideoActivity"], &recorded)
	good := err == nil && len(a.Errors) == 0 && len(recorded.UnknownVideoIDs) == 0
	if recorded.Duplicate {
		c.found++
		good = good && again && recorded.RecordedCount == 0
	} else {
		good = good && recorded.RecordedCount == killEvents
	}
	if !good {
		t.Errorf("%s is answered %s", batch, a.Body)
	}
	c.batches = append(c.batches, batch)
	return good
}

// wantAllCounted compares what the clients have sent with what the database holds.
func wantAllCounted(t *testing.T, db *testdb.DB, clients []killClient) {
	t.Helper()
	want, kept := map[string]map[string]int64{}, map[string]bool{}
	var acknowledged, retried, found int
	for _, c := range clients {
		acknowledged, retried, found = acknowledged+len(c.batches), retried+c.retried, found+c.found
		for video, counters := range c.counted {
			if want[video] == nil {
				want[video] = map[string]int64{}
			}
			for counter, count := range counters {
				want[video][counter] += count
			}
		}
	}
	var remembered []string
	if err := db.Write.Raw("SELECT batch_id FROM batches").Scan(&remembered).Error; err != nil {
		t.Fatal(err)
	}
	for _, batch := range remembered {
		kept[batch] = true
	}
	for _, c := range clients {
		for _, batch := range c.batches {
			if !kept[batch] {
				t.Errorf("%s was acknowledged, and is not remembered", batch)
			}
		}
	}
	var rows []models.VideoMetadata
	if err := db.Write.Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	var sent, counted int64
	for _, row := range rows {
		for counter, got := range map[string]int64{
			"view_count": row.ViewCount, "like_count": row.LikeCount, "comment_count": row.CommentCount,
			"remix_count": row.RemixCount, "glitch_count": row.GlitchCount,
		} {
			sent, counted = sent+want[row.VideoID.String()][counter], counted+got
			if got != want[row.VideoID.String()][counter] {
				t.Errorf("%s of %s is %d, want %d", counter, row.VideoID, got, want[row.VideoID.String()][counter])
			}
		}
	}
	t.Logf("%d kills; batches: %d acknowledged, %d sent again, of which %d had been counted, %d in the database; events: %d sent, %d counted",
		kills, acknowledged, retried, found, len(remembered), sent, counted)
	if len(remembered) != acknowledged || retried == 0 {
		t.Errorf("%d batches are remembered, %d were acknowledged, %d were sent again", len(remembered), acknowledged, retried)
	}
}
