package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"sync"
	"time"

	"reelgraph/graph"
	"reelgraph/internal/auth"
	"reelgraph/internal/database"
	"reelgraph/internal/events"
	"reelgraph/internal/live"
	"reelgraph/internal/loaders"
	"reelgraph/internal/metrics"
	"reelgraph/internal/server"
	"reelgraph/internal/store"
	"reelgraph/internal/tracing"
	"reelgraph/models"
)

// secret signs the tokens of a database that nobody else uses.
const secret = "a secret for benchmarks of 32 bytes"

// setup is what a server has beside what it must have.
type setup struct {
	Name                   string
	Metrics, Traces, Limit bool
}

// addresses are where a server can be reached; it prints them when it can.
type addresses struct {
	API, Debug string
}

// serve runs a server until its standard input or ctx ends.
func serve(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("edge serve", flag.ContinueOnError)
	url := flags.String("database", "", "the database, migrated and filled")
	collector := flags.String("collector", "", "where traces are sent to, if any are made")
	text := flags.String("setup", "{}", "a setup as JSON")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var with setup
	if err := json.Unmarshal([]byte(*text), &with); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, stdin) // It ends with whoever has started this.
		cancel()
	}()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	w := &wiring{setup: with, log: log}
	if with.Traces {
		var err error
		if w.tracer, err = tracing.New(ctx, *collector, log); err != nil {
			return err
		}
		defer func() { _ = w.tracer.Close(context.WithoutCancel(ctx)) }()
	}
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	db, front, err := w.wire(ctx, *url, &running)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var listener net.ListenConfig
	api, err := listener.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	debug, err := listener.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	running.Go(func() { serveProfiles(ctx, debug) })
	if err := json.NewEncoder(stdout).Encode(addresses{api.Addr().String(), debug.Addr().String()}); err != nil {
		return err
	}
	return front.Serve(ctx, api, time.Second)
}

// wiring puts the rooms together as the program does, without what is not asked for: the program has no setting for that.
type wiring struct {
	setup
	log      *slog.Logger
	tracer   *tracing.Tracer
	measured *metrics.Metrics
}

func (w *wiring) wire(ctx context.Context, url string, running *sync.WaitGroup) (*database.DB, *server.Server, error) {
	api := graph.Options{MaxBatchSize: 100, MaxComplexity: graph.DefaultMaxComplexity, Logger: w.log}
	front := server.Options{Logger: w.log}
	var statements database.Trace
	switch {
	case w.Metrics:
		w.measured = metrics.New(metrics.Options{Logger: w.log})
		statements = func(_ context.Context, _ string, began time.Time, rows int64, err error) {
			w.measured.Statement(store.Method(), time.Since(began), rows, err)
		}
		api.Extensions = append(api.Extensions, metrics.Operations{Metrics: w.measured})
		front.Metrics, front.Observe = w.measured.Handler(), w.measured.Request
	case w.Traces:
		statements = w.tracer.Statements("postgresql")
		api.Extensions = append(api.Extensions, w.tracer.Extension())
		front.Around = w.tracer.Handler
	}
	if w.Limit {
		api.RateLimit = graph.NewRateLimit(math.MaxInt32) // It is looked up and counted, and never reached.
		front.Admit = api.RateLimit.Admit
	}
	db, err := database.Open(ctx, url, database.Options{Trace: statements})
	if err != nil {
		return nil, nil, err
	}
	var bus *events.Bus
	api.Store = store.New(db, store.WithHints(func(kind models.Kind, ids []models.ID) { bus.Publish(kind, ids) }))
	api.Live = live.New(graph.LiveReads(api.Store), w.log)
	bus = events.New(api.Live.Changed)
	api.Shared = loaders.NewShared(api.Store)
	if w.measured != nil {
		api.Shared.Observe(w.measured.SharedRead)
		api.Live.ObserveLag(w.measured.LiveLag)
	}
	if front.Verifier, err = auth.New(ctx, auth.Config{Secret: []byte(secret), Logger: w.log}); err != nil {
		return nil, nil, err
	}
	front.Executor, front.Ready = graph.NewExecutor(api), db.Ready
	running.Go(func() { api.Live.Run(ctx) })
	return db, server.New(front), nil
}

// serveProfiles answers what net/http/pprof has until ctx ends.
func serveProfiles(ctx context.Context, listener net.Listener) {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	_ = s.Serve(listener) // It is an error always, and mostly that it was closed.
}
