// Package events carries hints: which things have changed, told to this process and, where there is NATS, to all
// the others that serve the same database. It carries ids, never state, and any of them may be lost: whoever watches
// something looks at it every second and a half in any case.
package events

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"reelgraph/models"
)

// closeTimeout bounds how long Close waits for a NATS that does not take what it is sent.
const closeTimeout = time.Second

// Bus carries hints. It is safe for concurrent use.
type Bus struct {
	local func(models.Kind, []models.ID)
	// link is nil where hints stay in the process.
	link *link
	// published is that of Stats.
	published atomic.Uint64
}

// Stats tell what a Bus carries, counted in ids since it was made.
type Stats struct {
	// Published are those of this instance; Sent, of them, those that NATS was given, each once where it was published several times
	// meanwhile; Received those of other instances. Lost are those that could not be sent.
	Published, Sent, Received, Lost uint64
	// Dropped are messages of other instances, each with up to 1,000 ids, that were thrown away since local was too slow for them.
	Dropped uint64
	// NATS says that hints are carried over NATS, and Connected that it is there.
	NATS, Connected bool
}

// Stats tells what the bus carries.
func (b *Bus) Stats() Stats {
	s := Stats{Published: b.published.Load()}
	if l := b.link; l != nil {
		s.NATS, s.Connected = true, l.connected.Load()
		s.Sent, s.Received, s.Lost = l.sent.Load(), l.received.Load(), l.lost.Load()
		s.Dropped = l.dropped()
	}
	return s
}

// New makes a Bus that carries hints in this process alone, to local. What Connect asks of local holds here too.
func New(local func(models.Kind, []models.ID)) *Bus { return &Bus{local: local} }

// Connect makes a Bus that carries hints over NATS as well: to local comes what is published here, at once, and
// what other instances publish, a few milliseconds later. What is published here does not come back. url names one or
// more servers with commas, of nats:// or tls://; the error is for one that cannot be used, and does not quote it.
// Connect does not wait for a connection, nor does anything else: as long as there is none, hints stay in this
// process, and log is told once.
//
// local may be called by several goroutines at once. It must wait for nothing, and change nothing of what it is given.
func Connect(url string, local func(models.Kind, []models.ID), log *slog.Logger) (*Bus, error) {
	if !usable(url) {
		return nil, errors.New("the URL of NATS cannot be used: it must be one or more of nats://HOST:PORT or tls://HOST:PORT, with commas")
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &link{
		self: models.NewID(), local: local, log: log, outbox: newOutbox(),
		closing: ctx, close: cancel, closed: make(chan struct{}),
	}
	go l.run(url)
	return &Bus{local: local, link: l}, nil
}

func usable(list string) bool {
	for entry := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(strings.TrimSpace(entry))
		if err != nil || u.Scheme != "nats" && u.Scheme != "tls" || u.Hostname() == "" {
			return false
		}
	}
	return true
}

// Publish tells of ids of a kind that have changed. When it returns, local has been told; whoever else is to be told
// is told in a moment. It never waits for NATS: what is too much for it is lost.
func (b *Bus) Publish(kind models.Kind, ids []models.ID) {
	b.published.Add(uint64(len(ids)))
	b.local(kind, ids)
	if b.link != nil {
		lost := b.link.outbox.add(kind, ids)
		b.link.lost.Add(uint64(lost)) //nolint:gosec // it counts some of ids
	}
}

// Close sends what still waits to be sent, for a second at most, and ends the connection. After that local is told of
// nothing but what is published here. It may be called more than once.
func (b *Bus) Close() {
	if b.link == nil {
		return
	}
	b.link.close()
	select {
	case <-b.link.closed:
	case <-time.After(closeTimeout):
	}
}
