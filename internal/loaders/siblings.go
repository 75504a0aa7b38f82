package loaders

import (
	"context"
	"sync"

	"reelgraph/models"
)

// siblings knows which list each object of a response came in. When one member of a list is asked
// for something related, an author or a source, the same is read for all members: however a query
// nests its lists, edges and nodes, the related objects of one list are one read.
type siblings struct {
	mu    sync.Mutex
	lists map[any]any // pointer to an object → *list of its type
}

// list holds the objects that came together, and what was asked for them.
type list[P any] struct {
	members []*P

	mu   sync.Mutex
	asks map[string]*ask
}

// Siblings tells that these objects came together; nil members are passed over. One that came in another
// list too is replaced by a copy: which list an object is of must not depend on whose answer was
// ready first, since what its list wants is read together.
func Siblings[P any](l *Loaders, members []*P) {
	if !l.nested || len(members) == 0 {
		return
	}
	together := &list[P]{members: members}
	l.siblings.mu.Lock()
	defer l.siblings.mu.Unlock()
	if l.siblings.lists == nil {
		l.siblings.lists = make(map[any]any, len(members))
	}
	for i, member := range members {
		if member == nil {
			continue
		}
		if known, ok := l.siblings.lists[member]; ok && known != any(together) {
			own := *member
			member = &own
			members[i] = member
		}
		l.siblings.lists[member] = together
	}
}

// Related gives the object that key names for one parent: nil where key is nil, or where there
// is no such object. The same relation of the parent's siblings is read with it, and what is found for them
// are siblings in turn.
func Related[P, T any](ctx context.Context, l *Loaders, from *Loader[*T], parent *P, relation string, key func(*P) *models.ID) (*T, error) {
	id := key(parent)
	if id == nil {
		return nil, nil
	}
	a := askFor(l, parent, relation, key)
	found, err := from.related(ctx, a)
	if err != nil {
		return nil, err
	}
	a.grouped.Do(func() { a.children = childrenOf(l, a.ids, found) })
	return a.children.(map[models.ID]*T)[*id], nil
}

// childrenOf makes siblings of those among found that one list asked for.
func childrenOf[T any](l *Loaders, ids []models.ID, found map[models.ID]*T) map[models.ID]*T {
	members := make([]*T, len(ids))
	for i, id := range ids {
		members[i] = found[id]
	}
	Siblings(l, members)
	children := make(map[models.ID]*T, len(ids))
	for i, id := range ids {
		children[id] = members[i]
	}
	return children
}

// RelatedValue is Related for what is no object: false where there is nothing for this parent.
func RelatedValue[P, V any](ctx context.Context, l *Loaders, from *Loader[V], parent *P, relation string, key func(*P) *models.ID) (V, bool, error) {
	var none V
	id := key(parent)
	if id == nil {
		return none, false, nil
	}
	found, err := from.related(ctx, askFor(l, parent, relation, key))
	v, ok := found[*id]
	return v, ok, err
}

// askFor is the one ask of parent's list for a relation.
func askFor[P any](l *Loaders, parent *P, relation string, key func(*P) *models.ID) *ask {
	l.siblings.mu.Lock()
	together, ok := l.siblings.lists[parent].(*list[P])
	l.siblings.mu.Unlock()
	if !ok {
		together = &list[P]{members: []*P{parent}}
	}
	together.mu.Lock()
	defer together.mu.Unlock()
	if a := together.asks[relation]; a != nil {
		return a
	}
	a := &ask{ids: make([]models.ID, 0, len(together.members))}
	for _, member := range together.members {
		if member == nil {
			continue
		}
		if id := key(member); id != nil {
			a.ids = append(a.ids, *id)
		}
	}
	if together.asks == nil {
		together.asks = map[string]*ask{}
	}
	together.asks[relation] = a
	return a
}
