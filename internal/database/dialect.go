package database

import (
	"encoding/json"

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
	array := make(pgtype.FlatArray[pgtype.UUID], len(ids))
	for i, id := range ids {
		array[i] = pgtype.UUID{Bytes: id, Valid: true}
	}
	// A pointer, since GORM would spread a bare slice over one parameter an element.
	return clause.Expr{SQL: column + " = ANY(?)", Vars: []any{&array}}
}

// AnyText is Any for a column of text.
func (db *DB) AnyText(column string, values []string) clause.Expression {
	if db.Dialect == SQLite {
		return clause.Expr{SQL: column + " IN (SELECT value FROM json_each(?))", Vars: []any{jsonArray(values)}}
	}
	return clause.Expr{SQL: column + " = ANY(?)", Vars: []any{&values}}
}

func jsonArray(values any) string {
	text, err := json.Marshal(values)
	if err != nil {
		panic("ids and strings have always a JSON form: " + err.Error())
	}
	return string(text)
}
