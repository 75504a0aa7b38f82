package loaders

import (
	"context"
	"maps"
	"slices"
	"time"

	"reelgraph/models"
)

const (
	// keptFor is how long an answer is kept, and maxKept bounds the ids of all that are.
	keptFor = time.Second
	maxKept = 20_000
)

// LoadSince is Load for those who are content with an answer as of a moment: one to a question of others' that was asked by
// LoadSince too will do, if its read did not begin before then. So the many who watch one thing, and want the same of it whenever it
// changes, have that read once. The zero moment is the present.
func (g *Gatherer[V]) LoadSince(ctx context.Context, moment time.Time, ids []models.ID) (map[models.ID]V, error) {
	if moment.IsZero() {
		return g.Load(ctx, ids)
	}
	g.mu.Lock()
	parts, missing := g.recent.since(moment, ids)
	g.mu.Unlock()
	switch {
	case len(parts) == 0:
		return g.load(ctx, missing, true)
	case len(parts) == 1 && len(missing) == 0:
		return parts[0].wait(ctx)
	}
	found, err := g.load(ctx, missing, true)
	if err != nil {
		return nil, err
	}
	all, err := together(ctx, parts)
	if err != nil {
		return nil, err
	}
	maps.Copy(all, found)
	return all, nil
}

// recent are batches that are under way or have just ended. The gatherer's lock is held.
type recent[V any] struct {
	// byID has the last batch of an id; batches are in the order in which they began, and ids counts theirs.
	byID    map[models.ID]*batch[V]
	batches []*batch[V]
	ids     int
}

// since gives the batches that hold ids as of a moment, and the ids that none does.
func (r *recent[V]) since(moment time.Time, ids []models.ID) (parts []*batch[V], missing []models.ID) {
	for _, id := range ids {
		b := r.byID[id]
		if b == nil || b.begun.Before(moment) || time.Since(b.begun) > keptFor {
			missing = append(missing, id)
		} else if !slices.Contains(parts, b) {
			parts = append(parts, b)
		}
	}
	return parts, missing
}

// begin is called when a read begins.
func (r *recent[V]) begin(b *batch[V]) {
	b.begun = time.Now()
	old := 0
	for old < len(r.batches) && (r.ids > maxKept || b.begun.Sub(r.batches[old].begun) > keptFor) {
		r.forget(r.batches[old])
		old++
	}
	r.batches = slices.Delete(r.batches, 0, old)
	if !b.keep {
		return
	}
	if r.byID == nil {
		r.byID = map[models.ID]*batch[V]{}
	}
	for _, id := range b.ids {
		r.byID[id] = b
	}
	r.batches = append(r.batches, b)
	r.ids += len(b.ids)
}

// end is called when a read has ended. One that failed is of no use to those who come later.
func (r *recent[V]) end(b *batch[V]) {
	if b.err == nil {
		return
	}
	if n := slices.Index(r.batches, b); n >= 0 {
		r.forget(b)
		r.batches = slices.Delete(r.batches, n, n+1)
	}
}

func (r *recent[V]) forget(b *batch[V]) {
	r.ids -= len(b.ids)
	for _, id := range b.ids {
		if r.byID[id] == b {
			delete(r.byID, id)
		}
	}
}
