// Command reelgraph is a GraphQL API server for the counters, videos, AI jobs and notifications
// of a video platform.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"reelgraph/graph"
	"reelgraph/internal/auth"
	"reelgraph/internal/config"
	"reelgraph/internal/database"
	"reelgraph/internal/events"
	"reelgraph/internal/live"
	"reelgraph/internal/loaders"
	"reelgraph/internal/metrics"
	"reelgraph/internal/server"
	"reelgraph/internal/server/app"
	"reelgraph/internal/server/playground"
	"reelgraph/internal/store"
	"reelgraph/models"
	"reelgraph/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	heedOnce(ctx, stop)
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "reelgraph: "+oneLine(err.Error()))
		os.Exit(1)
	}
}

// signalEcho is within what time a second signal counts as the first.
const signalEcho = 100 * time.Millisecond

// heedOnce stops the notification of signals once the first has ended ctx: that one asks for an orderly
// end, and the next ends the process as if it had never been heeded. A signal that follows at once
// is an echo, since timeout(1) and its like signal a process and then its group.
func heedOnce(ctx context.Context, stop func()) {
	context.AfterFunc(ctx, func() { time.AfterFunc(signalEcho, stop) })
}

// run is the program. It ends when its command has, or when ctx does.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	command, err := config.Parse(args, getenv, stdout, config.Rules{
		MaxComplexity: graph.DefaultMaxComplexity,
		RateLimit:     graph.DefaultRateLimit,
		CheckOrigins:  server.ParseOrigins,
	})
	if err != nil {
		return err
	}
	switch command := command.(type) {
	case *config.Serve:
		err = serve(ctx, command, getenv, stdout, stderr)
		if ctx.Err() != nil {
			return nil // An end that was asked for is no failure, not even during the start.
		}
	case *config.Migrate:
		err = migrate(ctx, command, stdout)
	case *config.Seed:
		err = fill(ctx, command, stdout)
	case *config.Token:
		err = printToken(command, stdout)
	}
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted; the same command goes on where it stopped")
	}
	return err
}

// serve runs the server until ctx ends, and then until it has drained.
func serve(ctx context.Context, settings *config.Serve, getenv func(string) string, stdout, stderr io.Writer) error {
	log := logger(settings, stderr)
	persisted, err := openDocuments(settings.PersistedOperations)
	if err != nil {
		return err
	}
	introduction, shown := func(string) string { return "" }, pages{playground: playground.Options{Tabs: playground.Examples(playground.Things{})}}
	work := func(context.Context, string, *slog.Logger) {} // what the demo alone does beside serving
	if settings.Demo() {
		demo, err := prepareDemo(ctx, getenv, settings.Playground.On())
		if err != nil {
			return err
		}
		settings.DatabaseURL, settings.JWTSecret = demo.databaseURL, demo.secret
		introduction, shown, work = demo.introduction, demo.pages(), demo.work
	}
	traced, err := openTraces(ctx, settings, log)
	if err != nil {
		return err
	}
	defer traced.close()
	measured := newMetrics(persisted, log)
	db, err := openMigrated(ctx, settings.DatabaseURL, settings.AutoMigrate.On(), told(traced.statement, countStatements(measured)))
	if err != nil {
		return databaseFault(err)
	}
	defer closing(db, log)

	// What runs beside the requests is needed until the last of them has been answered.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	nouns, hub, bus, err := connectLive(settings, db, log)
	if err != nil {
		return err
	}
	defer bus.Close()
	measure(measured, db, nouns, hub, bus)
	running.Go(func() { hub.Run(background) })
	rank(ctx, nouns, log)
	for _, keep := range []func(context.Context, *slog.Logger){nouns.KeepRanking, nouns.KeepLeases, nouns.KeepBatches, persisted.keep} {
		running.Go(func() { keep(background, log) })
	}

	front, err := newServer(background, settings, parts{db, nouns, hub, persisted, traced, measured, shown, log})
	if err != nil {
		return err
	}
	listener, err := listen(ctx, settings.ListenAddr)
	if err != nil {
		return err
	}
	url := reachable(listener.Addr())
	fmt.Fprint(stdout, "reelgraph listens on "+url+"\n"+introduction(url))
	working, rest := context.WithCancel(ctx)
	defer rest()
	running.Go(func() { work(working, url, log) })
	err = front.Serve(ctx, listener, settings.DrainTimeout)
	if err != nil && ctx.Err() != nil {
		log.WarnContext(ctx, "not everything had ended in time", "error", err)
	}
	return err
}

// rank has trending videos ranked before anybody asks.
func rank(ctx context.Context, nouns *store.Store, log *slog.Logger) {
	if err := nouns.RefreshRanking(ctx); err != nil {
		// No reason not to start: it is tried again in a moment.
		log.WarnContext(ctx, "trending videos are not ranked yet", "error", err)
	}
}

// connectLive has what the store writes told to the hub that subscriptions are fed from, here and, where there is NATS, in
// all other instances.
func connectLive(settings *config.Serve, db *database.DB, log *slog.Logger) (*store.Store, *live.Hub, *events.Bus, error) {
	var bus *events.Bus
	nouns := store.New(db, store.WithHints(func(kind models.Kind, ids []models.ID) { bus.Publish(kind, ids) }))
	hub := live.New(graph.LiveReads(nouns), log)
	if settings.NATSURL == "" {
		bus = events.New(hub.Changed)
		return nouns, hub, bus, nil
	}
	var err error
	if bus, err = events.Connect(settings.NATSURL, hub.Changed, log); err != nil {
		return nil, nil, nil, fmt.Errorf("NATS_URL: %w", err)
	}
	return nouns, hub, bus, nil
}

// parts are what the HTTP side is put together from.
type parts struct {
	db        *database.DB
	nouns     *store.Store
	hub       *live.Hub
	persisted *documents
	traced    *traces
	measured  *metrics.Metrics
	pages     pages
	log       *slog.Logger
}

// pages are what a browser is shown where PLAYGROUND is on.
type pages struct {
	playground playground.Options
	app        app.Options
}

// newServer puts the HTTP side together. What of it runs beside the requests ends with ctx.
func newServer(ctx context.Context, settings *config.Serve, p parts) (*server.Server, error) {
	verifier, err := auth.New(ctx, auth.Config{
		Secret:   []byte(settings.JWTSecret),
		JWKSURL:  settings.JWTJWKSURL,
		Issuer:   settings.JWTIssuer,
		Audience: settings.JWTAudience,
		Logger:   p.log,
	})
	if err != nil {
		return nil, err
	}
	if err := openProfiles(ctx, settings.PprofAddr, p.log); err != nil {
		return nil, err
	}
	var editor, living http.Handler
	if settings.Playground.On() {
		p.pages.app.Missing = http.HandlerFunc(server.NotFound)
		editor, living = playground.Handler(p.pages.playground), app.Handler(web.Files(), p.pages.app)
	}
	shared := loaders.NewShared(p.nouns)
	shared.Observe(p.measured.SharedRead)
	rates := graph.NewRateLimit(settings.RateLimit)
	front := server.New(server.Options{
		Executor: graph.NewExecutor(graph.Options{
			Store:         p.nouns,
			Shared:        shared,
			Live:          p.hub,
			MaxBatchSize:  settings.MaxBatchSize,
			MaxComplexity: settings.MaxComplexity,
			RateLimit:     rates,
			Introspection: settings.Introspection.On(),
			Trusted:       p.persisted.trusted,
			Logger:        p.log,
			Extensions:    append(p.traced.extensions, metrics.Operations{Metrics: p.measured}),
		}),
		Admit:          rates.Admit,
		Verifier:       verifier,
		Ready:          p.db.Ready,
		Playground:     editor,
		App:            living,
		MaxStreams:     settings.MaxStreams,
		TrustedProxies: settings.TrustedProxies,
		Origins:        settings.CORSOrigins,
		Around:         p.traced.around,
		Metrics:        p.measured.Handler(),
		Observe:        p.measured.Request,
		Logger:         p.log,
	})
	p.measured.Collect(metrics.Sources{Shared: shared.Stats, Server: front.Stats})
	return front, nil
}

// migrate brings the database's schema up to date.
func migrate(ctx context.Context, settings *config.Migrate, stdout io.Writer) error {
	db, err := openMigrated(ctx, settings.DatabaseURL, true, nil)
	if err != nil {
		return databaseFault(err)
	}
	fmt.Fprintln(stdout, "The schema is up to date.")
	return db.Close()
}

// printToken prints a token, and nothing else.
func printToken(settings *config.Token, stdout io.Writer) error {
	issuer := auth.Config{Secret: []byte(settings.JWTSecret), Issuer: settings.JWTIssuer, Audience: settings.JWTAudience}
	token, err := issuer.Sign(models.Caller{
		ID:        settings.User,
		Roles:     settings.Role,
		ExpiresAt: time.Now().Add(settings.TTL),
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, token)
	return err
}

// openMigrated opens a database whose schema is up to date, or is brought up to date where
// autoMigrate says so. Where trace is not nil it is told of every statement.
func openMigrated(ctx context.Context, url string, autoMigrate bool, trace database.Trace) (*database.DB, error) {
	db, err := database.Open(ctx, url, database.Options{Trace: trace})
	if err != nil {
		return nil, err
	}
	if autoMigrate {
		err = db.Migrate(ctx)
	} else if err = db.Ready(ctx); err != nil {
		err = fmt.Errorf("%w (AUTO_MIGRATE is off: `reelgraph migrate` brings it up to date)", err)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// databaseFault says that a start fails for the database.
func databaseFault(err error) error {
	if unavailable, ok := errors.AsType[*models.Error](database.Translate(err)); ok {
		return fmt.Errorf("the database of DATABASE_URL cannot be reached: %w", unavailable.Cause)
	}
	return fmt.Errorf("the database of DATABASE_URL cannot be used: %w", err)
}

func closing(db *database.DB, log *slog.Logger) {
	if err := db.Close(); err != nil {
		log.Warn("the database did not close cleanly", "error", err)
	}
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, port, _ := net.SplitHostPort(address)
		n, _ := strconv.ParseUint(port, 10, 16)
		other := net.JoinHostPort(host, strconv.FormatUint(n%65535+1, 10))
		return nil, fmt.Errorf("LISTEN_ADDR: another program listens on %s; choose another port, for example LISTEN_ADDR=%s", address, other)
	}
	if err != nil {
		return nil, fmt.Errorf("LISTEN_ADDR: %w", err)
	}
	return boundUnsent(listener), nil
}

// reachable is the URL by which a browser on this machine reaches the address.
func reachable(address net.Addr) string {
	host, port, _ := net.SplitHostPort(address.String())
	if net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func logger(settings *config.Serve, stderr io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: settings.LogLevel}
	if settings.LogFormat == "text" || settings.LogFormat == "" && isTerminal(stderr) {
		return slog.New(slog.NewTextHandler(stderr, options))
	}
	return slog.New(slog.NewJSONHandler(stderr, options))
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// oneLine joins the lines of an error, of which some libraries make several. Those that say the
// same, as of two attempts, count once.
func oneLine(text string) string {
	var joined strings.Builder
	var seen []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || slices.Contains(seen, line) {
			continue
		}
		switch {
		case len(seen) == 0:
		case strings.HasSuffix(seen[len(seen)-1], ":"):
			joined.WriteString(" ")
		default:
			joined.WriteString("; ")
		}
		joined.WriteString(line)
		seen = append(seen, line)
	}
	return joined.String()
}
