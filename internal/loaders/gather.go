package loaders

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"reelgraph/models"
)

const (
	// maxBatch bounds the ids of one read.
	maxBatch = 1000
	// maxReads bounds the reads of one kind under way at once. A second one begins only when what waits is worth one:
	// until then waiting makes batches larger, and reads fewer.
	maxReads = 4
	// worthIDs ids, with repetitions, or as many askers as worthAsks, are worth a read of their own: with more of them one would hardly be
	// cheaper, and meanwhile the program waits for the database, or the database for it.
	worthIDs  = 256
	worthAsks = 16
	// maxWaiting bounds the batches that wait for their turn.
	maxWaiting = 100
	// readTimeout bounds one read, whose askers may all have left.
	readTimeout = 4500 * time.Millisecond
)

var errOverloaded = errors.New("too many reads wait for the database")

// Gatherer shares reads by id among all requests of the process. While a read is under way, what
// others ask for is collected and goes out as the next one; nothing waits on a timer and nothing
// is kept but for those who ask by LoadSince. An answer comes from a read that began after its question: nobody sees older data than
// a query of their own would have read.
type Gatherer[V any] struct {
	read func(context.Context, []models.ID) (map[models.ID]V, error)

	// observe, where set, is told of each read.
	observe func(ids, asks int)

	worthIDs, worthAsks int

	mu      sync.Mutex
	waiting []*batch[V]
	running int
	// usual is how many ids were asked for of the last read: as many are made room for.
	usual  int
	recent recent[V]
	count  counts
}

// batch is one read, before, during and after it runs.
type batch[V any] struct {
	// ids are what was asked for, in no order and with repetitions while they need not be counted. The read has each once, in
	// the order of ids, which a database finds them in.
	ids []models.ID
	// known are the distinct ones, where so much was asked for that it takes more than a glance whether a read holds it.
	known map[models.ID]struct{}
	// asks is how many share the read.
	asks int
	done chan struct{}
	// asker is the context of who asked first, while it is of use.
	asker context.Context
	// keep says that somebody may still want the answer when it has come; begun is when the read began.
	keep  bool
	begun time.Time
	// Written before done is closed.
	found map[models.ID]V
	err   error
}

// NewGatherer makes a Gatherer over a read that answers a map in which ids without an object are
// absent. The read is given distinct ids in their order, at most 1,000, and must not change them.
func NewGatherer[V any](read func(context.Context, []models.ID) (map[models.ID]V, error)) *Gatherer[V] {
	return &Gatherer[V]{read: read, worthIDs: worthIDs, worthAsks: worthAsks}
}

// Load answers a map of the objects that ids name; ids without one are absent, and others may be
// present. The map and its values are shared: they must not be changed. An error or a panic of the read
// reaches all who shared it. A cancelled ctx ends the wait of this caller alone. When too much
// waits for the database the error is SERVICE_UNAVAILABLE at once. No ids find nothing, without a read.
func (g *Gatherer[V]) Load(ctx context.Context, ids []models.ID) (map[models.ID]V, error) {
	return g.load(ctx, ids, false)
}

func (g *Gatherer[V]) load(ctx context.Context, ids []models.ID, keep bool) (map[models.ID]V, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if len(ids) > maxBatch {
		ids = models.Distinct(ids) // Many aliases that ask for the same must not pass for many ids.
	}
	if len(ids) <= maxBatch {
		joined, err := g.join(ctx, ids, keep)
		if err != nil {
			return nil, err
		}
		return joined.wait(ctx)
	}
	var parts []*batch[V]
	for part := range slices.Chunk(ids, maxBatch) {
		joined, err := g.join(ctx, part, keep)
		if err != nil {
			return nil, err
		}
		parts = append(parts, joined)
	}
	return together(ctx, parts)
}

// together waits for batches, and gives what they have found.
func together[V any](ctx context.Context, parts []*batch[V]) (map[models.ID]V, error) {
	all := map[models.ID]V{}
	for _, part := range parts {
		found, err := part.wait(ctx)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, found)
	}
	return all, nil
}

// join adds ids to a batch that has not begun; keep has its answer kept for a while.
func (g *Gatherer[V]) join(ctx context.Context, ids []models.ID, keep bool) (*batch[V], error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	last := len(g.waiting) - 1
	if last < 0 || !g.waiting[last].add(ids) {
		if len(g.waiting) == maxWaiting {
			g.count.refused++
			return nil, models.Unavailable(errOverloaded)
		}
		room := make([]models.ID, 0, max(g.usual, len(ids)))
		g.waiting = append(g.waiting, &batch[V]{ids: append(room, ids...), done: make(chan struct{}), asker: ctx})
		last++
	}
	joined := g.waiting[last]
	joined.keep = joined.keep || keep
	joined.asks++
	g.count.asked += uint64(len(ids))
	g.startReads()
	return joined, nil
}

// add takes ids into the batch, if it has room for them even where all of them are new to it. It is called under the gatherer's lock,
// which everybody wants: ids are copied, and compared only when their mere number has reached the bound.
func (b *batch[V]) add(ids []models.ID) bool {
	if b.known == nil {
		if len(b.ids)+len(ids) <= maxBatch {
			b.ids = append(b.ids, ids...)
			return true
		}
		asked := b.ids
		b.known, b.ids = make(map[models.ID]struct{}, maxBatch), make([]models.ID, 0, maxBatch)
		b.addNew(asked)
	}
	if len(b.ids)+len(ids) > maxBatch {
		return false
	}
	b.addNew(ids)
	return true
}

func (b *batch[V]) addNew(ids []models.ID) {
	for _, id := range ids {
		if _, twice := b.known[id]; !twice {
			b.known[id] = struct{}{}
			b.ids = append(b.ids, id)
		}
	}
}

// settle makes the ids what the read is given.
func (b *batch[V]) settle() {
	slices.SortFunc(b.ids, byWords)
	b.ids, b.known = slices.Compact(b.ids), nil
}

// byWords is models.ID.Compare by two comparisons at most, for the many that sorting takes.
func byWords(a, b models.ID) int {
	if first := cmp.Compare(binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(b[:8])); first != 0 {
		return first
	}
	return cmp.Compare(binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:]))
}

// startReads begins what may begin now. The lock is held.
func (g *Gatherer[V]) startReads() {
	for next := g.take(); next != nil; next = g.take() {
		go g.run(next)
	}
}

// take is the batch to read now, nil where none may begin. The lock is held.
func (g *Gatherer[V]) take() *batch[V] {
	if len(g.waiting) == 0 || g.running >= maxReads {
		return nil
	}
	next := g.waiting[0]
	if g.running > 0 && len(g.waiting) == 1 && len(next.ids) < g.worthIDs && next.asks < g.worthAsks {
		return nil
	}
	g.waiting = slices.Delete(g.waiting, 0, 1)
	g.running++
	g.usual = len(next.ids)
	return next
}

// run reads a batch, and goes on with those that have come meanwhile: a busy gatherer needs no new goroutines, whose stacks would have
// to grow for each read.
func (g *Gatherer[V]) run(b *batch[V]) {
	for b != nil {
		g.answer(b)
		b = g.after(b)
	}
}

// after ends a read, and gives the one to begin in its place.
func (g *Gatherer[V]) after(b *batch[V]) *batch[V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	g.recent.end(b)
	next := g.take()
	g.startReads()
	return next
}

func (g *Gatherer[V]) answer(b *batch[V]) {
	defer func() {
		if cause := recover(); cause != nil {
			b.err = fmt.Errorf("panic in a shared read: %v\n%s", cause, debug.Stack())
		}
		close(b.done)
	}()
	b.settle()
	g.mu.Lock()
	g.recent.begin(b)
	g.mu.Unlock()
	if g.observe != nil {
		g.observe(len(b.ids), b.asks)
	}
	// The read is traced as that of who asked first, but does not end with it, and finds the same whoever that is.
	ctx, cancel := context.WithTimeout(models.WithCaller(context.WithoutCancel(b.asker), nil), readTimeout)
	defer cancel()
	b.asker = nil // The batch may be kept for longer.
	b.found, b.err = g.read(ctx, b.ids)
}

func (b *batch[V]) wait(ctx context.Context) (map[models.ID]V, error) {
	select {
	case <-b.done:
		return b.found, b.err
	case <-ctx.Done():
		return nil, models.Unavailable(ctx.Err())
	}
}
