package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// modelBatch is what is sent under one batchId, and how that was answered each time.
type modelBatch struct {
	events []store.Activity

	mu      sync.Mutex
	answers []store.Recorded
}

func (b *modelBatch) answered(recorded store.Recorded) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers = append(b.answers, recorded)
}

const (
	modelVideos  = 12 // the first two are deleted and restored all the time
	modelBatches = 100
	modelClients = 8
	modelCalls   = 25
	modelStart   = 1_000_000 // of each counter, so that none comes down to 0
)

// TestActivityAgainstModel has many clients send the same batches through two instances, while videos come and go:
// what was answered says to the last event what the counters are.
func TestActivityAgainstModel(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		f.videos(t, modelVideos)
		f.Exec(t, "UPDATE video_metadata SET view_count = ?, like_count = ?, comment_count = ?, remix_count = ?, glitch_count = ?",
			modelStart, modelStart, modelStart, modelStart, modelStart)
		batches := make([]modelBatch, modelBatches)
		for n := range batches {
			for range 1 + random.IntN(30) {
				kind := models.AllVideoActivityKind[random.IntN(len(models.AllVideoActivityKind))]
				batches[n].events = append(batches[n].events, did(random.IntN(modelVideos+1), kind, 1+random.IntN(5)))
			}
		}
		stores := f.instances(t)
		var clients sync.WaitGroup
		for client := range modelClients {
			random := rand.New(rand.NewPCG(seed, uint64(1+client)))
			clients.Go(func() {
				for range modelCalls {
					if random.IntN(8) == 0 {
						f.toggle(t, random.IntN(2))
					}
					n := random.IntN(modelBatches)
					recorded, err := stores[random.IntN(2)].RecordActivity(context.Background(), service, fmt.Sprint(n), batches[n].events)
					if err != nil {
						t.Error(err)
						return
					}
					batches[n].answered(recorded)
				}
			})
		}
		clients.Wait()
		f.wantModel(t, batches)
	})
}

// toggle deletes a video, or restores it.
func (f fixture) toggle(t *testing.T, video int) {
	t.Helper()
	err := f.Write.Exec("UPDATE videos SET deleted_at = CASE WHEN deleted_at IS NULL THEN created_at END WHERE id = ?", id(video)).Error
	if err != nil {
		t.Error(err)
	}
}

func (f fixture) wantModel(t *testing.T, batches []modelBatch) {
	t.Helper()
	var want [modelVideos]counts
	for video := range want {
		want[video] = counts{modelStart, modelStart, modelStart, modelStart, modelStart, 0}
	}
	for n := range batches {
		b := &batches[n]
		firsts := 0
		for _, answer := range b.answers {
			if diff := cmp.Diff(b.answers[0].Unknown, answer.Unknown, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("batch %d: the answers differ: %s", n, diff)
			}
			if answer.Duplicate {
				if answer.Count != 0 {
					t.Errorf("batch %d: a repeat counted %d", n, answer.Count)
				}
				continue
			}
			firsts++
			if counted := applied(&want, b.events, answer.Unknown); counted != answer.Count {
				t.Errorf("batch %d counted %d, want %d", n, answer.Count, counted)
			}
		}
		if firsts != min(1, len(b.answers)) {
			t.Errorf("batch %d was counted %d times, sent %d times", n, firsts, len(b.answers))
		}
	}
	for video := range want {
		got := countersOf(t, f.DB, video)
		got.Version = 0
		if got != want[video] {
			t.Errorf("video %d has %+v, want %+v", video, got, want[video])
		}
	}
}

// applied adds events to what is wanted, but for those of unknown videos, and tells how many it added.
func applied(want *[modelVideos]counts, events []store.Activity, unknown []models.ID) (added int) {
	skip := map[models.ID]bool{}
	for _, video := range unknown {
		skip[video] = true
	}
	for _, e := range events {
		if skip[e.VideoID] {
			continue
		}
		added++
		c, n := &want[e.VideoID[15]], int64(e.Count)
		switch e.Kind {
		case view:
			c.Views += n
		case like:
			c.Likes += n
		case unlike:
			c.Likes -= n
		case comment:
			c.Comments += n
		case uncomment:
			c.Comments -= n
		case remix:
			c.Remixes += n
		case glitch:
			c.Glitches += n
		}
	}
	return added
}
