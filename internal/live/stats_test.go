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
		lags := map[string][]time.Duration{}
		h.ObserveLag(func(kind string, behind time.Duration) { lags[kind] = append(lags[kind], behind) })
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
		told := len(lags["counters"])
		v.after(late)
		if found := lags["counters"]; told != 4 || len(found) != told {
			t.Errorf("lags of %v", found)
		}
		for _, behind := range lags["counters"] {
			// The reads of this world take two milliseconds, and hints are gathered before them.
			if behind < 2*time.Millisecond || behind > 2*gather {
				t.Errorf("lags of %v", lags["counters"])
			}
		}
		w.fail(context.DeadlineExceeded)
		w.view(1, 9)
		h.Changed(models.KindVideoMetadata, ids(1))
		v.after(time.Second)
		w.fail(nil)
		v.after(late)
		if found := lags["counters"][told:]; len(found) != 1 || found[0] < time.Second {
			t.Errorf("after an outage of a second, a lag of %v", found)
		}
		wants(jobs, Stats{Kind: "jobs"})

		n := follow(watching, t, func(ctx context.Context) (Feed[models.Notification], error) { return h.Notifications(ctx, id(9), nil) })
		n.after(soon)
		w.notify(9, 8)
		h.Changed(models.KindInbox, ids(9))
		n.after(soon)
		if s := h.Stats()[inboxes]; s.Objects != 1 || s.Watchers != 1 || s.Handed != 0 {
			t.Errorf("%+v", s)
		}
		wants(notifications, Stats{Kind: "notifications", Handed: 1})

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
