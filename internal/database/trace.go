package database

import (
	"context"
	"time"

	"gorm.io/gorm/logger"
)

// Trace is told of one statement after it ran: its text, how many rows it gave or changed
// (-1 where that is unknown), and its error.
type Trace func(ctx context.Context, sql string, rows int64, err error)

// tracer is GORM's logger. It writes nothing: errors go to the caller, who logs them once.
type tracer struct{ trace Trace }

func (t tracer) LogMode(logger.LogLevel) logger.Interface { return t }
func (t tracer) Info(context.Context, string, ...any)     {}
func (t tracer) Warn(context.Context, string, ...any)     {}
func (t tracer) Error(context.Context, string, ...any)    {}
func (t tracer) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

func (t tracer) Trace(ctx context.Context, _ time.Time, statement func() (string, int64), err error) {
	if t.trace == nil {
		return
	}
	sql, rows := statement()
	t.trace(ctx, sql, rows, err)
}
