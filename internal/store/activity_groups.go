package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"reelgraph/models"
)

const (
	// maxGroupCalls and maxGroupVideos bound what is written in one transaction.
	maxGroupCalls  = 256
	maxGroupVideos = 10_000
	// maxWaitingCalls and maxWaitingVideos bound what waits for its turn: what comes later could not be
	// written in the time that its caller has.
	maxWaitingCalls  = 10 * maxGroupCalls
	maxWaitingVideos = 10 * maxGroupVideos
	// groupTimeout bounds one group, whose callers may all have left.
	groupTimeout = 4500 * time.Millisecond
)

var errActivityOverload = errors.New("too much activity waits for the database")

// activityGroups collects the calls of RecordActivity while others are written: they go out together as the next
// group, in one transaction. One group is under way at a time, since two would wait for each other's hot rows. Nobody
// waits on a timer, and nothing runs where nothing waits.
type activityGroups struct {
	mu      sync.Mutex
	waiting []*activityCall
	// videos is how many tallies the waiting calls have.
	videos int
	// writing says that writeGroups runs.
	writing bool
}

// join puts a call into the queue, unless this is full. Where nobody writes, write begins.
func (g *activityGroups) join(c *activityCall, write func()) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) >= maxWaitingCalls || g.videos+len(c.tallies) > maxWaitingVideos {
		return models.Unavailable(errActivityOverload)
	}
	g.waiting = append(g.waiting, c)
	g.videos += len(c.tallies)
	if !g.writing {
		g.writing = true
		go write()
	}
	return nil
}

// await gives the answer of a call in the queue. Where ctx ends before the call's turn has come, nothing of it
// happens.
func (g *activityGroups) await(ctx context.Context, c *activityCall) (Recorded, error) {
	select {
	case <-c.done:
		return c.recorded, c.err
	case <-ctx.Done():
		g.leave(c)
		return Recorded{}, models.Unavailable(ctx.Err())
	}
}

// leave takes a call out of the queue if it is still there.
func (g *activityGroups) leave(c *activityCall) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at := slices.Index(g.waiting, c); at >= 0 {
		g.take(at, at+1)
	}
}

// next takes the calls that have waited longest, as many as one transaction may write. Where there are none,
// nobody writes from then on.
func (g *activityGroups) next() []*activityCall {
	g.mu.Lock()
	defer g.mu.Unlock()
	size, videos := 0, 0
	for _, c := range g.waiting[:min(len(g.waiting), maxGroupCalls)] {
		if videos += len(c.tallies); size > 0 && videos > maxGroupVideos {
			break
		}
		size++
	}
	g.writing = size > 0
	return g.take(0, size)
}

// take removes calls from the queue. The lock is held.
func (g *activityGroups) take(from, to int) []*activityCall {
	taken := slices.Clone(g.waiting[from:to])
	g.waiting = slices.Delete(g.waiting, from, to)
	for _, c := range taken {
		g.videos -= len(c.tallies)
	}
	return taken
}

// writeGroups writes groups until nothing waits.
func (s *Store) writeGroups() {
	for group := s.activity.next(); len(group) > 0; group = s.activity.next() {
		ctx, cancel := context.WithTimeout(context.Background(), groupTimeout)
		s.writeTogether(ctx, group)
		cancel()
	}
}

// writeTogether writes calls in one transaction and answers them. Where the database refuses that, none has
// happened, and each is tried by itself, so that one that cannot be written harms no other. Where it is away
// nobody knows what has happened, and all are told so: a repeat finds out.
func (s *Store) writeTogether(ctx context.Context, calls []*activityCall) {
	err := s.tryTogether(ctx, calls)
	if _, unavailable := errors.AsType[*models.Error](err); err != nil && !unavailable && len(calls) > 1 {
		for i := range calls {
			s.writeTogether(ctx, calls[i:i+1])
		}
		return
	}
	for _, c := range calls {
		if err != nil {
			c.recorded, c.err = Recorded{}, err
		}
		close(c.done)
	}
}

// tryTogether runs the transaction of a group; a panic undoes it like an error.
func (s *Store) tryTogether(ctx context.Context, calls []*activityCall) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic while activity was recorded: %v\n%s", cause, debug.Stack())
		}
	}()
	err = s.inTx(ctx, func(tx *transaction) error { return s.recordActivity(tx, calls) })
	if err != nil && ctx.Err() != nil {
		// However the driver puts it.
		return models.Unavailable(err)
	}
	return err
}
