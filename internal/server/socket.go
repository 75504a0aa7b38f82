package server

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"

	"reelgraph/internal/auth"
	"reelgraph/models"
)

// sockets serves the WebSocket subprotocols.
type sockets struct {
	executor graphql.GraphExecutor
	verifier *auth.Verifier
	streams  *streams
	origins  []string
	log      *slog.Logger
	// bounds are those of defaultSocketBounds where they are not set.
	bounds socketBounds
}

// socketBounds are what one socket may cost.
type socketBounds struct {
	// greeting is how long a client may take until it has said who it is.
	greeting time.Duration
	// heartbeat is the time between two signs of life of the server's.
	heartbeat time.Duration
	// patience is how long a client may take for a write, and for any answer to a ping.
	patience time.Duration
	// message is how long a message may take from its beginning to its end.
	message time.Duration
	// operations are how many may run at once.
	operations int
}

var defaultSocketBounds = socketBounds{
	greeting:   10 * time.Second,
	heartbeat:  12 * time.Second,
	patience:   30 * time.Second,
	message:    10 * time.Second,
	operations: 100,
}

// maxGreetingBytes bounds a message of a client that nobody knows yet; the longest token fits in.
const maxGreetingBytes = 64 << 10

var foreignOrigin = &refusal{
	status: http.StatusForbidden, code: models.CodeForbidden,
	message: "Pages of this origin may not open a socket here.",
}

// open opens a socket and returns: it lives on by itself, so that nothing of the request is kept for it. The
// request's context has the caller of its header, or unproven says what is wrong with that: the client is told when
// it greets, unless it then has another token.
func (s *sockets) open(w http.ResponseWriter, r *http.Request, unproven error) {
	if !s.isWelcome(r) {
		foreignOrigin.write(w, mediaJSON)
		return
	}
	opened := s.newSocket(r, unproven)
	var no *refusal
	if opened.stream, no = s.streams.join(nobody, func() { go opened.goAway() }); no != nil {
		no.write(w, mediaJSON)
		return
	}
	if no = opened.accept(w, r); no != nil {
		opened.stream.leave()
		no.write(w, mediaJSON)
		return
	}
	s.streams.sockets.Add(1)
	go opened.serve()
}

// isWelcome reports whether the page that the request comes from may open a socket: one of the server's own
// origin, or of those named. What is no browser sends no origin.
func (s *sockets) isWelcome(r *http.Request) bool {
	said := r.Header.Values("Origin")
	if len(said) == 0 {
		return true
	}
	if len(said) > 1 {
		return false
	}
	if slices.ContainsFunc(s.origins, func(origin string) bool { return strings.EqualFold(origin, said[0]) }) {
		return true
	}
	origin, err := url.Parse(said[0])
	return err == nil && origin.Host != "" && strings.EqualFold(origin.Host, r.Host)
}

// newSocket takes from the request what the socket needs of it, and leaves the rest: its context ends when the
// request does, and holds on to all of it.
func (s *sockets) newSocket(r *http.Request, unproven error) *socket {
	ctx := models.WithRequestID(context.Background(), models.RequestIDFrom(r.Context()))
	ctx, cancel := context.WithCancel(models.WithAddress(ctx, models.AddressFrom(r.Context())))
	return &socket{
		sockets: s, bounds: cmp.Or(s.bounds, defaultSocketBounds), ctx: ctx, cancel: cancel,
		caller: models.CallerFrom(r.Context()), unproven: unproven,
	}
}

// accept answers the handshake. A subprotocol that is not spoken here is told by closing the socket, since
// that is how clients of graphql-transport-ws expect it.
func (s *socket) accept(w http.ResponseWriter, r *http.Request) *refusal {
	if r.ContentLength != 0 {
		// It would be taken for the first frames.
		return badRequest("", "A request for a socket must have no body.")
	}
	names := make([]string, len(protocols))
	for i, p := range protocols {
		names[i] = p.name
	}
	u := &upgrade{ResponseWriter: w, patience: s.bounds.patience}
	conn, err := websocket.Accept(u, r, &websocket.AcceptOptions{
		Subprotocols:       names,
		InsecureSkipVerify: true, // isWelcome has looked at the origin
	})
	if err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			err = cause
		}
		no := badRequest("", "This is no handshake of a WebSocket: "+err.Error()+".")
		no.status = cmp.Or(u.refused, http.StatusBadRequest)
		return no
	}
	conn.SetReadLimit(-1) // the socket sees to it, and says what the limit is
	s.mu.Lock()
	s.conn, s.wire, s.spoken = conn, u.wire, protocolNamed(conn.Subprotocol())
	s.mu.Unlock()
	return nil
}
