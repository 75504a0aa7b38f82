package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// TestMethod: a statement is known by the method of Store that it belongs to, however deep below that it is run.
func TestMethod(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2)
		f.video(t, 1, 1, 1)
		var mu sync.Mutex
		methods := map[string]bool{}
		opened, err := database.Open(t.Context(), f.URL, database.Options{Trace: func(context.Context, string, time.Time, int64, error) {
			mu.Lock()
			defer mu.Unlock()
			methods[store.Method()] = true
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		s := store.New(opened)
		for want, run := range map[string]func(context.Context) error{
			"UsersByID":     func(ctx context.Context) error { _, err := s.UsersByID(ctx, []models.ID{id(1)}); return err },
			"AIJobsByOwner": func(ctx context.Context) error { _, err := s.AIJobsByOwner(ctx, id(1), nil, nil, 1); return err },
			"BlockUsers":    func(ctx context.Context) error { _, err := s.BlockUsers(ctx, id(1), []models.ID{id(2)}); return err },
			// Calls of RecordActivity are written together.
			"writeGroups": func(ctx context.Context) error {
				_, err := s.RecordActivity(ctx, id(1), "", []store.Activity{{VideoID: id(1), Kind: models.VideoActivityKindView}})
				return err
			},
			"other": func(ctx context.Context) error { return opened.Read.WithContext(ctx).Exec("SELECT 1").Error },
		} {
			if err := run(t.Context()); err != nil {
				t.Errorf("%s: %v", want, err)
			}
			mu.Lock()
			var got []string
			for method := range methods {
				got = append(got, method)
			}
			clear(methods)
			mu.Unlock()
			slices.Sort(got)
			if diff := cmp.Diff([]string{want}, got); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// BenchmarkMethod is what the name costs every statement, asked for where statements are told of.
func BenchmarkMethod(b *testing.B) {
	opened, err := database.Open(b.Context(), testdb.SQLite(b).URL, database.Options{Trace: func(context.Context, string, time.Time, int64, error) {
		b.ReportAllocs()
		for b.Loop() {
			store.Method()
		}
	}})
	if err != nil {
		b.Fatal(err)
	}
	defer opened.Close()
	if _, err := store.New(opened).UsersByID(b.Context(), []models.ID{id(1)}); err != nil {
		b.Fatal(err)
	}
}
