package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/internal/live"
	"reelgraph/internal/store"
	"reelgraph/models"
)

// subscribed is what an operation that is a subscription waits for between two responses.
type subscribed struct {
	// next has the channel of the resolver hold the next object; false where there is none any more.
	next func(context.Context) bool
	// asOf is when that object was read.
	asOf func() time.Time
	// field is the subscription's own, which the paths of errors begin with.
	field *graphql.FieldContext
}

// subscribe gives gqlgen the channel that it reads a subscription's objects from. What is put there is asked of the feed
// only when the last response has been sent: until then the newest state may become newer.
func subscribe[S, T any](ctx context.Context, feed live.Feed[S], show func(*S) *T) <-chan *T {
	handed := make(chan *T, 1)
	runningFrom(ctx).subscribed = &subscribed{
		field: graphql.GetFieldContext(ctx),
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

// asItIs shows a state that is an object of the schema.
func asItIs[S any](state *S) *S { return state }

// nextObject waits for what a response of a subscription is about. Other operations do not wait.
func nextObject(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if r := runningFrom(ctx); r != nil && r.subscribed != nil {
		if !r.subscribed.next(ctx) {
			return nil
		}
		ctx = graphql.WithFieldContext(ctx, r.subscribed.field)
	}
	return next(ctx)
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
		Blocked:            s.BlockedAmong,
		NotificationsAfter: s.NotificationsAfter,
	}
}
