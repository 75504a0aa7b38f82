package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/models"
)

// nullsRefused fails a field that a variable gives null where its argument, or what stands in it, must not be null.
// Validation lets a nullable variable stand there if either has a default; gqlgen would go on with 0 or false.
func nullsRefused(ctx context.Context, next graphql.Resolver) (any, error) {
	field := graphql.GetFieldContext(ctx).Field
	if len(field.Arguments) > 0 {
		variables := graphql.GetOperationContext(ctx).Variables
		for _, argument := range field.Arguments {
			if forbiddenNull(argument.Value, variables) {
				return nil, models.BadInput(argument.Name, fmt.Sprintf("`%s` must not be null.", argument.Name))
			}
		}
	}
	return next(ctx)
}

// forbiddenNull reports whether value is a variable that is null, or has one in it, where null cannot stand. One that
// is absent is none.
func forbiddenNull(value *ast.Value, variables map[string]any) bool {
	if value.Kind == ast.Variable {
		given, present := variables[value.Raw]
		return present && given == nil && value.ExpectedType != nil && value.ExpectedType.NonNull
	}
	return slices.ContainsFunc(value.Children, func(child *ast.ChildValue) bool { return forbiddenNull(child.Value, variables) })
}
