package graph_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"reelgraph/models"
)

// lists says, for each root field that answers a connection, what its pages are tested with.
var lists = map[string]struct {
	// node is what is selected of an item, id where in that its id is.
	node, id string
	// kind makes the items' ids.
	kind func(int) models.ID
	// fill adds the items 0 to 24, of which those with the same key are at the same moment or have the
	// same count: the list runs from the highest key down.
	fill func(t *testing.T, p *platform, key func(int) int)
}{
	"feed": {"{ id }", "id", videoID, func(t *testing.T, p *platform, key func(int) int) {
		t.Helper()
		p.addUsers(t, 2)
		for n := range 25 {
			p.addVideo(t, video{n, n % 2, 0, past(-key(n))})
		}
	}},
	"trendingVideos": {"{ id }", "id", videoID, func(t *testing.T, p *platform, key func(int) int) {
		t.Helper()
		p.addUsers(t, 2)
		for n := range 25 {
			p.addVideo(t, video{n, n % 2, key(n), past(0)})
		}
	}},
	"myAIJobs": {"{ id }", "id", jobID, func(t *testing.T, p *platform, key func(int) int) {
		t.Helper()
		for n := range 25 {
			p.addJobs(t, job{n: n, at: past(-key(n))}, job{n: 100 + n, owner: 1})
		}
	}},
	"notifications": {"{ id }", "id", noteID, func(t *testing.T, p *platform, key func(int) int) {
		t.Helper()
		byKey := make([]int, 25)
		for n := range byKey {
			byKey[n] = n
		}
		slices.SortStableFunc(byKey, func(a, b int) int { return cmp.Compare(key(a), key(b)) })
		for _, n := range byKey {
			p.addNotes(t, note{n: n, recipient: 0}, note{n: 100 + n, recipient: 1})
		}
		p.Exec(t, "UPDATE notifications SET created_at = ?", past(0))
	}},
	"blockedUsers": {"{ id }", "id", userID, func(t *testing.T, p *platform, key func(int) int) {
		t.Helper()
		p.addUsers(t, 25)
		for n := range 25 {
			p.block(t, 0, n)
			p.Exec(t, "UPDATE user_blocks SET created_at = ? WHERE blocked_id = ?", past(-key(n)), userID(n))
		}
		p.block(t, 1, 0)
	}},
	"reportedVideos": {"{ video { id } }", "video.id", videoID, func(t *testing.T, p *platform, key func(int) int) {
		t.Helper()
		p.addUsers(t, 1)
		p.addVideos(t, 26, 1)
		reasons := map[int][]string{}
		for n := range 25 {
			reasons[n] = make([]string, 1+key(n))
		}
		p.reports(t, reasons)
	}},
	"moderationLog": {"{ id }", "id", lineID, func(t *testing.T, p *platform, key func(int) int) {
		t.Helper()
		for n := range 25 {
			p.addLines(t, line{n, 0, n % 3, past(-key(n))})
		}
	}},
}

// connection is a root field that answers one, on a platform with 25 items.
type connection struct {
	*platform
	rootField
	node, id string
	kind     func(int) models.ID
}

// connectionRules are the rules that every one of them keeps.
var connectionRules = map[string]func(t *testing.T, c connection){
	"pages": pages, "default": firstIsTwenty, "places": everyEdgeIsAPlace, "first": badFirst, "after": badAfter,
}

func TestConnections(t *testing.T) {
	t.Parallel()
	for _, f := range queries("first") {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			with, ok := lists[f.Name]
			if !ok {
				t.Fatalf("add a line to lists for %s: how to add items to it", f.Name)
			}
			onPlatforms(t, func(t *testing.T, p *platform) {
				c := connection{p, f, with.node, with.id, with.kind}
				emptyList(t, c)
				p.together(t, func() { with.fill(t, p, key) })
				p.rank(t)
				for name, rule := range connectionRules {
					t.Run(name, func(t *testing.T) { rule(t, c) })
				}
			})
		})
	}
}

// key has some items by themselves, some in small groups, and eight in one.
func key(n int) int {
	switch place := n * 7 % 25; {
	case place < 8:
		return place
	case place < 16:
		return 8
	default:
		return 9 + (place-16)/3
	}
}

// page is one page of a connection as a client sees it.
type page struct {
	ids, cursors         []any
	hasNext, hasPrevious bool
	start, end           any
}

// query asks for a page behind after, where that is not empty.
func (c connection) query(first int, after string) string {
	arguments := map[string]string{"first": fmt.Sprint(first)}
	if after != "" {
		arguments["after"] = fmt.Sprintf("%q", after)
	}
	return "{ " + c.call(arguments, "{ nodes "+c.node+" edges { cursor node "+c.node+" } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }") + " }"
}

func (c connection) page(t *testing.T, first int, after string) page {
	t.Helper()
	list := c.data(t, c.allowed(), c.query(first, after), nil)[c.Name].(map[string]any)
	info := list["pageInfo"].(map[string]any)
	got := page{hasNext: info["hasNextPage"].(bool), hasPrevious: info["hasPreviousPage"].(bool), start: info["startCursor"], end: info["endCursor"]}
	got.ids, got.cursors = pick(list, "nodes."+c.id), pick(list, "edges.cursor")
	equal(t, "edges and nodes", got.ids, pick(list, "edges.node."+c.id))
	if len(got.ids) > 0 {
		equal(t, "startCursor", got.cursors[0], got.start)
		equal(t, "endCursor", got.cursors[len(got.cursors)-1], got.end)
	} else {
		equal(t, "cursors of nothing", []any{nil, nil}, []any{got.start, got.end})
	}
	return got
}

// walk goes through all pages.
func (c connection) walk(t *testing.T, first int) []any {
	t.Helper()
	var ids []any
	after := ""
	for {
		got := c.page(t, first, after)
		equal(t, "hasPreviousPage", after != "", got.hasPrevious)
		ids = append(ids, got.ids...)
		if !got.hasNext {
			return ids
		}
		equal(t, "items of a page that is not the last", first, len(got.ids))
		if len(ids) > 100 {
			t.Fatalf("no end after %v", ids)
		}
		after = got.end.(string)
	}
}

func pages(t *testing.T, c connection) {
	t.Helper()
	all := c.page(t, 100, "")
	equal(t, "all on one page", page{ids: all.ids, cursors: all.cursors, start: all.start, end: all.end}, all)
	missing := map[any]int{}
	for n := range 25 {
		missing[c.kind(n).String()] = n
	}
	for i, id := range all.ids {
		n, ok := missing[id]
		if !ok {
			t.Fatalf("%v is there twice, or does not belong there: %v", id, all.ids)
		}
		delete(missing, id)
		if i > 0 && key(n) > key(numberOf(t, all.ids[i-1])) {
			t.Errorf("%v comes too late: %v", id, all.ids)
		}
	}
	if len(missing) > 0 {
		t.Errorf("missing: %v", missing)
	}
	for _, first := range []int{1, 3, 5, 24, 25, 26, 100} {
		equal(t, fmt.Sprintf("by %d", first), all.ids, c.walk(t, first))
	}
}

func everyEdgeIsAPlace(t *testing.T, c connection) {
	t.Helper()
	all := c.page(t, 100, "")
	for i, cursor := range all.cursors {
		behind := c.page(t, 100, cursor.(string))
		equal(t, "behind an edge", page{
			ids: all.ids[i+1:], cursors: behind.cursors, start: behind.start, end: behind.end, hasPrevious: true,
		}, behind)
	}
}

func firstIsTwenty(t *testing.T, c connection) {
	t.Helper()
	got := c.data(t, c.allowed(), "{ "+c.call(nil, "{ nodes "+c.node+" }")+" }", nil)
	equal(t, "without first", c.page(t, 20, "").ids, pick(got, c.Name+".nodes."+c.id))
}

func emptyList(t *testing.T, c connection) {
	t.Helper()
	equal(t, "page", page{}, c.page(t, 3, ""))
	got := c.ask(t, c.allowed(), "{ "+c.call(nil, "{ edges { cursor } nodes { __typename } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }")+" }", nil)
	equal(t, "answer", `{"`+c.Name+`":{"edges":[],"nodes":[],"pageInfo":{"hasNextPage":false,"hasPreviousPage":false,"startCursor":null,"endCursor":null}}}`, got.Raw)
}

// numberOf is n of an id that id made.
func numberOf(t testing.TB, id any) int {
	t.Helper()
	return number(t, map[string]any{"id": id})
}
