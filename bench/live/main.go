// Command live measures the live side of the server: what a subscription costs, how soon a change reaches whoever
// watches, and that none is missed; `live kill` measures how long a client is without news when its instance dies.
// The figures are in bench/README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv("TEST_DATABASE_URL"), os.Stdin, os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "live: "+err.Error())
		os.Exit(1)
	}
}

// run is the program. Without a word it measures, with "kill" it kills, and with "serve" it is one of its own servers.
func run(ctx context.Context, args []string, cluster string, stdin io.Reader, stdout io.Writer) error {
	if len(args) > 0 && args[0] == "serve" {
		return serve(ctx, args[1:], stdin, stdout)
	}
	if cluster == "" {
		return errors.New("TEST_DATABASE_URL must name a PostgreSQL cluster: run `make bench-live`, or this by scripts/with-postgres")
	}
	if len(args) > 0 && args[0] == "kill" {
		return measureKills(ctx, args[1:], cluster, stdout)
	}
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	var columns []*figures
	for _, transport := range o.transports {
		f, err := measure(ctx, o, cluster, transport)
		if err != nil {
			return fmt.Errorf("%s: %w", transport, err)
		}
		columns = append(columns, f)
	}
	return printTable(stdout, o, columns)
}

// options are how much is measured.
type options struct {
	sockets int
	// updates are reported a second, batch of them in a call, by so many workers.
	updates, batch, workers int
	// finish is the percentage of updates that complete a job.
	finish     int
	load, idle time.Duration
	transports []string
	// heap and cpu name files for profiles of the server, into which its transport's name comes.
	heap, cpu string
}

// maxProgress is how many updates a job has room for, each with a percent more.
const maxProgress = 99

func parseOptions(args []string) (*options, error) {
	var o options
	var transports string
	flags := flag.NewFlagSet("live", flag.ContinueOnError)
	flags.IntVar(&o.sockets, "sockets", 10_000, "sockets, each with one subscription of two jobs")
	flags.IntVar(&o.updates, "updates", 1000, "updates a second")
	flags.IntVar(&o.batch, "batch", 20, "updates in one call of reportAIJobs, at most 100")
	flags.IntVar(&o.workers, "workers", 8, "workers that report, each with one call at a time")
	flags.IntVar(&o.finish, "finish", 5, "percentage of the updates that complete a job")
	flags.DurationVar(&o.load, "for", 30*time.Second, "how long updates are reported")
	flags.DurationVar(&o.idle, "idle", 5*time.Second, "how long nothing happens before that")
	flags.StringVar(&transports, "transports", "ours,stock", "the server's own WebSocket transport, gqlgen's, or both with a comma")
	flags.StringVar(&o.heap, "heap", "", "write heap profiles to FILE.ours and FILE.stock, with all subscriptions open")
	flags.StringVar(&o.cpu, "cpu", "", "write CPU profiles of the load to FILE.ours and FILE.stock")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	o.transports = strings.Split(transports, ",")
	for _, transport := range o.transports {
		if transport != ours && transport != stock {
			return nil, fmt.Errorf("-transports: there is no %q", transport)
		}
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unknown command %q", flags.Arg(0))
	case min(o.sockets, o.updates, o.batch, o.workers) < 1 || o.batch > 100 || o.sockets < o.workers:
		return nil, errors.New("-sockets, -updates, -batch and -workers must be 1 or more, -batch at most 100, and -workers no more than -sockets")
	case o.finish < 0 || o.finish > 50:
		return nil, errors.New("-finish must be 0 to 50")
	case o.load.Seconds()*float64(o.updates) > float64(2*o.sockets*maxProgress)/2:
		return nil, errors.New("there are too few jobs for so many updates: raise -sockets, or lower -updates or -for")
	}
	return &o, nil
}
