package graph_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// refused says that a field fails over an argument, without a statement, and that its neighbour does not.
func (c connection) refused(t *testing.T, what, declared string, arguments map[string]string, variables map[string]any, argument string) {
	t.Helper()
	query := "query" + declared + " { same: __typename\n\tbad: " + c.call(arguments, "{ nodes { __typename } }") + " }"
	var got answer
	statements := c.Record(func() { got = c.ask(t, c.allowed(), query, variables) })
	if len(got.Errors) != 1 || len(statements) > 0 {
		t.Errorf("%s: %s: %v, %s", c.Name, what, got.Errors, lines(statements))
		return
	}
	err := got.Errors[0]
	equal(t, what+": extensions", map[string]any{"code": "BAD_USER_INPUT", "argument": argument}, err.Extensions)
	equal(t, what+": path", "bad", err.Path.String())
	equal(t, what+": locations", []gqlerror.Location{{Line: 2, Column: 2}}, err.Locations)
	equal(t, what+": answer", map[string]any{"same": "Query", "bad": nil}, got.Data)
}

func badFirst(t *testing.T, c connection) {
	t.Helper()
	for _, first := range []any{0, -1, 101, 1000, 1 << 31, int64(1) << 40, -1 << 31} {
		c.refused(t, fmt.Sprint(first), "", map[string]string{"first": fmt.Sprint(first)}, nil, "first")
		c.refused(t, fmt.Sprint(first), "($n: Int!)", map[string]string{"first": "$n"}, map[string]any{"n": first}, "first")
	}
	c.refused(t, "null", "($n: Int)", map[string]string{"first": "$n"}, map[string]any{"n": nil}, "first")
	c.refused(t, "null", "($n: Int = 5)", map[string]string{"first": "$n"}, map[string]any{"n": nil}, "first")
	// Both at once are one error.
	c.refused(t, "first and after", "", map[string]string{"first": "0", "after": `"nonsense"`}, nil, "first")
	// A variable that is not given leaves the default.
	got := c.data(t, c.allowed(), "query($n: Int) { "+c.call(map[string]string{"first": "$n"}, "{ nodes { __typename } }")+" }", nil)
	equal(t, "default", 20, len(pick(got, c.Name+".nodes")))
}

func badAfter(t *testing.T, c connection) {
	t.Helper()
	good := c.page(t, 3, "").end.(string)
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatalf("the cursor %q is not the text that this test takes it for: %v", good, err)
	}
	cursors := map[string]string{
		"nothing": "", "a space": " ", "garbage": "nonsense", "a sign": "=", "an id": models.ID{}.String(), "no ASCII": "☃" + good[3:],
		"cut": good[:len(good)-1], "cut more": good[:len(good)-4], "half": good[:len(good)/2], "longer": good + "A", "much longer": good + "AAAA",
		"padded": good + "=", "padded twice": good + "==", "twice": good + good, "line end": good + "\n", "line end within": good[:4] + "\r\n" + good[4:],
		"upper case": strings.ToUpper(good), "a space before": " " + good, "oversize": strings.Repeat("A", 100_000),
		"another list's":   base64.RawURLEncoding.EncodeToString(append([]byte{raw[0] ^ 1}, raw[1:]...)),
		"another alphabet": strings.TrimRight(base64.StdEncoding.EncodeToString(append([]byte{0xff, 0xff}, raw[2:]...)), "="),
	}
	// Far out of every range: no moment, no count of reports, but perhaps a place like another.
	for _, b := range []byte{0x7f, 0x80, 0xff} {
		outside := base64.RawURLEncoding.EncodeToString(slices.Concat(raw[:6], bytes.Repeat([]byte{b}, len(raw)-6)))
		if got := c.ask(t, c.allowed(), c.query(3, outside), nil); got.Errors != nil {
			cursors[fmt.Sprintf("%x", b)] = outside
		}
	}
	for what, cursor := range cursors {
		c.refused(t, what, "($after: String)", map[string]string{"after": "$after"}, map[string]any{"after": cursor}, "after")
	}
	// null is the same as nothing given.
	got := c.data(t, c.allowed(), "query($after: String) { a: "+c.call(map[string]string{"after": "$after"}, "{ nodes "+c.node+" }")+
		" b: "+c.call(map[string]string{"after": "null"}, "{ nodes "+c.node+" }")+" c: "+c.call(nil, "{ nodes "+c.node+" }")+" }", map[string]any{"after": nil})
	equal(t, "null", got["c"], got["a"])
	equal(t, "null", got["c"], got["b"])
}

// TestCursorsOfOtherLists gives each list the cursors of all the others, and those of another caller.
func TestCursorsOfOtherLists(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() {
			household(t, p)
			p.report(t, 0, "spam")
			p.addLines(t, line{at: past(0)})
		})
		p.rank(t)
		ask := func(f rootField, caller int, after string) answer {
			arguments := map[string]string{"first": "1"}
			if after != "" {
				arguments["after"] = fmt.Sprintf("%q", after)
			}
			return p.ask(t, user(caller, f.role), "{ "+f.call(arguments, "{ nodes { __typename } pageInfo { endCursor } }")+" }", nil)
		}
		for _, from := range queries("first") {
			for owner := range 2 {
				cursor, ok := pick(ask(from, owner, "").Data, from.Name+".pageInfo.endCursor")[0].(string)
				if !ok {
					t.Fatalf("%s of user %d is empty", from.Name, owner)
				}
				for _, to := range queries("first") {
					for caller := range 2 {
						got := ask(to, caller, cursor)
						mine := to.Name == from.Name && (to.role != models.RoleUser || caller == owner)
						if mine != (got.Errors == nil) || !mine && got.only(t).Extensions["argument"] != "after" {
							t.Errorf("%s of user %d with the cursor of user %d's %s: %v", to.Name, caller, owner, from.Name, got.Errors)
						}
					}
				}
			}
		}
	})
}
