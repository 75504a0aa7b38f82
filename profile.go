package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime"
	"sync"
	"time"
)

// openProfiles lets whoever reaches an address take profiles of the process until ctx ends. An empty address is none. It is no part of
// the server that clients reach: profiles need no token.
func openProfiles(ctx context.Context, address string, log *slog.Logger) error {
	if address == "" {
		sampleNoMemory()
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("PPROF_ADDR: %w", err)
	}
	log.InfoContext(ctx, "profiles can be taken", "address", listener.Addr().String())
	routes := http.NewServeMux()
	routes.HandleFunc("/debug/pprof/", pprof.Index)
	routes.HandleFunc("/debug/pprof/profile", pprof.Profile)
	routes.HandleFunc("/debug/pprof/trace", pprof.Trace)
	s := &http.Server{Handler: routes, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	go func() { _ = s.Serve(listener) }() // It always ends with an error: that it was closed.
	return nil
}

// sampleNoMemory ends the sampling of allocations, which nobody can ask for: what it keeps would be a tenth of the heap.
var sampleNoMemory = sync.OnceFunc(func() { runtime.MemProfileRate = 0 })
