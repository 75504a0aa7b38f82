package loaders

import (
	"context"
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
	fetch func(ctx context.Context, ids []models.ID) (map[models.ID]V, error)
	// lists is how many lists of the response want objects of this kind for their members.
	lists int

	mu    sync.Mutex
	roots map[string]*ask
	// alone runs each ask at once; joined waits until all the lists have asked, or for joinWait.
	alone, joined *dataloadgen.Loader[*ask, map[models.ID]V]
}

// ask is a set of ids that is read in one go. Its pointer is the key in the dataloader.
type ask struct {
	ids []models.ID
	// grouped makes siblings of the objects found, once. children are those, a map[models.ID]*T.
	grouped  sync.Once
	children any
}

// Root gives the objects that root fields of one name want. The first of them to come says, by
// all, which ids that is; the others share its answer. Ids without an object are absent.
func (l *Loader[V]) Root(ctx context.Context, field string, all func() []models.ID) (map[models.ID]V, error) {
	alone, a := l.rootAsk(field, all)
	return alone.Load(ctx, a)
}

func (l *Loader[V]) rootAsk(field string, all func() []models.ID) (*dataloadgen.Loader[*ask, map[models.ID]V], *ask) {
	l.mu.Lock()
	// Deferred, since a panic in all must not hold up the other fields.
	defer l.mu.Unlock()
	if l.alone == nil {
		l.alone = dataloadgen.NewMappedLoader(l.fetchAll, dataloadgen.WithBatchCapacity(1), dataloadgen.WithWait(0))
		l.roots = map[string]*ask{}
	}
	a := l.roots[field]
	if a == nil {
		a = &ask{ids: all()}
		l.roots[field] = a
	}
	return l.alone, a
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
	found, err := l.fetch(ctx, ids)
	if err != nil {
		return nil, err
	}
	answers := make(map[*ask]map[models.ID]V, len(asks))
	for _, a := range asks {
		answers[a] = found
	}
	return answers, nil
}
