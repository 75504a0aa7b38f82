package database

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"reelgraph/models"
)

// maxTries is on how many connections a statement is tried that turn out to be lost before it was sent, as database/sql does.
const maxTries = 3

// Collect runs a statement on Pool, so on PostgreSQL alone, whose one parameter $1 is ids, and has scan fill a T from each row. The rows
// lie in one piece of memory, with room for one an id; where there is an error there are none. It costs a fraction of what GORM takes for the same, and is there for what clients poll.
// Trace is told of it as of any other statement.
func Collect[T any](ctx context.Context, db *DB, sql string, ids []models.ID, scan func(*T, *Cells)) ([]T, error) {
	began := time.Now()
	found, err := collect(ctx, db, sql, ids, scan)
	for tries := 1; tries < maxTries && pgconn.SafeToRetry(err) && ctx.Err() == nil; tries++ {
		found, err = collect(ctx, db, sql, ids, scan)
	}
	db.Write.Logger.Trace(ctx, began, func() (string, int64) { return sql, int64(len(found)) }, err)
	return found, err
}

func collect[T any](ctx context.Context, db *DB, sql string, ids []models.ID, scan func(*T, *Cells)) ([]T, error) {
	rows, err := db.Pool.Query(ctx, sql, (*idArray)(&ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make([]T, 0, len(ids))
	cells := Cells{types: rows.TypeMap(), fields: rows.FieldDescriptions()}
	for rows.Next() {
		cells.values, cells.next = rows.RawValues(), 0
		found = append(found, *new(T))
		if scan(&found[len(found)-1], &cells); cells.err != nil {
			return nil, cells.err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return found, nil
}

// Cells are the columns of one row, to be taken in the order in which the statement names them. What came in PostgreSQL's binary
// form is decoded here; pgx scans the rest: a URL may ask for text by default_query_exec_mode, as some poolers need it. A value that does
// not fit what it is taken as fails the statement.
type Cells struct {
	types  *pgtype.Map
	fields []pgconn.FieldDescription
	values [][]byte
	next   int
	err    error
}

// ID takes a uuid.
func (c *Cells) ID() models.ID {
	if value := c.binary(len(models.ID{}), pgtype.UUIDOID); value != nil {
		return models.ID(value)
	}
	return scanned[[16]byte](c)
}

// Int takes an integer or a bigint.
func (c *Cells) Int() int64 {
	if value := c.binary(8, pgtype.Int8OID); value != nil {
		return int64(binary.BigEndian.Uint64(value))
	}
	if value := c.binary(4, pgtype.Int4OID); value != nil {
		return int64(binary.BigEndian.Uint32(value)) << 32 >> 32 // Its sign is bit 31.
	}
	return scanned[int64](c)
}

// postgresEpoch is PostgreSQL's beginning of time in seconds since 1970.
const postgresEpoch = 946_684_800

// Time takes a timestamptz, in UTC.
func (c *Cells) Time() time.Time {
	if value := c.binary(8, pgtype.TimestamptzOID); value != nil {
		micros := int64(binary.BigEndian.Uint64(value))
		if micros != math.MaxInt64 && micros != math.MinInt64 {
			return time.Unix(postgresEpoch+micros/1e6, micros%1e6*1e3).UTC()
		}
		c.next-- // It is infinity, which pgx has an error for.
	}
	return scanned[time.Time](c)
}

// Text takes a text.
func (c *Cells) Text() string {
	if c.next < len(c.values) && c.values[c.next] != nil && c.fields[c.next].DataTypeOID == pgtype.TextOID {
		c.next++
		return string(c.values[c.next-1])
	}
	return scanned[string](c)
}

// Word takes a text that is mostly one of some that are known, without memory of its own for these.
func Word[T ~string](c *Cells, known []T) T {
	if c.next < len(c.values) {
		for _, word := range known {
			if string(word) == string(c.values[c.next]) {
				c.next++
				return word
			}
		}
	}
	return T(c.Text())
}

// Optional takes what may be NULL, which is nil: Optional(c, c.Text).
func Optional[T any](c *Cells, take func() T) *T {
	if c.next < len(c.values) && c.values[c.next] == nil {
		c.next++
		return nil
	}
	return new(take())
}

// binary takes the next column where it is in binary form, of this type and size; else it is nil, and the column still to be taken.
func (c *Cells) binary(size int, oid uint32) []byte {
	if c.next >= len(c.values) || len(c.values[c.next]) != size {
		return nil
	}
	if field := &c.fields[c.next]; field.Format != pgx.BinaryFormatCode || field.DataTypeOID != oid {
		return nil
	}
	c.next++
	return c.values[c.next-1]
}

// scanned takes the next column as pgx reads it.
func scanned[T any](c *Cells) (value T) {
	switch {
	case c.err != nil:
	case c.next >= len(c.values):
		c.err = fmt.Errorf("a row has %d columns, and more are asked for", len(c.values))
	default:
		field := &c.fields[c.next]
		if err := c.types.Scan(field.DataTypeOID, field.Format, c.values[c.next], &value); err != nil {
			c.err = fmt.Errorf("column %s: %w", field.Name, err)
		}
		c.next++
	}
	return value
}
