package graph

import (
	"context"
	"fmt"
	"math"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// DefaultMaxComplexity lets any one field run at its maximum with all that can be selected of what it
// answers and two objects deep below that, under edges and nodes alike.
const DefaultMaxComplexity = 15_000

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
	cost := c.selection(operation.Operation.SelectionSet)
	if c.undecided != nil {
		err := gqlerror.ErrorPosf(c.undecided.Position, "The argument `if` of @%s must not be null.", c.undecided.Name)
		errcode.Set(err, errcode.ValidationFailed)
		return err
	}
	if cost > l.maxCost {
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
	// undecided is a @skip or @include whose condition is a variable that is null: validation allows
	// that where the variable has a default, and gqlgen panics over it.
	undecided *ast.Directive
}

func (c *costing) selection(set ast.SelectionSet) int {
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

func (c *costing) fragment(definition *ast.FragmentDefinition) int {
	cost, known := c.fragments[definition]
	if !known {
		cost = c.selection(definition.SelectionSet)
		c.fragments[definition] = cost
	}
	return cost
}

func (c *costing) field(field *ast.Field) int {
	selected := c.selection(field.SelectionSet)
	if field.Definition.Arguments.ForName("ids") == nil && field.Definition.Arguments.ForName("first") == nil {
		return add(1, selected)
	}
	arguments := field.ArgumentMap(c.variables)
	var times int
	if ids, ok := arguments["ids"]; ok {
		times = len(textList(ids))
		if times > c.maxBatchSize {
			return 1
		}
	} else {
		// Read as the resolver's argument will be, which takes text for a number.
		first, err := graphql.UnmarshalInt(arguments["first"])
		if err != nil || first < 1 || first > maxFirst {
			return 1
		}
		times = first
	}
	return max(1, multiply(times, selected))
}

// included is the outcome of @skip and @include.
func (c *costing) included(directives ast.DirectiveList) bool {
	included := true
	for _, d := range directives {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		condition, ok := d.ArgumentMap(c.variables)["if"].(bool)
		if !ok {
			c.undecided = d
		}
		if condition == (d.Name == "skip") {
			included = false
		}
	}
	return included
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
