package graph

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/internal/live"
	"reelgraph/internal/loaders"
	"reelgraph/internal/store"
)

// Options are what an executor is made of.
type Options struct {
	Store *store.Store
	// Shared are the reads that are shared among requests; where they are nil the executor makes its own.
	Shared *loaders.Shared
	// Live is what subscriptions are fed from.
	Live *live.Hub
	// MaxBatchSize bounds the ids of one field.
	MaxBatchSize int
	// MaxComplexity bounds the cost of one operation.
	MaxComplexity int
	// RateLimit is what callers pay their operations from; nil is no limit.
	RateLimit *RateLimit
	// Introspection lets clients ask for the schema.
	Introspection bool
	// Trusted are the only documents that clients may run. Without, they may send any text, and have it kept by its hash.
	Trusted *TrustedDocuments
	// Logger is told of internal errors, each with the id of its request.
	Logger *slog.Logger
	// Extensions are what else takes part in running operations, the first outermost.
	Extensions []graphql.HandlerExtension
}

// NewExecutor makes the executor of all operations, whatever transport they come by.
func NewExecutor(options Options) *executor.Executor {
	resolver := &Resolver{store: options.Store, live: options.Live, maxBatchSize: options.MaxBatchSize}
	config := Config{Resolvers: resolver}
	config.Directives.Auth = authorize
	schema := NewExecutableSchema(config)

	e := executor.New(schema)
	e.SetParserTokenLimit(maxTokens)
	var documents graphql.Cache[*ast.QueryDocument] = newDocumentCache()
	if options.Trusted != nil {
		documents = trustedCache{documents}
	}
	e.SetQueryCache(documents)
	e.SetErrorPresenter(presenter{options.Logger}.present)
	e.SetRecoverFunc(recovered)
	// First of all, since it refuses what the others would stumble over.
	e.Use(costLimit{maxCost: options.MaxComplexity, maxBatchSize: options.MaxBatchSize})
	if options.RateLimit != nil {
		// Before anything looks at the document, and when its cost is known.
		e.Use(options.RateLimit)
	}
	if options.Trusted != nil {
		e.Use(trustedOnly{options.Trusted})
	} else {
		e.Use(persistedQueries{extension.AutomaticPersistedQuery{Cache: newTextCache()}})
	}
	e.Use(checkingLimit{documents})
	e.Use(oneRootField{})
	e.Use(nullsRefused{})
	e.Use(plainLists{})
	e.SetDefaultRulesFn(rulesOf(options.Introspection))
	if options.Introspection {
		e.Use(extension.Introspection{})
	} else {
		e.SetDisableSuggestion(true)
		e.Use(introspectionRefused{})
	}
	for _, extension := range options.Extensions {
		e.Use(extension)
	}
	shared := options.Shared
	if shared == nil {
		shared = loaders.NewShared(options.Store)
	}
	e.AroundResponses(tellCost)
	e.AroundOperations(startRunning)
	e.AroundResponses(loadersPerResponse(shared))
	e.AroundRootFields(loadersPerMutation(shared))
	if !slices.ContainsFunc(options.Extensions, isFieldInterceptor) {
		e.AroundRootFields(straightLookups(resolver))
	}
	return e
}

// isFieldInterceptor reports whether an extension wants to see every field.
func isFieldInterceptor(extension graphql.HandlerExtension) bool {
	_, is := extension.(graphql.FieldInterceptor)
	return is
}

// running is what is known of an operation that runs, for all its responses.
type running struct {
	lists loaders.Lists
	// toldUnavailable is true once the log knows that the database cannot answer: an outage makes every
	// field of a response fail.
	toldUnavailable atomic.Bool
	// subscribed is set by the resolver of a subscription.
	subscribed *subscribed
	// toldCost is true once a part of the answer tells the cost.
	toldCost bool
}

type runningKey struct{}

func runningFrom(ctx context.Context) *running {
	r, _ := ctx.Value(runningKey{}).(*running)
	return r
}

// startRunning has a subscription wait, between its responses, for what the next one is about.
func startRunning(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	r := &running{lists: wantedLists(graphql.GetOperationContext(ctx))}
	handler := next(context.WithValue(ctx, runningKey{}, r))
	if r.subscribed == nil {
		return handler
	}
	return func(ctx context.Context) *graphql.Response { return r.subscribed.respond(ctx, handler) }
}

// loadersPerResponse gives each response loaders of its own, so that nothing is remembered
// from one to the next. What a subscription nests is as of its object, so that all who were handed the same
// share it. Refusals come by here too: of an operation that is not run nothing was counted.
func loadersPerResponse(shared *loaders.Shared) graphql.ResponseMiddleware {
	return func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		if r := runningFrom(ctx); r != nil {
			var moment time.Time
			if r.subscribed != nil {
				moment = r.subscribed.asOf()
			}
			ctx = shared.Since(ctx, moment, r.lists).With(ctx)
		}
		return next(ctx)
	}
}

// loadersPerMutation gives each root field of a mutation loaders of its own, since it must see what the
// fields before it have written.
func loadersPerMutation(shared *loaders.Shared) graphql.RootFieldMiddleware {
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		operation := graphql.GetOperationContext(ctx)
		if operation.Operation.Operation == ast.Mutation {
			field := graphql.GetRootFieldContext(ctx).Field
			ctx = shared.New(ctx, listsBelow(operation, field)).With(ctx)
		}
		return next(ctx)
	}
}
