package live

import (
	"context"
	"time"

	"reelgraph/models"
)

// Feed is what one watcher is handed. One goroutine asks it.
type Feed[S any] interface {
	// Next waits until there is something to hand out. It is false when there never will be, or when ctx or the one that
	// the feed was made with has ended.
	Next(ctx context.Context) (*S, bool)
	// Again has Next give what it gave last once more, or what is newer by then.
	Again()
	// AsOf is when what Next gave last was read, or somewhat earlier: the same moment for all who were handed it.
	AsOf() time.Time
}

// moment is the AsOf of a feed.
type moment struct{ at time.Time }

func (m *moment) AsOf() time.Time { return m.at }

// until has a watch left when ctx ends.
func until[S any](ctx context.Context, w *watch[S]) { context.AfterFunc(ctx, w.leave) }

func newSignal() chan struct{} { return make(chan struct{}, 1) }

// aiJobs hands out jobs of one owner.
type aiJobs struct {
	moment
	owner models.ID
	jobs  *watch[models.AIJob]
	// left is how many have not finished.
	left int
	// last is what was handed out last, as the n-th. One that is gone, and shall be handed out again, is held.
	n          int
	last, held *models.AIJob
}

// AIJobs watches jobs of an owner, each as often as interval allows, and in its last state at once. The feed ends when all have
// been handed out in their last state; those of others and those that there are none of count as finished. It belongs to ctx. Where
// the jobs cannot be read, the error is SERVICE_UNAVAILABLE.
func (h *Hub) AIJobs(ctx context.Context, owner models.ID, ids []models.ID, interval time.Duration) (Feed[models.AIJob], error) {
	ids = models.Distinct(ids)
	f := &aiJobs{owner: owner, jobs: h.jobs.watch(ids, interval, newSignal()), left: len(ids)}
	until(ctx, f.jobs)
	return f, f.jobs.first(ctx)
}

func (f *aiJobs) Next(ctx context.Context) (*models.AIJob, bool) {
	if f.held != nil {
		f.held = nil
		return f.last, true
	}
	for f.left > 0 {
		n, job, ok := f.jobs.take()
		if !ok {
			if !f.jobs.wait(ctx) {
				return nil, false
			}
			continue
		}
		seen := job != nil && job.OwnerID == f.owner
		if !seen || job.Status.Finished() {
			f.jobs.drop(n)
			f.left--
		}
		if seen && f.jobs.sent(n, job.Version) {
			f.at, f.n, f.last = f.jobs.asOf(n), n, job
			return job, true
		}
	}
	return nil, false
}

func (f *aiJobs) Again() {
	if f.last.Status.Finished() {
		f.held = f.last
	} else {
		f.jobs.resend(f.n)
	}
}

// unread hands out an inbox.
type unread struct {
	moment
	user  models.ID
	inbox *watch[models.Inbox]
}

// Unread watches how much of a user's inbox is unread. Somebody without an inbox has an empty one. The feed never ends before ctx,
// which it belongs to.
func (h *Hub) Unread(ctx context.Context, user models.ID) (Feed[models.Inbox], error) {
	f := &unread{user: user, inbox: h.inboxes.watch([]models.ID{user}, 0, newSignal())}
	until(ctx, f.inbox)
	return f, f.inbox.first(ctx)
}

func (f *unread) Next(ctx context.Context) (*models.Inbox, bool) {
	for {
		n, inbox, ok := f.inbox.take()
		if !ok {
			if !f.inbox.wait(ctx) {
				return nil, false
			}
			continue
		}
		if inbox == nil {
			inbox = &models.Inbox{UserID: f.user}
		}
		if f.inbox.sent(n, inbox.Version) {
			f.at = f.inbox.asOf(n)
			return inbox, true
		}
	}
}

func (f *unread) Again() { f.inbox.resend(0) }
