package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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
}

var defaultBounds = bounds{
	connections: 10_000,
	header:      5 * time.Second,
	request:     10 * time.Second,
	response:    30 * time.Second,
	idle:        2 * time.Minute,
	headerBytes: 64 << 10,
}

// Serve answers what comes in over the listener until ctx ends, then drains; it is called
// once. It closes the listener.
//
// Draining takes at most the time given. /readyz is 503 at once. As long as other requests
// are running, but for no more than half of that time, new ones are still answered, so that
// load balancers can see the 503 and go elsewhere; then the listener is closed, and the
// requests that are running end. Serve answers nil when all of them have. Those that have
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

func (s *Server) drain(httpServer *http.Server, limit time.Duration) error {
	end, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()

	s.draining.Store(true)
	if s.running.Load() > 0 {
		select {
		case <-s.quiet:
		case <-time.After(limit / 2):
		}
	}
	if httpServer.Shutdown(end) == nil {
		return nil
	}
	// What is left may be no more than a connection on which nothing was ever asked.
	cut := s.running.Load()
	_ = httpServer.Close()
	if cut == 0 {
		return nil
	}
	return fmt.Errorf("drain: requests still running after %s were cut: %d", limit, cut)
}
