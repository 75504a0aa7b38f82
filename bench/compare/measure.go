package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"reelgraph/bench/rig"
)

// figures are what a server has shown under a load for a time. Each is a request, or an event where those are counted.
type figures struct {
	Rate     float64 `json:"perSecond"`
	P50      float64 `json:"p50Milliseconds"` // of calls
	P99      float64 `json:"p99Milliseconds"`
	CPU      float64 `json:"serverCpuMicrosecondsEach"`
	Postgres float64 `json:"postgresCpuMicrosecondsEach"`
	// Peak is the most memory that the server has had resident.
	Peak       float64 `json:"peakMiB"`
	Statements float64 `json:"statementsEach"`
}

// result is what was measured of a load, in each round by each side.
type result struct {
	*load
	script *script
	turns  map[string][]figures
}

// bench is all that stands ready to be measured.
type bench struct {
	*options
	fixture *fixture
	cluster *cluster
	servers *servers
	results []*result
	tell    func(format string, args ...any)
}

func prepare(ctx context.Context, o *options, at string, tell func(string, ...any)) (*bench, error) {
	b := &bench{options: o, tell: tell}
	tell("filling the database")
	var err error
	if b.fixture, err = newFixture(ctx, at, o); err != nil {
		return nil, err
	}
	tell("building and starting the servers")
	if b.servers, err = startServers(ctx, o, b.fixture); err != nil {
		b.end(ctx)
		return nil, err
	}
	if b.cluster, err = findCluster(ctx, b.fixture, o); err != nil {
		b.end(ctx)
		return nil, err
	}
	for i := range loads {
		if l := &loads[i]; slices.Contains(o.only, l.name) {
			random := rand.New(rand.NewPCG(uint64(i), 6)) //nolint:gosec // the same for every run
			b.results = append(b.results, &result{load: l, script: l.script(b.fixture, random), turns: map[string][]figures{}})
		}
	}
	return b, nil
}

func (b *bench) end(ctx context.Context) {
	if b.cluster != nil {
		b.cluster.letGo()
	}
	if b.servers != nil {
		b.servers.end()
	}
	b.fixture.drop(ctx)
}

// measure goes round by round, so that what else the machine does reaches all alike. Who goes first changes with the round.
func (b *bench) measure(ctx context.Context) error {
	if err := b.check(ctx); err != nil {
		return fmt.Errorf("before: %w", err)
	}
	for round := range b.rounds {
		b.tell("round %d of %d", round+1, b.rounds)
		for _, r := range b.results {
			sides := b.sidesOf(r.load)
			for n := range sides {
				side := sides[(n+round)%len(sides)]
				f, err := b.turn(ctx, r, b.servers.by[side])
				if err != nil {
					return fmt.Errorf("%s of %s: %w", r.name, side, err)
				}
				r.turns[side] = append(r.turns[side], f)
			}
		}
	}
	if err := b.check(ctx); err != nil {
		return fmt.Errorf("after: %w", err)
	}
	return nil
}

func (b *bench) sidesOf(l *load) (sides []string) {
	for _, side := range l.sides {
		if slices.Contains(b.sides, side) {
			sides = append(sides, side)
		}
	}
	return sides
}

// check looks at the answers of every side to every load that reads.
func (b *bench) check(ctx context.Context) error {
	for _, r := range b.results {
		for _, side := range b.sidesOf(r.load) {
			s := b.servers.by[side]
			if r.events {
				continue
			}
			err := errors.Join(s.Resume(), checkAnswers(ctx, b.fixture, s, r.script), b.fixture.standStill(ctx, s))
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
	}
	return nil
}

// turn has one side asked while all others stand still.
func (b *bench) turn(ctx context.Context, r *result, s *server) (figures, error) {
	if err := s.Resume(); err != nil {
		return figures{}, err
	}
	ask := b.ask
	if r.events {
		ask = b.askCounting
	}
	f, err := ask(ctx, r, s)
	return f, errors.Join(err, b.fixture.standStill(ctx, s))
}

// askCounting compares what the side has counted of events with the database.
func (b *bench) askCounting(ctx context.Context, r *result, s *server) (figures, error) {
	before, err := b.fixture.countersOf(ctx, r.script)
	if err != nil {
		return figures{}, err
	}
	f, err := b.ask(ctx, r, s)
	if err != nil {
		return figures{}, err
	}
	return f, b.fixture.checkCounters(ctx, r.script, before)
}

func (b *bench) ask(ctx context.Context, r *result, s *server) (figures, error) {
	if err := rig.ForgetPeak(s.PID); err != nil {
		return figures{}, err
	}
	ran, err := s.statements(ctx)
	if err != nil {
		return figures{}, err
	}
	d := &drive{script: r.script, stamp: time.Now().UnixNano()}
	seen, used, err := b.watch(ctx, d, s, r)
	if err != nil {
		return figures{}, err
	}
	total, err := s.statements(ctx)
	if err != nil {
		return figures{}, err
	}
	peak, err := rig.PeakMemory(s.PID)
	if err != nil {
		return figures{}, err
	}
	if seen.counted == 0 {
		return figures{}, errors.New("nothing was answered in time")
	}
	slices.Sort(seen.latencies)
	counted := float64(seen.counted * r.script.counts)
	return figures{
		Rate:       counted / used.took.Seconds(),
		P50:        milliseconds(rig.Percentile(seen.latencies, 0.5)),
		P99:        milliseconds(rig.Percentile(seen.latencies, 0.99)),
		CPU:        microseconds(used.server) / counted,
		Postgres:   microseconds(used.postgres) / counted,
		Peak:       float64(peak) / (1 << 20),
		Statements: float64(total-ran) / float64(seen.all*r.script.counts),
	}, nil
}

// watch has a server asked and measures that for a time, once it is warm. Calls that count events are measured all, from when the first is sent until the
// last is answered: they may take so long that too many or too few end within a time. So is everything where nothing is to be warmed.
func (b *bench) watch(ctx context.Context, d *drive, s *server, r *result) (seen asked, used usage, err error) {
	connections := b.connections
	if r.connections > 0 {
		connections = r.connections
	}
	if r.events || b.warm == 0 {
		d.measured.Store(true)
		used, err = b.during(s, func() (err error) {
			seen, err = d.run(ctx, s.address, connections, func(working context.Context) error { return pause(working, b.each) })
			return err
		})
		return seen, used, err
	}
	seen, err = d.run(ctx, s.address, connections, func(working context.Context) error {
		if err := pause(working, b.warm); err != nil {
			return err
		}
		used, err = b.during(s, func() error {
			d.measured.Store(true)
			defer d.measured.Store(false)
			return pause(working, b.each)
		})
		return err
	})
	return seen, used, err
}

// usage is what processes have used in a time.
type usage struct{ server, postgres, took time.Duration }

// during is what a server and the database use while something happens.
func (b *bench) during(s *server, happens func() error) (usage, error) {
	server, err := rig.CPU(s.PID)
	postgres, fault := rig.TreeCPU(b.cluster.postmaster)
	if err = errors.Join(err, fault); err != nil {
		return usage{}, err
	}
	began := time.Now()
	if err := happens(); err != nil {
		return usage{}, err
	}
	took := time.Since(began)
	serverAfter, err := rig.CPU(s.PID)
	postgresAfter, fault := rig.TreeCPU(b.cluster.postmaster)
	return usage{serverAfter - server, postgresAfter - postgres, took}, errors.Join(err, fault)
}

// profile has ours asked for everything while its processors are watched.
func (b *bench) profile(ctx context.Context) error {
	s := b.servers.by[ours]
	if err := s.Resume(); err != nil {
		return err
	}
	whole, written := b.each*time.Duration(len(b.results)), make(chan error, 1)
	go func() { written <- rig.Profile(ctx, b.servers.debug, whole, b.options.profile) }()
	for _, r := range b.results {
		if _, err := b.ask(ctx, r, s); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return <-written
}

// pause waits, and fails where that is broken off.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }
func microseconds(d time.Duration) float64 { return d.Seconds() * 1e6 }
