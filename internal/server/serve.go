package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"
)

// bounds are what one connection, and all of them together, may cost.
type bounds struct {
	connections int
	// header and request are how long a client may take to send its header, and all of its
	// request; response is how long it may take from its header to the end of the answer.
	header, request, response time.Duration
	// idle is how long a connection is kept between two requests.
	idle time.Duration
	// headerBytes bounds the request line and header, and so the text of a GET.
	headerBytes int
	// A stream is sent a sign of life where nothing else has been for as long as beat. One whose client
	// takes longer than write for what it is sent is cut.
	beat, write time.Duration
}

var defaultBounds = bounds{
	connections: 60_000, // Sockets are connections too. A process has 65,535 ports towards one proxy.
	header:      5 * time.Second,
	request:     10 * time.Second,
	response:    30 * time.Second,
	idle:        2 * time.Minute,
	headerBytes: 64 << 10,
	beat:        12 * time.Second,
	write:       30 * time.Second,
}

// requests counts those that are running, streams among them, and says once the server drains.
type requests struct {
	draining atomic.Bool
	running  atomic.Int64
	// quiet is told when running falls to 0 while the server drains.
	quiet chan struct{}
}

func (r *requests) begin() { r.running.Add(1) }

func (r *requests) end() {
	if r.running.Add(-1) == 0 && r.draining.Load() {
		select {
		case r.quiet <- struct{}{}:
		default:
		}
	}
}

// wait returns when none is running, or ctx has ended.
func (r *requests) wait(ctx context.Context) {
	for r.running.Load() > 0 {
		select {
		case <-r.quiet:
		case <-ctx.Done():
			return
		}
	}
}

// Serve answers what comes in over the listener until ctx ends, then drains; it is called
// once. It closes the listener.
//
// Draining takes at most the time given. /readyz is 503 at once, and so is /graphql: no operation begins any
// more. Sockets and event streams are cut one by one, spread over most of that time, so that their clients do
// not come back all at once. The listener stays open as long as one of them or a request is left, so that load
// balancers can see the 503 and go elsewhere. Serve answers nil when all have ended. Requests that have
// not when the time is up are cut, and the error says how many; an error comes too when the
// listener fails before ctx ends.
func (s *Server) Serve(ctx context.Context, listener net.Listener, drain time.Duration) error {
	httpServer := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.bounds.header,
		ReadTimeout:       s.bounds.request,
		WriteTimeout:      s.bounds.response,
		IdleTimeout:       s.bounds.idle,
		MaxHeaderBytes:    s.bounds.headerBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- httpServer.Serve(netutil.LimitListener(listener, s.bounds.connections)) }()

	select {
	case err := <-failed:
		_ = httpServer.Close()
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
		err := s.drain(httpServer, drain)
		<-failed //nolint:errcheck // it is closed, which Serve calls an error
		return err
	}
}

// closing is how long connections may take to close on which nothing runs.
const closing = time.Second

func (s *Server) drain(httpServer *http.Server, limit time.Duration) error {
	end, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()

	s.requests.draining.Store(true)
	s.streams.drain(end, limit/10*8)
	s.requests.wait(end)
	// Nothing runs any more, if there was time. But for connections on which nothing was ever asked, as browsers open
	// ahead, Shutdown would wait 5 seconds.
	last, done := context.WithTimeout(end, closing)
	defer done()
	if httpServer.Shutdown(last) == nil {
		return nil
	}
	cut := s.requests.running.Load()
	_ = httpServer.Close()
	if cut == 0 {
		return nil
	}
	return fmt.Errorf("drain: requests still running after %s were cut: %d", limit, cut)
}
