package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/store"
	"reelgraph/models"
)

func TestQueueStates(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		want := make([]store.QueueState, len(models.AllAIJobKind))
		for i, kind := range models.AllAIJobKind {
			want[i].Kind = kind
		}
		check := func() {
			t.Helper()
			got, err := f.QueueStates(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		check()
		made := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
		number := 0
		for i, kind := range models.AllAIJobKind {
			for _, status := range models.AllAIJobStatus {
				// Of each kind one job more than of the one before, the youngest first.
				for n := range i {
					number++
					at := made.Add(-time.Duration(n) * time.Minute)
					f.Exec(t, "INSERT INTO ai_jobs (id, owner_id, kind, status, created_at) VALUES (?, ?, ?, ?, ?)", id(number), id(1), string(kind), string(status), at)
					want[i].Oldest = &at
				}
			}
			want[i].Queued, want[i].Processing = int64(i), int64(i)
		}
		check()
	})
}
