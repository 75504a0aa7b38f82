package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/models"
)

// straightLookups answers lookups whose ids come in a variable, and of whose objects plain fields alone are selected, without the
// arguments, contexts and resolvers that gqlgen makes for a field: for a list of ids they take more than all the rest. Whatever is
// not as in a usual poll, and every fault, goes the ordinary way, and without this all does. Middleware of fields sees nothing of what
// goes straight.
func straightLookups(r *Resolver) graphql.RootFieldMiddleware {
	lookups := map[string]func(context.Context, *Resolver, graphql.CollectedField) graphql.Marshaler{
		"videosMetadata":     metadataByID.straight,
		"videos":             videosByID.straight,
		"aiJobs":             aiJobsByID.straight,
		"notificationsByIds": notificationsByID.straight,
	}
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		field := graphql.GetRootFieldContext(ctx).Field
		answer := lookups[field.Name]
		if answer == nil || models.IsStoredDocument(ctx) { // whose caller wants the resolver's result
			return next(ctx)
		}
		if list := answer(ctx, r, field); list != nil {
			return list
		}
		return next(ctx)
	}
}

// straight answers the field of a query, or gives nil. A panic is left to be met, and told, on the ordinary way.
func (l lookup[T]) straight(ctx context.Context, r *Resolver, field graphql.CollectedField) (answer graphql.Marshaler) {
	defer func() {
		if recover() != nil {
			answer = nil
		}
	}()
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation.Operation != ast.Query || ctx.Err() != nil {
		return nil
	}
	ids := r.idsInVariable(operation, field)
	if len(ids) == 0 || !mayAsk(ctx, field) {
		return nil
	}
	fields := plainFields(operation, field.Selections, l.object, l.plain)
	if fields == nil {
		return nil
	}
	list, err := l.find(ctx, r, field, ids)
	if err != nil {
		return nil // The ordinary way meets the error again, which the loader keeps, and tells it.
	}
	return written[T]{list, fields}
}

// idsInVariable are the field's ids where they are a list in a variable, none where they are not, or not good.
func (r *Resolver) idsInVariable(operation *graphql.OperationContext, field graphql.CollectedField) []models.ID {
	argument := field.Arguments.ForName("ids")
	if argument.Value.Kind != ast.Variable {
		return nil
	}
	list, _ := operation.Variables[argument.Value.Raw].([]any)
	if len(list) > r.maxBatchSize {
		return nil
	}
	ids := make([]models.ID, len(list))
	for i, value := range list {
		text, _ := value.(string)
		id, ok := models.ParseID(text)
		if !ok {
			return nil
		}
		ids[i] = id
	}
	return ids
}

// mayAsk reports whether the field's @auth lets the caller ask for it.
func mayAsk(ctx context.Context, field graphql.CollectedField) bool {
	auth := field.Definition.Directives.ForName("auth")
	if auth == nil {
		return true
	}
	role := parsedSchema.Directives["auth"].Arguments.ForName("role").DefaultValue
	if said := auth.Arguments.ForName("role"); said != nil {
		role = said.Value
	}
	_, err := authorize(ctx, nil, func(context.Context) (any, error) { return nil, nil }, models.Role(role.Raw))
	return err == nil
}
