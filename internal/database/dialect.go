package database

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm/clause"

	"reelgraph/models"
)

// Any is "column is one of ids" as one statement text for every number of ids, so that each
// connection prepares it once. No ids match no row.
func (db *DB) Any(column string, ids []models.ID) clause.Expression {
	if db.Dialect == SQLite {
		return clause.Expr{SQL: column + " IN (SELECT value FROM json_each(?))", Vars: []any{jsonArray(ids)}}
	}
	return clause.Expr{SQL: column + " = ANY(?)", Vars: []any{(*idArray)(&ids)}}
}

// AnyText is Any for a column of text.
func (db *DB) AnyText(column string, values []string) clause.Expression {
	if db.Dialect == SQLite {
		return clause.Expr{SQL: column + " IN (SELECT value FROM json_each(?))", Vars: []any{jsonArray(values)}}
	}
	return clause.Expr{SQL: column + " = ANY(?)", Vars: []any{&values}}
}

// Column is one column of Rows. Values is a slice of one of the types that arrayOf knows; a nil
// pointer is NULL.
type Column struct {
	Name   string
	Values any
}

// Rows is a table of the given name for FROM, made of columns of equal length: one statement text for
// every number of rows. Its further column n grows from row to row.
func (db *DB) Rows(name string, columns ...Column) clause.Expression {
	if db.Dialect == SQLite {
		return rowsOfJSON(name, columns)
	}
	kinds, names, vars := make([]string, len(columns)), make([]string, len(columns)), make([]any, len(columns))
	for i, c := range columns {
		names[i] = c.Name
		kinds[i], vars[i] = arrayOf(c.Values)
	}
	return clause.Expr{
		SQL:  fmt.Sprintf("unnest(%s) WITH ORDINALITY AS %s (%s, n)", strings.Join(kinds, ", "), name, strings.Join(names, ", ")),
		Vars: vars,
	}
}

// arrayOf is a placeholder with its type, and the array to bind to it: a pointer, since GORM would
// spread a bare slice over one parameter an element.
func arrayOf(values any) (placeholder string, array any) {
	switch v := values.(type) {
	case []models.ID:
		return "?::uuid[]", (*idArray)(&v)
	case []*models.ID:
		optional := make(pgtype.FlatArray[pgtype.UUID], len(v))
		for i, id := range v {
			if id != nil {
				optional[i] = pgtype.UUID{Bytes: *id, Valid: true}
			}
		}
		return "?::uuid[]", &optional
	case []string:
		return "?::text[]", &v
	case []*string:
		return "?::text[]", &v
	case []int:
		return "?::bigint[]", &v
	case []*int:
		return "?::bigint[]", &v
	case []int64:
		return "?::bigint[]", &v
	case []bool:
		return "?::boolean[]", &v
	case []*time.Time:
		return "?::timestamptz[]", &v
	}
	panic(fmt.Sprintf("no column of rows is made of %T", values))
}

// rowsOfJSON takes the rows from an array of arrays.
func rowsOfJSON(name string, columns []Column) clause.Expression {
	selected := make([]string, len(columns))
	var rows [][]any
	for i, c := range columns {
		selected[i] = fmt.Sprintf("value->>%d AS %s", i, c.Name)
		values := reflect.ValueOf(c.Values)
		if rows == nil {
			rows = make([][]any, values.Len())
		}
		for row := range rows {
			rows[row] = append(rows[row], JSONValue(values.Index(row).Interface()))
		}
	}
	return clause.Expr{
		SQL:  fmt.Sprintf("(SELECT %s, key AS n FROM json_each(?)) AS %s", strings.Join(selected, ", "), name),
		Vars: []any{jsonArray(rows)},
	}
}

// JSONValue is a value as SQLite takes it out of JSON: times as the text that the driver stores.
func JSONValue(value any) any {
	switch v := value.(type) {
	case time.Time:
		return v.UTC().Format(sqliteTime)
	case *time.Time:
		if v == nil {
			return nil
		}
		return v.UTC().Format(sqliteTime)
	}
	return value
}

// sqliteTime is how the driver writes times: without trailing zeros, so that their order as text is that in time.
const sqliteTime = "2006-01-02 15:04:05.999999999-07:00"

// Lock ends a SELECT that locks what it reads until its transaction ends, and waits for who has
// locked it; with skip it passes over what others have locked. SQLite's one writer holds the whole file.
func (db *DB) Lock(skip bool) string {
	switch {
	case db.Dialect == SQLite:
		return ""
	case skip:
		return " FOR NO KEY UPDATE SKIP LOCKED"
	}
	return " FOR NO KEY UPDATE"
}

// Now is the present as the database's clock has it: instances' clocks differ, and a transaction's own
// now() is older than what it waited for. SQLite's clock is the process's.
func (db *DB) Now() clause.Expression {
	if db.Dialect == SQLite {
		return clause.Expr{SQL: "?", Vars: []any{time.Now().UTC().Truncate(time.Microsecond)}}
	}
	return clause.Expr{SQL: "clock_timestamp()"}
}

func jsonArray(values any) string {
	text, err := json.Marshal(values)
	if err != nil {
		panic("ids, strings, numbers and times have always a JSON form: " + err.Error())
	}
	return string(text)
}
