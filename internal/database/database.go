// Package database is the connection: it opens, pools and migrates the database, and knows
// PostgreSQL from SQLite. It knows nothing of what is stored.
package database

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

// Dialect is the kind of database.
type Dialect int

// The databases that the program runs on.
const (
	PostgreSQL Dialect = iota
	SQLite
)

// DB is an open database. Both handles are safe for concurrent use.
type DB struct {
	// Read is for queries alone; on SQLite it refuses to write.
	Read *gorm.DB
	// Write is for transactions, and for reads that must see the newest commit.
	Write *gorm.DB
	// Dialect is what Read and Write speak.
	Dialect Dialect
	// Pool is the native pool that both handles share on PostgreSQL, and so the primary's; nil on SQLite.
	Pool *pgxpool.Pool

	migrations *goose.Provider
	close      func() error
}

// Options are what a DB can be opened with.
type Options struct {
	// Trace, where set, is told of every statement that goes through GORM or Collect.
	Trace Trace
}

// Open connects to the database that url names: postgres://… as libpq has it (pool_max_conns and
// its siblings included), or sqlite:PATH, whose file is made where there is none. It does not migrate.
func Open(ctx context.Context, url string, options Options) (*DB, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "postgres", "postgresql":
		return openPostgreSQL(ctx, url, options)
	case "sqlite":
		return openSQLite(rest, options)
	}
	return nil, errors.New("the database's URL must begin with postgres:// or sqlite: and does not")
}

// Close ends every connection. Statements that still run are waited for.
func (db *DB) Close() error { return db.close() }

// Migrate brings the schema up to date. Instances that start together take turns.
func (db *DB) Migrate(ctx context.Context) error {
	tries := 1
	if db.Dialect == SQLite {
		// goose has no lock there: whoever finds a migration done by another instance meanwhile fails,
		// at most once for each, and goes on from there.
		tries += len(db.migrations.ListSources())
	}
	var err error
	for range tries {
		if _, err = db.migrations.Up(ctx); err == nil {
			return nil
		}
	}
	return fmt.Errorf("migrate: %w", err)
}

// Ready fails where the database does not answer, or where its schema is older than this program.
func (db *DB) Ready(ctx context.Context) error {
	pending, err := db.migrations.HasPending(ctx)
	if err != nil {
		return Translate(err)
	}
	if pending {
		return errors.New("the database has migrations to run")
	}
	return nil
}

func gormConfig(options Options) *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		// Columns by name: a statement that is prepared stays good when a later version adds some.
		QueryFields: true,
		Logger:      tracer{options.Trace},
	}
}
