// Package tracing tells an OpenTelemetry collector how long requests take and where: a span for the HTTP request,
// below it one for the GraphQL operation, for each field with a resolver of its own, and for each SQL statement. Spans
// name what the server knows of by itself: the schema's names, routes, codes, statements with placeholders. What a client
// sends is not in them, but for the name of its operation.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

const (
	// service is the name that traces come under, unless OTEL_SERVICE_NAME has another.
	service = "reelgraph"
	// exportTimeout bounds one delivery to the collector, and flushTimeout what is left when the program ends: a collector
	// that answers takes far less.
	exportTimeout = 5 * time.Second
	flushTimeout  = 2 * time.Second
)

// Tracer makes spans and sends them. It is safe for concurrent use.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// New makes a Tracer that sends to the collector at endpoint, an http or https URL, by OTLP over HTTP: to what is at
// v1/traces below it, as OTEL_EXPORTER_OTLP_ENDPOINT has it. Spans are sent in the background, in batches; those for which the queue
// has no room are dropped, and nobody waits. The log is told when the collector cannot be reached, and when it can again.
// The SDK takes further settings from the process's environment, which docs/operations.md has.
func New(ctx context.Context, endpoint string, log *slog.Logger) (*Tracer, error) {
	traces, err := url.JoinPath(endpoint, "v1/traces")
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(traces))
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	origin, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName(service)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithResource(origin),
		sdktrace.WithBatcher(&delivery{SpanExporter: exporter, log: log}, sdktrace.WithExportTimeout(exportTimeout)))
	return &Tracer{provider, provider.Tracer(service)}, nil
}

// Close sends what has not been sent. It takes two seconds at most, and returns when ctx ends; what could not be sent by
// then is lost.
func (t *Tracer) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("the last traces were not delivered: %w", err)
	}
	return nil
}

// delivery is an exporter that tells the log of its failures, once until it has succeeded again. The SDK, which calls it from one
// goroutine, would tell a global of each.
type delivery struct {
	sdktrace.SpanExporter
	log     *slog.Logger
	failing bool
}

// ExportSpans sends spans, or drops them.
func (d *delivery) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := d.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err != nil && !d.failing:
		d.log.WarnContext(ctx, "traces are not delivered", "error", err)
	case err == nil && d.failing:
		d.log.InfoContext(ctx, "traces are delivered again")
	}
	d.failing = err != nil
	return nil
}

// fail marks a span as failed for a reason from a bounded set, never an error's text, which may quote anything.
func fail(span trace.Span, reason string, more ...attribute.KeyValue) {
	span.SetStatus(codes.Error, reason)
	span.SetAttributes(append(more, semconv.ErrorTypeKey.String(reason))...)
}
