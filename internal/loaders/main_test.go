package loaders

import (
	"context"
	"encoding/binary"
	"flag"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"reelgraph/models"
)

// seed repeats a random test: what a failed run printed.
var seed = flag.Uint64("seed", 0, "seed of random tests; 0 is a new one each time")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// id is the n-th id.
func id(n int) (id models.ID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

// ids are the ids from n up to, not including, end.
func ids(n, end int) []models.ID {
	var list []models.ID
	for ; n < end; n++ {
		list = append(list, id(n))
	}
	return list
}

// sorted is a copy in the order of ids.
func sorted(list []models.ID) []models.ID {
	return slices.SortedFunc(slices.Values(list), models.ID.Compare)
}

// call is one call of a read, which waits until the test answers it.
type call[V any] struct {
	ctx    context.Context
	ids    []models.ID
	answer chan func() (map[models.ID]V, error)
}

// succeed answers with the same value for every id.
func (c *call[V]) succeed(value V) { c.find(func(models.ID) V { return value }) }

// find answers with an object for every id.
func (c *call[V]) find(object func(models.ID) V) {
	found := map[models.ID]V{}
	for _, id := range c.ids {
		found[id] = object(id)
	}
	c.answer <- func() (map[models.ID]V, error) { return found, nil }
}

func (c *call[V]) fail(err error) {
	c.answer <- func() (map[models.ID]V, error) { return nil, err }
}

// reads are a read's calls as they begin. It lives in a synctest bubble.
type reads[V any] struct {
	calls chan *call[V]
	// failed ends the calls that a failed test leaves unanswered, so that it is told as what it is.
	failed chan struct{}
}

func newReads[V any](t *testing.T) reads[V] {
	t.Helper()
	r := reads[V]{calls: make(chan *call[V], 1000), failed: make(chan struct{})}
	t.Cleanup(func() {
		if t.Failed() {
			close(r.failed)
		}
		<-time.After(2 * joinWait) // A dataloader's timer runs on when its batch has gone.
	})
	return r
}

func (r reads[V]) read(ctx context.Context, ids []models.ID) (map[models.ID]V, error) {
	c := &call[V]{ctx: ctx, ids: ids, answer: make(chan func() (map[models.ID]V, error))}
	r.calls <- c
	select {
	case answer := <-c.answer:
		return answer()
	case <-r.failed:
		return nil, nil
	}
}

// fetch is read as a Loader wants it.
func (r reads[V]) fetch(ctx context.Context, ids []models.ID) (map[models.ID]V, error) {
	return r.read(ctx, ids)
}

// begun are the calls that begin before anything waits for time or for the test.
func (r reads[V]) begun() []*call[V] {
	synctest.Wait()
	var calls []*call[V]
	for len(r.calls) > 0 {
		calls = append(calls, <-r.calls)
	}
	return calls
}

// only is the one call that has begun.
func (r reads[V]) only(t *testing.T) *call[V] {
	t.Helper()
	calls := r.begun()
	if len(calls) != 1 {
		t.Fatalf("%d reads begin, want 1", len(calls))
	}
	return calls[0]
}

// none fails where a call has begun.
func (r reads[V]) none(t *testing.T) {
	t.Helper()
	if calls := r.begun(); len(calls) != 0 {
		t.Fatalf("%d reads begin, want none", len(calls))
	}
}

// running is a function's answer to come.
type running[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// run calls the function in the background.
func run[V any](function func() (V, error)) *running[V] {
	r := &running[V]{done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.value, r.err = function()
	}()
	return r
}

// waits fails where the function has answered already.
func (r *running[V]) waits(t *testing.T) {
	t.Helper()
	synctest.Wait()
	select {
	case <-r.done:
		t.Fatalf("answered %v, %v; want it to wait", r.value, r.err)
	default:
	}
}

// answer is what the function answers without any time going by.
func (r *running[V]) answer(t *testing.T) (V, error) {
	t.Helper()
	synctest.Wait()
	select {
	case <-r.done:
	default:
		t.Fatal("not answered yet")
	}
	return r.value, r.err
}
