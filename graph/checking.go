package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"reelgraph/models"
)

const (
	// maxTokens has room for the 1,000 events of a call, each with all its fields, in the text of a document.
	maxTokens = 11_500
	// maxSteps bounds what validating a document takes, some tens of milliseconds. One of maxTokens that names
	// nothing twice in one place is far below it.
	maxSteps = 50_000
	// maxNameBytes is far more than any name has that a person or a program gives.
	maxNameBytes = 1000
	// quickText is a length in bytes below which no document takes long.
	quickText = 500
)

// checkingLimit refuses documents that would take long to validate: of fields with one name in one place each is
// compared with each, as are a place's fragments, whatever an operation or a fragment reaches is walked for each, and
// faults quote names, and values with all that is in them.
// Known are documents that have been validated.
type checkingLimit struct {
	known graphql.Cache[*ast.QueryDocument]
}

var _ graphql.OperationParameterMutator = checkingLimit{}

func (checkingLimit) ExtensionName() string                   { return "CheckingLimit" }
func (checkingLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters refuses a document before it is validated. One that cannot be parsed is left to be
// refused by who parses it next.
func (l checkingLimit) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if len(params.Query) <= quickText {
		return nil
	}
	if _, known := l.known.Get(ctx, params.Query); known {
		return nil
	}
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: params.Query}, maxTokens)
	if hasNoPlace(err) {
		return tooManyTokens()
	}
	if err != nil {
		return nil //nolint:nilerror // The executor parses it again, and tells.
	}
	c := checking{fragments: map[string]*ast.FragmentDefinition{}, reached: map[string]bool{}, open: map[string]bool{}}
	for _, f := range slices.Backward(document.Fragments) {
		c.fragments[f.Name] = f // The first of a name, as validation has it.
	}
	for _, operation := range document.Operations {
		c.name(operation.Name)
		for _, v := range operation.VariableDefinitions {
			c.name(v.Variable)
			c.directives(v.Directives)
			c.value(v.DefaultValue)
		}
		c.directives(operation.Directives)
		c.selection(operation.SelectionSet, &place{}, 1, 1)
	}
	for _, f := range document.Fragments {
		c.name(f.Name)
		c.again = c.reached[f.Name]
		c.selection(f.SelectionSet, &place{}, 1, 1)
	}
	if c.longest > maxNameBytes {
		return tooComplex("A name in the document has %d bytes, more than the limit of %d.", c.longest, maxNameBytes)
	}
	if c.steps > maxSteps {
		return tooComplex("The document takes %d steps to check or more, and the limit is %d.", c.steps, maxSteps)
	}
	return nil
}

// hasNoPlace tells the fault of too many tokens from those of syntax, each of which has its place in the document.
func hasNoPlace(err error) bool {
	fault, ok := errors.AsType[*gqlerror.Error](err)
	return ok && len(fault.Locations) == 0
}

func tooManyTokens() *gqlerror.Error {
	return &gqlerror.Error{
		Message:    fmt.Sprintf("The document has more than %d tokens, which is the limit. Send long lists and inputs in variables.", maxTokens),
		Extensions: map[string]any{"code": string(models.CodeComplexityLimitExceeded), "limit": maxTokens},
	}
}

// place is where fields meet in an answer: those of one name there must agree.
type place struct {
	// fields are how many selected this place, and below what they select of it, by its name in the answer.
	fields int
	below  map[string]*place
	spread map[string]bool
}

func (p *place) at(name string) *place {
	next := p.below[name]
	if next == nil {
		next = &place{}
		if p.below == nil {
			p.below = map[string]*place{}
		}
		p.below[name] = next
	}
	return next
}

// checking counts the steps of a validation, until there are too many.
type checking struct {
	fragments map[string]*ast.FragmentDefinition
	// reached are fragments that have been counted from elsewhere, open those that are being counted: one that
	// spreads itself is refused later on.
	reached, open map[string]bool
	// again says that what is walked now was compared before, and will not be once more.
	again bool
	steps int
	// longest is the length of the last name that is too long.
	longest int
}

// selection counts what a place is selected of by a set that times selections, one within the other, share. Fields in
// it are collected at each of levels, fragments and inline fragments one within the other, among those that the place has.
func (c *checking) selection(set ast.SelectionSet, in *place, times, levels int) {
	for _, selection := range set {
		if c.steps++; c.steps > maxSteps {
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			c.name(s.Alias)
			c.name(s.Name)
			c.steps += times - 1 + levels*len(in.below)/50
			next := in.at(s.Alias)
			c.compare(times * next.fields)
			next.fields++
			c.arguments(s.Arguments)
			c.directives(s.Directives)
			c.selection(s.SelectionSet, next, times, 1)
		case *ast.InlineFragment:
			c.directives(s.Directives)
			c.selection(s.SelectionSet, in, times+1, levels+1)
		case *ast.FragmentSpread:
			c.directives(s.Directives)
			c.spread(s.Name, in, times, levels+1)
		}
	}
}

// spread counts a fragment once in each place.
func (c *checking) spread(name string, in *place, times, levels int) {
	f := c.fragments[name]
	if f == nil || in.spread[name] || c.open[name] {
		return
	}
	c.reached[name], c.open[name] = true, true
	defer delete(c.open, name)
	c.compare(times * len(in.spread))
	if in.spread == nil {
		in.spread = map[string]bool{}
	}
	in.spread[name] = true
	c.directives(f.Directives)
	c.selection(f.SelectionSet, in, times, levels)
}

func (c *checking) compare(times int) {
	if !c.again {
		c.steps += times
	}
}

func (c *checking) directives(list ast.DirectiveList) {
	for _, d := range list {
		c.steps++
		c.name(d.Name)
		c.arguments(d.Arguments)
	}
}

func (c *checking) arguments(list ast.ArgumentList) {
	for _, a := range list {
		c.name(a.Name)
		c.value(a.Value)
	}
}

// value counts a value, and tells how long it is as a text: what is wrong in it may have all of it quoted at each level.
func (c *checking) value(value *ast.Value) (length int) {
	if value == nil || c.steps > maxSteps {
		return 0
	}
	length = len(value.Raw)
	for _, child := range value.Children {
		c.name(child.Name)
		length += len(child.Name) + c.value(child.Value)
	}
	c.steps += 1 + length/100
	return length
}

// name refuses one that is too long to be repeated in many faults.
func (c *checking) name(name string) {
	if len(name) > maxNameBytes {
		c.longest = len(name)
		c.steps += maxSteps
	}
}
