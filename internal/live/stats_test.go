package live

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/models"
)

// TestStats: one watcher takes all that comes and another nothing, so that of three states that one misses two.
func TestStats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		h := New(w.hubReads(), slog.New(slog.DiscardHandler))
		var lags []time.Duration
		h.ObserveLag(func(kind string, behind time.Duration) {
			if kind == "counters" { // Each kind tells from a goroutine of its own.
				lags = append(lags, behind)
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan struct{})
		go func() {
			defer close(ran)
			h.Run(ctx)
		}()
		wants := func(kind int, want Stats) {
			t.Helper()
			if diff := cmp.Diff(want, h.Stats()[kind]); diff != "" {
				t.Error(diff)
			}
		}
		const jobs, counters, inboxes, notifications = 0, 1, 2, 3
		wants(counters, Stats{Kind: "counters"})

		w.view(1, 9)
		watching, leave := context.WithCancel(ctx)
		v := follow(watching, t, videosOf(h, nil, 0, 1, 2))
		if _, err := h.VideoMetadata(watching, nil, ids(1), 0); err != nil {
			t.Fatal(err)
		}
		expect(t, "at once", v.after(soon), videoText, "1 1")
		wants(counters, Stats{Kind: "counters", Objects: 2, Watchers: 2, Reads: 2, Read: 3, Handed: 1})
		for range 2 {
			w.view(1, 9)
			h.Changed(models.KindVideoMetadata, ids(1, 7))
			v.after(soon)
		}
		wants(counters, Stats{Kind: "counters", Objects: 2, Watchers: 2, Reads: 4, Read: 5, Handed: 3, Superseded: 2})
		// Nobody is told anything by looks that find nothing new.
		told := len(lags)
		v.after(late)
		if found := lags; told != 4 || len(found) != told {
			t.Errorf("lags of %v", found)
		}
		for _, behind := range lags {
			// The reads of this world take two milliseconds, and hints are gathered before them.
			if behind < 2*time.Millisecond || behind > 2*gather {
				t.Errorf("lags of %v", lags)
			}
		}
		w.fail(context.DeadlineExceeded)
		w.view(1, 9)
		h.Changed(models.KindVideoMetadata, ids(1))
		v.after(time.Second)
		w.fail(nil)
		v.after(late)
		if found := lags[told:]; len(found) != 1 || found[0] < time.Second {
			t.Errorf("after an outage of a second, a lag of %v", found)
		}
		wants(jobs, Stats{Kind: "jobs"})

		n := follow(watching, t, func(ctx context.Context) (Feed[models.Notification], error) { return h.Notifications(ctx, id(9), nil) })
		follow(watching, t, videosOf(h, new(id(9)), 0, 1))
		for range 3 {
			n.after(soon)
			w.notify(9, 8)
			h.Changed(models.KindInbox, ids(9))
		}
		n.after(soon)
		// Nobody takes the states of an inbox here, so that there are none to miss.
		if s := h.Stats()[inboxes]; s.Objects != 1 || s.Watchers != 2 || s.Handed != 0 || s.Superseded != 0 {
			t.Errorf("%+v", s)
		}
		wants(notifications, Stats{Kind: "notifications", Handed: 3})

		leave()
		synctest.Wait()
		for _, s := range h.Stats() {
			if s.Objects != 0 || s.Watchers != 0 {
				t.Errorf("though all have left: %+v", s)
			}
		}
		cancel()
		<-ran
	})
}

// TestLagOfWhatWaited: it begins when something was due, also for what had no room in the first read, and for looks that come late.
func TestLagOfWhatWaited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		h := New(w.hubReads(), slog.New(slog.DiscardHandler))
		var lags []time.Duration
		h.ObserveLag(func(_ string, behind time.Duration) { lags = append(lags, behind) })
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan struct{})
		go func() {
			defer close(ran)
			h.Run(ctx)
		}()
		many := make([]int, maxBatch+500)
		for n := range many {
			many[n] = n
			w.view(n, 9)
		}
		v := follow(ctx, t, videosOf(h, nil, 0, many...))
		v.after(soon)
		// during has something happen in a read that takes three seconds, and gives the lags of the reads that follow.
		during := func(happens func()) []time.Duration {
			lags = nil
			pace := func(d time.Duration) {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.delay = func() time.Duration { return d }
			}
			pace(1500 * time.Millisecond)
			h.Changed(models.KindVideoMetadata, ids(0))
			v.after(soon)
			pace(time.Millisecond)
			happens()
			v.after(4 * time.Second)
			return lags
		}
		if found := during(func() {
			for _, n := range many[1:] {
				w.view(n, 9)
			}
			h.Changed(models.KindVideoMetadata, ids(many[1:]...))
		}); len(found) != 2 || found[0] < 2500*time.Millisecond || found[1] < found[0] {
			t.Errorf("hints in two reads have lags of %v", found)
		}
		if found := during(func() { w.view(maxBatch, 9) }); len(found) != 1 || found[0] < time.Second || found[0] > 3*time.Second {
			t.Errorf("a look that came late has lags of %v", found)
		}
		cancel()
		<-ran
	})
}
