package main

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"time"

	"reelgraph/internal/database"
	"reelgraph/internal/events"
	"reelgraph/internal/live"
	"reelgraph/internal/metrics"
	"reelgraph/internal/store"
)

// newMetrics makes what the server counts in, with labels for the operations that are trusted.
func newMetrics(persisted *documents, log *slog.Logger) *metrics.Metrics {
	options := metrics.Options{Version: "unknown", Logger: log}
	if persisted.trusted != nil {
		options.Knows = persisted.trusted.Knows
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		options.Version = info.Main.Version
	}
	return metrics.New(options)
}

// measure has metrics told of the rooms below the HTTP side, before these begin to work.
func measure(measured *metrics.Metrics, db *database.DB, nouns *store.Store, hub *live.Hub, bus *events.Bus) {
	hub.ObserveLag(measured.LiveLag)
	measured.Collect(metrics.Sources{Live: hub.Stats, Hints: bus.Stats, Pools: db.PoolStats, Queue: nouns.QueueStates})
}

// countStatements has metrics told of SQL statements.
func countStatements(measured *metrics.Metrics) database.Trace {
	return func(ctx context.Context, _ string, began time.Time, rows int64, err error) {
		if errors.Is(ctx.Err(), context.Canceled) {
			err = nil // Nobody waits for it any more, which is no failure.
		}
		measured.Statement(store.Method(), time.Since(began), rows, err)
	}
}

// told has all traces told of every statement, but for those that are nil.
func told(traces ...database.Trace) database.Trace {
	return func(ctx context.Context, sql string, began time.Time, rows int64, err error) {
		for _, trace := range traces {
			if trace != nil {
				trace(ctx, sql, began, rows, err)
			}
		}
	}
}
