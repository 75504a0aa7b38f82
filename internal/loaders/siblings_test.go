package loaders

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"reelgraph/models"
)

func TestChildrenAreSiblingsInTurn(t *testing.T) {
	t.Parallel()
	responding(t, 1, func(t *testing.T, r *response) {
		parents := chains(0, 3)
		Siblings(r.Loaders, parents)
		asked := r.next(parents[2])
		r.only(t).find(func(id models.ID) *node {
			next := id
			next[0] = 1
			return &node{id: id, next: next}
		})
		var children []*node
		for _, parent := range parents {
			child, err := r.next(parent).answer(t)
			if err != nil {
				t.Fatal(err)
			}
			children = append(children, child)
		}
		wantNext(t, asked, parents[2])
		var grandchildren []*running[*node]
		for _, child := range children {
			grandchildren = append(grandchildren, r.next(child))
		}
		r.only(t).find(byID)
		for n, asked := range grandchildren {
			wantNext(t, asked, children[n])
		}
		r.wantWaited(t, 0)
	})
}

func TestNothingAskedOrFound(t *testing.T) {
	t.Parallel()
	responding(t, 1, func(t *testing.T, r *response) {
		lonely, gone, there := &node{id: id(1)}, chain(2), chain(3)
		Siblings(r.Loaders, []*node{nil, lonely, gone, nil, there})
		if got, err := r.next(lonely).answer(t); got != nil || err != nil {
			t.Errorf("a node that names none has %v, %v", got, err)
		}
		r.none(t)
		a, b := r.next(gone), r.next(there)
		read := r.only(t)
		if diff := cmp.Diff(ids(102, 104), read.ids); diff != "" {
			t.Error(diff)
		}
		read.answer <- func() (map[models.ID]*node, error) { return map[models.ID]*node{id(103): byID(id(103))}, nil }
		wantNext(t, b, there)
		if got, err := a.answer(t); got != nil || err != nil {
			t.Errorf("an unknown node is %v, %v", got, err)
		}
	})
}

// TestAnObjectInTwoLists is read with each of them, whichever of them came first or asks first.
func TestAnObjectInTwoLists(t *testing.T) {
	t.Parallel()
	for _, asksFirst := range []int{0, 1} {
		responding(t, 1, func(t *testing.T, r *response) {
			shared := chain(1)
			lists := [][]*node{{shared, chain(2)}, {chain(3), shared, shared}}
			Siblings(r.Loaders, lists[0])
			Siblings(r.Loaders, lists[1])
			if *shared != *lists[1][1] || *shared != *lists[1][2] {
				t.Fatalf("the second list has %v, want copies of %v", lists[1], shared)
			}
			for _, n := range []int{asksFirst, 1 - asksFirst} {
				var asked []*running[*node]
				for _, member := range lists[n] {
					asked = append(asked, r.next(member))
				}
				read := r.only(t)
				if diff := cmp.Diff([][]models.ID{ids(101, 103), {id(103), id(101), id(101)}}[n], read.ids); diff != "" {
					t.Error(diff)
				}
				read.find(byID)
				for i, member := range lists[n] {
					wantNext(t, asked[i], member)
				}
			}
		})
	}
}

// TestAnObjectFoundForTwoLists is a sibling in each of them, though both were one read.
func TestAnObjectFoundForTwoLists(t *testing.T) {
	t.Parallel()
	responding(t, 2, func(t *testing.T, r *response) {
		parents := [][]*node{{chain(1), chain(2)}, {chain(3), {id: id(4), next: id(101)}}}
		Siblings(r.Loaders, parents[0])
		Siblings(r.Loaders, parents[1])
		a, b := r.next(parents[0][0]), r.next(parents[1][0])
		r.only(t).find(func(id models.ID) *node { return &node{id: id, next: id} })
		wantNext(t, a, parents[0][0])
		wantNext(t, b, parents[1][0])
		for n, want := range [][]models.ID{ids(101, 103), {id(103), id(101)}} {
			child, err := r.next(parents[n][n]).answer(t) // The one that both lists have.
			if err != nil || child.id != id(101) {
				t.Fatalf("got %v, %v", child, err)
			}
			asked := r.next(child)
			read := <-r.calls
			if diff := cmp.Diff(want, read.ids); diff != "" {
				t.Error(diff)
			}
			read.find(byID)
			wantNext(t, asked, child)
		}
	})
}

func TestAnObjectInNoList(t *testing.T) {
	t.Parallel()
	responding(t, 1, func(t *testing.T, r *response) {
		Siblings(r.Loaders, chains(0, 3))
		alone := chain(7)
		asked := r.next(alone)
		read := r.only(t)
		if diff := cmp.Diff(ids(107, 108), read.ids); diff != "" {
			t.Error(diff)
		}
		read.find(byID)
		wantNext(t, asked, alone)
	})
}

func TestRelationsOfOneListAreApart(t *testing.T) {
	t.Parallel()
	responding(t, 1, func(t *testing.T, r *response) {
		members := chains(0, 2)
		Siblings(r.Loaders, members)
		next := r.next(members[0])
		self := run(func() (*node, error) {
			return Related(t.Context(), r.Loaders, &r.nodes, members[1], "self", func(n *node) *models.ID { return &n.id })
		})
		for _, read := range r.begun() {
			read.find(byID)
		}
		wantNext(t, next, members[0])
		if got, err := self.answer(t); err != nil || got.id != members[1].id {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func TestRelatedValue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReads[int](t)
		l, numbers := &Loaders{nested: true}, Loader[int]{fetch: r.fetch, lists: 1}
		none, zero, absent := &node{}, chain(1), chain(2)
		Siblings(l, []*node{none, zero, absent})
		type value struct {
			number int
			known  bool
		}
		number := func(of *node) *running[value] {
			return run(func() (value, error) {
				n, known, err := RelatedValue(t.Context(), l, &numbers, of, "number", (*node).nextID)
				return value{n, known}, err
			})
		}
		a, b, c := number(none), number(zero), number(absent)
		r.only(t).answer <- func() (map[models.ID]int, error) { return map[models.ID]int{zero.next: 0}, nil }
		for asked, want := range map[*running[value]]value{a: {}, b: {0, true}, c: {}} {
			if got, err := asked.answer(t); got != want || err != nil {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
		}
	})
}
