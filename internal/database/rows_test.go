package database_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// cell is what TestCells takes of a row; one statement fills one field of it.
type cell struct {
	id   models.ID
	n    int64
	text string
	at   time.Time
	// optional is nil where there is NULL.
	optional *int64
}

var (
	takeID       = func(v *cell, c *database.Cells) { v.id = c.ID() }
	takeInt      = func(v *cell, c *database.Cells) { v.n = c.Int() }
	takeText     = func(v *cell, c *database.Cells) { v.text = c.Text() }
	takeTime     = func(v *cell, c *database.Cells) { v.at = c.Time() }
	takeOptional = func(v *cell, c *database.Cells) { v.optional = database.Optional(c, c.Int) }
	takeWord     = func(v *cell, c *database.Cells) { v.text = database.Word(c, []string{"KNOWN"}) }
	takeTwo      = func(v *cell, c *database.Cells) { v.n = c.Int() + c.Int() }
)

// execModes are the ways in which pgx can talk to PostgreSQL; a URL names one.
var execModes = []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"}

func inMode(t *testing.T, db *testdb.DB, mode string) *database.DB {
	t.Helper()
	opened, err := database.Open(t.Context(), db.URL+"&default_query_exec_mode="+mode, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return opened
}

// TestCells takes values at the ends of their ranges, and such as do not fit.
func TestCells(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	some := []models.ID{{15: 1}}
	one := int64(1)
	cases := []struct {
		value string
		take  func(*cell, *database.Cells)
		want  cell
		fault string
	}{
		{"'00112233-4455-6677-8899-aabbccddeeff'::uuid", takeID, cell{id: models.ID{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}}, ""},
		{"NULL::uuid", takeID, cell{}, "column v"},
		{"(-2147483648)::integer", takeInt, cell{n: -1 << 31}, ""},
		{"2147483647::integer", takeInt, cell{n: 1<<31 - 1}, ""},
		{"(-9223372036854775808)::bigint", takeInt, cell{n: -1 << 63}, ""},
		{"(-3)::smallint", takeInt, cell{n: -3}, ""},
		{"NULL::bigint", takeInt, cell{}, "column v"},
		{"'x'::text", takeInt, cell{}, "column v"},
		{"''::text", takeText, cell{text: ""}, ""},
		{"'ä''\\'::text", takeText, cell{text: `ä'\`}, ""},
		{"NULL::text", takeText, cell{}, "column v"},
		{"'KNOWN'::text", takeWord, cell{text: "KNOWN"}, ""},
		{"'new'::text", takeWord, cell{text: "new"}, ""},
		{"NULL::text", takeWord, cell{}, "column v"},
		{"'1970-01-01 00:00:00.000001+00'::timestamptz", takeTime, cell{at: time.UnixMicro(1).UTC()}, ""},
		{"'0001-01-01 00:00:00+00'::timestamptz", takeTime, cell{at: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)}, ""},
		{"'infinity'::timestamptz", takeTime, cell{}, "column v"},
		{"'-infinity'::timestamptz", takeTime, cell{}, "column v"},
		{"NULL::timestamptz", takeTime, cell{}, "column v"},
		{"1::bigint", takeOptional, cell{optional: &one}, ""},
		{"NULL::bigint", takeOptional, cell{}, ""},
		{"1::bigint", takeTwo, cell{}, "1 columns"},
	}
	for _, mode := range execModes {
		opened := inMode(t, db, mode)
		for _, c := range cases {
			found, err := database.Collect(t.Context(), opened, "SELECT "+c.value+" AS v FROM unnest($1::uuid[])", some, c.take)
			switch {
			case c.fault != "":
				if err == nil || !strings.Contains(err.Error(), c.fault) || found != nil {
					t.Errorf("%s, %s: %v and %v, want an error with %q", mode, c.value, found, err, c.fault)
				}
			case err != nil:
				t.Errorf("%s, %s: %v", mode, c.value, err)
			default:
				if diff := cmp.Diff([]cell{c.want}, found, cmp.AllowUnexported(cell{})); diff != "" {
					t.Errorf("%s, %s: %s", mode, c.value, diff)
				}
			}
		}
		// A connection on which a statement has failed is as good as before.
		if found, err := database.Collect(t.Context(), opened, "SELECT 1::bigint FROM unnest($1::uuid[])", some, takeInt); len(found) != 1 || err != nil {
			t.Errorf("%s: %v and %v behind the errors", mode, found, err)
		}
	}
}

// TestCollectFails where the statement does, at its beginning and behind its first rows.
func TestCollectFails(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	some := []models.ID{{15: 1}, {15: 2}, {15: 3}}
	for _, sql := range []string{
		"SELECT nothing FROM unnest($1::uuid[])",
		"SELECT 1 / (3 - n) FROM unnest($1::uuid[]) WITH ORDINALITY AS ids (id, n)",
	} {
		found, err := database.Collect(t.Context(), db.DB, sql, some, takeInt)
		if found != nil || err == nil {
			t.Errorf("%s: %v and %v, want an error", sql, found, err)
		}
	}
}

// TestIDsAsParameters: as many as asked for come there, in their order, in whichever way they are sent.
func TestIDsAsParameters(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	many := make([]models.ID, 300)
	for n := range many {
		many[n] = models.NewID()
	}
	for _, mode := range execModes {
		opened := inMode(t, db, mode)
		for _, wanted := range [][]models.ID{nil, {}, {{}}, many[:2], many} {
			name := mode + " " + strconv.Itoa(len(wanted))
			found, err := database.Collect(t.Context(), opened, "SELECT id FROM unnest($1::uuid[]) WITH ORDINALITY AS ids (id, n) ORDER BY n", wanted, takeID)
			var got []models.ID
			for _, row := range found {
				got = append(got, row.id)
			}
			if diff := cmp.Diff(append([]models.ID(nil), wanted...), got); diff != "" || err != nil {
				t.Errorf("%s: %s %v", name, diff, err)
			}
			var byGORM []models.ID
			err = opened.Read.Raw("SELECT id FROM ? WHERE ? ORDER BY n", opened.Rows("ids", database.Column{Name: "id", Values: wanted}), opened.Any("id", wanted)).Scan(&byGORM).Error
			if len(byGORM) == 0 {
				byGORM = nil
			}
			if diff := cmp.Diff(got, byGORM); diff != "" || err != nil {
				t.Errorf("%s by GORM: %s %v", name, diff, err)
			}
		}
	}
}

// TestCollectOnALostConnection: what was not sent for the loss of a connection goes out on another one.
func TestCollectOnALostConnection(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	read := func() {
		t.Helper()
		found, err := database.Collect(t.Context(), db.DB, "SELECT 1::bigint FROM unnest($1::uuid[])", []models.ID{{}}, takeInt)
		if len(found) != 1 || err != nil {
			t.Errorf("%v and %v", found, err)
		}
	}
	read()
	for _, conn := range db.Pool.AcquireAllIdle(t.Context()) {
		conn.Conn().PgConn().Conn().Close()
		conn.Release()
	}
	read()
}
