package server

import (
	"context"
	"io"
	"log/slog"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"reelgraph/internal/auth"
	"reelgraph/models"
)

// socket is one client's. A goroutine of its own reads what the client says; each operation has another,
// which runs it and writes what it answers. A client that does not read has its messages read no more as
// soon as one of them must be answered, and is cut when its patience is over.
type socket struct {
	*sockets
	bounds socketBounds
	conn   *websocket.Conn
	wire   *wire
	spoken *protocol // nil where the client wants none that is known here
	stream *stream

	// The reader's alone: ctx is that of the operations; greeted says that the client has said who it is, which
	// ctx knows from then on.
	ctx     context.Context
	greeted bool
	// What the request for the socket had, for a greeting without a token: the caller, or what was wrong with
	// the token.
	caller   *models.Caller
	unproven error

	cancel context.CancelFunc
	// lost says why the socket ends, once it does.
	lost atomic.Pointer[loss]
	// greeting, expiry and heart are timers; expiry is nil where nothing expires.
	greeting, expiry, heart *time.Timer
	// asked is when the oldest ping was sent that nothing has come after. It is the heart's alone.
	asked time.Time

	// running counts the goroutines of operations.
	running sync.WaitGroup
	// mu is held while something is said of an operation, so that what the client is told and what stands
	// here agree. A write ends within the patience; so does whoever waits here.
	mu         sync.Mutex
	operations map[string]*operation
	// holding counts the operations that are no subscriptions: they end before a socket goes away.
	holding int
	// letIn says that the client may run operations, ending that no more are begun. The reader alone
	// sets the one.
	letIn, ending bool
}

// serve is the goroutine that reads.
func (s *socket) serve() {
	defer s.finish()
	defer s.recovered()
	s.log.LogAttrs(s.ctx, slog.LevelDebug, "socket opened", slog.String("requestId", models.RequestIDFrom(s.ctx)))
	if s.spoken == nil {
		s.lose(badSubprotocol)
		return
	}
	s.greeting = time.AfterFunc(s.bounds.greeting, func() { s.lose(greetingTimeout) })
	s.heart = time.AfterFunc(math.MaxInt64, s.beat)
	// Only now, since a beat sets the next one.
	s.heart.Reset(s.bounds.heartbeat)
	s.loseIfQuiet() // it may have been told to go away before it was here
	for s.lost.Load() == nil {
		if err := s.wire.await(); err != nil {
			s.lose(s.lossOf(err))
			return
		}
		s.receive()
	}
}

// finish leaves nothing of the socket behind.
func (s *socket) finish() {
	lost := s.lost.Load()
	s.log.LogAttrs(s.ctx, slog.LevelDebug, "socket closed", slog.String("requestId", models.RequestIDFrom(s.ctx)),
		slog.String("reason", lost.name), slog.Int("code", int(lost.code)))
	for _, timer := range []*time.Timer{s.greeting, s.expiry, s.heart} {
		if timer != nil {
			timer.Stop()
		}
	}
	s.close(lost)
	s.running.Wait()
	s.streams.sockets.Add(-1)
	s.stream.leave()
}

// close tells the client why, and gives it a few seconds to answer. Where it is gone, there is nobody to tell.
func (s *socket) close(why *loss) {
	if why.code == 0 {
		_ = s.conn.CloseNow()
		return
	}
	_ = s.wire.SetReadDeadline(time.Time{})
	_ = s.conn.Close(why.code, cut(why.reason, maxReasonBytes))
}

// recovered ends a socket whose reader panicked.
func (s *socket) recovered() {
	if cause := recover(); cause != nil {
		s.log.ErrorContext(s.ctx, "panic while reading from a socket",
			"requestId", models.RequestIDFrom(s.ctx), "panic", cause, "stack", string(debug.Stack()))
		s.lose(readerPanicked)
	}
}

// receive reads one message and does what it asks for.
func (s *socket) receive() {
	kind, reader, err := s.conn.Reader(context.Background())
	if err != nil {
		s.lose(s.lossOf(err))
		return
	}
	buf := borrowBuffer()
	defer returnBuffer(buf)
	_ = s.wire.SetReadDeadline(time.Now().Add(s.bounds.message))
	limit := maxGreetingBytes
	if s.letIn {
		limit = maxBodyBytes
	}
	_, err = buf.ReadFrom(io.LimitReader(reader, int64(limit)+1))
	_ = s.wire.SetReadDeadline(time.Time{})
	switch {
	case err != nil, s.wire.broken.Load(): // an end between two fragments is no error of the library's
		s.lose(s.lossOf(err))
	case s.lost.Load() != nil:
		// What comes while the socket is being closed is of no use.
	case buf.Len() > limit:
		s.lose(tooLargeMessage(limit))
	case kind != websocket.MessageText:
		s.lose(badMessage("Messages must be text, not binary."))
	case !utf8.Valid(buf.Bytes()):
		s.lose(notUTF8)
	default:
		s.handle(buf.Bytes())
	}
}

func (s *socket) handle(data []byte) {
	m, asks, fault := s.spoken.parseMessage(data)
	if fault != "" {
		s.lose(badMessage(fault))
		return
	}
	switch asks {
	case asksGreeting:
		s.greet(m)
	case asksStart:
		s.start(m)
	case asksStop:
		s.stop(*m.ID)
	case asksAnswer:
		var same any
		if len(m.Payload) > 0 {
			same = m.Payload
		}
		s.say("pong", nil, same)
	case asksEnd:
		s.lose(terminated)
	case asksNothing:
	}
}

// greet lets the client in as whom its token says; one in the payload counts before that of the upgrade.
func (s *socket) greet(m message) {
	if s.greeted {
		s.lose(greetedTwice)
		return
	}
	s.greeted = true
	s.greeting.Stop()
	said, fault := authorizations(m.Payload)
	if fault != "" {
		s.lose(badMessage(fault))
		return
	}
	caller, err := s.caller, s.unproven
	if len(said) > 0 {
		caller, err = s.callerOf(said)
	}
	if err != nil {
		s.refuse(err)
		return
	}
	if !s.stream.become(models.PartyOf(caller, models.AddressFrom(s.ctx))) {
		s.refuseAs(tooManySockets, tooManyStreams.message)
		return
	}
	if caller != nil {
		s.ctx = models.WithCaller(s.ctx, caller)
		s.expiry = time.AfterFunc(time.Until(caller.ExpiresAt), func() { s.lose(tokenExpired) })
	}
	s.mu.Lock()
	s.letIn = true
	s.mu.Unlock()
	s.say("connection_ack", nil, nil)
	if s.spoken.heartbeat != "" {
		s.say(s.spoken.heartbeat, nil, nil)
	}
}

func (s *socket) callerOf(said []string) (*models.Caller, error) {
	token, err := auth.Bearer(said)
	if err != nil {
		return nil, err
	}
	return s.verifier.Verify(s.ctx, token)
}

// refuse ends a socket whose token is no good, or cannot be checked right now.
func (s *socket) refuse(err error) {
	if s.ctx.Err() != nil {
		return // It ends already, which is why the token could not be checked.
	}
	no, why := refusedToken(s.ctx, s.log, err), forbidden
	if no == unavailable {
		why = keysUnavailable
	}
	s.refuseAs(why, no.message)
}

// refuseAs says why a client is not let in, in the way of its protocol as well.
func (s *socket) refuseAs(why loss, message string) {
	if s.spoken.refusal != "" {
		s.say(s.spoken.refusal, nil, map[string]string{"message": message})
	}
	why.reason += ": " + message
	s.lose(why)
}

// beat shows the client that the server lives, and cuts one from which nothing comes.
func (s *socket) beat() {
	now := time.Now()
	if s.wire.heard.Swap(false) {
		s.asked = now
	} else if now.Sub(s.asked) >= s.bounds.patience {
		s.lose(unheard)
		return
	}
	s.sendHeartbeat()
	if s.lost.Load() == nil {
		s.heart.Reset(min(s.bounds.heartbeat, time.Until(s.asked.Add(s.bounds.patience))))
	}
}

func (s *socket) sendHeartbeat() {
	if !s.mu.TryLock() {
		// A write is under way, which has its own bound; the ping would wait behind it, and so would
		// whatever answers it.
		s.wire.heard.Store(true)
		return
	}
	defer s.mu.Unlock()
	if s.lost.Load() != nil {
		return
	}
	ping := newFrame()
	defer returnBuffer(ping)
	_, _ = s.wire.Write(sealed(ping, framePing))
	if s.letIn && s.spoken.heartbeat != "" {
		alive := newFrame()
		defer returnBuffer(alive)
		_ = appendMessage(alive, s.spoken.heartbeat, nil, nil)
		s.write(alive)
	}
}
