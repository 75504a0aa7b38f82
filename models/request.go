package models

import (
	"context"
	"log/slog"
	"net/netip"
)

type requestIDKey struct{}

// WithRequestID returns a context that carries the name of the request it belongs to.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestIDFrom is the name of the request that ctx belongs to, empty outside of one. Log
// lines and internal errors carry it.
func RequestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

type addressKey struct{}

// WithAddress returns a context that carries the address its request comes from.
func WithAddress(ctx context.Context, address netip.Addr) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// AddressFrom is the address that the request of ctx comes from; the zero Addr where it is not known. It is there to count
// by, and must not be logged.
func AddressFrom(ctx context.Context) netip.Addr {
	address, _ := ctx.Value(addressKey{}).(netip.Addr)
	return address
}

type storedDocumentKey struct{}

// WithStoredDocument returns a context whose operation is the server's own text, which no client has sent.
func WithStoredDocument(ctx context.Context) context.Context {
	return context.WithValue(ctx, storedDocumentKey{}, true)
}

// IsStoredDocument reports whether the operation of ctx is the server's own text.
func IsStoredDocument(ctx context.Context) bool {
	stored, _ := ctx.Value(storedDocumentKey{}).(bool)
	return stored
}

type admittedKey struct{}

// WithAdmitted returns a context whose operation has been admitted by its caller's rate limit, and has paid for that.
func WithAdmitted(ctx context.Context) context.Context {
	return context.WithValue(ctx, admittedKey{}, true)
}

// IsAdmitted reports whether the operation of ctx has been admitted before the executor was asked.
func IsAdmitted(ctx context.Context) bool {
	admitted, _ := ctx.Value(admittedKey{}).(bool)
	return admitted
}

// LogLine is what a request's line of the log is given to say beside what the server knows of it.
type LogLine struct{ Attrs []slog.Attr }

type logLineKey struct{}

// WithLogLine returns a context whose request has a line of the log to come.
func WithLogLine(ctx context.Context, line *LogLine) context.Context {
	return context.WithValue(ctx, logLineKey{}, line)
}

// LogLineFrom is the line to come of the request that ctx belongs to, nil where there will be none. The goroutine that answers the
// request may add to it.
func LogLineFrom(ctx context.Context) *LogLine {
	line, _ := ctx.Value(logLineKey{}).(*LogLine)
	return line
}
