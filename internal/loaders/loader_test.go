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

// node is an object that may name another.
type node struct{ id, next models.ID }

func (n *node) nextID() *models.ID {
	if n.next == (models.ID{}) {
		return nil
	}
	return &n.next
}

// chain is n, which names n+100.
func chain(n int) *node { return &node{id: id(n), next: id(n + 100)} }

func chains(n, end int) []*node {
	var list []*node
	for ; n < end; n++ {
		list = append(list, chain(n))
	}
	return list
}

// response is what a test needs of one: loaders, of which it uses one of nodes.
type response struct {
	*Loaders
	nodes Loader[*node]
	reads[*node]
	start time.Time
}

// responding runs a test on a response whose selection wants the nodes that some number of lists name.
func responding(t *testing.T, lists int, test func(t *testing.T, r *response)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &response{Loaders: &Loaders{nested: lists > 0}, reads: newReads[*node](t), start: time.Now()}
		r.nodes = Loader[*node]{fetch: r.fetch, lists: lists}
		test(t, r)
	})
}

// next asks for the node that another one names.
func (r *response) next(from *node) *running[*node] {
	return run(func() (*node, error) {
		return Related(context.Background(), r.Loaders, &r.nodes, from, "next", (*node).nextID)
	})
}

// wantNext fails unless the asked one is the next of from.
func wantNext(t *testing.T, asked *running[*node], from *node) {
	t.Helper()
	got, err := asked.answer(t)
	if err != nil || got == nil || got.id != from.next {
		t.Errorf("next of %v is %v, %v", from.id, got, err)
	}
}

func (r *response) wantWaited(t *testing.T, want time.Duration) {
	t.Helper()
	if waited := time.Since(r.start); waited != want {
		t.Errorf("it took %v, want %v", waited, want)
	}
}

func byID(id models.ID) *node { return &node{id: id} }

func TestRootFieldsOfOneNameAreOneRead(t *testing.T) {
	t.Parallel()
	responding(t, 0, func(t *testing.T, r *response) {
		var said int
		root := func(field string) *running[map[models.ID]*node] {
			return run(func() (map[models.ID]*node, error) {
				return r.nodes.Root(context.Background(), field, func() []models.ID {
					said++
					return ids(1, 4)
				})
			})
		}
		one, two := root("nodes"), root("nodes")
		r.only(t).find(byID)
		three := root("nodes")
		r.none(t)
		for _, asked := range []*running[map[models.ID]*node]{one, two, three} {
			found, err := asked.answer(t)
			if err != nil || len(found) != 3 {
				t.Errorf("answer %v, %v", found, err)
			}
		}
		if said != 1 {
			t.Errorf("the ids were asked for %d times", said)
		}
		other := root("others")
		r.only(t).find(byID)
		if _, err := other.answer(t); err != nil {
			t.Error(err)
		}
		r.wantWaited(t, 0)
	})
}

// TestARootFieldThatPanics must not hold up the others.
func TestARootFieldThatPanics(t *testing.T) {
	t.Parallel()
	responding(t, 0, func(t *testing.T, r *response) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			_, _ = r.nodes.Root(t.Context(), "nodes", func() []models.ID { panic("all wrong") })
		}()
		asked := run(func() (map[models.ID]*node, error) {
			return r.nodes.Root(t.Context(), "nodes", func() []models.ID { return ids(1, 2) })
		})
		r.only(t).find(byID)
		if _, err := asked.answer(t); err != nil {
			t.Error(err)
		}
	})
}

func TestSiblingsAreOneRead(t *testing.T) {
	t.Parallel()
	for first := range 4 {
		responding(t, 1, func(t *testing.T, r *response) {
			members := chains(0, 4)
			Siblings(r.Loaders, members)
			asked := []*running[*node]{r.next(members[first])}
			read := r.only(t)
			if diff := cmp.Diff(ids(100, 104), read.ids); diff != "" {
				t.Error(diff)
			}
			for _, member := range members { // Before and after the read has ended.
				asked = append(asked, r.next(member))
			}
			read.find(byID)
			for _, member := range members {
				asked = append(asked, r.next(member))
			}
			r.none(t)
			wantNext(t, asked[0], members[first])
			for n, member := range members {
				wantNext(t, asked[1+n], member)
				wantNext(t, asked[5+n], member)
			}
			r.wantWaited(t, 0)
		})
	}
}

func TestListsThatAskTogetherAreOneRead(t *testing.T) {
	t.Parallel()
	responding(t, 2, func(t *testing.T, r *response) {
		some, others := chains(0, 2), chains(10, 12)
		Siblings(r.Loaders, some)
		Siblings(r.Loaders, others)
		a := r.next(some[1])
		r.none(t)
		b := r.next(others[0])
		read := r.only(t)
		if diff := cmp.Diff(append(ids(100, 102), ids(110, 112)...), sorted(read.ids)); diff != "" {
			t.Error(diff)
		}
		read.find(byID)
		wantNext(t, a, some[1])
		wantNext(t, b, others[0])
		r.wantWaited(t, 0)
	})
}

// TestAListThatNeverAsks delays another by the wait, and no more.
func TestAListThatNeverAsks(t *testing.T) {
	t.Parallel()
	responding(t, 2, func(t *testing.T, r *response) {
		some, late := chains(0, 2), chains(10, 12)
		Siblings(r.Loaders, some)
		Siblings(r.Loaders, late)
		a := r.next(some[0])
		a.waits(t)
		(<-r.calls).find(byID)
		wantNext(t, a, some[0])
		r.wantWaited(t, joinWait)
		b := r.next(late[0])
		(<-r.calls).find(byID)
		wantNext(t, b, late[0])
		r.wantWaited(t, 2*joinWait)
	})
}

// TestAWrongNumberOfLists costs time alone: answers are what they would be.
func TestAWrongNumberOfLists(t *testing.T) {
	t.Parallel()
	for lists := range 4 {
		responding(t, lists, func(t *testing.T, r *response) {
			some, others := chains(0, 3), chains(10, 13)
			Siblings(r.Loaders, some)
			Siblings(r.Loaders, others)
			for _, from := range append(some, others...) {
				asked := r.next(from)
				select {
				case read := <-r.calls:
					read.find(byID)
				case <-asked.done:
				}
				wantNext(t, asked, from)
			}
		})
	}
}

func TestAFailedFetchReachesAll(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for want, fetch := range map[string]func() (map[models.ID]*node, error){
		"broken":    func() (map[models.ID]*node, error) { return nil, broken },
		"all wrong": func() (map[models.ID]*node, error) { panic("all wrong") },
	} {
		responding(t, 2, func(t *testing.T, r *response) {
			some, others := chains(0, 2), chains(10, 12)
			Siblings(r.Loaders, some)
			Siblings(r.Loaders, others)
			var asked []*running[*node]
			for _, from := range append(some, others...) {
				asked = append(asked, r.next(from))
			}
			r.only(t).answer <- fetch
			for _, a := range asked {
				if got, err := a.answer(t); got != nil || err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("answer %v, %v; want the error %s", got, err, want)
				}
			}
			root := func() *running[map[models.ID]*node] {
				return run(func() (map[models.ID]*node, error) {
					return r.nodes.Root(t.Context(), "nodes", func() []models.ID { return ids(1, 3) })
				})
			}
			roots := []*running[map[models.ID]*node]{root(), root()}
			r.only(t).answer <- fetch
			for _, a := range roots {
				if got, err := a.answer(t); got != nil || err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("answer %v, %v; want the error %s", got, err, want)
				}
			}
		})
	}
}

func TestForOutsideOfAResponse(t *testing.T) {
	t.Parallel()
	l := &Loaders{}
	if For(l.With(t.Context())) != l {
		t.Error("not the loaders of the context")
	}
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "loaders.Loaders") {
			t.Errorf("panic %v, want one that names what is missing", err)
		}
	}()
	For(t.Context())
}
