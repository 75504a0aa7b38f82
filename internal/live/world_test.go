package live

import (
	"context"
	"encoding/binary"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"reelgraph/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// id is the n-th id.
func id(n int) (made models.ID) {
	binary.BigEndian.PutUint64(made[8:], uint64(n))
	return made
}

// world is what a database holds, and how it is read.
type world struct {
	mu       sync.Mutex
	jobs     map[models.ID]models.AIJob
	counters map[models.ID]models.VideoMetadata
	inboxes  map[models.ID]models.Inbox
	blocked  map[models.ID]map[models.ID]bool
	notes    map[models.ID][]models.Notification
	// delay is how long a read takes, err what it fails with.
	delay func() time.Duration
	err   error
	// reads counts the reads of each kind, and read the ids in them.
	reads, read map[string]int
}

func newWorld() *world {
	return &world{
		jobs: map[models.ID]models.AIJob{}, counters: map[models.ID]models.VideoMetadata{}, inboxes: map[models.ID]models.Inbox{},
		blocked: map[models.ID]map[models.ID]bool{}, notes: map[models.ID][]models.Notification{},
		delay: func() time.Duration { return time.Millisecond }, reads: map[string]int{}, read: map[string]int{},
	}
}

// inWorld runs a test with a hub over a world, in time of its own.
func inWorld(t *testing.T, test func(ctx context.Context, w *world, h *Hub)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		h := New(w.hubReads(), slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { h.Run(ctx) })
		test(ctx, w, h)
		cancel()
		running.Wait()
		synctest.Wait() // for the watches to be left
		if n := len(h.jobs.objects) + len(h.counters.objects) + len(h.inboxes.objects); n > 0 {
			t.Errorf("%d objects are still watched by nobody", n)
		}
		if n := h.jobs.looks.Len() + h.counters.looks.Len() + h.inboxes.looks.Len(); n > 0 {
			t.Errorf("%d objects are still looked at for nobody", n)
		}
	})
}

// byIDs answers a read as of some moment while it runs.
func byIDs[S any](ctx context.Context, w *world, kind string, table map[models.ID]S, ids []models.ID) (map[models.ID]*S, error) {
	w.mu.Lock()
	w.reads[kind]++
	w.read[kind] += len(ids)
	before, after := w.delay(), w.delay()
	w.mu.Unlock()
	if err := spend(ctx, before); err != nil {
		return nil, err
	}
	w.mu.Lock()
	found, err := map[models.ID]*S{}, w.err
	for _, id := range ids {
		if row, ok := table[id]; ok {
			found[id] = &row
		}
	}
	w.mu.Unlock()
	if err == nil {
		err = spend(ctx, after)
	}
	return found, err
}

func spend(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return models.Unavailable(ctx.Err()) // as of the database
	}
}

func (w *world) hubReads() Reads {
	return Reads{
		AIJobs: func(ctx context.Context, ids []models.ID) (map[models.ID]*models.AIJob, error) {
			return byIDs(ctx, w, "jobs", w.jobs, ids)
		},
		AIJobVersions: func(ctx context.Context, ids []models.ID) (map[models.ID]int64, error) {
			jobs, err := byIDs(ctx, w, "versions", w.jobs, ids)
			versions := map[models.ID]int64{}
			for id, job := range jobs {
				versions[id] = job.Version
			}
			return versions, err
		},
		VideoMetadata: func(ctx context.Context, ids []models.ID) (map[models.ID]*models.VideoMetadata, error) {
			return byIDs(ctx, w, "counters", w.counters, ids)
		},
		Inboxes: func(ctx context.Context, ids []models.ID) (map[models.ID]*models.Inbox, error) {
			return byIDs(ctx, w, "inboxes", w.inboxes, ids)
		},
		InboxChanges: func(ctx context.Context, ids []models.ID) (map[models.ID]int64, error) {
			inboxes, err := byIDs(ctx, w, "inbox changes", w.inboxes, ids)
			changes := map[models.ID]int64{}
			for id, inbox := range inboxes {
				changes[id] = inbox.Changes()
			}
			return changes, err
		},
		Blocked: func(ctx context.Context, viewer models.ID, users []models.ID) (map[models.ID]bool, error) {
			w.mu.Lock()
			blocked := make(map[models.ID]bool)
			for _, user := range users {
				if w.blocked[viewer][user] {
					blocked[user] = true
				}
			}
			w.reads["blocks"]++
			delay, err := w.delay(), w.err
			w.mu.Unlock()
			if err == nil {
				err = spend(ctx, delay)
			}
			return blocked, err
		},
		NotificationsAfter: func(ctx context.Context, recipient models.ID, number int64, first int) (page []*models.Notification, err error) {
			w.mu.Lock()
			for _, n := range w.notes[recipient] {
				hidden := n.ActorID != nil && w.blocked[recipient][*n.ActorID]
				if n.Number > number && len(page) < first && !hidden {
					page = append(page, &n)
				}
			}
			w.reads["notifications"]++
			delay, err := w.delay(), w.err
			w.mu.Unlock()
			if err == nil {
				err = spend(ctx, delay)
			}
			return page, err
		},
	}
}

// setJob changes a job, which is made where there is none.
func (w *world) setJob(n, owner int, status models.AIJobStatus, progress int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs[id(n)] = models.AIJob{ID: id(n), OwnerID: id(owner), Status: status, Progress: progress, Version: w.jobs[id(n)].Version + 1}
}

// view counts a view of a video, which is made where there is none.
func (w *world) view(n, owner int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	row := w.counters[id(n)]
	row.VideoID, row.OwnerID = id(n), id(owner)
	row.ViewCount++
	row.Version++
	w.counters[id(n)] = row
}

// remove deletes a video, or restores it, where there is one.
func (w *world) remove(n int, deleted bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	row, ok := w.counters[id(n)]
	if !ok {
		return
	}
	row.DeletedAt = nil
	if deleted {
		row.DeletedAt = new(time.Now())
	}
	w.counters[id(n)] = row
}

// block has a viewer block a user, or ends that.
func (w *world) block(viewer, user int, blocked bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.blocked[id(viewer)] == nil {
		w.blocked[id(viewer)] = map[models.ID]bool{}
	}
	w.blocked[id(viewer)][id(user)] = blocked
	inbox := w.inboxes[id(viewer)]
	inbox.UserID = id(viewer)
	inbox.BlocksVersion++
	w.inboxes[id(viewer)] = inbox
}

// notify sends a user a notification by another, unless that one is blocked.
func (w *world) notify(user, actor int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.blocked[id(user)][id(actor)] {
		return
	}
	inbox := w.inboxes[id(user)]
	inbox.UserID = id(user)
	inbox.LastNumber++
	inbox.UnreadLike++
	inbox.Version++
	w.inboxes[id(user)] = inbox
	w.notes[id(user)] = append(w.notes[id(user)], models.Notification{RecipientID: id(user), Number: inbox.LastNumber, ActorID: new(id(actor))})
}

// count gives how many reads of a kind there were, and forgets them.
func (w *world) count(kind string) (reads, ids int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	reads, ids = w.reads[kind], w.read[kind]
	delete(w.reads, kind)
	delete(w.read, kind)
	return reads, ids
}

func (w *world) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
}

// watcher takes all that a feed hands out, as it comes.
type watcher[S any] struct {
	mu    sync.Mutex
	got   []*S
	ended bool
	stop  context.CancelFunc
}

// follow has somebody take from a feed until stopped.
func follow[S any](ctx context.Context, t testing.TB, open func(context.Context) (Feed[S], error)) *watcher[S] {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	feed, err := open(ctx)
	if err != nil {
		t.Error(err)
		cancel()
		return &watcher[S]{stop: cancel}
	}
	v := &watcher[S]{stop: cancel}
	go func() {
		for {
			state, ok := feed.Next(ctx)
			v.mu.Lock()
			if !ok {
				v.ended = ctx.Err() == nil
				v.mu.Unlock()
				return
			}
			v.got = append(v.got, state)
			v.mu.Unlock()
		}
	}()
	return v
}

// after gives what was handed out since the last call, when time has passed.
func (v *watcher[S]) after(d time.Duration) []*S {
	<-time.After(d)
	synctest.Wait()
	v.mu.Lock()
	defer v.mu.Unlock()
	got := v.got
	v.got = nil
	return got
}

func (v *watcher[S]) hasEnded() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ended
}

func ids(numbers ...int) []models.ID {
	var made []models.ID
	for _, n := range numbers {
		made = append(made, id(n))
	}
	return made
}

// show tells in short what was handed out.
func show[S any](got []*S, text func(*S) string) []string {
	shown := []string{}
	for _, state := range got {
		shown = append(shown, text(state))
	}
	return slices.Clip(shown)
}
