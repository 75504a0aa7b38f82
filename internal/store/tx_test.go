package store

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// TestTransactionsRunAgain where others got in their way, and there alone; of a run that failed nothing stays.
func TestTransactionsRunAgain(t *testing.T) {
	t.Parallel()
	deadlock := fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: "40P01"})
	other := errors.New("something else")
	for _, c := range []struct {
		name string
		// faults are what the runs end with, one after the other.
		faults []error
		runs   int
		want   error
		code   models.Code
	}{
		{"all is well", []error{nil}, 1, nil, ""},
		{"a deadlock", []error{deadlock, nil}, 2, nil, ""},
		{"a serialization failure", []error{&pgconn.PgError{Code: "40001"}, nil}, 2, nil, ""},
		{"what it relied on has changed", []error{errAgain, deadlock, errAgain, nil}, 4, nil, ""},
		{"for ever", []error{deadlock, errAgain, errAgain, deadlock, nil}, 4, deadlock, models.CodeServiceUnavailable},
		{"another error", []error{other, nil}, 1, other, ""},
		{"bad input", []error{deadlock, models.BadInput("a", "Bad."), nil}, 2, nil, models.CodeBadUserInput},
		{"a connection that broke", []error{&pgconn.PgError{Code: "57P01"}, nil}, 1, nil, models.CodeServiceUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			testdb.Each(t, func(t *testing.T, db *testdb.DB) {
				runs := 0
				var told [][]models.ID
				hints := WithHints(func(_ models.Kind, ids []models.ID) { told = append(told, ids) })
				err := New(db.DB, hints).inTx(t.Context(), func(tx *transaction) error {
					fault := c.faults[runs]
					runs++
					tx.Changed(models.KindAIJob, models.ID{byte(runs)}, models.ID{0}, models.ID{byte(runs)})
					if err := tx.Exec("UPDATE rankings SET generation = generation + 1").Error; err != nil {
						t.Error(err)
					}
					return fault
				})
				if runs != c.runs {
					t.Errorf("it ran %d times, want %d", runs, c.runs)
				}
				var kept, want int
				if err := db.Read.Raw("SELECT generation FROM rankings").Scan(&kept).Error; err != nil {
					t.Error(err)
				}
				if c.faults[runs-1] == nil {
					want = 1
				}
				if kept != want {
					t.Errorf("%d runs have left something, want %d", kept, want)
				}
				var wantTold [][]models.ID
				if want == 1 {
					wantTold = [][]models.ID{{{0}, {byte(runs)}}}
				}
				if diff := cmp.Diff(wantTold, told); diff != "" {
					t.Errorf("the hints: %s", diff)
				}
				coded, _ := errors.AsType[*models.Error](err)
				if (err == nil) != (want == 1) || c.want != nil && !errors.Is(err, c.want) || (coded != nil) != (c.code != "") || coded != nil && coded.Code != c.code {
					t.Errorf("the error is %v", err)
				}
			})
		})
	}
}

// TestAFailedCommitTellsNobody: what is checked at the very end undoes what has been done.
func TestAFailedCommitTellsNobody(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		statements := []string{
			"SET CONSTRAINTS ALL DEFERRED",
			"INSERT INTO users (id, handle, display_name) SELECT gen_random_uuid(), 'same', 'U' FROM generate_series(1, 2)",
		}
		if db.Dialect == database.SQLite {
			statements = []string{
				"PRAGMA defer_foreign_keys = ON",
				"INSERT INTO videos (id, owner_id, title, playback_url) VALUES ('a', 'nobody', 'V', 'p')",
			}
		}
		hints := WithHints(func(kind models.Kind, ids []models.ID) { t.Errorf("kind %d is told: %v", kind, ids) })
		err := New(db.DB, hints).inTx(t.Context(), func(tx *transaction) error {
			for _, statement := range statements {
				if err := tx.Exec(statement).Error; err != nil {
					t.Error(err)
				}
			}
			tx.Changed(models.KindVideoMetadata, models.ID{1})
			return nil
		})
		if err == nil {
			t.Error("it was committed")
		}
	})
}
