package graph

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// What validating a document may take that checkingLimit lets pass: visits of a part of it, and allocations. Both are
// counted, since times say little where others use the machine too.
const (
	maxVisits      = 4 * maxSteps
	maxAllocations = 40 * maxSteps
)

// FuzzDocument sends documents through checkingLimit: those that pass are validated in bounded work.
func FuzzDocument(f *testing.F) {
	repeat := func(before, each string, times int, after string) string {
		return before + strings.Repeat(each, times) + after
	}
	long := repeat(" # ", "x", quickText, "")
	for _, document := range []string{
		"{ __typename }" + long, "query Q($a: [ID!]! = [\"x\"]) { videos(ids: $a) { id ...F } } fragment F on Video { metadata { viewCount } }" + long,
		"{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }" + long,
		repeat("{", " me { id }", 200, "}"), repeat("{", " a: __typename", 900, "}"), repeat("{ __typename", " @include(if: true)", 900, "}"),
		repeat("{ ", "... { ", 300, "id"+strings.Repeat("}", 301)), repeat("{ videos(ids: [", `"x" `, 900, "]) { id } }"),
		repeat("query Q(", "$a: Int ", 300, ") { __typename }"), repeat("", "query Q { me { id } } ", 100, ""), repeat("{", " ...F", 300, "} fragment F on Query { me { id } }"),
		repeat("{ ...F }", " fragment F on Query { ...F ...G }", 100, " fragment G on Query { me { id } }"), repeat("{ a(a: ", "{a: ", 300, "1"+strings.Repeat("}", 300)+") }"),
		`{ a(a: """` + long + `""") }`, "\xff" + long, "subscription { aiJobProgress(ids: []) { id } }" + long,
		"{ __schema { types { fields { type { ofType { ofType { name } } } } } } }" + long,
	} {
		f.Add(document)
	}
	schema := NewExecutableSchema(Config{Resolvers: &Resolver{}}).Schema()
	limit := checkingLimit{graphql.NoCache[*ast.QueryDocument]{}}
	f.Fuzz(func(t *testing.T, text string) {
		if limit.MutateOperationParameters(context.Background(), &graphql.RawParams{Query: text}) != nil {
			return
		}
		document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, maxTokens)
		if err != nil {
			return
		}
		if visits := visitsOf(schema, document); visits > maxVisits {
			t.Errorf("%d parts are visited", visits)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = validator.ValidateWithRules(schema, document, nil)
		runtime.ReadMemStats(&after)
		if made := after.Mallocs - before.Mallocs; made > maxAllocations {
			t.Errorf("%d allocations are made", made)
		}
	})
}

// visitsOf is how many parts of a document a rule of validation is shown, each as often as it is.
func visitsOf(schema *ast.Schema, document *ast.QueryDocument) (visits int) {
	var seen core.Events
	seen.OnField(func(*core.Walker, *ast.Field) { visits++ })
	seen.OnInlineFragment(func(*core.Walker, *ast.InlineFragment) { visits++ })
	seen.OnFragmentSpread(func(*core.Walker, *ast.FragmentSpread) { visits++ })
	seen.OnDirective(func(*core.Walker, *ast.Directive) { visits++ })
	seen.OnValue(func(*core.Walker, *ast.Value) { visits++ })
	core.Walk(schema, document, &seen)
	return visits
}
