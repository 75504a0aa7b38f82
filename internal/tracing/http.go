package tracing

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// untraced are the paths that machines ask for all the time, and nobody looks at.
var untraced = []string{"/healthz", "/readyz", "/metrics"}

// Handler has every request be a span, but for those to health and metrics. A traceparent header says which trace it belongs to, and
// whether that one is recorded; baggage and tracestate are ignored, since they could hold anything. The span of a
// socket ends when the socket opens.
func (t *Tracer) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(untraced, r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		ctx := propagation.TraceContext{}.Extract(r.Context(), traceparent(r.Header))
		method := knownMethod(r.Method)
		ctx, span := t.tracer.Start(ctx, method, trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(semconv.HTTPRequestMethodKey.String(method)))
		if !span.IsRecording() {
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		r = r.WithContext(ctx)
		answer := &answer{ResponseWriter: w, request: r, span: span, method: method}
		// After a panic too, for which others answer.
		defer answer.end()
		next.ServeHTTP(answer, r)
	})
}

// traceparent are the headers of a request without any but that.
type traceparent http.Header

// Get gives traceparent's value, and none of other headers.
func (h traceparent) Get(name string) string {
	if name != "traceparent" {
		return ""
	}
	return http.Header(h).Get(name)
}

// Set does nothing: nothing is sent on.
func (h traceparent) Set(string, string) {}

// Keys is the one header there is.
func (h traceparent) Keys() []string { return []string{"traceparent"} }

// knownMethod is a method of HTTP, or _OTHER: a client may send any word for one.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return method
	}
	return semconv.HTTPRequestMethodOther.Value.AsString()
}

// answer tells a request's span how the request was answered.
type answer struct {
	http.ResponseWriter
	request *http.Request
	span    trace.Span
	method  string
	status  int // 0 while nothing was answered
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) end() {
	// The mux has said by now which of its few patterns it was.
	if _, route, found := strings.Cut(a.request.Pattern, "/"); found {
		a.span.SetName(a.method + " /" + route)
		a.span.SetAttributes(semconv.HTTPRoute("/" + route))
	}
	if a.status != 0 {
		a.span.SetAttributes(semconv.HTTPResponseStatusCode(a.status))
	}
	switch {
	case a.status == 0:
		fail(a.span, "panic")
	case a.status >= http.StatusInternalServerError:
		fail(a.span, strconv.Itoa(a.status))
	}
	a.span.End()
}
