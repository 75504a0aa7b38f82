// Command edge measures what a poll costs the server: by GraphQL and over REST, with and without metrics, traces and a rate
// limit, and where the client has the answer already. The figures are in bench/README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"reelgraph/bench/rig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv("TEST_DATABASE_URL"), os.Stdin, os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "edge: "+err.Error())
		os.Exit(1)
	}
}

// run is the program. Without a word it measures, and with "serve" it is one of its own servers.
func run(ctx context.Context, args []string, cluster string, stdin io.Reader, stdout io.Writer) error {
	if len(args) > 0 && args[0] == "serve" {
		return serve(ctx, args[1:], stdin, stdout)
	}
	if cluster == "" {
		return errors.New("TEST_DATABASE_URL must name a PostgreSQL cluster: run `make bench-edge`, or this by scripts/with-postgres")
	}
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	results, err := measure(ctx, o, cluster)
	if err != nil {
		return err
	}
	report := table(o, results)
	if _, err := io.WriteString(stdout, report); err != nil || o.out == "" {
		return err
	}
	return rig.ReplaceSection(o.out, "bench/edge", report)
}

// options are what is measured, and how long.
type options struct {
	rounds, connections int
	// each is how long one side is measured in a round, after warm.
	each, warm time.Duration
	videos     int
	only       []string
	// out names a file of Markdown with a section for the figures, profiles a folder.
	out, profiles string
}

func parseOptions(args []string) (*options, error) {
	var o options
	var only string
	flags := flag.NewFlagSet("edge", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 7, "rounds, in each of which both sides of every comparison have their turn")
	flags.IntVar(&o.connections, "connections", 24, "connections, each with one request at a time")
	flags.DurationVar(&o.each, "for", 3*time.Second, "how long a side is measured in a round")
	flags.DurationVar(&o.warm, "warm", 500*time.Millisecond, "how long it is asked before that")
	flags.IntVar(&o.videos, "videos", 10_000, "videos in the database")
	flags.StringVar(&only, "only", "", "comparisons to make, with commas: "+strings.Join(names(comparisons), ", ")+"; by default all")
	flags.StringVar(&o.out, "out", "", "write the table into this file of Markdown as well, between its marks")
	flags.StringVar(&o.profiles, "profiles", "", "write a CPU profile of each side's last turn into this folder")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	for _, name := range o.only {
		if !slices.Contains(names(comparisons), name) {
			return nil, fmt.Errorf("-only: there is no %q", name)
		}
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unknown command %q", flags.Arg(0))
	case min(o.rounds, o.connections) < 1 || o.each <= 0 || o.warm < 0:
		return nil, errors.New("-rounds, -connections and -for must be more than 0, and -warm no less")
	case o.videos < polled:
		return nil, fmt.Errorf("-videos must be %d or more", polled)
	}
	return &o, nil
}
