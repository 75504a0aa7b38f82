package graph_test

import (
	"fmt"
	"strings"
	"testing"
)

// However a request is written, the lookups of a kind at its root are one statement.

func aliasesShareAStatement(t *testing.T, b batch) {
	t.Helper()
	for aliases := 1; aliases <= 5; aliases++ {
		var calls []string
		want := map[string]any{}
		for a := range aliases {
			alias := fmt.Sprintf("a%d", a)
			// Some ids are in several lists.
			calls = append(calls, b.of(alias, quoted(texts(b.id(a), b.id(a+1), b.id(999), b.id(5))...)))
			want[alias] = b.want(seen(a), seen(a+1), -1, 5)
		}
		got, statements := b.run(t, "{ "+strings.Join(calls, " ")+" }", nil)
		equal(t, "answer", answer{Data: want, Raw: got.Raw}, got)
		if len(statements) != 1 {
			t.Errorf("%d aliases: %s", aliases, lines(statements))
		}
	}
}

// seen is n, and -1 for what is not to be seen.
func seen(n int) int {
	if n == 4 {
		return -1
	}
	return n
}

// manyAliasesOfTheSame asks for the same ids more often than one read may have ids.
func manyAliasesOfTheSame(t *testing.T, b batch) {
	t.Helper()
	var calls []string
	want := map[string]any{}
	hundred := series(b.id, 10, 110)
	for a := range 30 {
		alias := fmt.Sprintf("a%d", a)
		calls = append(calls, b.of(alias, "$ids"))
		want[alias] = hundred
	}
	got, statements := b.run(t, "query($ids: [ID!]!) { "+strings.Join(calls, " ")+" }", map[string]any{"ids": hundred})
	for alias := range want {
		equal(t, alias, hundred, pick(got.Data, alias+".id"))
	}
	if len(statements) != 1 {
		t.Error(lines(statements))
	}
}

func fragmentsAndConditions(t *testing.T, b batch) {
	t.Helper()
	query := `query($ids: [ID!]!, $yes: Boolean!, $no: Boolean! = false) {
		...Both
		... @include(if: $yes) { ` + b.of("inline", quoted(texts(b.id(2))...)) + ` }
		... on Query @include(if: $no) { ` + b.of("no1", "$ids") + ` }
		...None @skip(if: $yes)
		` + b.call(map[string]string{"ids": "$ids"}, "@skip(if: $no) { ...ID }") + `
		no2: ` + b.call(map[string]string{"ids": quoted("nonsense")}, "@include(if: false) { id }") + `
	}
	fragment Both on Query { ` + b.of("one", quoted(texts(b.id(0), b.id(1))...)) + ` ...Other }
	fragment Other on Query { ` + b.of("two", "$ids") + ` ` + b.of("one", quoted(texts(b.id(0), b.id(1))...)) + ` }
	fragment None on Query { ` + b.of("none", quoted("nonsense")) + ` }
	fragment ID on ` + b.Type.Name() + ` { id }`
	got, statements := b.run(t, query, map[string]any{"ids": texts(b.id(3), b.id(0)), "yes": true})
	want := map[string]any{"one": b.want(0, 1), "two": b.want(3, 0), "inline": b.want(2), b.Name: b.want(3, 0)}
	equal(t, "answer", answer{Data: want, Raw: got.Raw}, got)
	if len(statements) != 1 {
		t.Error(lines(statements))
	}
}

// sameAliasIsMerged selects one field in two places: it is asked for once, with all that is selected.
func sameAliasIsMerged(t *testing.T, b batch) {
	t.Helper()
	call := func(selected string) string {
		return "a: " + b.call(map[string]string{"ids": "$ids"}, selected)
	}
	query := "query($ids: [ID!]!) { " + call("{ id }") + " " + call("{ again: id }") + " ... { " + call("{ __typename }") + " } }"
	got, statements := b.run(t, query, map[string]any{"ids": texts(b.id(1), b.id(999))})
	id := b.id(1).String()
	want := map[string]any{"a": []any{map[string]any{"id": id, "again": id, "__typename": b.Type.Name()}, nil}}
	equal(t, "answer", answer{Data: want, Raw: got.Raw}, got)
	equal(t, "statements", 1, len(statements))
}

// failingAliasesLeaveOthers has aliases that fail among others, first and last.
func failingAliasesLeaveOthers(t *testing.T, b batch) {
	t.Helper()
	query := "query($many: [ID!]!) { " + b.of("many", "$many") + " " + b.of("none", "[]") + " " + b.of("a", quoted(texts(b.id(1), b.id(2))...)) +
		" " + b.of("number", "7") + " " + b.of("b", quoted(texts(b.id(2), b.id(3))...)) + " " + b.of("bad", quoted("x", b.id(1))) + " }"
	got, statements := b.run(t, query, map[string]any{"many": series(b.id, 0, 101)})
	equal(t, "answer", map[string]any{"many": nil, "none": []any{}, "a": b.want(1, 2), "number": nil, "b": b.want(2, 3), "bad": nil}, got.Data)
	failed := map[string]any{}
	for _, err := range got.Errors {
		failed[err.Path.String()] = err.Extensions["code"]
	}
	equal(t, "errors", map[string]any{"many": "BAD_USER_INPUT", "number": "BAD_USER_INPUT", "bad": "BAD_USER_INPUT"}, failed)
	if len(statements) != 1 {
		t.Error(lines(statements))
	}
}

// TestKindsDoNotShare asks for all kinds at once: one statement for each.
func TestKindsDoNotShare(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() { household(t, p) })
		got, statements := p.counted(t, user(0), `query($videos: [ID!]!, $jobs: [ID!]!, $notes: [ID!]!) {
			a: videosMetadata(ids: $videos) { id } b: videosMetadata(ids: $videos) { viewCount }
			c: videos(ids: $videos) { title } d: videos(ids: $videos) { id }
			e: aiJobs(ids: $jobs) { prompt } f: aiJobs(ids: $jobs) { id }
			g: notificationsByIds(ids: $notes) { title } h: notificationsByIds(ids: $notes) { id }
			i: me { handle } j: me { credits }
		}`, map[string]any{"videos": series(videoID, 0, 2), "jobs": series(jobID, 2, 4), "notes": texts(noteID(2), noteID(9))})
		equal(t, "tables", map[string]int{"video_metadata": 1, "videos": 1, "ai_jobs": 1, "notifications": 1, "users": 1}, tables(statements))
		sees(t, got, "a.id", series(videoID, 0, 2)...)
		sees(t, got, "b.viewCount", 0.0, 1.0)
		sees(t, got, "c.title", "Video 0", "Video 1")
		sees(t, got, "d.id", series(videoID, 0, 2)...)
		sees(t, got, "e.prompt", "prompt 2 of 0", nil)
		sees(t, got, "f.id", jobID(2).String(), nil)
		sees(t, got, "g.title", "note 2 to 0", nil)
		sees(t, got, "h.id", noteID(2).String(), nil)
		sees(t, got, "i.handle", "user.0")
		sees(t, got, "j.credits", 100.0)
	})
}
