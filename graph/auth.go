package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/models"
)

// authorize is the directive @auth: the one place that decides who may ask for a field.
func authorize(ctx context.Context, _ any, next graphql.Resolver, role models.Role) (any, error) {
	caller := models.CallerFrom(ctx)
	if caller == nil {
		return nil, &models.Error{Code: models.CodeUnauthenticated, Message: "Sign in to ask for this."}
	}
	if !caller.Has(role) {
		return nil, &models.Error{Code: models.CodeForbidden, Message: "This needs the role " + string(role) + "."}
	}
	return next(ctx)
}

// signedIn is the caller of a field that has @auth.
func signedIn(ctx context.Context) models.ID { return models.CallerFrom(ctx).ID }

// viewer is the caller's id; nil for an anonymous one.
func viewer(ctx context.Context) *models.ID {
	caller := models.CallerFrom(ctx)
	if caller == nil {
		return nil
	}
	return &caller.ID
}
