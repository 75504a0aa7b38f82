package live

import (
	"context"
	"sync"
	"time"

	"reelgraph/models"
)

// watch is one watcher of some objects. It marks which of them have changed since they were taken, and keeps no states:
// who takes one gets what is newest then. One goroutine takes.
type watch[S any] struct {
	topic *topic[S]
	// interval is how much time lies between two states of an object at least.
	interval time.Duration
	// signal is told when there may be something to take, or nothing more to wait for.
	signal chan struct{}

	mu    sync.Mutex
	items []item[S]
	// ready are to be taken, cooling were within the interval, each those first that came first.
	ready, cooling queue
	// waiting counts the items whose next read is awaited.
	waiting int
	// err is why the first states could not be read; begun says that they were.
	err   error
	begun bool
	// heeds says that nothing is taken: the signal is all that there is to a change.
	heeds bool
}

// item is a watcher's part in one object.
type item[S any] struct {
	watch  *watch[S]
	object *object[S]
	place  int // among the object's watchers; the topic's

	// The rest is the watch's, under its lock.
	n       int
	waiting bool
	awaited int // which read of the object's is awaited
	queued  bool
	gone    bool
	// sent is the version that was sent last.
	sent int64
	// cooling says that a state was sent within the interval, and changed that there is another since.
	cooling, changed bool
	until            time.Time
}

// firstTimeout bounds the wait for first states.
const firstTimeout = 4500 * time.Millisecond

// unsent is below every version.
const unsent = -1

// watch joins objects, each given once.
func (t *topic[S]) watch(ids []models.ID, interval time.Duration, signal chan struct{}) *watch[S] {
	return t.enter(&watch[S]{topic: t, interval: interval, signal: signal}, ids)
}

// heed joins one object of which nothing is taken: who is told looks at its newest state.
func (t *topic[S]) heed(id models.ID, signal chan struct{}) *watch[S] {
	return t.enter(&watch[S]{topic: t, signal: signal, heeds: true}, []models.ID{id})
}

func (t *topic[S]) enter(w *watch[S], ids []models.ID) *watch[S] {
	w.items = make([]item[S], len(ids))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.watchers++
	for n, id := range ids {
		i := &w.items[n]
		i.watch, i.n, i.sent = w, n, unsent
		t.join(i, id)
	}
	return w
}

// leave ends the watch. It is called once.
func (w *watch[S]) leave() {
	w.topic.mu.Lock()
	defer w.topic.mu.Unlock()
	w.topic.watchers--
	for n := range w.items {
		w.part(&w.items[n])
	}
}

// drop leaves one object, of which nothing is taken any more.
func (w *watch[S]) drop(n int) {
	w.topic.mu.Lock()
	defer w.topic.mu.Unlock()
	w.part(&w.items[n])
}

// part leaves an item's object, once. The topic's lock is held.
func (w *watch[S]) part(i *item[S]) {
	w.mu.Lock()
	gone := i.gone
	i.gone = true
	w.mu.Unlock()
	if !gone {
		w.topic.leave(i)
	}
}

// await has nothing count of the item's object that was read before its read of this number.
func (w *watch[S]) await(i *item[S], read int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i.awaited = read
	if !i.waiting {
		i.waiting = true
		w.waiting++
	}
}

// told is called when a read of the item's object has ended, and reports whether that gives the watcher something to take.
func (w *watch[S]) told(i *item[S], read int, changed, final bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i.waiting {
		if read < i.awaited {
			return false
		}
		i.waiting = false
		w.waiting--
		changed = true
	}
	if changed {
		if i.queued || i.cooling && i.changed {
			w.topic.count.superseded.Add(1)
		}
		w.mark(i, final)
	}
	return changed
}

// mark has an item taken, if any is, as soon as its interval allows unless it is final. The lock is held.
func (w *watch[S]) mark(i *item[S], final bool) {
	switch {
	case w.heeds:
	case i.cooling && !final:
		i.changed = true
	default:
		w.queue(i)
	}
	w.tell()
}

func (w *watch[S]) queue(i *item[S]) {
	if !i.queued {
		i.queued = true
		w.ready.push(i.n)
	}
}

func (w *watch[S]) tell() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// fail tells a watcher who has not had its first states why.
func (w *watch[S]) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.begun {
		w.err = err
		w.tell()
	}
}

// first waits until all objects have been read since the watch began, for no longer than a query may run.
func (w *watch[S]) first(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, firstTimeout)
	defer cancel()
	for {
		w.mu.Lock()
		err, waiting := w.err, w.waiting
		w.begun = err == nil && waiting == 0
		w.mu.Unlock()
		if err != nil || waiting == 0 {
			return err
		}
		select {
		case <-w.signal:
		case <-ctx.Done():
			return models.Unavailable(ctx.Err())
		}
	}
}

// settled reports whether every read that is awaited has ended.
func (w *watch[S]) settled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.waiting == 0
}

// take gives the newest state of an object that may have changed since it was taken last, nil where there is no
// such object; n says which.
func (w *watch[S]) take() (n int, state *S, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.warm()
	for {
		n, ok = w.ready.pop()
		if !ok {
			return 0, nil, false
		}
		i := &w.items[n]
		i.queued = false
		if !i.gone {
			return n, i.object.state.Load(), true
		}
	}
}

// asOf is when the read began that the state of the n-th object is of, or a later one.
func (w *watch[S]) asOf(n int) time.Time { return *w.items[n].object.asOf.Load() }

// sent says that a state of the n-th object has been handed on. False: this version was before.
func (w *watch[S]) sent(n int, version int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := &w.items[n]
	if version <= i.sent {
		return false
	}
	i.sent = version
	w.topic.count.handed.Add(1)
	if w.interval > 0 && !i.cooling {
		i.cooling, i.until = true, time.Now().Add(w.interval)
		w.cooling.push(n)
	}
	return true
}

// again has the n-th object taken once more, which was taken and not sent. It is no signal.
func (w *watch[S]) again(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue(&w.items[n])
}

// resend has the n-th object taken once more, which was sent and did not arrive.
func (w *watch[S]) resend(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.items[n].sent = unsent
	w.queue(&w.items[n])
}

// allAgain has all objects taken once more.
func (w *watch[S]) allAgain() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := range w.items {
		w.mark(&w.items[n], false)
	}
}

// warm lets those be taken whose interval has ended. The lock is held.
func (w *watch[S]) warm() {
	for n, ok := w.cooling.peek(); ok && !time.Now().Before(w.items[n].until); n, ok = w.cooling.peek() {
		w.cooling.pop()
		i := &w.items[n]
		i.cooling = false
		if i.changed {
			i.changed = false
			w.mark(i, false)
		}
	}
}

// wait waits until there may be something to take; false when ctx has ended.
func (w *watch[S]) wait(ctx context.Context) bool {
	var warmer <-chan time.Time
	w.mu.Lock()
	if n, ok := w.cooling.peek(); ok {
		warmer = time.After(time.Until(w.items[n].until))
	}
	w.mu.Unlock()
	select {
	case <-w.signal:
	case <-warmer:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// queue holds numbers, first in first out. It grows to the most that it ever held.
type queue struct {
	numbers []int32
	taken   int
}

func (q *queue) push(n int) {
	if q.taken > 0 && len(q.numbers) == cap(q.numbers) {
		q.numbers = q.numbers[:copy(q.numbers, q.numbers[q.taken:])]
		q.taken = 0
	}
	q.numbers = append(q.numbers, int32(n)) //nolint:gosec // a watch has some hundred items
}

func (q *queue) peek() (n int, ok bool) {
	if q.taken == len(q.numbers) {
		return 0, false
	}
	return int(q.numbers[q.taken]), true
}

func (q *queue) pop() (n int, ok bool) {
	n, ok = q.peek()
	if ok {
		q.taken++
	}
	if q.taken == len(q.numbers) {
		q.numbers, q.taken = q.numbers[:0], 0
	}
	return n, ok
}
