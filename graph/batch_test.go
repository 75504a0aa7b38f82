package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/graph"
	"reelgraph/models"
)

// batches says, for each root field that takes ids, what the rules of batches are tested with.
var batches = map[string]struct {
	id func(int) models.ID
	// fill adds objects 0 to 119, all of which user 0 may see but number 4.
	fill func(t *testing.T, p *platform)
}{
	"videosMetadata": {videoID, fillVideos},
	"videos":         {videoID, fillVideos},
	"aiJobs": {jobID, func(t *testing.T, p *platform) {
		t.Helper()
		jobs := make([]job, 120)
		for n := range jobs {
			jobs[n] = job{n: n}
		}
		p.addJobs(t, jobs...)
		p.Exec(t, "UPDATE ai_jobs SET owner_id = ? WHERE id = ?", userID(1), jobID(4))
	}},
	"notificationsByIds": {noteID, func(t *testing.T, p *platform) {
		t.Helper()
		notes := make([]note, 120)
		for n := range notes {
			notes[n] = note{n: n}
		}
		p.addNotes(t, notes...)
		p.Exec(t, "UPDATE notifications SET recipient_id = ? WHERE id = ?", userID(1), noteID(4))
	}},
}

func fillVideos(t *testing.T, p *platform) {
	t.Helper()
	p.addUsers(t, 3)
	p.addVideos(t, 120, 3)
	p.deleteVideo(t, 4)
}

// batch is a root field that takes ids, on a platform with objects that it finds.
type batch struct {
	*platform
	rootField
	id func(int) models.ID
}

// batchRules are the rules that every one of them keeps.
var batchRules = map[string]func(t *testing.T, b batch){
	"order":                    batchAnswersInTheOrderAsked,
	"none asked":               batchOfNone,
	"too many":                 batchOfTooMany,
	"size is a setting":        batchSizeIsASetting,
	"invalid ids":              batchWithInvalidIDs,
	"aliases":                  aliasesShareAStatement,
	"many aliases":             manyAliasesOfTheSame,
	"fragments and conditions": fragmentsAndConditions,
	"same alias":               sameAliasIsMerged,
	"failing aliases":          failingAliasesLeaveOthers,
}

func TestBatches(t *testing.T) {
	t.Parallel()
	for _, f := range queries("ids") {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			with, ok := batches[f.Name]
			if !ok {
				t.Fatalf("add a line to batches for %s: how to add objects that it finds", f.Name)
			}
			onPlatforms(t, func(t *testing.T, p *platform) {
				p.together(t, func() { with.fill(t, p) })
				for name, rule := range batchRules {
					t.Run(name, func(t *testing.T) { rule(t, batch{p, f, with.id}) })
				}
			})
		})
	}
}

// of is a call of the field under an alias, with ids as they stand in a query.
func (b batch) of(alias, ids string) string {
	return alias + ": " + b.call(map[string]string{"ids": ids}, "{ id }")
}

// run sends an operation as somebody who may ask for the field, and records its statements.
func (b batch) run(t *testing.T, query string, variables map[string]any) (got answer, statements []string) {
	t.Helper()
	statements = b.Record(func() { got = b.ask(t, b.allowed(), query, variables) })
	return got, statements
}

// want is an answer to ids of these numbers, null for a negative one.
func (b batch) want(numbers ...int) []any {
	want := make([]any, len(numbers))
	for i, n := range numbers {
		if n >= 0 {
			want[i] = map[string]any{"id": b.id(n).String()}
		}
	}
	return want
}

// quoted are ids as they stand in a query.
func quoted(ids ...any) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = fmt.Sprintf("%q", id)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func batchAnswersInTheOrderAsked(t *testing.T, b batch) {
	t.Helper()
	ids := texts(b.id(3), b.id(999), b.id(0), b.id(3), b.id(4), b.id(1), b.id(0), b.id(4))
	ids[2] = strings.ToUpper(ids[2].(string))
	want := b.want(3, -1, 0, 3, -1, 1, 0, -1)
	got, statements := b.run(t, "query($ids: [ID!]!) { "+b.of("got", "$ids")+" }", map[string]any{"ids": ids})
	equal(t, "by a variable", answer{Data: map[string]any{"got": want}, Raw: got.Raw}, got)
	equal(t, "statements", 1, len(statements))
	got, _ = b.run(t, "{ "+b.of("got", quoted(ids...))+" }", nil)
	equal(t, "as text", answer{Data: map[string]any{"got": want}, Raw: got.Raw}, got)
	// GraphQL takes one value for a list of one.
	got, _ = b.run(t, "query($id: [ID!]!) { "+b.of("a", `"`+b.id(1).String()+`"`)+" "+b.of("b", "$id")+" }", map[string]any{"id": b.id(2).String()})
	equal(t, "one id", answer{Data: map[string]any{"a": b.want(1), "b": b.want(2)}, Raw: got.Raw}, got)
}

func batchOfNone(t *testing.T, b batch) {
	t.Helper()
	got, statements := b.run(t, "query($ids: [ID!]!) { "+b.of("a", "[]")+" "+b.of("b", "$ids")+" }", map[string]any{"ids": []any{}})
	equal(t, "answer", answer{Data: map[string]any{"a": []any{}, "b": []any{}}, Raw: got.Raw}, got)
	equal(t, "statements", 0, len(statements))
}

func batchOfTooMany(t *testing.T, b batch) {
	t.Helper()
	for _, count := range []int{101, 102, 1000} {
		for _, form := range []string{"$ids", quoted(series(b.id, 0, count)...)} {
			query := "query($ids: [ID!]!) {\n  " + b.of("tooMany", form) + "\n  " + b.of("good", quoted(series(b.id, 0, 3)...)) + " all: __typename }"
			if form != "$ids" {
				query = strings.Replace(query, "query($ids: [ID!]!) ", "", 1)
			}
			got, statements := b.run(t, query, map[string]any{"ids": series(b.id, 0, count)})
			equal(t, "answer", map[string]any{"tooMany": nil, "good": b.want(0, 1, 2), "all": "Query"}, got.Data)
			err := got.only(t)
			equal(t, "extensions", map[string]any{"code": "BAD_USER_INPUT", "limit": 100, "actual": count}, err.Extensions)
			equal(t, "path", "tooMany", err.Path.String())
			equal(t, "locations", []gqlerror.Location{{Line: 2, Column: 3}}, err.Locations)
			equal(t, "statements", 1, len(statements))
		}
	}
	// The limit itself is allowed, and so are duplicates within it.
	hundred := append(series(b.id, 5, 104), b.id(5).String())
	got, statements := b.run(t, "query($ids: [ID!]!) { "+b.of("got", "$ids")+" }", map[string]any{"ids": hundred})
	equal(t, "100 ids", hundred, pick(got.Data, "got.id"))
	equal(t, "statements", 1, len(statements))
}

func batchSizeIsASetting(t *testing.T, b batch) {
	t.Helper()
	b.platform = b.with(func(o *graph.Options) { o.MaxBatchSize = 3 })
	got, _ := b.run(t, "{ "+b.of("three", quoted(series(b.id, 0, 3)...))+" "+b.of("four", quoted(series(b.id, 0, 4)...))+" }", nil)
	equal(t, "answer", map[string]any{"three": b.want(0, 1, 2), "four": nil}, got.Data)
	equal(t, "extensions", map[string]any{"code": "BAD_USER_INPUT", "limit": 3, "actual": 4}, got.only(t).Extensions)
}

func batchWithInvalidIDs(t *testing.T, b batch) {
	t.Helper()
	good := b.id(0).String()
	invalid := []any{
		"nonsense", "", "{" + good + "}", "urn:uuid:" + good, strings.ReplaceAll(good, "-", ""), good[:35], good + "0",
		" " + good[1:], "g" + good[1:], good[:8] + "0" + good[9:], strings.Repeat("é", 18), "1",
	}
	mixed := []any{good}
	for _, text := range invalid {
		mixed = append(mixed, text, good)
	}
	for _, form := range []string{"$ids", quoted(mixed...)} {
		query := "query($ids: [ID!]!, $good: [ID!]!) {\n\n " + b.of("bad", form) + " " + b.of("good", "$good") + " " + b.of("again", "$ids") + " }"
		got, statements := b.run(t, query, map[string]any{"ids": mixed, "good": []any{good}})
		equal(t, "answer", map[string]any{"bad": nil, "good": b.want(0), "again": nil}, got.Data)
		equal(t, "statements", 1, len(statements))
		equal(t, "errors", 2, len(got.Errors))
		places := map[string]int{}
		for _, err := range got.Errors {
			equal(t, "extensions", map[string]any{"code": "BAD_USER_INPUT", "invalidIds": anyStrings(invalid)}, err.Extensions)
			equal(t, "line", 3, err.Locations[0].Line)
			places[err.Path.String()] = err.Locations[0].Column
		}
		before, _, _ := strings.Cut(strings.Split(query, "\n")[2], "again:")
		equal(t, "columns", map[string]int{"bad": 2, "again": 1 + utf8.RuneCountInString(before)}, places)
	}
	got, statements := b.run(t, "{ "+b.of("got", "[5]")+" }", nil)
	equal(t, "a number", map[string]any{"code": "BAD_USER_INPUT", "invalidIds": []string{"5"}}, got.only(t).Extensions)
	equal(t, "statements", 0, len(statements))
}

func anyStrings(values []any) []string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = value.(string)
	}
	return list
}
