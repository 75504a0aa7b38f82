package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// staged are rows on their way into the database. They go into a temporary table of the
// transaction, from which a few statements, however many rows there are, bring them home.
type staged struct {
	table string
	// columns are names with PostgreSQL's types.
	columns []column
	rows    [][]any
}

type column struct{ name, kind string }

// stage makes the rows of a temporary table out of items.
func stage[T any](table string, columns []column, items []T, row func(*T) []any) staged {
	rows := make([][]any, len(items))
	for i := range items {
		rows[i] = row(&items[i])
	}
	return staged{table, columns, rows}
}

// bulk fills the temporary tables and runs the statements, in one transaction.
func (s *Store) bulk(ctx context.Context, tables []staged, statements ...string) error {
	if s.db.Dialect == database.SQLite {
		return s.bulkSQLite(ctx, tables, statements)
	}
	return database.Translate(pgx.BeginFunc(ctx, s.db.Pool, func(tx pgx.Tx) error {
		for _, t := range tables {
			if err := t.copyTo(ctx, tx); err != nil {
				return err
			}
		}
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (t staged) copyTo(ctx context.Context, tx pgx.Tx) error {
	definitions, names := make([]string, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		definitions[i], names[i] = c.name+" "+c.kind, c.name
	}
	create := fmt.Sprintf("CREATE TEMPORARY TABLE %s (%s) ON COMMIT DROP", t.table, strings.Join(definitions, ", "))
	if _, err := tx.Exec(ctx, create); err != nil {
		return err
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{t.table}, names, pgx.CopyFromSlice(len(t.rows), func(row int) ([]any, error) {
		for i, value := range t.rows[row] {
			t.rows[row][i] = binaryValue(value)
		}
		return t.rows[row], nil
	}))
	return err
}

// binaryValue is a value as COPY's binary format takes it: ids as bytes.
func binaryValue(value any) any {
	switch v := value.(type) {
	case models.ID:
		return [16]byte(v)
	case *models.ID:
		if v == nil {
			return nil
		}
		return [16]byte(*v)
	}
	return value
}

func (s *Store) bulkSQLite(ctx context.Context, tables []staged, statements []string) error {
	return s.inTx(ctx, func(tx *transaction) error {
		for _, t := range tables {
			if err := t.unpackTo(tx); err != nil {
				return err
			}
		}
		for _, statement := range statements {
			if err := tx.Exec(statement).Error; err != nil {
				return err
			}
		}
		for _, t := range tables {
			if err := tx.Exec("DROP TABLE " + t.table).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// unpackTo sends all rows as one JSON array of arrays.
func (t staged) unpackTo(tx *transaction) error {
	for _, row := range t.rows {
		for i, value := range row {
			row[i] = database.JSONValue(value)
		}
	}
	array, err := json.Marshal(t.rows)
	if err != nil {
		return err
	}
	columns := make([]string, len(t.columns))
	for i, c := range t.columns {
		columns[i] = fmt.Sprintf("value->>%d AS %s", i, c.name)
	}
	return tx.Exec(fmt.Sprintf("CREATE TEMPORARY TABLE %s AS SELECT %s FROM json_each(?)", t.table, strings.Join(columns, ", ")), string(array)).Error
}

// Analyze lets PostgreSQL look at what the tables hold now, rather than some time later. SQLite's
// plans need no statistics.
func (s *Store) Analyze(ctx context.Context) error {
	if s.db.Dialect == database.SQLite {
		return nil
	}
	return database.Translate(s.db.Write.WithContext(ctx).Exec("ANALYZE users, videos, video_metadata, ai_jobs, inboxes, notifications").Error)
}
