package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// fixture is a store on a database, and short ways to put rows there.
type fixture struct {
	*store.Store
	*testdb.DB
}

func onFixtures(t *testing.T, test func(t *testing.T, f fixture)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) { test(t, fixture{store.New(db.DB), db}) })
}

// id is the n-th id; the higher n is, the higher is the id.
func id(n int) models.ID { return models.ID{0: 0xa0, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)} }

func ids(numbers ...int) []models.ID {
	list := make([]models.ID, len(numbers))
	for i, n := range numbers {
		list[i] = id(n)
	}
	return list
}

// at is a moment that is the later the higher n is.
func at(n int) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC).Add(time.Duration(n) * time.Second)
}

func (f fixture) users(t *testing.T, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		f.Exec(t, "INSERT INTO users (id, handle, display_name, credits) VALUES (?, ?, ?, ?)", id(n), fmt.Sprintf("user.%d", n), fmt.Sprintf("User %d", n), n)
	}
}

func (f fixture) video(t *testing.T, n, owner, created int) {
	t.Helper()
	f.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url, created_at) VALUES (?, ?, 'V', 'p', ?)", id(n), id(owner), at(created))
}

func (f fixture) deleteVideo(t *testing.T, n int) {
	t.Helper()
	f.Exec(t, "UPDATE videos SET deleted_at = ?, deletion_reason = 'spam' WHERE id = ?", at(0), id(n))
}

func (f fixture) views(t *testing.T, n, count int) {
	t.Helper()
	f.Exec(t, "UPDATE video_metadata SET view_count = ? WHERE video_id = ?", count, id(n))
}

func (f fixture) job(t *testing.T, n, owner, created int, status models.AIJobStatus) {
	t.Helper()
	f.Exec(t, "INSERT INTO ai_jobs (id, owner_id, kind, status, created_at) VALUES (?, ?, 'REMIX', ?, ?)", id(n), id(owner), string(status), at(created))
}

func (f fixture) notification(t *testing.T, n, recipient int, category models.NotificationCategory, actor *models.ID) {
	t.Helper()
	f.Exec(t, "INSERT INTO notifications (id, recipient_id, number, category, title, actor_id) VALUES (?, ?, ?, ?, 'N', ?)", id(n), id(recipient), n, string(category), actor)
}

func (f fixture) block(t *testing.T, blocker, blocked, created int) {
	t.Helper()
	f.Exec(t, "INSERT INTO user_blocks (blocker_id, blocked_id, created_at) VALUES (?, ?, ?)", id(blocker), id(blocked), at(created))
}

// wantPages reads a list in pages of every size, and fails unless it finds the wanted items, in their
// order, once each, by one statement a page.
func wantPages[T, K any](t *testing.T, f fixture, want []models.ID, read func(after *K, first int) (store.Page[T], error), place func(T) (models.ID, K)) {
	t.Helper()
	for first := 1; first <= len(want)+1; first++ {
		var got []models.ID
		var after *K
		for more := true; more && len(got) <= len(want); {
			var page store.Page[T]
			statements := f.Record(func() {
				var err error
				if page, err = read(after, first); err != nil {
					t.Fatal(err)
				}
			})
			if len(statements) != 1 {
				t.Errorf("a page is %d statements: %q", len(statements), statements)
			}
			for _, item := range page.Items {
				found, key := place(item)
				got, after = append(got, found), &key
			}
			if more = page.More; more != (len(got) < len(want)) || len(page.Items) > first {
				t.Fatalf("%d of %d items, a page of %d of at most %d, more: %v", len(got), len(want), len(page.Items), first, more)
			}
		}
		if len(got) != len(want) || len(got) > 0 && !cmp.Equal(want, got) {
			t.Errorf("pages of %d: %s", first, cmp.Diff(want, got))
		}
	}
}
