package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// nullsRefused has operations with a variable that is null look at the arguments of each field. The others, nearly all, do
// not pay for that.
type nullsRefused struct{}

var _ graphql.OperationContextMutator = nullsRefused{}

func (nullsRefused) ExtensionName() string                   { return "NullsRefused" }
func (nullsRefused) Validate(graphql.ExecutableSchema) error { return nil }

func (nullsRefused) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	for _, value := range operation.Variables {
		if value == nil {
			resolve := operation.ResolverMiddleware
			operation.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (any, error) {
				return resolve(ctx, func(ctx context.Context) (any, error) { return refuseNulls(ctx, next) })
			}
			break
		}
	}
	return nil
}

// refuseNulls fails a field that a variable gives null where its argument, or what stands in it, must not be null.
// Validation lets a nullable variable stand there if either has a default; gqlgen would go on with 0 or false.
func refuseNulls(ctx context.Context, next graphql.Resolver) (any, error) {
	variables := graphql.GetOperationContext(ctx).Variables
	for _, argument := range graphql.GetFieldContext(ctx).Field.Arguments {
		if forbiddenNull(argument.Value, variables) {
			return nil, models.BadInput(argument.Name, fmt.Sprintf("`%s` must not be null.", argument.Name))
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
