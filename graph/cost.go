package graph

import (
	"context"
	"fmt"
	"math"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// DefaultMaxComplexity lets any one field run at its maximum with all that can be selected two
// objects deep.
const DefaultMaxComplexity = 25_000

// costLimit refuses operations that cost more than maxCost. A field costs 1 and what is selected of
// it; what is selected of a list costs as often as it is asked for by ids or first, over all
// aliases together. A field that asks for more than it may fails before it costs anything: it counts 1.
type costLimit struct{ maxCost, maxBatchSize int }

var _ graphql.OperationContextMutator = costLimit{}

func (costLimit) ExtensionName() string                   { return "CostLimit" }
func (costLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses what costs too much before any of it runs.
func (l costLimit) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	c := costing{costLimit: l, variables: operation.Variables, fragments: map[*ast.FragmentDefinition]int{}}
	if cost := c.selection(operation.Operation.SelectionSet); cost > l.maxCost {
		return &gqlerror.Error{
			Message: fmt.Sprintf("The operation costs %d, more than the limit of %d.", cost, l.maxCost),
			Extensions: map[string]any{
				"code": string(models.CodeComplexityLimitExceeded), "limit": l.maxCost, "actual": cost,
			},
		}
	}
	return nil
}

type costing struct {
	costLimit
	variables map[string]any
	// fragments keeps the cost of each, so that spreading one often is counted often but walked once.
	fragments map[*ast.FragmentDefinition]int
}

func (c costing) selection(set ast.SelectionSet) int {
	total := 0
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if c.included(s.Directives) {
				total = add(total, c.field(s))
			}
		case *ast.InlineFragment:
			if c.included(s.Directives) {
				total = add(total, c.selection(s.SelectionSet))
			}
		case *ast.FragmentSpread:
			if c.included(s.Directives) {
				total = add(total, c.fragment(s.Definition))
			}
		}
	}
	return total
}

func (c costing) fragment(definition *ast.FragmentDefinition) int {
	cost, known := c.fragments[definition]
	if !known {
		cost = c.selection(definition.SelectionSet)
		c.fragments[definition] = cost
	}
	return cost
}

func (c costing) field(field *ast.Field) int {
	selected := c.selection(field.SelectionSet)
	if field.Definition.Arguments.ForName("ids") == nil && field.Definition.Arguments.ForName("first") == nil {
		return add(1, selected)
	}
	arguments := field.ArgumentMap(c.variables)
	times := 0
	if ids, ok := arguments["ids"]; ok {
		times = len(textList(ids))
		if times > c.maxBatchSize {
			return 1
		}
	} else {
		first, ok := wholeNumber(arguments["first"])
		if !ok || first < 1 || first > maxFirst {
			return 1
		}
		times = int(first)
	}
	return max(1, multiply(times, selected))
}

// included is the outcome of @skip and @include.
func (c costing) included(directives ast.DirectiveList) bool {
	if d := directives.ForName("skip"); d != nil && d.ArgumentMap(c.variables)["if"] == true {
		return false
	}
	if d := directives.ForName("include"); d != nil && d.ArgumentMap(c.variables)["if"] == false {
		return false
	}
	return true
}

func wholeNumber(value any) (int64, bool) {
	switch v := value.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case interface{ Int64() (int64, error) }: // json.Number
		n, err := v.Int64()
		return n, err == nil
	}
	return 0, false
}

func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

func multiply(times, cost int) int {
	if times > 0 && cost > math.MaxInt/times {
		return math.MaxInt
	}
	return times * cost
}
