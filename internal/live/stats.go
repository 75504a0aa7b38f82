package live

import (
	"sync/atomic"
	"time"
)

// Stats tell what a Hub does about one kind of objects, the counts since it was made.
type Stats struct {
	// Kind is jobs, counters, inboxes or notifications. Notifications are watched by their inboxes, and so only handed out. Those who watch
	// counters with a name watch an inbox too, which tells them of blocks.
	Kind string
	// Objects are watched now, by as many Watchers.
	Objects, Watchers int
	// Reads are those of states, looks that compare marks left out, and Read the objects in them.
	Reads, Read uint64
	// Handed are the states that watchers were handed, and Superseded those that a watcher never saw since
	// there was a newer one when it came for it.
	Handed, Superseded uint64
}

// counts are those of Stats.
type counts struct{ reads, read, handed, superseded atomic.Uint64 }

// Stats tells what the hub does about each kind.
func (h *Hub) Stats() []Stats {
	return []Stats{
		h.jobs.stats(), h.counters.stats(), h.inboxes.stats(),
		{Kind: "notifications", Handed: h.notified.Load()},
	}
}

// ObserveLag has observe told, of each read that gave watchers of a kind something to take, how long it took from when it was asked for until
// all of them knew. It is asked for by a hint, by somebody who joins, or by a look that is due. It must be called before Run.
func (h *Hub) ObserveLag(observe func(kind string, behind time.Duration)) {
	h.jobs.lag, h.counters.lag, h.inboxes.lag = observe, observe, observe
}

func (t *topic[S]) stats() Stats {
	t.mu.Lock()
	objects, watchers := len(t.objects), t.watchers
	t.mu.Unlock()
	return Stats{
		Kind: t.name, Objects: objects, Watchers: watchers,
		Reads: t.count.reads.Load(), Read: t.count.read.Load(), Handed: t.count.handed.Load(), Superseded: t.count.superseded.Load(),
	}
}
