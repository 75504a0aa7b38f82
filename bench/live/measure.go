package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// figures are what was measured of one transport.
type figures struct {
	transport string
	// before the sockets were opened, and with all of them: at once and after a garbage collection; and after the load.
	before, beforeClean, open, openClean, after vitals
	// opening is how long it took to open all, quiet and load what nothing and the updates cost.
	opening     time.Duration
	quiet, load spell
	// sent and answered are the delays since then, calls those of the calls.
	sent, answered, calls delays
	states, merged        int64
	missed, backwards     int
	// ended counts the subscriptions that ended since their jobs had, wronglyEnded those that ended before or did not.
	ended, wronglyEnded int
	// reported counts the updates that were answered, and latest is how late a call began at worst.
	reported int
	latest   time.Duration
}

// spell is what some time cost.
type spell struct {
	took, server, client time.Duration
	machine              float64 // the share of all cores
	statements           int64
}

// measure runs one transport in a server of its own, on a database of its own.
func measure(ctx context.Context, o *options, cluster, transport string) (*figures, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	fixture, err := newFixture(ctx, cluster, o.sockets)
	if err != nil {
		return nil, err
	}
	defer fixture.drop()
	server, err := startInstance(ctx, fixture.url, transport)
	if err != nil {
		return nil, err
	}
	f := &figures{transport: transport}
	c := newClients(fixture.jobs, fail)
	err = f.measureOpening(ctx, o, c, fixture, server)
	if err == nil {
		err = f.measureLoad(ctx, o, c, fixture, server)
	}
	if fault := context.Cause(ctx); fault != nil {
		err = fault
	}
	c.close()
	return f, errors.Join(err, server.end())
}

// measureOpening opens all sockets.
func (f *figures) measureOpening(ctx context.Context, o *options, c *clients, fixture *fixture, server *instance) error {
	// What the server makes only once is to count for no socket.
	warm := newClients(fixture.jobs[:min(o.sockets, 200)], c.fail)
	err := warm.open(ctx, fixture.tokens, server.API)
	warm.close()
	if err != nil {
		return err
	}
	if f.before, err = server.vitals(ctx, false); err != nil {
		return err
	}
	if f.beforeClean, err = server.vitals(ctx, true); err != nil {
		return err
	}
	began := time.Now()
	if err := c.open(ctx, fixture.tokens, server.API); err != nil {
		return err
	}
	f.opening = time.Since(began)
	if f.open, err = server.vitals(ctx, false); err != nil {
		return err
	}
	if f.openClean, err = server.vitals(ctx, true); err != nil {
		return err
	}
	if o.heap != "" {
		return server.profile(ctx, "heap", o.heap+"."+f.transport)
	}
	return nil
}

// measureLoad has workers report, and waits for what comes of it.
func (f *figures) measureLoad(ctx context.Context, o *options, c *clients, fixture *fixture, server *instance) (err error) {
	f.quiet, err = spend(ctx, server, func() error {
		select {
		case <-time.After(o.idle):
		case <-ctx.Done():
		}
		return nil
	})
	if err != nil {
		return err
	}
	profiled := make(chan error, 1)
	if o.cpu == "" {
		profiled <- nil
	} else {
		go func() {
			profiled <- server.profile(ctx, fmt.Sprint("profile?seconds=", int(o.load.Seconds())), o.cpu+"."+f.transport)
		}()
	}
	f.states = -c.states.Load()
	if f.load, err = spend(ctx, server, func() error { return f.report(ctx, o, c, fixture, server) }); err != nil {
		return err
	}
	c.settle(ctx)
	f.states += c.states.Load()
	f.merged, f.backwards = c.merged.Load(), int(c.backwards.Load())
	var all []*watched
	for _, jobs := range c.jobs {
		all = append(all, jobs...)
	}
	if f.sent, f.answered, f.calls, f.missed, err = delaysOf(all); err != nil {
		return err
	}
	f.ended, f.wronglyEnded = c.endings()
	if f.after, err = server.vitals(ctx, false); err != nil {
		return err
	}
	return <-profiled
}

// report has all workers report for as long as they are to.
func (f *figures) report(ctx context.Context, o *options, c *clients, fixture *fixture, server *instance) error {
	reporters := newReporters(c, o.workers, server.API, fixture.worker)
	between := time.Duration(float64(time.Second) * float64(o.batch) / float64(o.updates)) // two calls of all workers
	begin := time.Now().Add(between)
	var running errgroup.Group
	for n, r := range reporters {
		running.Go(func() error {
			return r.run(ctx, begin.Add(time.Duration(n)*between), begin.Add(o.load), time.Duration(o.workers)*between, o.batch, o.finish)
		})
	}
	err := running.Wait()
	for _, r := range reporters {
		f.reported, f.latest = f.reported+r.reported, max(f.latest, r.latest)
	}
	return err
}

// spend tells what it costs to do something.
func spend(ctx context.Context, server *instance, do func() error) (s spell, err error) {
	before, err := server.vitals(ctx, false)
	if err != nil {
		return s, err
	}
	began, client := time.Now(), ownCPU()
	used, all := machineCPU()
	if err := do(); err != nil {
		return s, err
	}
	s.took, s.client = time.Since(began), ownCPU()-client
	usedThen, allThen := machineCPU()
	s.machine = float64(usedThen-used) / float64(max(allThen-all, 1))
	after, err := server.vitals(ctx, false)
	s.server, s.statements = after.CPU-before.CPU, after.Statements-before.Statements
	return s, err
}
