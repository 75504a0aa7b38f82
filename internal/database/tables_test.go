package database_test

import (
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm/schema"

	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// rows are the models of all tables.
var rows = []any{
	models.AIJob{}, models.Batch{}, models.Inbox{}, models.ModerationAction{}, models.Notification{}, models.Ranking{}, models.ReportedVideo{},
	models.User{}, models.UserBlock{}, models.Video{}, models.VideoMetadata{}, models.VideoRank{}, models.VideoReport{},
}

// column is what a table says of one of its columns.
type column struct {
	Name, Type  string
	Null, InKey bool
}

// tablesOf are a database's tables but goose's, each with its columns.
func tablesOf(t *testing.T, db *testdb.DB) map[string]map[string]column {
	t.Helper()
	query := `
		SELECT c.table_name AS "table", c.column_name AS name, c.data_type AS type, c.is_nullable = 'YES' AS "null",
			EXISTS (SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
				WHERE i.indisprimary AND i.indrelid = c.table_name::regclass AND a.attname = c.column_name) AS in_key
		FROM information_schema.columns AS c WHERE c.table_schema = 'public'`
	if db.Dialect == database.SQLite {
		query = `
		SELECT t.name AS "table", c.name AS name, lower(c.type) AS type, c."notnull" = 0 AND c.pk = 0 AS "null", c.pk > 0 AS in_key
		FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'`
	}
	var columns []struct {
		Table  string
		Column column `gorm:"embedded"`
	}
	if err := db.Read.Raw(query).Scan(&columns).Error; err != nil {
		t.Fatal(err)
	}
	tables := map[string]map[string]column{}
	for _, c := range columns {
		if c.Table == "goose_db_version" {
			continue
		}
		if tables[c.Table] == nil {
			tables[c.Table] = map[string]column{}
		}
		tables[c.Table][c.Column.Name] = c.Column
	}
	return tables
}

// typeFor is the type that a column must have for a field.
func typeFor(dialect database.Dialect, field reflect.Type) string {
	if field.Kind() == reflect.Pointer {
		field = field.Elem()
	}
	postgres, sqlite := "", ""
	switch {
	case field == reflect.TypeFor[models.ID]():
		postgres, sqlite = "uuid", "text"
	case field == reflect.TypeFor[time.Time]():
		postgres, sqlite = "timestamp with time zone", "datetime"
	case field == reflect.TypeFor[[]byte]():
		postgres, sqlite = "bytea", "blob"
	case field.Kind() == reflect.String:
		postgres, sqlite = "text", "text"
	case field.Kind() == reflect.Int64:
		postgres, sqlite = "bigint", "integer"
	case field.Kind() == reflect.Int:
		postgres, sqlite = "integer", "integer"
	}
	if dialect == database.SQLite {
		return sqlite
	}
	return postgres
}

// TestModelsAndTablesAgree: every table has a model, every field its column and every column its
// field, of a type that holds the same values; pointers, and nothing else, are for what may be null.
func TestModelsAndTablesAgree(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		tables := tablesOf(t, db)
		var parsed sync.Map
		for _, row := range rows {
			model, err := schema.Parse(row, &parsed, db.Read.NamingStrategy)
			if err != nil {
				t.Fatal(err)
			}
			columns := tables[model.Table]
			if columns == nil {
				t.Errorf("%s has no table %s", model.Name, model.Table)
			}
			delete(tables, model.Table)
			for _, field := range model.Fields {
				if field.DBName == "" {
					continue // Not of this table.
				}
				name := model.Name + "." + field.Name
				c, ok := columns[field.DBName]
				if !ok {
					t.Errorf("%s has no column %s.%s", name, model.Table, field.DBName)
					continue
				}
				delete(columns, field.DBName)
				if want := typeFor(db.Dialect, field.FieldType); c.Type != want {
					t.Errorf("%s is a %s, its column a %s, want a %s", name, field.FieldType, c.Type, want)
				}
				if pointer := field.FieldType.Kind() == reflect.Pointer; pointer != c.Null {
					t.Errorf("%s is a %s, but null in its column is %v", name, field.FieldType, c.Null)
				}
				if field.PrimaryKey != c.InKey {
					t.Errorf("%s is in the key of its model: %v, of its table: %v", name, field.PrimaryKey, c.InKey)
				}
			}
			for name := range columns {
				t.Errorf("%s has no field for %s.%s", model.Name, model.Table, name)
			}
		}
		for name := range tables {
			t.Errorf("%s has no model", name)
		}
	})
}

// TestModelsReadWhatTablesHold: GORM reads a row of every table into its model, defaults included.
func TestModelsReadWhatTablesHold(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		fillTables(t, db)
		for _, row := range rows {
			into := reflect.New(reflect.SliceOf(reflect.TypeOf(row)))
			if err := db.Read.Find(into.Interface()).Error; err != nil {
				t.Errorf("%T: %v", row, err)
			}
			if found := into.Elem().Len(); found != 1 {
				t.Errorf("%T: %d rows, want 1", row, found)
			}
		}
	})
}

// fillTables puts one row into every table, with what has no default.
func fillTables(t *testing.T, db *testdb.DB) {
	t.Helper()
	db.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, 'a', 'A')", id(1))
	db.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url) VALUES (?, ?, '', '')", id(2), id(1))
	db.Exec(t, "INSERT INTO video_ranks (video_id, view_count, rising_since) VALUES (?, 0, 0)", id(2))
	db.Exec(t, "INSERT INTO ai_jobs (id, owner_id, kind) VALUES (?, ?, 'CAPTION')", id(3), id(1))
	db.Exec(t, "INSERT INTO inboxes (user_id) VALUES (?)", id(1))
	db.Exec(t, "INSERT INTO notifications (id, recipient_id, number, category, title) VALUES (?, ?, 1, 'SYSTEM', '')", id(4), id(1))
	db.Exec(t, "INSERT INTO user_blocks (blocker_id, blocked_id) VALUES (?, ?)", id(9), id(1))
	db.Exec(t, "INSERT INTO video_reports (video_id, reporter_id, reason) VALUES (?, ?, '')", id(2), id(9))
	db.Exec(t, "INSERT INTO reported_videos (video_id, report_count, last_reported_at) VALUES (?, 1, ?)", id(2), time.Now().UTC())
	db.Exec(t, "INSERT INTO moderation_actions (id, kind, video_id, moderator_id, reason) VALUES (?, 'DELETE_VIDEO', ?, ?, '')", id(5), id(2), id(9))
	db.Exec(t, "INSERT INTO batches (caller_id, field, batch_id, content_hash) VALUES (?, 'f', 'b', ?)", id(9), []byte{1})
}

func texts[T ~string](values []T) []string {
	texts := make([]string, len(values))
	for n, value := range values {
		texts[n] = string(value)
	}
	return texts
}

// TestEnumsOfTheTablesAreTheSchemas: a column of an enum takes all its values, and no other text.
func TestEnumsOfTheTablesAreTheSchemas(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		for n, enum := range []struct {
			insert string
			values []string
		}{
			{"INSERT INTO ai_jobs (id, owner_id, kind) VALUES (?, ?, ?)", texts(models.AllAIJobKind)},
			{"INSERT INTO ai_jobs (id, owner_id, kind, status) VALUES (?, ?, 'REMIX', ?)", texts(models.AllAIJobStatus)},
			{"INSERT INTO notifications (id, recipient_id, number, title, category) SELECT ?, ?, count(*), '', ? FROM notifications", texts(models.AllNotificationCategory)},
			{"INSERT INTO moderation_actions (id, video_id, moderator_id, reason, kind) VALUES (?, ?, '00000000-0000-0000-0000-000000000001', '', ?)", texts(models.AllModerationActionKind)},
		} {
			for m, value := range enum.values {
				db.Exec(t, enum.insert, id(100*n+m), id(1), value)
			}
			for _, value := range []string{"", "UNKNOWN", strings.ToLower(enum.values[0])} {
				if err := db.Write.Exec(enum.insert, id(100*n+99), id(1), value).Error; err == nil {
					t.Errorf("%s takes %q", enum.insert, value)
				}
			}
		}
	})
}
