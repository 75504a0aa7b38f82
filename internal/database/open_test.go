package database_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// id is the n-th id.
func id(n int) models.ID { return models.ID{14: byte(n >> 8), 15: byte(n)} }

func open(t *testing.T, url string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestOpenWithAWrongURL(t *testing.T) {
	t.Parallel()
	missing := "sqlite:" + filepath.Join(t.TempDir(), "missing", "test.db")
	for url, want := range map[string]string{
		"":                                             "must begin with postgres:// or sqlite:",
		"mysql://root:hunter2@h/d":                     "must begin with postgres:// or sqlite:",
		"root:hunter2@h/d":                             "must begin with postgres:// or sqlite:",
		"postgres:hunter2":                             "cannot be understood",
		"postgres://u:hunter2@h:port/d":                "cannot be understood",
		"postgres://u:hunter2%@h/d":                    "cannot be understood",
		"postgres://u:hunter2@h d/d":                   "cannot be understood",
		"postgresql://u:hunter2@h/d?sslmode=wrong":     "cannot be understood",
		"postgres://u:hunter2@h/d?pool_max_conns=many": "cannot be understood",
		"sqlite":                 "needs the path of a file",
		"sqlite:":                "needs the path of a file",
		"sqlite::memory:":        "needs the path of a file",
		"sqlite://data.db":       "right behind the colon",
		"sqlite:" + os.TempDir(): "the file cannot be opened or made",
		missing:                  "the file cannot be opened or made",
	} {
		db, err := database.Open(t.Context(), url, database.Options{})
		if err == nil {
			_ = db.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: error is %v, want %q and no password", url, err, want)
		}
	}
}

// TestNobodyThere: opening connects to nothing; what then fails tells no password.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	db := open(t, "postgres://somebody:hunter2@127.0.0.1:1/nowhere")
	for name, err := range map[string]error{
		"migrate": db.Migrate(t.Context()), "ready": db.Ready(t.Context()), "query": db.Read.Exec("SELECT 1").Error,
	} {
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: error is %v, want one without the password", name, err)
		}
	}
	wantUnavailable(t, db.Ready(t.Context()))
}

func TestSQLitePaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b.db", "what?.db", "number#1.db", "100%.db", "%20.db", "a&b=c.db", "x:y.db", "ä 日本.db", "'quoted\".db", "file:x.db", "a+b;c.db"} {
		path := filepath.Join(t.TempDir(), name)
		db := open(t, "sqlite:"+path)
		if err := db.Write.Exec("CREATE TABLE here (n integer)").Error; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := db.Read.Exec("SELECT n FROM here").Error; err != nil {
			t.Errorf("%s: the reader looks elsewhere: %v", name, err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: the file is elsewhere: %v", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "three slashes.db")
	if err := open(t, "sqlite://"+path).Write.Exec("CREATE TABLE here (n integer)").Error; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestReadHandleOfSQLiteCannotWrite(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	for _, statement := range []string{
		"INSERT INTO users (id, handle, display_name) VALUES ('1', 'a', 'A')",
		"UPDATE rankings SET generation = 7", "DELETE FROM rankings", "CREATE TABLE new (a)", "DROP TABLE users", "VACUUM",
	} {
		if err := db.Read.Exec(statement).Error; err == nil || !strings.Contains(err.Error(), "readonly") {
			t.Errorf("%s: error is %v", statement, err)
		}
	}
}

// TestSQLiteReadsWhileItWrites: neither keeps the other waiting, and nobody reads half of a transaction.
func TestSQLiteReadsWhileItWrites(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	generation := func(handle *gorm.DB) (n int) {
		t.Helper()
		if err := handle.Raw("SELECT generation FROM rankings").Scan(&n).Error; err != nil {
			t.Error(err)
		}
		return n
	}
	reading, writing := db.Read.Begin(), db.Write.Begin()
	before := generation(reading)
	if err := writing.Exec("UPDATE rankings SET generation = 7").Error; err != nil {
		t.Fatal(err)
	}
	if n := generation(db.Read); n != before {
		t.Errorf("read %d, which is not committed", n)
	}
	if err := writing.Commit().Error; err != nil {
		t.Fatal(err)
	}
	if n := generation(reading); n != before {
		t.Errorf("a transaction has read %d and then %d", before, n)
	}
	if n := generation(db.Read); n != 7 {
		t.Errorf("read %d, which is older than the commit", n)
	}
	if err := reading.Rollback().Error; err != nil {
		t.Error(err)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		var want []time.Time // In their order, which is not that of the digits alone.
		for _, microseconds := range []int{0, 1, 100_000, 100_001, 120_000, 123_456, 123_457, 999_999, 1_000_000, 10_000_000} {
			want = append(want, noon.Add(time.Duration(microseconds)*time.Microsecond))
		}
		want = append(want, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC))
		for n, at := range want {
			db.Exec(t, "INSERT INTO users (id, handle, display_name, created_at) VALUES (?, ?, '', ?)", id(len(want)-n), id(n).String(), at)
		}
		var users []models.User
		if err := db.Read.Order("created_at").Find(&users).Error; err != nil {
			t.Fatal(err)
		}
		var got []time.Time
		for _, user := range users {
			got = append(got, user.CreatedAt)
			if name, offset := user.CreatedAt.Zone(); name != "UTC" || offset != 0 {
				t.Errorf("%v comes back in %s", user.CreatedAt, name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for n, at := range want { // A parameter is compared as what is stored.
			var later int64
			if err := db.Read.Model(&models.User{}).Where("created_at > ?", at).Count(&later).Error; err != nil || int(later) != len(want)-n-1 {
				t.Errorf("%d are later than %v, %v; want %d", later, at, err, len(want)-n-1)
			}
		}
	})
}

// TestDefaultTimes: what a database takes for now is comparable with what the program writes.
func TestDefaultTimes(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		before := time.Now().Add(-time.Minute).UTC()
		db.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, 'a', 'A')", id(1))
		var user models.User
		after := time.Now().Add(time.Minute).UTC()
		if err := db.Read.Where("created_at BETWEEN ? AND ?", before, after).Find(&user).Error; err != nil {
			t.Fatal(err)
		}
		if user.ID != id(1) || user.CreatedAt.Before(before) || user.CreatedAt.After(after) {
			t.Errorf("got %v of %v", user.ID, user.CreatedAt)
		}
	})
}

func TestAny(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		var known, many []models.ID
		var names []string
		for n := range 5000 {
			many = append(many, id(n))
			names = append(names, "user."+id(n).String())
		}
		for n := range 3 {
			known = append(known, id(n))
			db.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, ?, '')", id(n), names[n])
		}
		var statements []string
		for _, ids := range []int{-1, 0, 1, 2, 5000} {
			var wanted []models.ID
			var handles []string
			if ids >= 0 {
				wanted, handles = many[:ids], names[:ids]
			}
			want := known[:min(max(ids, 0), 3)]
			for column, condition := range map[string]any{"id": db.Any("id", wanted), "handle": db.AnyText("handle", handles)} {
				var got []models.ID
				statements = append(statements, db.Record(func() {
					if err := db.Read.Model(&models.User{}).Where(condition).Order("id").Pluck("id", &got).Error; err != nil {
						t.Errorf("%d ids: %v", ids, err)
					}
				})...)
				if len(got) != len(want) || len(want) > 0 && !cmp.Equal(want, got) {
					t.Errorf("%d ids by %s: %v, want %v", ids, column, got, want)
				}
			}
		}
		different := map[string]bool{}
		for _, statement := range statements {
			different[statement] = true
		}
		if len(different) != 2 { // One by id, one by handle.
			t.Errorf("statements with other numbers of ids differ: %v", different)
		}
	})
}

// TestAnyTextTakesAnyText: what is text stays text, whatever it looks like.
func TestAnyTextTakesAnyText(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		names := []string{"", `a"b`, `a\b`, "a'b", "{a,b}", "NULL", "null", "1", "é日本", "a,b", " ", "<&>"}
		for n, name := range names {
			db.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, ?, '')", id(n), name)
		}
		var got []string
		if err := db.Read.Model(&models.User{}).Where(db.AnyText("handle", append(names, "nobody"))).Order("id").Pluck("handle", &got).Error; err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(names, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTraceIsToldOfEveryStatement(t *testing.T) {
	t.Parallel()
	var told []string
	var failed error
	db, err := database.Open(t.Context(), testdb.SQLite(t).URL, database.Options{Trace: func(_ context.Context, sql string, _ time.Time, rows int64, err error) {
		told = append(told, sql)
		failed = errors.Join(failed, err)
		if rows > 1 {
			t.Errorf("%d rows", rows)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	secret := "a secret"
	db.Read.Exec("SELECT ?", secret)
	db.Write.Exec("SELECT a FROM nowhere WHERE a = ?", secret)
	if diff := cmp.Diff([]string{"SELECT ?", "SELECT a FROM nowhere WHERE a = ?"}, told); diff != "" {
		t.Error(diff)
	}
	if failed == nil || strings.Contains(failed.Error(), secret) {
		t.Errorf("error is %v", failed)
	}
}

// TestSQLiteWaitsNoLongerThanARequest for who else writes: an operation is given up after 4.5 s.
func TestSQLiteWaitsNoLongerThanARequest(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	for name, handle := range map[string]*gorm.DB{"writer": db.Write, "readers": db.Read} {
		var wait int
		if err := handle.Raw("PRAGMA busy_timeout").Scan(&wait).Error; err != nil || wait < 1000 || wait > 4400 {
			t.Errorf("%s wait %d ms, %v", name, wait, err)
		}
	}
}
