package graph

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/internal/live"
	"reelgraph/internal/store"
	"reelgraph/models"
)

// subscribed is what an operation that is a subscription waits for between two responses.
type subscribed struct {
	// next has the channel of the resolver hold the next object; false where there is none any more.
	next func(context.Context) bool
	// again has next give the object once more.
	again func()
	// asOf is when that object was read.
	asOf func() time.Time
	// begun says that there was a response, or that none may be sent that is made again.
	begun bool
	// field is the subscription's own, which the paths of errors begin with.
	field *graphql.FieldContext
}

// subscribe gives gqlgen the channel that it reads a subscription's objects from. What is put there is asked of the feed
// only when the last response has been sent: until then the newest state may become newer.
func subscribe[S, T any](ctx context.Context, feed live.Feed[S], show func(*S) *T) <-chan *T {
	handed := make(chan *T, 1)
	graphql.GetOperationContext(ctx).Stats.SetExtension(models.StreamStats, true)
	runningFrom(ctx).subscribed = &subscribed{
		field: graphql.GetFieldContext(ctx),
		again: feed.Again,
		asOf:  feed.AsOf,
		next: func(ctx context.Context) bool {
			state, ok := feed.Next(ctx)
			if ok {
				handed <- show(state)
			}
			return ok
		},
	}
	return handed
}

// once has a subscription send nothing twice: what it sends are no states.
func once(ctx context.Context) { runningFrom(ctx).subscribed.begun = true }

// asItIs shows a state that is an object of the schema.
func asItIs[S any](state *S) *S { return state }

// nestedRetry is after what time a response is made again for which something could not be read.
const nestedRetry = 2 * time.Second

// respond waits for what the next response is about, and has the handler make it. One for which the database could not be asked
// is none, since what it is about would be lost: it is made again. Only that of a subscription that begins is sent as
// well, so that its client knows.
//
// Subscriptions wait here for most of their life. So nothing of a response is there yet, and the frame is a small
// one: with some hundred bytes more, each would take a stack of twice the size.
func (s *subscribed) respond(ctx context.Context, handler graphql.ResponseHandler) *graphql.Response {
	for s.next(ctx) {
		if response, ok := s.attempt(ctx, handler); ok {
			return response
		}
	}
	return nil
}

// attempt makes a response, and reports whether it is one to send. Where it is not, some time has passed.
//
//go:noinline
func (s *subscribed) attempt(ctx context.Context, handler graphql.ResponseHandler) (*graphql.Response, bool) {
	response := handler(graphql.WithFieldContext(ctx, s.field))
	failed := response != nil && slices.ContainsFunc(response.Errors, isUnavailable)
	if failed {
		s.again()
	}
	if !failed || !s.begun {
		s.begun = true
		return response, true
	}
	select {
	case <-time.After(nestedRetry):
	case <-ctx.Done():
	}
	return nil, false
}

func isUnavailable(err *gqlerror.Error) bool {
	return err.Extensions["code"] == string(models.CodeServiceUnavailable)
}

// oneRootField refuses subscriptions that select none or several, or what every object has: those of the specification
// (section 5.2.4.1) that validation lets pass, since @skip and variables are known only now.
type oneRootField struct{}

var _ graphql.OperationContextMutator = oneRootField{}

func (oneRootField) ExtensionName() string                   { return "OneRootField" }
func (oneRootField) Validate(graphql.ExecutableSchema) error { return nil }

func (oneRootField) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	if operation.Operation.Operation != ast.Subscription {
		return nil
	}
	roots := rootSelections(operation)
	if len(roots) == 1 && !strings.HasPrefix(roots[0].Name, "__") {
		return nil
	}
	err := gqlerror.ErrorPosf(operation.Operation.Position, "A subscription must select exactly one top level field, and none that begins with __.")
	errcode.Set(err, errcode.ValidationFailed)
	return err
}

// maxInterval bounds minIntervalMs, in milliseconds.
const maxInterval = 60_000

// watched reads the arguments of a subscription to objects by id.
func (r *Resolver) watched(ids []string, minIntervalMs int) ([]models.ID, time.Duration, error) {
	var in inputs
	in.within("minIntervalMs", "`minIntervalMs`", minIntervalMs, 0, maxInterval)
	if err := in.err(); err != nil {
		return nil, 0, err
	}
	parsed, err := r.parseIDs(ids)
	return parsed, time.Duration(minIntervalMs) * time.Millisecond, err
}

// notificationNumber is the place of the caller's notification that `after` names, nil where it names none.
func (r *Resolver) notificationNumber(ctx context.Context, after *string) (*int64, error) {
	var in inputs
	id := in.optionalID(after)
	if err := in.err(); err != nil || id == nil {
		return nil, err
	}
	number, found, err := r.store.NotificationNumber(ctx, signedIn(ctx), *id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, models.BadInput("after", "`after` is the id of none of your notifications.")
	}
	return &number, nil
}

// LiveReads are the reads of a hub that watches what a store has.
func LiveReads(s *store.Store) live.Reads {
	return live.Reads{
		AIJobs:             s.LiveAIJobs,
		AIJobVersions:      s.LiveAIJobVersions,
		VideoMetadata:      s.LiveVideoMetadata,
		Inboxes:            s.LiveInboxes,
		InboxChanges:       s.LiveInboxChanges,
		Blocked:            s.BlockedAmong,
		NotificationsAfter: s.NotificationsAfter,
	}
}
