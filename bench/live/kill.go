package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// measureKills kills one of two instances of the program, on one database, whose clients go to the other at once.
func measureKills(ctx context.Context, args []string, cluster string, stdout io.Writer) error {
	flags := flag.NewFlagSet("live kill", flag.ContinueOnError)
	runs := flags.Int("runs", 20, "how often an instance is killed")
	users := flags.Int("clients", 1, "sockets, each with one subscription of two jobs")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *runs < 1 || *users < 1 {
		return errors.New("-runs and -clients must be 1 or more")
	}
	folder, err := os.MkdirTemp("", "reelgraph-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "reelgraph")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, "reelgraph") //nolint:gosec // into a folder of its own
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, output)
	}
	var all, longest delays
	for range *runs {
		gaps, err := killOnce(ctx, cluster, program, *users)
		if err != nil {
			return err
		}
		all, longest = append(all, gaps...), append(longest, slices.Max(gaps))
	}
	slices.Sort(all)
	slices.Sort(longest)
	fmt.Fprintf(stdout, "%d clients of an instance that is killed, %d times: the first state from the other instance came after %s at the median, "+
		"%s at most; all clients had theirs after %s at the median.\n",
		*users, *runs, milliseconds(all.at(50)), milliseconds(all.at(100)), milliseconds(longest.at(50)))
	return nil
}

// killOnce gives how long each client was without news, while a worker reports through the instance that lives on.
func killOnce(ctx context.Context, cluster, program string, users int) (delays, error) {
	fixture, err := newFixture(ctx, cluster, users)
	if err != nil {
		return nil, err
	}
	defer fixture.drop()
	first, kill, err := startProgram(ctx, program, fixture.url)
	if err != nil {
		return nil, err
	}
	defer kill()
	second, killSecond, err := startProgram(ctx, program, fixture.url)
	if err != nil {
		return nil, err
	}
	defer killSecond()

	c := newClients(fixture.jobs, nil)
	gaps := make(delays, users)
	killed := make(chan time.Time, users)
	reporting, stop := context.WithCancel(ctx)
	defer stop()
	coming, ctx := errgroup.WithContext(ctx)
	watching := make(chan struct{}, users)
	for n := range c.jobs {
		coming.Go(func() error {
			if err := c.watchUntilCut(ctx, n, first, fixture.tokens[n], watching); err != nil {
				return err
			}
			at, err := c.comeBack(ctx, n, second, fixture.tokens[n])
			gaps[n] = at.Sub(<-killed)
			return err
		})
	}
	for range users {
		select {
		case <-watching:
		case <-ctx.Done():
			return nil, coming.Wait()
		}
	}
	r := newReporters(c, 1, second, fixture.worker)[0]
	batch := min(len(r.jobs), 20)
	if err := r.call(ctx, batch, 0); err != nil {
		return nil, err
	}
	var worker errgroup.Group
	worker.Go(func() error {
		const every = 20 * time.Millisecond
		return r.run(reporting, time.Now(), time.Now().Add(every*maxProgress*9/10), every, batch, 0)
	})
	now := time.Now()
	for range users {
		killed <- now
	}
	kill()
	err = coming.Wait()
	stop()
	return gaps, errors.Join(err, worker.Wait())
}

// watchUntilCut watches a client's jobs until the server is no more.
func (c *clients) watchUntilCut(ctx context.Context, n int, server, token string, watching chan<- struct{}) error {
	s, err := openSocket(ctx, n, server, token, subscription(c.jobs[n]))
	if err != nil {
		return err
	}
	defer s.close()
	for first := true; ; first = false {
		message, err := s.next()
		if err != nil && !first {
			return nil
		}
		if err == nil {
			_, err = c.arrive(c.jobs[n], message, time.Now())
		}
		if err != nil {
			return err
		}
		if first {
			watching <- struct{}{}
		}
	}
}

// comeBack watches a client's jobs elsewhere, until there is a state. It must be no older than what was answered before.
func (c *clients) comeBack(ctx context.Context, n int, server, token string) (at time.Time, err error) {
	answered := map[*watched]int64{}
	for _, w := range c.jobs[n] {
		answered[w] = w.answeredVersion()
	}
	s, err := openSocket(ctx, n, server, token, subscription(c.jobs[n]))
	if err != nil {
		return at, err
	}
	defer s.close()
	message, err := s.next()
	if err != nil {
		return at, err
	}
	at = time.Now()
	w, version, err := stateIn(c.jobs[n], message)
	if err == nil && version < answered[w] {
		err = fmt.Errorf("the first state is of version %d, after one of %d was answered", version, answered[w])
	}
	return at, err
}

// startProgram runs the program as a server on a free port, and gives where it listens and what kills it.
func startProgram(ctx context.Context, program, database string) (address string, kill func(), err error) {
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = []string{"DATABASE_URL=" + database, "JWT_SECRET=" + secret, "LISTEN_ADDR=127.0.0.1:0", "LOG_LEVEL=warn", "RATE_LIMIT=0"}
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	kill = func() {
		_ = cmd.Process.Kill() // It is SIGKILL, whether the process is there or not.
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_, address, found := strings.Cut(strings.TrimSpace(line), "http://")
	if err != nil || !found {
		kill()
		return "", nil, fmt.Errorf("the program did not start: %q, %w", line, err)
	}
	return address, kill, nil
}
