package metrics

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Request counts an HTTP request: route is the pattern of its route, empty where it has none; method is as the client wrote it; status is 0
// where nothing was answered, and so is after, which is how long it took until the answer began.
func (m *Metrics) Request(route, method string, status int, after time.Duration) {
	if _, path, both := strings.Cut(route, " "); both {
		route = path // without the method
	}
	if route == "" {
		route = "none"
	}
	said := "none"
	if status != 0 {
		said = strconv.Itoa(status)
		m.requestDuration.WithLabelValues(route).Observe(after.Seconds())
	}
	m.requests.WithLabelValues(route, methodLabel(method), said).Inc()
}

// methodLabel is a method that HTTP has, or other.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions,
		http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect, http.MethodTrace:
		return method
	}
	return "other"
}
