package server

import (
	"context"
	"net/http"

	"reelgraph/models"
)

// alive answers /healthz: the process runs and can answer.
func alive(w http.ResponseWriter, _ *http.Request) {
	writeBytes(w, http.StatusOK, mediaJSON, []byte(`{"status":"ok"}`))
}

// readiness answers /readyz: 200 while ready has no error within readyTimeout and the server
// is not draining, else 503. Why it is not ready is told to the log alone.
func (s *Server) readiness(ready func(context.Context) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.requests.draining.Load() {
			writeBytes(w, http.StatusServiceUnavailable, mediaJSON, []byte(`{"status":"shutting down"}`))
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		if err := ready(ctx); err != nil {
			s.log.WarnContext(ctx, "not ready", "requestId", models.RequestIDFrom(ctx), "error", err)
			writeBytes(w, http.StatusServiceUnavailable, mediaJSON, []byte(`{"status":"unavailable"}`))
			return
		}
		writeBytes(w, http.StatusOK, mediaJSON, []byte(`{"status":"ready"}`))
	})
}
