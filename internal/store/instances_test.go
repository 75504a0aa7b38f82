package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/models"
)

// instances are the stores of two instances of the program on one database. A deadlock fails the test, even where
// the transaction ran again and nobody noticed.
func (f fixture) instances(t *testing.T) [2]*store.Store {
	t.Helper()
	var stores [2]*store.Store
	for i := range stores {
		opened, err := database.Open(t.Context(), f.URL, database.Options{Trace: func(_ context.Context, sql string, _ time.Time, _ int64, err error) {
			if database.Conflict(err) {
				t.Errorf("%v: %s", err, strings.Join(strings.Fields(sql), " "))
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := opened.Close(); err != nil {
				t.Error(err)
			}
		})
		stores[i] = store.New(opened)
	}
	return stores
}

// atOnce calls a function so often, with numbers from 0, and waits until all calls have ended.
func atOnce(times int, call func(n int)) {
	var all sync.WaitGroup
	for n := range times {
		all.Go(func() { call(n) })
	}
	all.Wait()
}

// wantInvalidIDs fails the test unless an error refuses just these ids.
func wantInvalidIDs(t *testing.T, what string, err error, want ...models.ID) {
	t.Helper()
	coded, ok := errors.AsType[*models.Error](err)
	if !ok || coded.Code != models.CodeBadUserInput {
		t.Errorf("%s: the error is %v", what, err)
		return
	}
	texts := make([]string, len(want))
	for i, id := range want {
		texts[i] = id.String()
	}
	if diff := cmp.Diff(map[string]any{"invalidIds": texts}, coded.Details); diff != "" {
		t.Errorf("%s: what is refused (-want +got):\n%s", what, diff)
	}
}

// all are the rows of a table by a column, as they are in the database now.
func all[T any](t *testing.T, f fixture, order string) []T {
	t.Helper()
	var rows []T
	if err := f.Write.Order(order).Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

// same fails the test where two values differ.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// must fails the test on an error.
func must[T any](result T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
}
