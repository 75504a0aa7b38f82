package graph

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// DefaultMaxComplexity lets any one field run at its maximum with all that can be selected of what it
// answers and two objects deep below that, under edges and nodes alike.
const DefaultMaxComplexity = 15_000

// maxDepth bounds how deep an operation nests: each level of objects is a read that waits for the one
// above it. The introspection query of the usual tools is 15 deep.
const maxDepth = 20

// costLimit refuses operations that cost more than maxCost, or nest too deep. A field costs 1 and what is selected of
// it; what is selected of a list costs as often as it is asked for by ids, first, or a list of inputs, over all
// aliases together. A field that asks for more than it may counts 1, since it fails by itself, and one for each ten
// values that it was sent for nothing.
type costLimit struct{ maxCost, maxBatchSize int }

var _ graphql.OperationContextMutator = costLimit{}

func (costLimit) ExtensionName() string                   { return "CostLimit" }
func (costLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses what costs too much before any of it runs.
func (l costLimit) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	c := costing{costLimit: l, variables: operation.Variables, fragments: map[*ast.FragmentDefinition]extent{}}
	whole := c.selection(operation.Operation.SelectionSet)
	if c.undecided != nil {
		err := gqlerror.ErrorPosf(c.undecided.Position, "The argument `if` of @%s must not be null.", c.undecided.Name)
		errcode.Set(err, errcode.ValidationFailed)
		return err
	}
	if c.related {
		operation.Stats.SetExtension(relatedStats, true)
	}
	if c.shallow {
		operation.Stats.SetExtension(shallowStats, true)
	}
	operation.Stats.SetExtension(models.CostStats, &models.Cost{Requested: whole.cost, Limit: l.maxCost, Public: !c.guarded})
	if whole.depth > maxDepth {
		return tooComplex("The operation nests %d levels deep, more than the limit of %d.", whole.depth, maxDepth)
	}
	if whole.cost > l.maxCost {
		return tooComplex("The operation costs %d, more than the limit of %d.", whole.cost, l.maxCost)
	}
	return nil
}

// tellCost adds to the answer of a query or mutation what it costs, to the first part of one that comes in parts. What was
// refused before its cost was known tells none.
func tellCost(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	operation := graphql.GetOperationContext(ctx)
	cost, known := operation.Stats.GetExtension(models.CostStats).(*models.Cost)
	if response == nil || !known || operation.Operation.Operation == ast.Subscription {
		return response
	}
	if r := runningFrom(ctx); r != nil {
		if r.toldCost {
			return response
		}
		r.toldCost = true
	}
	if response.Extensions == nil {
		response.Extensions = make(map[string]any, 1)
	}
	response.Extensions[models.CostStats] = cost
	return response
}

func tooComplex(format string, actual, limit int) *gqlerror.Error {
	return &gqlerror.Error{
		Message:    fmt.Sprintf(format, actual, limit),
		Extensions: map[string]any{"code": string(models.CodeComplexityLimitExceeded), "limit": limit, "actual": actual},
	}
}

// extent is what is known of a selection: what it costs, and how many levels of fields it has.
type extent struct{ cost, depth int }

func (e extent) and(other extent) extent {
	return extent{add(e.cost, other.cost), max(e.depth, other.depth)}
}

type costing struct {
	costLimit
	variables map[string]any
	// fragments keeps the extent of each, so that spreading one often is counted often but walked once.
	fragments map[*ast.FragmentDefinition]extent
	// undecided is a @skip or @include whose condition is a variable that is null: validation allows
	// that where the variable has a default, and gqlgen panics over it.
	undecided *ast.Directive
	// wrappers are how many times what is walked now is an ofType's.
	wrappers int
	// guarded says that a field is asked for which takes a token, related that one is a relation, and shallow that one is a list of
	// whose objects nothing is selected that has fields itself.
	guarded, related, shallow bool
}

func (c *costing) selection(set ast.SelectionSet) extent {
	var total extent
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if c.included(s.Directives) {
				total = total.and(c.field(s))
			}
		case *ast.InlineFragment:
			if c.included(s.Directives) {
				total = total.and(c.selection(s.SelectionSet))
			}
		case *ast.FragmentSpread:
			if c.included(s.Directives) {
				total = total.and(c.fragment(s.Definition))
			}
		}
	}
	return total
}

func (c *costing) fragment(definition *ast.FragmentDefinition) extent {
	whole, known := c.fragments[definition]
	if !known {
		// What a fragment costs must not depend on where it is seen first.
		wrappers := c.wrappers
		c.wrappers = 0
		whole = c.selection(definition.SelectionSet)
		c.wrappers = wrappers
		c.fragments[definition] = whole
	}
	return whole
}

func (c *costing) field(field *ast.Field) extent {
	c.guarded = c.guarded || field.Definition.Directives.ForName("auth") != nil
	if _, related := relations[relation{field.ObjectDefinition.Name, field.Name}]; related {
		c.related = true
	}
	wraps := field.Name == "ofType"
	if wraps {
		c.wrappers++
		defer func() { c.wrappers-- }()
	}
	selected := c.selection(field.SelectionSet)
	c.shallow = c.shallow || selected.depth == 1 && field.Definition.Type.Elem != nil
	if wraps && c.wrappers > maxWrappers {
		selected.cost = 0
	}
	// A long alias is repeated wherever the field is answered.
	return extent{add(c.cost(field, selected.cost), len(field.Alias)/aliasBytesAPoint), selected.depth + 1}
}

// cost is that of a field whose selection costs selected when it is answered once.
func (c *costing) cost(field *ast.Field, selected int) int {
	switch {
	case field.Name == "markAllNotificationsRead":
		return multiply(maxShown, selected)
	case strings.HasPrefix(field.ObjectDefinition.Name, "__"):
		if field.Name == "description" {
			return description
		}
		return add(1, multiply(max(1, described[field.Name]), selected))
	case len(field.Definition.Arguments) == 0:
		return add(1, selected)
	}
	costs, sent := add(1, selected), 0
	arguments := field.ArgumentMap(c.variables)
	for _, argument := range field.Definition.Arguments {
		value := arguments[argument.Name]
		times, most := c.asked(argument.Name, value)
		switch {
		case most == 0:
		case times < 0 || times > most:
			costs = 1
		default:
			costs = max(1, multiply(times, selected))
		}
		sent = add(sent, bulk(value, most))
	}
	return add(costs, sent)
}

// described is how often what is selected of the lists of introspection counts. It is less than they are long, so that the
// queries of the usual tools stay far below the limit, but enough for the longest answer to what the limit allows.
var described = map[string]int{"types": 14, "fields": 6, "inputFields": 2, "enumValues": 3, "directives": 4}

// description is what one in the schema costs, since it is far longer than all else there.
const description = 8

// maxWrappers is how many types are around a named one: a list, and the ! in it and behind it. What is selected of another is
// never answered.
const maxWrappers = 3

// asked is how often an argument has the selection of its field answered, -1 where it is refused, and how often
// it may; 0 for an argument that says nothing of that.
func (c *costing) asked(argument string, value any) (times, most int) {
	switch argument {
	case "ids":
		return length(value), c.maxBatchSize
	case "events":
		return length(value), maxEvents
	case "reports", "users", "videos", "grants", "notifications":
		return length(value), maxInputs
	case "first", "limit":
		// Read as the resolver's argument will be, which takes text for a number.
		number, err := graphql.UnmarshalInt(value)
		if err != nil || number < 1 {
			number = -1
		}
		return number, maxFirst
	}
	return 0, 0
}

const (
	// freeValues and freeBytes are how long a list and a text may be, of those that ask for nothing, without a cost.
	freeValues, freeBytes = 10, 5000
	// valuesAPoint and bytesAPoint are how much of a longer one costs a point. Each field reads its arguments anew, however
	// many share one variable.
	valuesAPoint, bytesAPoint = 10, 1000
	// aliasBytesAPoint is how much of a name in the answer costs one more.
	aliasBytesAPoint = 40
)

// bulk is what a list costs that is longer than most, or what a long text costs.
func bulk(value any, most int) int {
	if text, ok := value.(string); ok {
		if len(text) > freeBytes {
			return len(text) / bytesAPoint
		}
		return 0
	}
	if values := length(value); values > max(most, freeValues) {
		return values / valuesAPoint
	}
	return 0
}

// length is how long a list is, as the query's text or its variables have it.
func length(value any) int {
	switch list := value.(type) {
	case nil:
		return 0
	case []string:
		return len(list)
	case []any:
		return len(list)
	}
	return 1 // GraphQL takes one value for a list of one.
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
