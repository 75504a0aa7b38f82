package server

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"reelgraph/models"
)

// streams are the sockets and event streams that are open. Each belongs to a caller, who may have so many,
// and can be told to end.
type streams struct {
	perCaller int
	// draining says that none is let in any more. It is set while mu is held.
	draining atomic.Bool

	mu      sync.Mutex
	callers map[models.Party]int
	open    map[*stream]struct{}
	// empty is closed when none is let in any more and none is left.
	empty chan struct{}

	// Those of Stats.
	sockets, events, operations atomic.Int64
}

// stream is one of them.
type stream struct {
	streams *streams
	caller  models.Party
	// end has the stream end soon, and does not wait for it. It is called at most once, by drain.
	end func()
}

func newStreams(perCaller int) *streams {
	return &streams{perCaller: perCaller, callers: map[models.Party]int{}, open: map[*stream]struct{}{}, empty: make(chan struct{})}
}

// nobody is the caller of sockets that have not greeted. They may be as many as there are connections, and have
// little time until they must say whose they are.
var nobody models.Party

// tooManyStreams refuses a stream of a caller who has as many as one may.
var tooManyStreams = &refusal{
	status: http.StatusTooManyRequests, code: models.CodeRateLimited,
	message: "There are as many open sockets and event streams of this caller as there may be.",
}

// join lets a stream of a caller in, or refuses it. Whoever joined leaves when the stream has ended.
func (s *streams) join(caller models.Party, end func()) (*stream, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.draining.Load():
		return nil, unavailable
	case caller != nobody && s.callers[caller] >= s.perCaller:
		return nil, tooManyStreams
	}
	s.callers[caller]++
	joined := &stream{streams: s, caller: caller, end: end}
	s.open[joined] = struct{}{}
	return joined, nil
}

// become counts the stream for another caller from now on, as when a socket says whose it is. Where that one has as many as
// one may, it stays what it was and the answer is false.
func (st *stream) become(caller models.Party) bool {
	s := st.streams
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.callers[caller] >= s.perCaller {
		return false
	}
	s.forget(st.caller)
	s.callers[caller]++
	st.caller = caller
	return true
}

// leave is called once, when the stream has ended.
func (st *stream) leave() {
	s := st.streams
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(st.caller)
	delete(s.open, st)
	if s.draining.Load() && len(s.open) == 0 {
		close(s.empty)
	}
}

func (s *streams) forget(caller models.Party) {
	if s.callers[caller]--; s.callers[caller] == 0 {
		delete(s.callers, caller)
	}
}

// drain lets none in any more, and ends those that are open, evenly spread over the time given so that their
// clients do not come back all at once. It waits until the last has left, or ctx ends.
func (s *streams) drain(ctx context.Context, over time.Duration) {
	s.mu.Lock()
	s.draining.Store(true)
	left := make([]*stream, 0, len(s.open))
	for st := range s.open {
		left = append(left, st)
	}
	if len(left) == 0 {
		close(s.empty)
	}
	s.mu.Unlock()

	began := time.Now()
	for i, st := range left {
		select {
		case <-time.After(time.Until(began.Add(over * time.Duration(i) / time.Duration(len(left))))):
			st.end()
		case <-s.empty:
			return
		case <-ctx.Done():
			return
		}
	}
	select {
	case <-s.empty:
	case <-ctx.Done():
	}
}
