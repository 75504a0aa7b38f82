// Package live tells those who watch objects of their newest states, without asking for each of them: an object
// that is watched, by however many, is read once when somebody says that it may have changed, and every
// second and a half anyway. It knows no database: it is given the reads.
//
// What it guarantees: a watcher's first state of an object comes from a read that began after it joined. After
// a change, every watcher of the object is handed that state or a newer one, within two seconds at worst and at once
// where Changed is called. States of an object never go backwards. A watcher that takes its time is
// handed fewer states, and holds no more than one mark an object. Notifications alone are a stream: each is
// handed out once, in order.
package live

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/singleflight"

	"reelgraph/models"
)

// Reads are how the hub reads. Each must see everything that was committed before it began, and may be called by many
// at once; ids without an object are absent from a map. Those by ids are given at most 1,000.
type Reads struct {
	AIJobs func(ctx context.Context, ids []models.ID) (map[models.ID]*models.AIJob, error)
	// AIJobVersions gives their versions alone.
	AIJobVersions func(ctx context.Context, ids []models.ID) (map[models.ID]int64, error)
	VideoMetadata func(ctx context.Context, ids []models.ID) (map[models.ID]*models.VideoMetadata, error)
	Inboxes       func(ctx context.Context, ids []models.ID) (map[models.ID]*models.Inbox, error)
	// InboxChanges gives what Inbox.Changes gives of inboxes.
	InboxChanges func(ctx context.Context, ids []models.ID) (map[models.ID]int64, error)
	// Blocked gives those of users whom viewer has blocked.
	Blocked func(ctx context.Context, viewer models.ID, users []models.ID) (map[models.ID]bool, error)
	// NotificationsAfter gives the first of a recipient's notifications behind a number, in the order of their
	// numbers, without those that a block hides.
	NotificationsAfter func(ctx context.Context, recipient models.ID, number int64, first int) ([]*models.Notification, error)
}

// Hub watches all kinds of objects. It is safe for concurrent use.
type Hub struct {
	reads    Reads
	jobs     *topic[models.AIJob]
	counters *topic[models.VideoMetadata]
	inboxes  *topic[models.Inbox]
	// pages has watchers of one inbox who stand at the same place read what follows together.
	pages singleflight.Group
	// notified counts the notifications that were handed out.
	notified atomic.Uint64
}

// New makes a Hub, in which nothing moves until Run.
func New(reads Reads, log *slog.Logger) *Hub {
	h := &Hub{
		reads: reads,
		jobs:  newMarkedTopic("jobs", reads.AIJobs, log, reads.AIJobVersions, func(job *models.AIJob) int64 { return job.Version }),
		counters: newTopic("counters", reads.VideoMetadata, log,
			func(before, now *models.VideoMetadata) bool {
				return now.Version > before.Version || now.Version == before.Version &&
					((now.DeletedAt == nil) != (before.DeletedAt == nil) || now.OwnerID != before.OwnerID)
			}),
		inboxes: newMarkedTopic("inboxes", reads.Inboxes, log, reads.InboxChanges, (*models.Inbox).Changes),
	}
	h.jobs.final = func(job *models.AIJob) bool { return job.Status.Finished() }
	return h
}

// Run reads what is watched until ctx ends.
func (h *Hub) Run(ctx context.Context) {
	var topics sync.WaitGroup
	topics.Go(func() { h.jobs.run(ctx) })
	topics.Go(func() { h.counters.run(ctx) })
	topics.Go(func() { h.inboxes.run(ctx) })
	topics.Wait()
}

// Changed says that objects may have changed, what has been committed by then included. It does not wait for their
// reads; those that nobody watches cost nothing. Once it has been told of a user's blocks, that user's
// watchers are handed nothing before these have been read.
func (h *Hub) Changed(kind models.Kind, ids []models.ID) {
	switch kind {
	case models.KindAIJob:
		h.jobs.changed(ids)
	case models.KindVideoMetadata:
		h.counters.changed(ids)
	case models.KindInbox:
		h.inboxes.changed(ids)
	case models.KindBlocks:
		h.inboxes.unsettle(ids)
	}
}
