package database

import (
	"context"
	"time"

	gormsqlite "github.com/glebarez/sqlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm/logger"
)

// Trace is told of one statement after it ran, by the goroutine that ran it: its text with placeholders, when it began, how many rows it
// gave or changed (-1 where that is unknown), and its error. ctx is the statement's.
type Trace func(ctx context.Context, sql string, began time.Time, rows int64, err error)

// postgresDialect and sqliteDialect are GORM's dialects, but for the text of a statement that tracer is told of: theirs has the values
// written into it, which costs more than all else that GORM does, and is nobody's business.
type postgresDialect struct{ postgres.Dialector }

func (postgresDialect) Explain(sql string, _ ...any) string { return sql }

type sqliteDialect struct{ gormsqlite.Dialector }

func (sqliteDialect) Explain(sql string, _ ...any) string { return sql }

// tracer is GORM's logger. It writes nothing: errors go to the caller, who logs them once.
type tracer struct{ trace Trace }

func (t tracer) LogMode(logger.LogLevel) logger.Interface { return t }
func (t tracer) Info(context.Context, string, ...any)     {}
func (t tracer) Warn(context.Context, string, ...any)     {}
func (t tracer) Error(context.Context, string, ...any)    {}
func (t tracer) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

func (t tracer) Trace(ctx context.Context, began time.Time, statement func() (string, int64), err error) {
	if t.trace == nil {
		return
	}
	sql, rows := statement()
	t.trace(ctx, sql, began, rows, err)
}
