// Command compare measures the server against others that give the same answers: a handler written by hand, and gqlgen with GORM.
// The figures are in bench/README.md and bench/results.json.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"reelgraph/bench/rig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv("TEST_DATABASE_URL"), os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "compare: "+err.Error())
		os.Exit(1)
	}
}

// run is the program. Without a word it measures, and with "serve" it is one of the servers that ours is compared with.
func run(ctx context.Context, args []string, cluster string, stdin io.Reader, stdout, progress io.Writer) error {
	if len(args) > 0 && args[0] == "serve" {
		return servePeer(ctx, args[1:], stdin, stdout)
	}
	if cluster == "" {
		return errors.New("TEST_DATABASE_URL must name a PostgreSQL cluster: run `make bench`, or this by scripts/with-postgres")
	}
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	began := time.Now()
	tell := func(format string, args ...any) {
		fmt.Fprintf(progress, "%4.0f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
	b, err := prepare(ctx, o, cluster, tell)
	if err != nil {
		return err
	}
	defer b.end(ctx)
	if err := b.measure(ctx); err != nil {
		return err
	}
	if o.profile != "" {
		tell("profiling")
		if err := b.profile(ctx); err != nil {
			return err
		}
	}
	return b.publish(stdout)
}

// publish tells what was measured.
func (b *bench) publish(stdout io.Writer) error {
	if b.rounds == 0 {
		return nil
	}
	report := b.report()
	if _, err := io.WriteString(stdout, report); err != nil {
		return err
	}
	if b.out != "" {
		if err := rig.ReplaceSection(b.out, "bench/compare", report); err != nil {
			return err
		}
	}
	if b.json == "" {
		return nil
	}
	text, err := b.resultsJSON()
	if err != nil {
		return err
	}
	return os.WriteFile(b.json, text, 0o644) //nolint:gosec // a file to read
}

// options are what is measured, and how long.
type options struct {
	rounds, connections int
	// each is how long one side is measured in a round, after warm.
	each, warm time.Duration
	videos     int
	database   string
	only       []string
	sides      []string
	pgo        string
	// pin says that processes are kept on cores; unpinned says why not where that was to be.
	pin      bool
	unpinned string
	// profile, out and json name files.
	profile, out, json string
}

func parseOptions(args []string) (*options, error) {
	var o options
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 5, "rounds, in each of which all sides have their turn with every load; 0 for a profile alone")
	flags.IntVar(&o.connections, "connections", 32, "connections of the loads that read, each with one request at a time")
	flags.DurationVar(&o.each, "for", 3*time.Second, "how long a side is measured in a round")
	flags.DurationVar(&o.warm, "warm", 700*time.Millisecond, "how long it is asked before that")
	flags.IntVar(&o.videos, "videos", 200_000, "videos in the database, and as many jobs")
	flags.StringVar(&o.database, "database", "", "a database of this name is made where there is none, kept, and used the next time; by default one is made and dropped")
	only := flags.String("only", strings.Join(loadNames(), ","), "loads, with commas")
	sides := flags.String("sides", strings.Join(allSides, ","), "who is asked, with commas; ours always is")
	flags.StringVar(&o.pgo, "pgo", "auto", "the profile that Go servers are built with: a file, off, or auto for the program's own")
	flags.BoolVar(&o.pin, "pin", true, "keep the server on one core, and database and clients on another")
	flags.StringVar(&o.profile, "profile", "", "write a CPU profile of ours, which after the rounds is asked for everything once more, into this file")
	flags.StringVar(&o.out, "out", "", "write the tables into this file of Markdown as well, between its marks")
	flags.StringVar(&o.json, "json", "", "write the ratios into this file")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	o.only, o.sides = strings.Split(*only, ","), strings.Split(*sides, ",")
	if !slices.Contains(o.sides, ours) {
		o.sides = append(o.sides, ours)
	}
	for flag, given := range map[string][2][]string{"-only": {o.only, loadNames()}, "-sides": {o.sides, allSides}} {
		for _, name := range given[0] {
			if !slices.Contains(given[1], name) {
				return nil, fmt.Errorf("%s: there is no %q, but %s", flag, name, strings.Join(given[1], ", "))
			}
		}
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unknown command %q", flags.Arg(0))
	case o.rounds < 0 || o.rounds == 0 && o.profile == "" || o.connections < 1 || o.each <= 0 || o.warm < 0:
		return nil, errors.New("-rounds, -connections and -for must be more than 0, and -warm no less")
	case o.videos < 100:
		return nil, errors.New("-videos must be 100 or more")
	}
	o.tryCores()
	return &o, nil
}

// tryCores finds out whether processes can be kept on two cores.
func (o *options) tryCores() {
	if !o.pin {
		o.unpinned = "it was not asked for"
		return
	}
	err := rig.OnCore(othersCore, func() error { return nil })
	if runtime.NumCPU() < 2 {
		err = errors.New("there is one core alone")
	}
	if err != nil {
		o.pin, o.unpinned = false, err.Error()
	}
}
