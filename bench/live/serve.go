package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"

	"reelgraph/graph"
	"reelgraph/internal/auth"
	"reelgraph/internal/database"
	"reelgraph/internal/events"
	"reelgraph/internal/live"
	"reelgraph/internal/server"
	"reelgraph/internal/store"
	"reelgraph/models"
)

// The WebSocket transports that are compared.
const (
	ours  = "ours"
	stock = "stock"
)

// secret signs the tokens of a database that nobody else uses.
const secret = "a secret for benchmarks of 32 bytes"

// addresses are where a server can be reached; it prints them when it can.
type addresses struct {
	API, Debug string
}

// serve runs a server, wired as the program does, until its standard input or ctx ends.
func serve(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("live serve", flag.ContinueOnError)
	url := flags.String("database", "", "the database, migrated and filled")
	kind := flags.String("transport", ours, "ours or stock")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, stdin) // It ends with whoever has started this.
		cancel()
	}()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var statements atomic.Int64
	db, err := database.Open(ctx, *url, database.Options{
		Trace: func(context.Context, string, time.Time, int64, error) { statements.Add(1) },
	})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()

	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	front, sockets, err := wire(ctx, db, log, &running)
	if err != nil {
		return err
	}
	var listener net.ListenConfig
	api, err := listener.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	debug, err := listener.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	running.Go(func() { serveHTTP(ctx, debug, inspection(&statements)) })
	if err := json.NewEncoder(stdout).Encode(addresses{api.Addr().String(), debug.Addr().String()}); err != nil {
		return err
	}
	if *kind == stock {
		serveHTTP(ctx, api, sockets)
		return nil
	}
	return front.Serve(ctx, api, time.Second)
}

// wire puts the rooms together as the program does, and has run what runs beside the requests until ctx ends. The server comes as it is, and
// with gqlgen's sockets before it.
func wire(ctx context.Context, db *database.DB, log *slog.Logger, running *sync.WaitGroup) (front *server.Server, withStock http.Handler, err error) {
	var bus *events.Bus
	nouns := store.New(db, store.WithHints(func(kind models.Kind, ids []models.ID) { bus.Publish(kind, ids) }))
	hub := live.New(graph.LiveReads(nouns), log)
	bus = events.New(hub.Changed)
	verifier, err := auth.New(ctx, auth.Config{Secret: []byte(secret), Logger: log})
	if err != nil {
		return nil, nil, err
	}
	executor := graph.NewExecutor(graph.Options{
		Store: nouns, Live: hub, MaxBatchSize: 100, MaxComplexity: graph.DefaultMaxComplexity, Logger: log,
	})
	running.Go(func() { hub.Run(ctx) })
	for _, keep := range []func(context.Context, *slog.Logger){nouns.KeepRanking, nouns.KeepLeases, nouns.KeepBatches} {
		running.Go(func() { keep(ctx, log) })
	}
	front = server.New(server.Options{Executor: executor, Verifier: verifier, Ready: db.Ready, Logger: log})
	return front, stockSockets(executor, verifier, front), nil
}

// serveHTTP serves until ctx ends, and cuts what is open then.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler) {
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	_ = s.Serve(listener) // It is an error always, and mostly that it was closed.
}

// stockSockets has gqlgen's own transport serve the sockets, over the same executor, and with as much care for who asks
// and whether the client lives as the server's own has.
func stockSockets(executor graphql.GraphExecutor, verifier *auth.Verifier, rest http.Handler) http.Handler {
	sockets := transport.Websocket{
		InitFunc: func(ctx context.Context, payload transport.InitPayload) (context.Context, *transport.InitPayload, error) {
			token, err := auth.Bearer([]string{payload.Authorization()})
			if err != nil {
				return ctx, nil, err
			}
			caller, err := verifier.Verify(ctx, token)
			if err != nil {
				return ctx, nil, fmt.Errorf("token: %w", err)
			}
			return models.WithCaller(ctx, caller), nil, nil
		},
		InitTimeout:      10 * time.Second,
		PingPongInterval: 12 * time.Second,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sockets.Supports(r) {
			sockets.Do(w, r, executor)
		} else {
			rest.ServeHTTP(w, r)
		}
	})
}
