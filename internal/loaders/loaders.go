// Package loaders batches: a loader for each lookup by id, made anew for each response, in front
// of gatherers that share reads among all requests.
package loaders

import (
	"context"
	"time"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// Shared are the gatherers of one process.
type Shared struct {
	store     *store.Store
	metadata  *Gatherer[*models.VideoMetadata]
	videos    *Gatherer[*models.Video]
	users     *Gatherer[*models.User]
	jobs      *Gatherer[*models.AIJob]
	positions *Gatherer[int]
}

// NewShared makes the gatherers over a store.
func NewShared(s *store.Store) *Shared {
	return &Shared{
		store:     s,
		metadata:  NewGatherer(s.VideoMetadataByVideoID),
		videos:    NewGatherer(s.VideosByID),
		users:     NewGatherer(s.UsersByID),
		jobs:      NewGatherer(s.AIJobsByID),
		positions: NewGatherer(s.QueuePositions),
	}
}

// Loaders answer the reads by id of one response to one caller. What they answer is shared with
// other requests and must not be changed.
type Loaders struct {
	// Metadata and Videos give deleted ones too, marked so.
	Metadata Loader[*models.VideoMetadata]
	Videos   Loader[*models.Video]
	Users    Loader[*models.User]
	// AIJobs gives the caller's own alone, as does Notifications.
	AIJobs Loader[*models.AIJob]
	// AnyonesAIJobs gives jobs whoever owns them: who shows one must see to it that it is the viewer's to see.
	AnyonesAIJobs  Loader[*models.AIJob]
	QueuePositions Loader[int]
	Notifications  Loader[*models.Notification]
	Inboxes        Loader[*models.Inbox]

	nested   bool
	siblings siblings
}

// Lists counts, for each kind, the lists of a response whose members want objects of that kind. It
// decides how long related reads of several lists wait for each other, never what they answer.
type Lists struct {
	Metadata, Videos, Users, AIJobs, QueuePositions int
}

// New makes the loaders of one response to the caller of ctx.
func (s *Shared) New(ctx context.Context, lists Lists) *Loaders {
	return s.Since(ctx, time.Time{}, lists)
}

// Since is New for a response that shows things as of a moment: what is shared may have been read for others since then.
func (s *Shared) Since(ctx context.Context, moment time.Time, lists Lists) *Loaders {
	l := &Loaders{nested: lists != Lists{}}
	l.Metadata = Loader[*models.VideoMetadata]{shared: s.metadata, moment: moment, lists: lists.Metadata}
	l.Videos = Loader[*models.Video]{shared: s.videos, moment: moment, lists: lists.Videos}
	l.Users = Loader[*models.User]{shared: s.users, moment: moment, lists: lists.Users}
	l.QueuePositions = Loader[int]{shared: s.positions, moment: moment, lists: lists.QueuePositions}
	// Anonymous callers own nothing; the schema's @auth keeps them from asking.
	var caller models.ID
	if c := models.CallerFrom(ctx); c != nil {
		caller = c.ID
	}
	l.AnyonesAIJobs = Loader[*models.AIJob]{shared: s.jobs, moment: moment, lists: lists.AIJobs}
	l.AIJobs = Loader[*models.AIJob]{fetch: func(ctx context.Context, ids []models.ID) (map[models.ID]*models.AIJob, error) {
		found, err := s.jobs.LoadSince(ctx, moment, ids)
		if err != nil {
			return nil, err
		}
		return ownedBy(caller, ids, found), nil
	}}
	l.Notifications = Loader[*models.Notification]{fetch: func(ctx context.Context, ids []models.ID) (map[models.ID]*models.Notification, error) {
		return s.store.NotificationsByID(ctx, caller, ids)
	}}
	l.Inboxes = Loader[*models.Inbox]{fetch: s.store.InboxesByUserID}
	return l
}

// ownedBy keeps those of a user's jobs that ids name. It makes a map of its own: found is shared with
// others, and holds what they asked for too.
func ownedBy(owner models.ID, ids []models.ID, found map[models.ID]*models.AIJob) map[models.ID]*models.AIJob {
	owned := make(map[models.ID]*models.AIJob, len(ids))
	for _, id := range ids {
		if job := found[id]; job != nil && job.OwnerID == owner {
			owned[id] = job
		}
	}
	return owned
}

type contextKey struct{}

// With returns a context that carries the loaders.
func (l *Loaders) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// For gives the loaders of the response that ctx belongs to. Without any it panics: a resolver runs in a response.
func For(ctx context.Context) *Loaders {
	return ctx.Value(contextKey{}).(*Loaders)
}
