package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/graph"
)

// maxDescribed is how many bytes an answer about the schema may have that costs DefaultMaxComplexity.
const maxDescribed = 2 << 20

// TestIntrospectionIsPriced has each text of the schema's description told under many aliases, wherever it stands: what that
// costs must be in keeping with how long the answer is.
func TestIntrospectionIsPriced(t *testing.T) {
	t.Parallel()
	p, none, schema := limited(1<<30), limited(0), graph.NewExecutableSchema(graph.Config{}).Schema()
	const many = 10
	most, by := 0, ""
	check := func(path string, leaf string) {
		var aliases strings.Builder
		for n := range many {
			fmt.Fprintf(&aliases, " a%d: %s", n, leaf)
		}
		query := "{ " + path + " {" + aliases.String() + strings.Repeat(" }", strings.Count(path, "{")+2)
		got := p.ask(t, nil, query, nil)
		if got.Errors != nil && got.code(t) == invalid {
			return // lists in lists in lists are refused
		}
		bytes := len(got.Raw) * graph.DefaultMaxComplexity / none.ask(t, nil, query, nil).Errors[0].Extensions["actual"].(int)
		if bytes > most {
			most, by = bytes, path+" { "+leaf
		}
		if bytes > maxDescribed {
			t.Errorf("%s { %s: an answer may have %d KiB", path, leaf, bytes>>10)
		}
	}
	roots := []string{"__schema { types", "__schema { queryType", "__schema { mutationType", "__schema { subscriptionType"}
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		if schema.Types[name].Kind != ast.Scalar {
			roots = append(roots, fmt.Sprintf("__type(name: %q)", name))
		}
	}
	var below func(path string, of *ast.Definition, levels int)
	below = func(path string, of *ast.Definition, levels int) {
		for _, f := range of.Fields {
			next := schema.Types[f.Type.Name()]
			switch {
			case f.Type.Name() == "Boolean":
			case next.Kind != ast.Object:
				check(path, f.Name)
			case levels > 0:
				below(path+" { "+f.Name, next, levels-1)
			}
		}
	}
	for _, root := range roots {
		below(root, schema.Types["__Type"], 2)
	}
	below("__schema { directives", schema.Types["__Directive"], 2)
	t.Logf("%d KiB at most, of %s", most>>10, by)
}

// TestToolsMayIntrospect asks for all that the usual tools ask for.
func TestToolsMayIntrospect(t *testing.T) {
	t.Parallel()
	query := introspection.NewQuery(introspection.QueryOptions{OneOf: true})
	costs := cost(t, query, nil)
	if costs > graph.DefaultMaxComplexity/2 {
		t.Errorf("it costs %d of %d", costs, graph.DefaultMaxComplexity)
	}
	t.Logf("it costs %d, and the answer has %d KiB", costs, len(limited(graph.DefaultMaxComplexity).ask(t, nil, query, nil).Raw)>>10)
}
