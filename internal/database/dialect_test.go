package database_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// TestRows: every kind of column arrives as it was given, in the order given, by one statement text
// for any number of rows.
func TestRows(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		ids := []models.ID{models.NewID(), {}, models.NewID()}
		text, number, at := "it's \"quoted\", {braced}\nand ?", 7, time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)
		// A time is compared with one that was stored.
		db.Exec(t, "UPDATE rankings SET refreshed_at = ?", at)
		type row struct {
			A models.ID
			B *models.ID
			C string
			D *string
			E int
			F *int
			G int64
			H bool
			I bool
		}
		read := func(first, behind int) (rows []row) {
			t.Helper()
			table := db.Rows(
				"r",
				database.Column{Name: "a", Values: ids[first:behind]},
				database.Column{Name: "b", Values: []*models.ID{nil, &ids[0], &ids[2]}[first:behind]},
				database.Column{Name: "c", Values: []string{"", text, "zwölf"}[first:behind]},
				database.Column{Name: "d", Values: []*string{&text, nil, new(string)}[first:behind]},
				database.Column{Name: "e", Values: []int{3, 2, 1}[first:behind]},
				database.Column{Name: "f", Values: []*int{nil, &number, new(int)}[first:behind]},
				database.Column{Name: "g", Values: []int64{1<<53 - 1, -1 << 40, 0}[first:behind]},
				database.Column{Name: "h", Values: []bool{true, false, true}[first:behind]},
				database.Column{Name: "i", Values: []*time.Time{&at, nil, &at}[first:behind]},
			)
			if err := db.Read.Raw("SELECT a, b, c, d, e, f, g, h, coalesce(i = refreshed_at, false) AS i FROM ?, rankings ORDER BY n DESC", table).Scan(&rows).Error; err != nil {
				t.Fatal(err)
			}
			return rows
		}
		all := []row{
			{ids[2], &ids[2], "zwölf", new(string), 1, new(int), 0, true, true},
			{ids[1], &ids[0], text, nil, 2, &number, -1 << 40, false, false},
			{ids[0], nil, "", &text, 3, nil, 1<<53 - 1, true, true},
		}
		var texts []string
		for first := range 4 {
			var got []row
			statements := db.Record(func() { got = read(first, 3) })
			if diff := cmp.Diff(all[:3-first], got); diff != "" && first < 3 || len(got) != 3-first {
				t.Errorf("from row %d: %s", first, diff)
			}
			texts = append(texts, strings.Join(statements, ";"))
		}
		for _, text := range texts {
			if strings.Count(text, "SELECT") != strings.Count(texts[0], "SELECT") {
				t.Errorf("the statement changes with the number of rows: %q", texts)
			}
		}
	})
}

// TestNow is the present, cut to microseconds, and is later in a transaction's later statements.
func TestNow(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		tx := db.Write.Begin()
		defer tx.Rollback()
		var before models.Ranking
		for n := range 3 {
			var ranking models.Ranking
			if err := tx.Exec("UPDATE rankings SET refreshed_at = ?", db.Now()).Error; err != nil {
				t.Fatal(err)
			}
			if err := tx.First(&ranking).Error; err != nil {
				t.Fatal(err)
			}
			at := ranking.RefreshedAt
			if !at.After(before.RefreshedAt) || at.Nanosecond()%1000 != 0 || time.Since(at).Abs() > time.Minute {
				t.Errorf("the %d. present is %v, after %v", n, at, before.RefreshedAt)
			}
			before = ranking
		}
	})
}

// TestLock: who locks waits for whom it must, skips what it may, and reads on SQLite alone without.
func TestLock(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		if db.Dialect == database.SQLite {
			if db.Lock(true)+db.Lock(false) != "" {
				t.Error("SQLite has no row locks")
			}
			return
		}
		holder, other := db.Write.Begin(), db.Write.Begin()
		defer holder.Rollback()
		defer other.Rollback()
		if err := holder.Exec("SELECT id FROM rankings" + db.Lock(false)).Error; err != nil {
			t.Fatal(err)
		}
		var skipped []int
		if err := other.Raw("SELECT id FROM rankings" + db.Lock(true)).Scan(&skipped).Error; err != nil || len(skipped) != 0 {
			t.Errorf("locked %v, which another holds; %v", skipped, err)
		}
		if err := other.Exec("SET LOCAL lock_timeout = '1ms'").Error; err != nil {
			t.Fatal(err)
		}
		if err := other.Exec("SELECT id FROM rankings" + db.Lock(false)).Error; err == nil || !strings.Contains(err.Error(), "55P03") {
			t.Errorf("what another holds was locked: %v", err)
		}
	})
}

func TestConflict(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]bool{"40001": true, "40P01": true, "23505": false, "57014": false, "08006": false, "": false} {
		if got := database.Conflict(fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: state})); got != want {
			t.Errorf("%q: %v", state, got)
		}
	}
	if database.Conflict(nil) || database.Conflict(errors.New("40001")) {
		t.Error("what is not the database's error is no conflict")
	}
}
