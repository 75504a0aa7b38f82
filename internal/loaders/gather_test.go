package loaders

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/models"
)

// loading is a call of Load in the background.
type loading = running[map[models.ID]int]

func load(ctx context.Context, g *Gatherer[int], ids ...models.ID) *loading {
	return run(func() (map[models.ID]int, error) { return g.Load(ctx, ids) })
}

// wantAll fails unless every id was answered with value.
func wantAll(t *testing.T, l *loading, value int, ids ...models.ID) {
	t.Helper()
	found, err := l.answer(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if found[id] != value {
			t.Fatalf("%v is %d, want %d", id, found[id], value)
		}
	}
}

func wantUnavailable(t *testing.T, err, cause error) {
	t.Helper()
	coded, ok := errors.AsType[*models.Error](err)
	if !ok || coded.Code != models.CodeServiceUnavailable || !errors.Is(err, cause) {
		t.Errorf("error is %v, want SERVICE_UNAVAILABLE because of %v", err, cause)
	}
}

// gathering runs a test on a gatherer whose reads the test answers. It fails where a goroutine is left behind.
func gathering(t *testing.T, test func(t *testing.T, g *Gatherer[int], r reads[int])) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newReads[int](t)
		test(t, NewGatherer(r.read), r)
	})
}

func TestFirstAskGoesOutAtOnce(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		start := time.Now()
		asked := load(t.Context(), g, id(1), id(2), id(1))
		read := r.only(t)
		if diff := cmp.Diff(ids(1, 3), sorted(read.ids)); diff != "" {
			t.Error(diff)
		}
		read.succeed(7)
		wantAll(t, asked, 7, id(1), id(2))
		if waited := time.Since(start); waited != 0 {
			t.Errorf("it took %v, want no time at all", waited)
		}
	})
}

func TestNoIDsAreNoRead(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		asked := load(t.Context(), g)
		r.none(t)
		if found, err := asked.answer(t); len(found) != 0 || err != nil {
			t.Errorf("answer %v, %v", found, err)
		}
	})
}

func TestAsksDuringAReadAreTheNextOne(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		first := load(t.Context(), g, id(1))
		one := r.only(t)
		asks := []*loading{
			load(t.Context(), g, id(1), id(2)), load(t.Context(), g, id(2), id(3)), load(t.Context(), g, id(3), id(3), id(4)),
		}
		r.none(t)
		one.succeed(1)
		wantAll(t, first, 1, id(1))
		two := r.only(t)
		if diff := cmp.Diff(ids(1, 5), sorted(two.ids)); diff != "" {
			t.Error(diff)
		}
		two.succeed(2)
		for _, asked := range asks {
			wantAll(t, asked, 2, ids(3, 4)...)
		}
		r.none(t)
	})
}

// TestAbsentIDs: what the read does not find is absent for everybody.
func TestAbsentIDs(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		asked := load(t.Context(), g, id(1), id(2))
		r.only(t).answer <- func() (map[models.ID]int, error) { return map[models.ID]int{id(2): 5}, nil }
		found, err := asked.answer(t)
		if diff := cmp.Diff(map[models.ID]int{id(2): 5}, found); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

func TestNoAskJoinsAReadUnderWay(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		early := load(t.Context(), g, id(1))
		one := r.only(t)
		late := load(t.Context(), g, id(1))
		one.succeed(1)
		wantAll(t, early, 1, id(1))
		late.waits(t)
		r.only(t).succeed(2)
		wantAll(t, late, 2, id(1))
	})
}

func TestACallerLeavesAlone(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		leaving, leave := context.WithCancel(t.Context())
		inFlight := load(leaving, g, id(1))
		one := r.only(t)
		waiting := load(leaving, g, id(2))
		staying := load(t.Context(), g, id(2), id(3))
		synctest.Wait()
		leave()
		for _, asked := range []*loading{inFlight, waiting} {
			_, err := asked.answer(t)
			wantUnavailable(t, err, context.Canceled)
		}
		if err := one.ctx.Err(); err != nil {
			t.Errorf("the read under way has ended with its caller: %v", err)
		}
		one.succeed(1)
		two := r.only(t)
		two.succeed(2)
		wantAll(t, staying, 2, id(2), id(3))
	})
}

func TestAnErrorReachesAllWhoSharedIt(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		before := load(t.Context(), g, id(1))
		one := r.only(t)
		sharing := []*loading{load(t.Context(), g, id(1)), load(t.Context(), g, id(2))}
		synctest.Wait()
		one.succeed(1)
		two := r.only(t)
		after := load(t.Context(), g, id(1))
		synctest.Wait()
		broken := errors.New("broken")
		two.fail(broken)
		for _, asked := range sharing {
			if found, err := asked.answer(t); !errors.Is(err, broken) || found != nil {
				t.Errorf("answer %v, %v", found, err)
			}
		}
		r.only(t).succeed(3)
		wantAll(t, before, 1, id(1))
		wantAll(t, after, 3, id(1))
	})
}

func TestAPanicReachesAllWhoSharedIt(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		first := load(t.Context(), g, id(1))
		one := r.only(t)
		sharing := []*loading{load(t.Context(), g, id(1)), load(t.Context(), g, id(2))}
		synctest.Wait()
		one.succeed(1)
		wantAll(t, first, 1, id(1))
		r.only(t).answer <- func() (map[models.ID]int, error) { panic("all wrong") }
		for _, asked := range sharing {
			_, err := asked.answer(t)
			if err == nil || !strings.Contains(err.Error(), "all wrong") || !strings.Contains(err.Error(), "TestAPanicReachesAllWhoSharedIt") {
				t.Errorf("error is %v, want the panic and its stack", err)
			}
			if coded, ok := errors.AsType[*models.Error](err); ok {
				t.Errorf("error has the code %s, want none, so that clients are told nothing of it", coded.Code)
			}
		}
		again := load(t.Context(), g, id(1))
		r.only(t).succeed(2)
		wantAll(t, again, 2, id(1))
	})
}

func TestAReadsContextIsItsOwn(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		somebodys := models.WithCaller(models.WithRequestID(t.Context(), "somebody's"), &models.Caller{ID: id(7)})
		ctx, cancel := context.WithTimeout(somebodys, time.Millisecond)
		defer cancel()
		asked := load(ctx, g, id(1))
		read := r.only(t)
		if name := models.RequestIDFrom(read.ctx); name != "somebody's" {
			t.Errorf("the read is told of as the request %q's", name)
		}
		if caller := models.CallerFrom(read.ctx); caller != nil {
			t.Errorf("what is read for all may depend on %v", caller.ID)
		}
		deadline, bounded := read.ctx.Deadline()
		if left := time.Until(deadline); !bounded || left != readTimeout {
			t.Errorf("the read ends in %v, want %v", left, readTimeout)
		}
		<-asked.done
		wantUnavailable(t, asked.err, context.DeadlineExceeded)
		stuck := load(t.Context(), g, id(2))
		<-read.ctx.Done()
		read.fail(read.ctx.Err())
		r.only(t).succeed(1)
		wantAll(t, stuck, 1, id(2))
	})
}

// TestAReadIsItsFirstAskers: it carries the name of who asked first, though others have joined and that one has left, and
// lets go of it when it begins.
func TestAReadIsItsFirstAskers(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		first := load(t.Context(), g, id(1))
		one := r.only(t)
		leaving, leave := context.WithCancel(models.WithRequestID(t.Context(), "second"))
		second := load(leaving, g, id(2))
		second.waits(t)
		third := load(models.WithRequestID(t.Context(), "third"), g, id(3))
		third.waits(t)
		waiting := g.waiting[0]
		leave()
		one.succeed(1)
		wantAll(t, first, 1, id(1))
		two := r.only(t)
		if name := models.RequestIDFrom(two.ctx); name != "second" {
			t.Errorf("the read is told of as the request %q's", name)
		}
		if waiting.asker != nil {
			t.Error("a batch that has begun, and may be kept, holds on to a request")
		}
		two.succeed(2)
		wantAll(t, third, 2, id(3))
		_, err := second.answer(t)
		wantUnavailable(t, err, context.Canceled)
	})
}
