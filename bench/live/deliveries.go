package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"reelgraph/models"
)

// watched is a job that a client watches, and what becomes of each of its updates.
type watched struct {
	id   string
	mark []byte // the id as it stands in a message

	mu sync.Mutex
	// first is the version of the job before any update, and seen that of the newest state that has come; 0 before the
	// first one.
	first, seen int64
	updates     []update
	finished    bool // by the last of the updates
}

// update is one report. A later state than its own tells the client of it too.
type update struct {
	sent, answered, arrived time.Time
}

func newWatched(job models.AIJob) *watched {
	return &watched{id: job.ID.String(), mark: []byte(`"` + job.ID.String() + `"`), first: job.Version}
}

// deliveries counts what comes over all sockets together.
type deliveries struct {
	// pending are the updates that have not arrived, states the messages that came, merged the updates that came with a
	// newer one alone, and backwards the states that were no newer than the one before.
	pending, states, merged, backwards atomic.Int64
}

// report notes that the next update of a job is sent.
func (d *deliveries) report(w *watched, sent time.Time, finish bool) (number int) {
	d.pending.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.updates = append(w.updates, update{sent: sent})
	w.finished = finish
	return len(w.updates)
}

// answered notes that an update was answered.
func (w *watched) answered(number int, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.updates[number-1].answered = at
}

// answeredVersion is that of the last update that was answered.
func (w *watched) answeredVersion() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	version := w.first
	for _, u := range w.updates {
		if !u.answered.IsZero() {
			version++
		}
	}
	return version
}

// stateIn reads a message: which of the jobs it is about, and its version.
func stateIn(jobs []*watched, message []byte) (*watched, int64, error) {
	_, rest, _ := bytes.Cut(message, []byte(`"version":`))
	digits := bytes.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	version, err := strconv.ParseInt(string(rest[:max(digits, 0)]), 10, 64)
	if err == nil {
		for _, w := range jobs {
			if bytes.Contains(message, w.mark) {
				return w, version, nil
			}
		}
	}
	return nil, 0, fmt.Errorf("a message about no job that was asked for: %.300s", message)
}

// arrive notes a message that came at a time. It reports whether it is the first of its job.
func (d *deliveries) arrive(jobs []*watched, message []byte, at time.Time) (first bool, err error) {
	w, version, err := stateIn(jobs, message)
	if err != nil {
		return false, err
	}
	d.states.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if version-w.first > int64(len(w.updates)) || version < w.first {
		return false, fmt.Errorf("version %d of a job with %d updates since version %d", version, len(w.updates), w.first)
	}
	if version <= w.seen {
		d.backwards.Add(1)
		return false, nil
	}
	before := max(w.seen, w.first)
	first, w.seen = w.seen == 0, version
	told := w.updates[before-w.first : version-w.first]
	for n := range told {
		told[n].arrived = at
	}
	d.pending.Add(-int64(len(told)))
	d.merged.Add(int64(max(len(told)-1, 0)))
	return first, nil
}

// delays are how long updates took.
type delays []time.Duration

// at is the delay that so many of a hundred updates stay within.
func (d delays) at(percent float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	return d[min(int(percent/100*float64(len(d))), len(d)-1)]
}

// delaysOf gives the delays of all updates that arrived, since they were sent and since they were answered, and how long
// the calls took that they came in. missed is how many never arrived.
func delaysOf(jobs []*watched) (sent, answered, calls delays, missed int, err error) {
	for _, w := range jobs {
		w.mu.Lock()
		for _, u := range w.updates {
			if u.answered.IsZero() {
				err = errors.New("a report was never answered")
				continue
			}
			calls = append(calls, u.answered.Sub(u.sent))
			if u.arrived.IsZero() {
				missed++
				continue
			}
			sent, answered = append(sent, u.arrived.Sub(u.sent)), append(answered, u.arrived.Sub(u.answered))
		}
		w.mu.Unlock()
	}
	slices.Sort(sent)
	slices.Sort(answered)
	slices.Sort(calls)
	return sent, answered, calls, missed, err
}
