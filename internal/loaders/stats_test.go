package loaders

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// TestStats: what is shared is counted by who asks, and by what is read for them.
func TestStats(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		var told [][2]int
		g.observe = func(ids, asks int) { told = append(told, [2]int{ids, asks}) }
		want := func(want Stats) {
			t.Helper()
			if diff := cmp.Diff(want, g.stats("")); diff != "" {
				t.Error(diff)
			}
		}
		want(Stats{})
		first := load(t.Context(), g, id(1), id(2))
		one := r.only(t)
		second := load(t.Context(), g, id(2), id(3))
		second.waits(t)
		third := load(t.Context(), g, id(3), id(3))
		third.waits(t)
		want(Stats{Asked: 6, Reading: 1, Waiting: 2})
		one.succeed(1)
		wantAll(t, first, 1, id(1), id(2))
		r.only(t).succeed(2)
		wantAll(t, second, 2, id(2), id(3))
		wantAll(t, third, 2, id(3))
		want(Stats{Asked: 6})
		if diff := cmp.Diff([][2]int{{2, 1}, {2, 2}}, told); diff != "" {
			t.Error(diff)
		}

		var all []*loading
		for range maxReads + maxWaiting + 1 {
			all = append(all, load(t.Context(), g, ids(0, maxBatch)...))
			synctest.Wait()
		}
		want(Stats{Asked: 6 + (maxReads+maxWaiting)*maxBatch, Refused: 1, Reading: maxReads, Waiting: maxWaiting})
		for calls := r.begun(); len(calls) > 0; calls = append(calls[1:], r.begun()...) {
			calls[0].succeed(1)
		}
		for _, asked := range all {
			<-asked.done
		}
	})
}
