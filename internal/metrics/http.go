package metrics

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Request counts an HTTP request: route is the pattern of its route, empty where it has none; method is as the client wrote it; status is 0
// where nothing was answered, and so is after, which is how long it took until the answer began.
func (m *Metrics) Request(route, method string, status int, after time.Duration) {
	in := m.requestMeters.of(answered{route, methodLabel(method), status}, m.requestMeter)
	if status != 0 {
		in.duration.Observe(after.Seconds())
	}
	in.count.Inc()
}

// answered is what HTTP requests are told apart by.
type answered struct {
	route, method string
	status        int
}

// requestMeter is where requests of one kind are counted. It has no duration where nothing was answered.
type requestMeter struct {
	count    prometheus.Counter
	duration prometheus.Observer
}

func (m *Metrics) requestMeter(of answered) requestMeter {
	route, status := of.route, "none"
	if _, path, both := strings.Cut(route, " "); both {
		route = path // without the method
	}
	if route == "" {
		route = "none"
	}
	var in requestMeter
	if of.status != 0 {
		status = strconv.Itoa(of.status)
		in.duration = m.requestDuration.WithLabelValues(route)
	}
	in.count = m.requests.WithLabelValues(route, of.method, status)
	return in
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
