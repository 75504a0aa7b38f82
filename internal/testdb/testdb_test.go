package testdb_test

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
)

func count(t *testing.T, db *database.DB) (n int) {
	t.Helper()
	if err := db.Read.Raw("SELECT count(*) FROM batches").Scan(&n).Error; err != nil {
		t.Error(err)
	}
	return n
}

const insert = "INSERT INTO batches (caller_id, field, batch_id, content_hash) VALUES (?, 'f', 'b', 'h')"

// caller is somebody's id.
const caller = "00000000-0000-0000-0000-000000000001"

// TestEachHasADatabaseOfItsOwn, migrated and empty, which its URL opens once more.
func TestEachHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		if err := db.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		if n := count(t, db.DB); n != 0 {
			t.Errorf("a fresh one has %d rows", n)
		}
		db.Exec(t, insert, caller)
		other := testdb.SQLite
		if db.Dialect == database.PostgreSQL {
			other = testdb.PostgreSQL
		}
		if n := count(t, other(t).DB); n != 0 {
			t.Errorf("what one was told %d times another knows", n)
		}
		again, err := database.Open(t.Context(), db.URL, database.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, again); n != 1 {
			t.Errorf("its URL opens one of %d rows", n)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestRecord(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		count(t, db.DB)
		got := db.Record(func() {
			count(t, db.DB)
			db.Exec(t, insert, caller)
			db.Read.Raw("SELECT\n\tnothing").Scan(new(int))
		})
		for n, statement := range got { // As PostgreSQL knows a parameter.
			got[n] = strings.ReplaceAll(statement, "$1", "?")
		}
		want := []string{"SELECT count(*) FROM batches", insert, "SELECT nothing"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if got := db.Record(func() {}); len(got) != 0 {
			t.Errorf("nothing was asked, but %q", got)
		}
	})
}

// TestNothingIsLeftBehind: a test's database goes with it.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	var name, file string
	t.Run("a test", func(t *testing.T) {
		url, _, _ := strings.Cut(testdb.PostgreSQL(t).URL, "?")
		name, file = path.Base(url), strings.TrimPrefix(testdb.SQLite(t).URL, "sqlite:")
	})
	conn, err := pgx.Connect(t.Context(), os.Getenv("TEST_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), "SELECT datname FROM pg_database")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || slices.Contains(names, name) || !strings.HasPrefix(name, "reelgraph_test_") {
		t.Errorf("%s is still there; %v", name, err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("%s is still there; %v", file, err)
	}
}
