package loaders

import (
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"reelgraph/models"
)

func TestALargeAskIsSplit(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		g.worthIDs, g.worthAsks = maxBatch+1, math.MaxInt
		all := ids(0, 2500)
		asked := load(t.Context(), g, all...)
		calls := r.begun()
		if len(calls) != 2 { // The third is no whole batch: it waits for the others.
			t.Fatalf("%d reads begin", len(calls))
		}
		for _, read := range calls {
			read.succeed(1)
		}
		calls = append(calls, r.only(t))
		calls[2].succeed(1)
		wantAll(t, asked, 1, all...)
		var sizes []int
		var read []models.ID
		for _, c := range calls {
			sizes, read = append(sizes, len(c.ids)), append(read, c.ids...)
		}
		if diff := cmp.Diff([]int{1000, 1000, 500}, sizes); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(all, sorted(read)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestRepeatedIDsAreNotMany: only different ids make an ask large.
func TestRepeatedIDsAreNotMany(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		asked := load(t.Context(), g, append(ids(0, 900), ids(0, 900)...)...)
		read := r.only(t)
		if diff := cmp.Diff(ids(0, 900), sorted(read.ids)); diff != "" {
			t.Error(diff)
		}
		read.succeed(1)
		wantAll(t, asked, 1, ids(0, 900)...)
	})
}

// TestAsksForTheSameAreNotMany: what many ask for is one read as long as there are not many objects in it.
func TestAsksForTheSameAreNotMany(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		g.worthIDs, g.worthAsks = maxBatch+1, math.MaxInt
		first := load(t.Context(), g, id(0))
		one := r.only(t)
		var asks []*loading
		for n := range 60 { // 3,000 ids, of which 400 differ.
			wanted := ids(n%8*50, n%8*50+50)
			slices.Reverse(wanted)
			asks = append(asks, load(t.Context(), g, wanted...))
		}
		r.none(t)
		last := load(t.Context(), g, ids(1000, 1601)...)
		two := r.only(t) // It has no room for these.
		one.succeed(1)
		wantAll(t, first, 1, id(0))
		if diff := cmp.Diff(ids(0, 400), two.ids); diff != "" {
			t.Error(diff)
		}
		two.succeed(2)
		for n, asked := range asks {
			wantAll(t, asked, 2, ids(n%8*50, n%8*50+50)...)
		}
		r.only(t).succeed(3)
		wantAll(t, last, 3, ids(1000, 1601)...)
	})
}

func TestAPartThatFailsFailsALargeAsk(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		g.worthIDs, g.worthAsks = maxBatch+1, math.MaxInt
		asked := load(t.Context(), g, ids(0, 1500)...)
		r.only(t).succeed(1)
		broken := errors.New("broken")
		r.only(t).fail(broken)
		if _, err := asked.answer(t); !errors.Is(err, broken) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestAsksThatAddUpAreSplit(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		g.worthIDs, g.worthAsks = maxBatch+1, math.MaxInt
		first := load(t.Context(), g, id(0))
		one := r.only(t)
		var asks []*loading
		for n := range 30 {
			asks = append(asks, load(t.Context(), g, ids(100*n, 100*n+100)...))
		}
		calls := r.begun()
		one.succeed(1)
		for len(calls) > 0 {
			if len(calls[0].ids) != 1000 {
				t.Errorf("a read of %d ids, want 1,000", len(calls[0].ids))
			}
			calls[0].succeed(2)
			calls = append(calls[1:], r.begun()...)
		}
		wantAll(t, first, 1, id(0))
		for n, asked := range asks {
			wantAll(t, asked, 2, ids(100*n, 100*n+100)...)
		}
	})
}

// TestWhatIsWorthARead begins though another is under way: enough ids, or enough who ask.
func TestWhatIsWorthARead(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		asks := []*loading{load(t.Context(), g, id(0))}
		calls := []*call[int]{r.only(t)}
		asks = append(asks, load(t.Context(), g, ids(0, worthIDs-1)...))
		r.none(t)
		asks = append(asks, load(t.Context(), g, id(0)))
		calls = append(calls, r.only(t))
		for range worthAsks - 1 {
			asks = append(asks, load(t.Context(), g, id(0)))
		}
		r.none(t)
		asks = append(asks, load(t.Context(), g, id(0)))
		calls = append(calls, r.only(t))
		for _, read := range calls {
			read.succeed(1)
		}
		r.none(t)
		for _, asked := range asks {
			if _, err := asked.answer(t); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestReadsUnderWay: where nothing is worth it sooner, a second read begins when nothing more fits into what waits, and there
// are never more than four.
func TestReadsUnderWay(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		g.worthIDs, g.worthAsks = maxBatch+1, math.MaxInt
		asks := []*loading{load(t.Context(), g, id(1))}
		calls := []*call[int]{r.only(t)}
		asks = append(asks, load(t.Context(), g, ids(0, 999)...), load(t.Context(), g, id(5000)))
		r.none(t)
		for n := range 5 { // Each fills what waits, so that what waited before may begin.
			asks = append(asks, load(t.Context(), g, ids(0, 1000)...))
			if n < 3 {
				calls = append(calls, r.only(t))
			}
		}
		r.none(t)
		for len(calls) > 0 {
			calls[0].succeed(1)
			calls = append(calls[1:], r.begun()...)
			if len(calls) > 4 {
				t.Fatalf("%d reads under way", len(calls))
			}
		}
		for _, asked := range asks {
			if _, err := asked.answer(t); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAFullQueueRefusesAtOnce(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		var asks []*loading
		for range maxReads + maxWaiting {
			asks = append(asks, load(t.Context(), g, ids(0, 1000)...))
			synctest.Wait()
		}
		for _, refused := range []*loading{load(t.Context(), g, id(1)), load(t.Context(), g, ids(0, 3000)...)} {
			_, err := refused.answer(t)
			wantUnavailable(t, err, errOverloaded)
		}
		calls := r.begun()
		calls[0].succeed(1)
		calls = append(calls[1:], r.begun()...)
		asks = append(asks, load(t.Context(), g, id(1))) // There is room again.
		for len(calls) > 0 {
			calls[0].succeed(1)
			calls = append(calls[1:], r.begun()...)
		}
		for _, asked := range asks {
			wantAll(t, asked, 1, id(1))
		}
	})
}
