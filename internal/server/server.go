// Package server is the HTTP side of the program: it puts the GraphQL executor with its
// REST routes, the playground, the app and the health routes behind one handler, bounds what a client may ask of the
// process, and ends it without cutting the requests that are running.
package server

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/internal/auth"
	"reelgraph/models"
)

// Options is what a Server is made of.
type Options struct {
	// Executor runs the operations. Complexity, persisted queries, introspection, the
	// parser's token limit and the presentation of errors are settled in it.
	Executor graphql.GraphExecutor
	// Admit, where set, is asked before a request for an operation is read, with the caller in its context, and refuses it with
	// an error. models.IsAdmitted tells the executor of the others.
	Admit func(context.Context) *gqlerror.Error
	// Verifier tells who asks.
	Verifier *auth.Verifier
	// Ready reports whether the program can do its work; its error is logged, never
	// shown. It must end when its context does.
	Ready func(context.Context) error
	// Playground answers every path that is not a route of this package. Without one those
	// are 404.
	Playground http.Handler
	// App answers GET and HEAD at /app and at every path below it. Without one it is as for any other path.
	App http.Handler
	// MaxStreams is how many sockets and event streams one caller may keep open, 1,000 where it is 0.
	MaxStreams int
	// TrustedProxies are the networks of proxies whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Origins are the browser origins other than the server's own that may call it, as
	// ParseOrigins accepts them. None: same origin only.
	Origins []string
	// Around, where set, is put around all routes. A request's Pattern says afterwards which of them it was.
	Around func(http.Handler) http.Handler
	// Metrics, where set, answers /metrics.
	Metrics http.Handler
	// Observe, where set, is told of each request when it has been answered: the pattern of its route, empty where it has none, its
	// method as the client wrote it, and its status, 0 where nothing was answered, which began after a while.
	Observe func(route, method string, status int, after time.Duration)
	// Logger gets the access log (debug), panics and what net/http complains of.
	Logger *slog.Logger
}

// Server answers HTTP requests. It is an http.Handler, for tests and for a listener of
// one's own, and Serve is the way to run it with its bounds and its drain.
type Server struct {
	handler http.Handler
	routes  *http.ServeMux
	observe func(route, method string, status int, after time.Duration)
	log     *slog.Logger
	bounds  bounds

	requests requests
	streams  *streams
}

// defaultMaxStreams is Options.MaxStreams where it is not set.
const defaultMaxStreams = 1000

// New makes a Server. Executor, Verifier, Ready and Logger must be given.
func New(o Options) *Server {
	s := &Server{
		routes: http.NewServeMux(), observe: o.Observe, log: o.Logger, bounds: defaultBounds, requests: requests{quiet: make(chan struct{}, 1)},
		streams: newStreams(cmp.Or(o.MaxStreams, defaultMaxStreams)),
	}
	api := &graphqlHandler{
		executor: o.Executor, admission: admission{o.Executor, o.Admit}, log: o.Logger, streams: s.streams, bounds: &s.bounds,
		sockets: &sockets{executor: o.Executor, verifier: o.Verifier, streams: s.streams, origins: o.Origins, log: o.Logger},
	}

	mux := s.routes
	mux.Handle("/graphql", s.untilDrain(auth.Middleware(o.Verifier, api.reject)(api)))
	s.mountREST(mux, o)
	mux.Handle("/healthz", readOnly(http.HandlerFunc(alive)))
	mux.Handle("/readyz", readOnly(s.readiness(o.Ready)))
	if o.Metrics != nil {
		mux.Handle("/metrics", readOnly(o.Metrics))
	}
	if o.App != nil {
		mux.Handle("/app", readOnly(o.App))
		mux.Handle("/app/", readOnly(o.App))
	}
	if o.Playground != nil {
		mux.Handle("/", o.Playground)
	} else {
		mux.HandleFunc("/", NotFound)
	}

	routes := http.Handler(mux)
	if o.Around != nil {
		routes = o.Around(routes)
	}

	// A refused token must reach a browser with its CORS headers, and a preflight has no
	// token: CORS stands before authentication. A panic's answer is to be compressed and
	// logged like any other: those stand outside of it.
	s.handler = s.identified(o.TrustedProxies, compressed(s.observed(crossOrigin(o.Origins, routes))))
	return s
}

// ServeHTTP answers one request. While the server drains, the answer asks the client to
// close the connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.begin()
	defer s.requests.end()
	if s.requests.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	s.handler.ServeHTTP(w, r)
	discardBody(r)
}

// untilDrain refuses everything once the server drains.
func (s *Server) untilDrain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.requests.draining.Load() {
			unavailable.write(w, refusalMedia(r))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// discardBody reads some of what a handler left of the body. Many clients send all of it
// before they look at the answer: a connection closed under them would lose them the answer
// that says why. A client that waits for "100 Continue" has sent nothing yet.
func discardBody(r *http.Request) {
	if valueOf(r.Header, "Expect") != "" {
		return
	}
	if _, err := r.Body.Read(make([]byte, 1)); err == nil { // Most have been read to their end, which this tells for less.
		_, _ = io.CopyN(io.Discard, r.Body, maxDiscardedBytes)
	}
}

// readOnly lets GET and HEAD through and answers 405 to the rest.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			wrongMethod(r.Method, "GET, HEAD").write(w, mediaJSON)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// NotFound answers that there is nothing at a path.
func NotFound(w http.ResponseWriter, _ *http.Request) {
	refusal{
		status: http.StatusNotFound, code: models.CodeNotFound,
		message: "There is nothing at this path. The GraphQL API is at /graphql.",
	}.write(w, mediaJSON)
}

const (
	// requestTimeout is how long an operation may run. It stays under the 5 seconds within
	// which a field must have failed when the database is down, however deep it is nested.
	requestTimeout = 4500 * time.Millisecond
	// readyTimeout is how long /readyz waits for Options.Ready.
	readyTimeout = 2 * time.Second
	// maxDiscardedBytes is how much of a refused body is still taken off the connection.
	maxDiscardedBytes = 4 << 20
)
