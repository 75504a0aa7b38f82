package loaders

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/models"
)

func loadSince(ctx context.Context, g *Gatherer[int], moment time.Time, ids ...models.ID) *loading {
	return run(func() (map[models.ID]int, error) { return g.LoadSince(ctx, moment, ids) })
}

// TestAskersAsOfOneMomentShare: those during the read, those behind it, and of what they want more the rest alone.
func TestAskersAsOfOneMomentShare(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		moment := time.Now()
		<-time.After(time.Millisecond)
		first := loadSince(t.Context(), g, moment, id(1), id(2))
		one := r.only(t)
		during := loadSince(t.Context(), g, moment, id(2))
		r.none(t)
		one.succeed(7)
		wantAll(t, first, 7, id(1), id(2))
		wantAll(t, during, 7, id(2))
		<-time.After(keptFor / 2)
		wantAll(t, loadSince(t.Context(), g, moment, id(1)), 7, id(1))
		r.none(t)
		more := loadSince(t.Context(), g, moment, id(1), id(3))
		read := r.only(t)
		if diff := cmp.Diff([]models.ID{id(3)}, read.ids); diff != "" {
			t.Error(diff)
		}
		read.succeed(8)
		wantAll(t, more, 7, id(1))
		wantAll(t, more, 8, id(3))
	})
}

// TestWhatIsKeptIsNotForOthers: not for those who want the present, nor for a later moment, nor from those who did.
func TestWhatIsKeptIsNotForOthers(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		moment := time.Now()
		value := 0
		reads := func(l *loading) {
			t.Helper()
			value++
			r.only(t).succeed(value)
			wantAll(t, l, value, id(1))
			<-time.After(time.Millisecond)
		}
		reads(load(t.Context(), g, id(1)))
		reads(loadSince(t.Context(), g, moment, id(1)))
		reads(load(t.Context(), g, id(1)))
		reads(loadSince(t.Context(), g, time.Time{}, id(1)))
		reads(loadSince(t.Context(), g, time.Now(), id(1)))
		wantAll(t, loadSince(t.Context(), g, moment, id(1)), value, id(1))
	})
}

// TestWhatIsKeptIsForgotten: a read that failed at once, the others after a while, and when there are many.
func TestWhatIsKeptIsForgotten(t *testing.T) {
	t.Parallel()
	gathering(t, func(t *testing.T, g *Gatherer[int], r reads[int]) {
		moment, broken := time.Now(), errors.New("broken")
		failed := loadSince(t.Context(), g, moment, id(1))
		r.only(t).fail(broken)
		if _, err := failed.answer(t); !errors.Is(err, broken) {
			t.Error(err)
		}
		again := loadSince(t.Context(), g, moment, id(1))
		r.only(t).succeed(1)
		wantAll(t, again, 1, id(1))
		<-time.After(keptFor + time.Millisecond)
		late := loadSince(t.Context(), g, moment, id(1))
		r.only(t).succeed(3)
		wantAll(t, late, 3, id(1))
		for n := range maxKept/maxBatch + 10 {
			many := loadSince(t.Context(), g, moment, ids(100+n*maxBatch, 100+(n+1)*maxBatch)...)
			r.only(t).succeed(4)
			wantAll(t, many, 4)
		}
		if g.recent.ids > maxKept+2*maxBatch || len(g.recent.byID) != g.recent.ids {
			t.Errorf("%d ids are kept, %d by their batches", len(g.recent.byID), g.recent.ids)
		}
	})
}
