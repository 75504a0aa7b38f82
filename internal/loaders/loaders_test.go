package loaders

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// addJobs adds queued jobs 0 to count-1, the oldest first; job n is of user n modulo owners.
func addJobs(t *testing.T, db *testdb.DB, count, owners int) {
	t.Helper()
	for n := range count {
		db.Exec(t, "INSERT INTO ai_jobs (id, owner_id, kind, created_at) VALUES (?, ?, 'REMIX', ?)",
			id(n), id(1000+n%owners), "2026-01-01 00:00:"+string([]byte{'0' + byte(n/10), '0' + byte(n%10)})+"+00:00")
	}
}

func asCaller(ctx context.Context, n int) context.Context {
	return models.WithCaller(ctx, &models.Caller{ID: id(1000 + n)})
}

// keys are the ids found, in order.
func keys[V any](found map[models.ID]V) []models.ID { return sorted(slices.Collect(maps.Keys(found))) }

// root asks as a root field does.
func root[V any](t *testing.T, l *Loader[V], wanted []models.ID) map[models.ID]V {
	t.Helper()
	found, err := l.Root(t.Context(), "field", func() []models.ID { return wanted })
	if err != nil {
		t.Error(err)
	}
	return found
}

func TestJobsAreTheirOwnersAlone(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		addJobs(t, db, 9, 3)
		shared := NewShared(store.New(db.DB))
		var all sync.WaitGroup
		for owner := range 4 { // The last has none. They ask at once, and share what is read.
			all.Go(func() {
				l := shared.New(asCaller(t.Context(), owner), Lists{})
				var want []models.ID
				for n := owner; n < 9 && owner < 3; n += 3 {
					want = append(want, id(n))
				}
				if diff := cmp.Diff(want, keys(root(t, &l.AIJobs, ids(0, 12)))); diff != "" {
					t.Errorf("user %d: %s", owner, diff)
				}
			})
		}
		all.Go(func() {
			if found := root(t, &shared.New(t.Context(), Lists{}).AIJobs, ids(0, 12)); len(found) != 0 {
				t.Errorf("an anonymous caller sees %v", found)
			}
		})
		all.Wait()
	})
}

func TestNotificationsAndInboxes(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		for n := range 4 {
			db.Exec(t, "INSERT INTO notifications (id, recipient_id, number, category, title) VALUES (?, ?, ?, 'LIKE', '')", id(n), id(1000+n%2), n)
		}
		db.Exec(t, "INSERT INTO inboxes (user_id, unread_like) VALUES (?, 2)", id(1001))
		l := NewShared(store.New(db.DB)).New(asCaller(t.Context(), 1), Lists{})
		if diff := cmp.Diff([]models.ID{id(1), id(3)}, keys(root(t, &l.Notifications, ids(0, 9)))); diff != "" {
			t.Error(diff)
		}
		inboxes := root(t, &l.Inboxes, ids(1000, 1002))
		if len(inboxes) != 1 || inboxes[id(1001)].UnreadLike != 2 {
			t.Errorf("inboxes %v", inboxes)
		}
	})
}

// TestEachLoaderIsOneStatement also says that deleted videos and their counters are given, marked so.
func TestEachLoaderIsOneStatement(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		db.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, 'a', 'A')", id(1000))
		for n := range 3 {
			db.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url) VALUES (?, ?, '', '')", id(n), id(1000))
		}
		db.Exec(t, "UPDATE videos SET deleted_at = created_at WHERE id = ?", id(1))
		addJobs(t, db, 3, 1)
		l := NewShared(store.New(db.DB)).New(asCaller(t.Context(), 0), Lists{})
		wanted := append(ids(0, 5), id(0))
		statements := db.Record(func() {
			for kind, found := range map[string][]models.ID{
				"metadata": keys(root(t, &l.Metadata, wanted)), "videos": keys(root(t, &l.Videos, wanted)),
				"jobs": keys(root(t, &l.AIJobs, wanted)), "positions": keys(root(t, &l.QueuePositions, wanted)),
			} {
				if diff := cmp.Diff(ids(0, 3), found); diff != "" {
					t.Errorf("%s: %s", kind, diff)
				}
			}
			if found := root(t, &l.Users, ids(1000, 1002)); len(found) != 1 {
				t.Errorf("users %v", found)
			}
			if root(t, &l.Videos, wanted)[id(1)].DeletedAt == nil || root(t, &l.Metadata, wanted)[id(1)].DeletedAt == nil {
				t.Error("the deletion is not told")
			}
			if position := root(t, &l.QueuePositions, wanted)[id(2)]; position != 2 {
				t.Errorf("position %d, want 2", position)
			}
		})
		if len(statements) != 5 {
			t.Errorf("%d statements, want 5:\n%q", len(statements), statements)
		}
	})
}

func TestReadsEndWithTheResponse(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		l := NewShared(store.New(db.DB)).New(asCaller(ctx, 0), Lists{Users: 1})
		cancel()
		_, err := l.Notifications.Root(ctx, "field", func() []models.ID { return ids(0, 1) })
		wantUnavailable(t, err, context.Canceled)
		_, err = Related(ctx, l, &l.Users, chain(1), "next", (*node).nextID)
		if err != nil { // The shared read goes on, and may have been faster.
			wantUnavailable(t, err, context.Canceled)
		}
	})
}
