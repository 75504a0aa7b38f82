// Command hostile throws at the server what a hostile client might, one kind of input after the other, and shows what
// each costs: while it lasts an honest client goes on polling. The figures are in bench/README.md.
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
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "hostile: "+err.Error())
		os.Exit(1)
	}
}

// run is the program. It fails where an input is answered in an unexpected way, or keeps the honest client from its answers.
func run(ctx context.Context, args []string, stdout, progress io.Writer) error {
	flags := flag.NewFlagSet("hostile", flag.ContinueOnError)
	only := flags.String("only", "", "the inputs whose names contain this; by default all")
	share := flags.Int("share", 1, "send each input this many times less often")
	out := flags.String("out", "", "write the table between its marks into this file, too")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *share < 1 {
		return errors.New("there are no arguments but flags, and -share must be 1 or more")
	}
	if err := raiseFileLimit(); err != nil {
		return err
	}
	s, err := startServer(ctx)
	if err != nil {
		return err
	}
	defer s.stop()
	var rows []row
	for _, a := range attacks() {
		if !strings.Contains(a.name, *only) {
			continue
		}
		fmt.Fprintln(progress, a.name)
		r, err := measure(ctx, s, a, max(1, a.times / *share))
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		rows = append(rows, r)
	}
	table := tableOf(rows)
	fmt.Fprint(stdout, table)
	if *out != "" {
		if err := writeBetweenMarks(*out, table); err != nil {
			return err
		}
	}
	return faults(rows)
}

// raiseFileLimit lets this process, and the server that it starts, have as many connections as the system allows.
func raiseFileLimit() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}
