package loaders

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/vikstrous/dataloadgen"

	"reelgraph/models"
)

// joinWait is how long related objects of one list are held back for those of another.
const joinWait = time.Millisecond

// Loader reads one kind of object by id for one response. What it asks for is never an id, but
// an ask: all that one list, or all the root fields of a name, will want. Whoever comes first
// asks for everybody, so that nothing depends on who comes when.
type Loader[V any] struct {
	// shared is read from as of moment; where it is nil, fetch reads.
	shared *Gatherer[V]
	moment time.Time
	fetch  func(ctx context.Context, ids []models.ID) (map[models.ID]V, error)
	// lists is how many lists of the response want objects of this kind for their members.
	lists int

	mu    sync.Mutex
	roots []*rootAsk[V]
	// joined waits until all the lists have asked, or for joinWait.
	joined *dataloadgen.Loader[*ask, map[models.ID]V]
}

// ask is a set of ids that is read in one go. Its pointer is the key in the dataloader.
type ask struct {
	ids []models.ID
	// grouped makes siblings of the objects found, once. children are those, a map[models.ID]*T.
	grouped  sync.Once
	children any
}

// rootAsk is what the root fields of one name want. It is whole from the start, so that a dataloader would have nothing to
// add to it but goroutines.
type rootAsk[V any] struct {
	field string
	ids   []models.ID
	// pending ends when found and err are there.
	pending sync.WaitGroup
	found   map[models.ID]V
	err     error
}

// Root gives the objects that root fields of one name want. The first of them to come says, by
// all, which ids that is, and reads them; the others share its answer. Ids without an object are absent.
func (l *Loader[V]) Root(ctx context.Context, field string, all func() []models.ID) (map[models.ID]V, error) {
	asked, first := l.rootAsk(field, all)
	if first {
		asked.answer(ctx, l)
	} else {
		asked.pending.Wait()
	}
	return asked.found, asked.err
}

func (l *Loader[V]) rootAsk(field string, all func() []models.ID) (asked *rootAsk[V], first bool) {
	l.mu.Lock()
	// Deferred, since a panic in all must not hold up the other fields.
	defer l.mu.Unlock()
	for _, asked := range l.roots {
		if asked.field == field {
			return asked, false
		}
	}
	asked = &rootAsk[V]{field: field, ids: all()}
	asked.pending.Add(1)
	l.roots = append(l.roots, asked)
	return asked, true
}

// answer reads on the context of the field that came first: it ends with the response, and what is read is traced below that field.
// A panic of the read is an error to all.
func (r *rootAsk[V]) answer(ctx context.Context, from *Loader[V]) {
	defer r.pending.Done()
	defer func() {
		if cause := recover(); cause != nil {
			r.err = fmt.Errorf("panic in a read by id: %v\n%s", cause, debug.Stack())
		}
	}()
	r.found, r.err = from.read(ctx, r.ids)
}

// related gives the objects of one list's ask, with those of other lists that ask meanwhile.
func (l *Loader[V]) related(ctx context.Context, a *ask) (map[models.ID]V, error) {
	l.mu.Lock()
	if l.joined == nil {
		l.joined = dataloadgen.NewMappedLoader(l.fetchAll, dataloadgen.WithBatchCapacity(l.lists), dataloadgen.WithWait(joinWait))
	}
	l.mu.Unlock()
	return l.joined.Load(ctx, a)
}

// fetchAll reads the ids of all asks together, on the context of whichever field came first: it ends with the response, and
// what is read is traced below that field.
func (l *Loader[V]) fetchAll(ctx context.Context, asks []*ask) (map[*ask]map[models.ID]V, error) {
	var ids []models.ID
	for _, a := range asks {
		ids = append(ids, a.ids...)
	}
	found, err := l.read(ctx, ids)
	if err != nil {
		return nil, err
	}
	answers := make(map[*ask]map[models.ID]V, len(asks))
	for _, a := range asks {
		answers[a] = found
	}
	return answers, nil
}

func (l *Loader[V]) read(ctx context.Context, ids []models.ID) (map[models.ID]V, error) {
	if l.shared != nil {
		return l.shared.LoadSince(ctx, l.moment, ids)
	}
	return l.fetch(ctx, ids)
}
