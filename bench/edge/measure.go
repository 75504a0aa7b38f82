package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
)

// result is what was measured of a comparison, a turn of each side for every round.
type result struct {
	comparison
	turns [][2]turn
}

// measure makes the comparisons round by round, so that what else the machine does reaches all alike. Who of two sides goes first changes
// with the round.
func measure(ctx context.Context, o *options, cluster string) ([]*result, error) {
	f, err := newFixture(ctx, cluster, o.videos)
	if err != nil {
		return nil, err
	}
	defer f.drop()
	// It takes all traces, and forgets them.
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer collector.Close()

	var results []*result
	servers := map[setup]*instance{}
	defer func() {
		for _, i := range servers {
			_ = i.end()
		}
	}()
	for _, c := range comparisons {
		if len(o.only) > 0 && !slices.Contains(o.only, c.name) {
			continue
		}
		results = append(results, &result{comparison: c})
		for _, s := range c.sides {
			if servers[s.server] != nil {
				continue
			}
			if servers[s.server], err = startInstance(ctx, f.url, s.server, collector.URL); err != nil {
				delete(servers, s.server)
				return nil, err
			}
		}
	}
	for round := range o.rounds {
		for _, r := range results {
			if err := r.add(ctx, o, f, servers, round); err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
		}
	}
	return results, nil
}

// add measures both sides once.
func (r *result) add(ctx context.Context, o *options, f *fixture, servers map[setup]*instance, round int) error {
	var turns [2]turn
	for n := range turns {
		n = (n + round) % len(turns)
		s := r.sides[n]
		i, profile := servers[s.server], func() error { return nil }
		if o.profiles != "" && round == o.rounds-1 {
			profile = func() error { return i.profile(ctx, o.each, filepath.Join(o.profiles, r.name+"."+s.name)) }
		}
		var err error
		if turns[n], err = ask(ctx, o, i, s.request(f), profile); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	r.turns = append(r.turns, turns)
	return nil
}
