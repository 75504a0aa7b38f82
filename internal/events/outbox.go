package events

import (
	"sync"

	"reelgraph/models"
)

// maxWaiting bounds the ids of a kind that wait to be sent: more than a few groups of counters have, and far more
// than gather while NATS is there.
const maxWaiting = 1 << 15

// outbox gathers ids, each once a kind, until they are taken.
type outbox struct {
	mu      sync.Mutex
	waiting [models.Kinds]map[models.ID]struct{}
	// some has a signal in it when ids wait.
	some chan struct{}
}

func newOutbox() *outbox {
	o := &outbox{some: make(chan struct{}, 1)}
	for kind := range o.waiting {
		o.waiting[kind] = map[models.ID]struct{}{}
	}
	return o
}

// add puts ids in, and gives how many of them are lost since there is no more room.
func (o *outbox) add(kind models.Kind, ids []models.ID) (lost int) {
	o.mu.Lock()
	for i, id := range ids {
		if len(o.waiting[kind]) == maxWaiting {
			lost = len(ids) - i
			break
		}
		o.waiting[kind][id] = struct{}{}
	}
	o.mu.Unlock()
	select {
	case o.some <- struct{}{}:
	default:
	}
	return lost
}

// take gives all ids of a kind, and has none of them left.
func (o *outbox) take(kind models.Kind) []models.ID {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting[kind]) == 0 {
		return nil
	}
	ids := make([]models.ID, 0, len(o.waiting[kind]))
	for id := range o.waiting[kind] {
		ids = append(ids, id)
	}
	clear(o.waiting[kind])
	return ids
}
