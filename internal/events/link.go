package events

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"reelgraph/models"
)

const (
	// gatherTime is how long ids are gathered before they are sent. The first after a pause wait for nothing.
	gatherTime = 5 * time.Millisecond
	// dialTimeout bounds an attempt to connect, and writeTimeout how long a server may take nothing of what it is sent.
	dialTimeout  = 2 * time.Second
	writeTimeout = 2 * time.Second
	// reconnectWait is between attempts, and as long again at random, so that not all instances come at once.
	reconnectWait = 250 * time.Millisecond
	// A server that answers none of two pings is away.
	pingInterval = 10 * time.Second
	// maxPending and maxPendingBytes bound what has come and not been told to local. More is lost.
	maxPending      = 1024
	maxPendingBytes = 4 << 20
)

// link is the way of one Bus to NATS.
type link struct {
	// self is in every message that goes out, so that none is taken for another instance's.
	self   models.ID
	local  func(models.Kind, []models.ID)
	log    *slog.Logger
	outbox *outbox

	// closing ends when close is called, and closed is closed when all is done.
	closing context.Context
	close   context.CancelFunc
	closed  chan struct{}

	// away says that there is no connection, and troubled that the log was told of an error on this one. NATS
	// calls back from one goroutine.
	away, troubled bool

	// connected and the counts are those of Stats.
	connected            atomic.Bool
	sent, received, lost atomic.Uint64
	// subscription is what receives, nil before there is one.
	subscription atomic.Pointer[nats.Subscription]
}

// run connects, which may take a while, and then sends what is gathered until the link is closed.
func (l *link) run(url string) {
	defer close(l.closed)
	conn, err := nats.Connect(url, l.options()...)
	if err != nil {
		l.log.ErrorContext(l.closing, "NATS cannot be used") // The cause may quote the URL, which was looked at before.
		return
	}
	subscription, err := conn.Subscribe(prefix+"*", l.receive)
	if err == nil {
		err = subscription.SetPendingLimits(maxPending, maxPendingBytes)
	}
	if err != nil {
		l.log.ErrorContext(l.closing, "hints of other instances cannot be received", "error", err)
		conn.Close()
		return
	}
	l.subscription.Store(subscription)
	received := make(chan struct{})
	subscription.SetClosedHandler(func(string) { close(received) })
	l.keepSending(conn)
	conn.Close()
	<-received
}

func (l *link) options() []nats.Option {
	return []nats.Option{
		nats.Name("reelgraph"),
		nats.NoEcho(),
		nats.SetCustomDialer(dialer{l.closing}),
		nats.SkipHostLookup(), // The dialer looks hosts up, and can be stopped.
		nats.Timeout(dialTimeout),
		nats.FlusherTimeout(writeTimeout),
		nats.PingInterval(pingInterval),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectJitter(reconnectWait, reconnectWait),
		nats.ReconnectBufSize(-1), // Hints of a while ago are worth nothing.
		nats.ConnectHandler(func(*nats.Conn) { l.back() }),
		nats.ReconnectHandler(func(*nats.Conn) { l.back() }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { l.gone(err) }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { l.gone(err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { l.trouble(err) }),
		nats.NoCallbacksAfterClientClose(),
	}
}

// dialer stops at once when its context ends.
type dialer struct{ context.Context }

func (d dialer) Dial(network, address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: dialTimeout}).DialContext(d, network, address)
}

// keepSending sends what is gathered until the link is closed, and then what is left.
func (l *link) keepSending(conn *nats.Conn) {
	for {
		select {
		case <-l.closing.Done():
			l.send(conn)
			if conn.IsConnected() {
				_ = conn.FlushTimeout(closeTimeout) // There is nobody left who could do better.
			}
			return
		case <-l.outbox.some:
			l.send(conn)
		}
		select {
		case <-l.closing.Done():
		case <-time.After(gatherTime):
		}
	}
}

// send sends all that is gathered. Without a connection it is lost.
func (l *link) send(conn *nats.Conn) {
	for _, subject := range subjects {
		for ids := range slices.Chunk(l.outbox.take(subject.kind), maxIDs) {
			if err := conn.Publish(subject.name, encode(l.self, ids)); err == nil {
				l.sent.Add(uint64(len(ids)))
			} else {
				l.lost.Add(uint64(len(ids)))
				l.log.DebugContext(l.closing, "hints were not sent", "subject", subject.name, "error", err)
			}
		}
	}
}

func (l *link) receive(message *nats.Msg) {
	kind, sender, ids, err := decode(message.Subject, message.Data)
	switch {
	case err != nil:
		l.log.DebugContext(l.closing, "a message from NATS is no hint", "error", err)
	case sender != l.self:
		l.received.Add(uint64(len(ids)))
		l.local(kind, ids)
	}
}

// dropped counts the messages that had no room to wait in for receive. Of a link that has been closed there are none.
func (l *link) dropped() uint64 {
	subscription := l.subscription.Load()
	if subscription == nil {
		return 0
	}
	count, err := subscription.Dropped()
	if err != nil {
		return 0
	}
	return uint64(max(0, count))
}

// gone tells the log, once, that there is no connection any more, or none yet.
func (l *link) gone(err error) {
	l.connected.Store(false)
	if l.away || l.closing.Err() != nil {
		return
	}
	l.away = true
	l.log.WarnContext(l.closing, "NATS is away: changes made by other instances show after up to 2 seconds", "error", err)
}

// back tells the log that there is a connection again.
func (l *link) back() {
	l.connected.Store(true)
	if l.away {
		l.log.InfoContext(l.closing, "NATS is back")
	}
	l.away, l.troubled = false, false
}

// trouble tells the log of an error that leaves the connection as it is, such as a permission that lacks or hints that
// come too fast: at level debug if it is not the first on this connection.
func (l *link) trouble(err error) {
	level := slog.LevelWarn
	if l.troubled {
		level = slog.LevelDebug
	}
	l.troubled = true
	l.log.Log(l.closing, level, "NATS does not carry all hints", "error", err)
}
