package live

import (
	"container/list"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"reelgraph/models"
)

const (
	// look is after what time an object is read though nobody said that it changed. With the read itself and what
	// comes before it, that makes less than two seconds.
	look = 1500 * time.Millisecond
	// together is how much earlier an object may be read along with others.
	together = 150 * time.Millisecond
	// gather is how much time lies between two reads at least, in which hints are gathered.
	gather = 8 * time.Millisecond
	// maxBatch bounds the objects of one read.
	maxBatch = 1000
	// readTimeout bounds one read, and retry is after what time one that failed is tried again.
	readTimeout = 4 * time.Second
	retry       = 250 * time.Millisecond
)

// topic is all watched objects of a kind. One goroutine reads them, in batches, one after the other: so an
// object is in one read at a time.
type topic[S any] struct {
	name string
	read func(context.Context, []models.ID) (map[models.ID]*S, error)
	// newer reports whether an object has changed between two reads that found it.
	newer func(before, now *S) bool
	// final reports whether an object never changes again; nil where all may.
	final func(*S) bool
	// marks reads what a look compares with mark, of objects that are dear to read; nil where a look reads all of them.
	marks func(context.Context, []models.ID) (map[models.ID]int64, error)
	mark  func(*S) int64
	log   *slog.Logger
	wake  chan struct{}
	count counts
	// lag, where set, is told of what Hub.ObserveLag says.
	lag func(kind string, behind time.Duration)

	// mu is taken before that of a watch.
	mu      sync.Mutex
	objects map[models.ID]*object[S]
	// watchers counts the watches that have not been left.
	watchers int
	// due are to be read next, and looks holds all that are not final, those first that were read first.
	due   []*object[S]
	looks *list.List
	// dueSince is when the first of due was asked for, and dueBefore the same of those that are being read.
	dueSince, dueBefore time.Time
	// notBefore is when the next read may begin.
	notBefore time.Time
	failing   bool
}

// object is one that somebody watches.
type object[S any] struct {
	id models.ID
	// state is that of the last read, nil where there was no object, and asOf when that read began.
	state atomic.Pointer[S]
	asOf  atomic.Pointer[time.Time]
	// The rest is the topic's, under its lock. watchers have each its place in them.
	watchers []*item[S]
	// begun counts the reads, and begunAt is when the last of them began.
	begun   int
	begunAt *time.Time
	due     bool
	lookAt  time.Time
	look    *list.Element // nil once the object is final
}

// newTopic makes a topic whose looks read whole objects, and whose objects may all change.
func newTopic[S any](
	name string, read func(context.Context, []models.ID) (map[models.ID]*S, error), log *slog.Logger, newer func(before, now *S) bool,
) *topic[S] {
	return &topic[S]{
		name: name, read: read, newer: newer, log: log,
		wake: make(chan struct{}, 1), objects: map[models.ID]*object[S]{}, looks: list.New(),
	}
}

// newMarkedTopic makes one whose objects each have a mark that grows when they change, which looks compare.
func newMarkedTopic[S any](
	name string, read func(context.Context, []models.ID) (map[models.ID]*S, error), log *slog.Logger,
	marks func(context.Context, []models.ID) (map[models.ID]int64, error), mark func(*S) int64,
) *topic[S] {
	t := newTopic(name, read, log, func(before, now *S) bool { return mark(now) > mark(before) })
	t.marks, t.mark = marks, mark
	return t
}

// run reads what is due until ctx ends.
func (t *topic[S]) run(ctx context.Context) {
	for ctx.Err() == nil {
		due, looked, wait := t.next(time.Now())
		if len(due)+len(looked) > 0 {
			t.refresh(ctx, append(due, t.changedAmong(ctx, looked)...))
			continue
		}
		var timer <-chan time.Time
		if wait >= 0 {
			timer = time.After(wait)
		}
		select {
		case <-t.wake:
		case <-timer:
		case <-ctx.Done():
		}
	}
}

// next takes what is to be read now, because it is due or because it is looked at. Where that is nothing, it tells how long
// to wait, for ever where that is negative.
func (t *topic[S]) next(now time.Time) (due, looked []*object[S], wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.notBefore
	if len(t.due) == 0 {
		first := t.looks.Front()
		if first == nil {
			return nil, nil, -1
		}
		if lookAt := first.Value.(*object[S]).lookAt; lookAt.After(at) {
			at = lookAt
		}
	}
	if wait := at.Sub(now); wait > 0 {
		return nil, nil, wait
	}
	t.dueBefore, t.dueSince = t.dueSince, now
	for len(t.due) > 0 && len(due) < maxBatch {
		o := t.due[0]
		t.due[0], t.due = nil, t.due[1:]
		o.due = false
		if len(o.watchers) > 0 {
			due = append(due, t.begin(o, &now))
		}
	}
	if len(t.due) > 0 {
		t.dueSince = t.dueBefore // The rest has been due for as long.
	}
	if len(due) == 0 {
		t.dueBefore = now
	}
	for first := t.looks.Front(); first != nil && len(due)+len(looked) < maxBatch; first = t.looks.Front() {
		o := first.Value.(*object[S])
		if o.lookAt.After(now.Add(together)) {
			break
		}
		if len(due) == 0 && o.lookAt.Before(t.dueBefore) {
			t.dueBefore = o.lookAt
		}
		looked = append(looked, t.begin(o, &now))
	}
	t.notBefore = now.Add(gather)
	return due, looked, 0
}

// begin counts a read of the object, and puts its next look behind those of all others. The lock is held.
func (t *topic[S]) begin(o *object[S], now *time.Time) *object[S] {
	o.begun++
	o.begunAt = now
	o.lookAt = now.Add(look)
	if o.look != nil {
		t.looks.MoveToBack(o.look)
	}
	return o
}

// changedAmong are those of objects that stand no longer as they were read last, or all where that cannot be told.
func (t *topic[S]) changedAmong(ctx context.Context, looked []*object[S]) []*object[S] {
	if t.marks == nil || len(looked) == 0 {
		return looked
	}
	marks, err := inTime(ctx, t.marks, idsOf(looked))
	if err != nil {
		return looked // The read that follows tells what is wrong.
	}
	return slices.DeleteFunc(looked, func(o *object[S]) bool {
		state := o.state.Load()
		mark, found := marks[o.id]
		return found == (state != nil) && (!found || mark == t.mark(state))
	})
}

func idsOf[S any](objects []*object[S]) []models.ID {
	ids := make([]models.ID, len(objects))
	for i, o := range objects {
		ids[i] = o.id
	}
	return ids
}

// refresh reads objects, and tells their watchers.
func (t *topic[S]) refresh(ctx context.Context, batch []*object[S]) {
	if len(batch) == 0 {
		return
	}
	t.count.reads.Add(1)
	t.count.read.Add(uint64(len(batch)))
	found, err := inTime(ctx, t.read, idsOf(batch))
	if ctx.Err() != nil {
		return
	}
	t.report(ctx, err)
	told := false
	for _, o := range batch {
		t.mu.Lock() // For each, so that whoever joins need not wait for all.
		if err != nil {
			t.failed(o, err)
		} else {
			told = t.tell(o, found[o.id]) || told
		}
		t.mu.Unlock()
	}
	if told && t.lag != nil {
		t.lag(t.name, time.Since(t.dueBefore))
	}
}

// inTime is a read that neither takes too long nor panics.
func inTime[V any](ctx context.Context, read func(context.Context, []models.ID) (map[models.ID]V, error), ids []models.ID) (found map[models.ID]V, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic in a read: %v\n%s", cause, debug.Stack())
		}
	}()
	return read(ctx, ids)
}

// report has the log know when reads begin to fail, and when they succeed again.
func (t *topic[S]) report(ctx context.Context, err error) {
	switch {
	case err != nil && !t.failing:
		t.log.WarnContext(ctx, "live states cannot be read, and are tried again", "kind", t.name, "error", err)
	case err == nil && t.failing:
		t.log.InfoContext(ctx, "live states are read again", "kind", t.name)
	}
	t.failing = err != nil
}

// failed has an object read again in a moment. The lock is held.
func (t *topic[S]) failed(o *object[S], err error) {
	t.notBefore = time.Now().Add(retry)
	t.hint(o)
	t.dueSince = t.dueBefore // It is not forgotten since when.
	for _, i := range o.watchers {
		i.watch.fail(err)
	}
}

// tell hands a state that was read to the object's watchers, and reports whether any of them has something to take. The lock is held.
func (t *topic[S]) tell(o *object[S], now *S) (told bool) {
	before := o.state.Load()
	changed := before != now // both nil
	if before != nil && now != nil {
		changed = t.newer(before, now)
	}
	o.asOf.Store(o.begunAt) // before the state, which is never of an earlier moment
	if changed {
		o.state.Store(now)
	}
	ended := now != nil && t.final != nil && t.final(now)
	if ended && o.look != nil {
		t.looks.Remove(o.look)
		o.look = nil
	}
	for _, i := range o.watchers {
		told = i.watch.told(i, o.begun, changed, ended) || told
	}
	return told
}

// hint has an object read next. The lock is held.
func (t *topic[S]) hint(o *object[S]) {
	if o.due {
		return
	}
	o.due = true
	if len(t.due) == 0 {
		t.dueSince = time.Now()
	}
	t.due = append(t.due, o)
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// changed has objects read next, if they are watched.
func (t *topic[S]) changed(ids []models.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		if o := t.objects[id]; o != nil {
			t.hint(o)
		}
	}
}

// unsettle is changed, and has every watcher of the objects await that read.
func (t *topic[S]) unsettle(ids []models.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		o := t.objects[id]
		if o == nil {
			continue
		}
		for _, i := range o.watchers {
			i.watch.await(i, o.begun+1)
		}
		t.hint(o)
	}
}

// join adds a watcher to an object, and has the object read for it. The lock is held.
func (t *topic[S]) join(i *item[S], id models.ID) {
	o := t.objects[id]
	if o == nil {
		o = &object[S]{id: id, lookAt: time.Now().Add(look)}
		o.look = t.looks.PushBack(o)
		t.objects[id] = o
	}
	i.object, i.place = o, len(o.watchers)
	o.watchers = append(o.watchers, i)
	i.watch.await(i, o.begun+1)
	t.hint(o)
}

// leave takes a watcher from its object, which is forgotten with the last of them. The lock is held.
func (t *topic[S]) leave(i *item[S]) {
	o := i.object
	last := len(o.watchers) - 1
	o.watchers[i.place] = o.watchers[last]
	o.watchers[i.place].place = i.place
	o.watchers[last] = nil
	o.watchers = o.watchers[:last]
	if last > 0 {
		return
	}
	delete(t.objects, o.id)
	if o.look != nil {
		t.looks.Remove(o.look)
		o.look = nil
	}
}
