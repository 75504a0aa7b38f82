package server

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// admission lets requests in, each with one operation, before what they have sent is read: reading and parsing a megabyte is
// the larger part of the work for a caller who has nothing left.
type admission struct {
	executor graphql.GraphExecutor
	// admit is Options.Admit.
	admit func(context.Context) *gqlerror.Error
}

// enter gives the context for the request's operation, or what to answer a request that is not let in: the same as if the
// executor had refused the operation, which is counted alike.
func (a admission) enter(ctx context.Context) (context.Context, *graphql.Response) {
	if a.admit == nil {
		return ctx, nil
	}
	err := a.admit(ctx)
	if err == nil {
		return models.WithAdmitted(ctx), nil
	}
	ctx = graphql.StartOperationTrace(ctx)
	operation := &graphql.OperationContext{Stats: graphql.Stats{OperationStart: graphql.GetStartTime(ctx)}}
	return nil, withCodes(a.executor.DispatchError(graphql.WithOperationContext(ctx, operation), gqlerror.List{err}))
}
