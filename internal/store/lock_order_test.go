package store_test

import (
	"fmt"
	"testing"

	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// awaitLock returns when so many connections to the test's database wait for what others have locked. What they do must
// not have ended by then.
func (f fixture) awaitLock(t *testing.T, connections int, ended <-chan error) {
	t.Helper()
	for waiting := 0; waiting < connections; {
		if len(ended) > 0 {
			t.Fatalf("it waits for nobody: %v", <-ended)
		}
		err := f.Read.Raw("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting).Error
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestLocksAreTakenInOrder of ids, whatever order they are named in or the table has them in: what waits for the
// first of two holds nothing of the second. Where two transactions do so, neither waits for the other for ever.
func TestLocksAreTakenInOrder(t *testing.T) {
	t.Parallel()
	f := fixture{nil, testdb.PostgreSQL(t)}
	f.Store = store.New(f.DB.DB)
	for _, c := range []struct {
		name string
		// first and second are rows of a table that the write locks.
		table, key    string
		first, second int
		write         func(t *testing.T, s *store.Store) error
	}{
		{"reportVideos", "videos", "id", 1, 2, func(t *testing.T, s *store.Store) error {
			_, err := s.ReportVideos(t.Context(), id(20), ids(2, 1), "r")
			return err
		}},
		{"dismissReports", "videos", "id", 1, 2, func(t *testing.T, s *store.Store) error {
			_, err := s.DismissReports(t.Context(), id(20), ids(2, 1), "r")
			return err
		}},
		{"deleteVideos", "videos", "id", 1, 2, deleteBoth},
		{"deleteVideos, counters", "video_metadata", "video_id", 1, 2, deleteBoth},
		{"restoreVideos", "videos", "id", 3, 4, restoreBoth},
		{"restoreVideos, counters", "video_metadata", "video_id", 3, 4, restoreBoth},
		{"upsertVideos", "videos", "id", 1, 2, upsertBoth},
		{"upsertVideos, counters", "video_metadata", "video_id", 1, 2, upsertBoth},
		{"upsertVideos, owners", "users", "id", 10, 11, upsertBoth},
		{"upsertUsers", "users", "id", 10, 11, func(t *testing.T, s *store.Store) error {
			_, err := s.UpsertUsers(t.Context(), []models.User{told(11, "x"), told(10, "y")})
			return err
		}},
		{"grantCredits", "users", "id", 10, 11, func(t *testing.T, s *store.Store) error {
			_, err := s.GrantCredits(t.Context(), id(20), "batch", grants(1, 11, 10))
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.Exec(t, "TRUNCATE users CASCADE")
			f.users(t, 12, 11, 10)
			for _, n := range []int{4, 3, 2, 1} {
				f.video(t, n, 12, n)
			}
			f.deleteVideo(t, 4)
			f.deleteVideo(t, 3)
			other := f.Write.Begin()
			defer other.Rollback()
			lock := func(n int, wait string) {
				statement := fmt.Sprintf("SELECT %s FROM %s WHERE %[1]s = ? FOR UPDATE %[3]s", c.key, c.table, wait)
				if err := other.Exec(statement, id(n)).Error; err != nil {
					t.Error(err)
				}
			}
			lock(c.first, "")
			ended := make(chan error, 1)
			go func() { ended <- c.write(t, f.Store) }()
			f.awaitLock(t, 1, ended)
			lock(c.second, "NOWAIT")
			other.Rollback()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func deleteBoth(t *testing.T, s *store.Store) error {
	t.Helper()
	_, err := s.DeleteVideos(t.Context(), id(20), ids(2, 1), "r")
	return err
}

func restoreBoth(t *testing.T, s *store.Store) error {
	t.Helper()
	_, err := s.RestoreVideos(t.Context(), id(20), ids(4, 3), "r")
	return err
}

// upsertBoth gives two videos that are there, and two new ones, to two users.
func upsertBoth(t *testing.T, s *store.Store) error {
	t.Helper()
	_, err := s.UpsertVideos(t.Context(), []store.VideoUpsert{
		{ID: id(2), OwnerID: id(10)}, {ID: id(1), OwnerID: id(11)}, {ID: id(6), OwnerID: id(10)}, {ID: id(5), OwnerID: id(11)},
	})
	return err
}
