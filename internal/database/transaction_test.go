package database_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
)

// TestTransactionsAreTraced: what a transaction takes beside its statements is told as well.
func TestTransactionsAreTraced(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, of *testdb.DB) {
		var told []string
		db, err := database.Open(t.Context(), of.URL, database.Options{Trace: func(_ context.Context, sql string, began time.Time, rows int64, err error) {
			word, _, _ := strings.Cut(sql, " ")
			if err != nil {
				word += " failed"
			}
			if rows != -1 && word != "SELECT" || began.IsZero() || time.Since(began) < 0 {
				t.Errorf("%s has %d rows, and began at %v", word, rows, began)
			}
			told = append(told, word)
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		broken := errors.New("not this time")
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for _, test := range []struct {
			ctx   context.Context
			fails error
			want  []string
		}{
			{t.Context(), nil, []string{"BEGIN", "SELECT", "COMMIT"}},
			{t.Context(), broken, []string{"BEGIN", "SELECT", "ROLLBACK"}},
			{ended, context.Canceled, []string{"BEGIN failed"}},
		} {
			told = nil
			err := db.Transaction(test.ctx, func(tx *gorm.DB) error {
				var one int
				if err := tx.Raw("SELECT 1").Scan(&one).Error; err != nil {
					return err
				}
				return test.fails
			})
			if !errors.Is(err, test.fails) {
				t.Errorf("the error is %v, want %v", err, test.fails)
			}
			if diff := cmp.Diff(test.want, told); diff != "" {
				t.Error(diff)
			}
		}
	})
}
