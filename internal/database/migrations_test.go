package database_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
)

// catalog are queries that together tell all of a schema, a line each thing.
var catalog = map[database.Dialect]string{
	database.PostgreSQL: `
		SELECT table_name || '.' || column_name || ' ' || ordinal_position || ' ' || data_type || ' null:' || is_nullable || ' default:' || coalesce(column_default, '') || ' identity:' || is_identity AS line
		FROM information_schema.columns WHERE table_schema = 'public'
		UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
		UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
		UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
		UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
		UNION ALL SELECT relname || ' ' || relkind::text || ' ' || coalesce(array_to_string(reloptions, ','), '') FROM pg_class WHERE relnamespace = 'public'::regnamespace
		UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace`,
	database.SQLite: "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line FROM sqlite_master",
}

// schemaOf is all of a schema but what goose keeps, in order.
func schemaOf(t *testing.T, db *database.DB) []string {
	t.Helper()
	var all, own []string
	if err := db.Write.Raw("SELECT line FROM (" + catalog[db.Dialect] + ") AS things ORDER BY line").Scan(&all).Error; err != nil {
		t.Fatal(err)
	}
	for _, line := range all {
		if !strings.Contains(line, "goose_db_version") && !strings.Contains(line, "sqlite_sequence") {
			own = append(own, line)
		}
	}
	return own
}

// unmigrate takes every migration after version back.
func unmigrate(t *testing.T, db *database.DB, version int64) {
	t.Helper()
	dialect, folder := goose.DialectPostgres, "migrations/postgres"
	if db.Dialect == database.SQLite {
		dialect, folder = goose.DialectSQLite3, "migrations/sqlite"
	}
	files, err := fs.Sub(database.Migrations, folder)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Write.DB()
	if err != nil {
		t.Fatal(err)
	}
	migrations, err := goose.NewProvider(dialect, conn, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.DownTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}

func TestMigrationsUpDownUp(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		want := schemaOf(t, db.DB)
		if len(want) < 50 {
			t.Fatalf("a schema of %d things: %q", len(want), want)
		}
		unmigrate(t, db.DB, 0)
		if left := schemaOf(t, db.DB); len(left) != 0 {
			t.Errorf("left behind: %q", left)
		}
		for range 2 { // The second time there is nothing to do.
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, schemaOf(t, db.DB)); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestReady(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		if err := db.Ready(t.Context()); err != nil {
			t.Errorf("migrated, but %v", err)
		}
		unmigrate(t, db.DB, 0)
		if err := db.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "has migrations to run") {
			t.Errorf("not migrated, but %v", err)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.Ready(t.Context()); err != nil {
			t.Errorf("migrated, but %v", err)
		}
	})
}

// TestMigrateTogether: instances that start at once take turns, on a file that is not there yet too.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		want := schemaOf(t, db.DB)
		url := "sqlite:" + filepath.Join(t.TempDir(), "new.db")
		if db.Dialect == database.PostgreSQL {
			url = db.URL
			unmigrate(t, db.DB, 0)
		}
		var all sync.WaitGroup
		start := make(chan struct{})
		for range 4 {
			all.Go(func() {
				<-start
				instance, err := database.Open(t.Context(), url, database.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				if err := errors.Join(instance.Migrate(t.Context()), instance.Ready(t.Context()), instance.Close()); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		all.Wait()
		if diff := cmp.Diff(want, schemaOf(t, open(t, url))); diff != "" {
			t.Error(diff)
		}
	})
}

// TestBothDatabasesAreAlike in the names and order of their columns, and in their indexes.
func TestBothDatabasesAreAlike(t *testing.T) {
	t.Parallel()
	postgres, sqlite := testdb.PostgreSQL(t), testdb.SQLite(t)
	names := func(db *testdb.DB, query string) (names []string) {
		if err := db.Read.Raw(query).Scan(&names).Error; err != nil {
			t.Fatal(err)
		}
		return names
	}
	columns := names(postgres, "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%' ORDER BY table_name, ordinal_position")
	same := names(sqlite, "SELECT t.name || '.' || c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT LIKE 'goose%' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, c.cid")
	if diff := cmp.Diff(columns, same); diff != "" {
		t.Error(diff)
	}
	spelling := strings.NewReplacer("public.", "", "USING btree ", "", "::text", "", "(", "", ")", "", " ", "", "\"", "")
	indexes := func(lines []string) (plain []string) {
		for _, line := range lines {
			plain = append(plain, spelling.Replace(line))
		}
		return plain
	}
	diff := cmp.Diff(
		indexes(names(postgres, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%key' AND indexname NOT LIKE '%pkey' ORDER BY indexname")),
		indexes(names(sqlite, "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")))
	if diff != "" {
		t.Error(diff)
	}
}
