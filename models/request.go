package models

import (
	"context"
	"log/slog"
	"net/netip"
)

// Request is what is known of the request that a context belongs to. It is one value of the context, since it is asked for
// often and from far below. In a context it is never changed: the contexts of its parts have copies.
type Request struct {
	// ID is the request's name. Log lines and internal errors carry it.
	ID string
	// Address is what the request comes from; the zero Addr where it is not known. It is there to count by, and must not be logged.
	Address netip.Addr
	// Caller is who asks, nil for an anonymous one.
	Caller *Caller
	// StoredDocument says that the operation is the server's own text, which no client has sent.
	StoredDocument bool
	// Admitted says that the operation has been admitted by its caller's rate limit, and has paid for that.
	Admitted bool
	// LogLine is the request's line of the log to come, nil where there will be none. The goroutine that answers the request may
	// add to it.
	LogLine *LogLine
}

// LogLine is what a request's line of the log is given to say beside what the server knows of it.
type LogLine struct{ Attrs []slog.Attr }

type requestKey struct{}

// requestContext is a context with its request: what context.WithValue would make, in one piece.
type requestContext struct {
	context.Context
	request Request
}

func (c *requestContext) Value(key any) any {
	if key == (requestKey{}) {
		return &c.request
	}
	return c.Context.Value(key)
}

// WithRequest returns a context that belongs to the request, and to no other that ctx may belong to.
func WithRequest(ctx context.Context, request Request) context.Context {
	return &requestContext{ctx, request}
}

// RequestFrom is the request that ctx belongs to, the zero Request outside of one.
func RequestFrom(ctx context.Context) Request {
	if request, ok := ctx.Value(requestKey{}).(*Request); ok {
		return *request
	}
	return Request{}
}

// WithRequestID returns a context whose request has the name.
func WithRequestID(ctx context.Context, id string) context.Context {
	request := RequestFrom(ctx)
	request.ID = id
	return WithRequest(ctx, request)
}

// RequestIDFrom is the name of the request that ctx belongs to, empty outside of one.
func RequestIDFrom(ctx context.Context) string { return RequestFrom(ctx).ID }

// WithAddress returns a context whose request comes from the address.
func WithAddress(ctx context.Context, address netip.Addr) context.Context {
	request := RequestFrom(ctx)
	request.Address = address
	return WithRequest(ctx, request)
}

// AddressFrom is the address that the request of ctx comes from.
func AddressFrom(ctx context.Context) netip.Addr { return RequestFrom(ctx).Address }

// WithStoredDocument returns a context whose operation is the server's own text.
func WithStoredDocument(ctx context.Context) context.Context {
	request := RequestFrom(ctx)
	request.StoredDocument = true
	return WithRequest(ctx, request)
}

// IsStoredDocument reports whether the operation of ctx is the server's own text.
func IsStoredDocument(ctx context.Context) bool { return RequestFrom(ctx).StoredDocument }

// WithAdmitted returns a context whose operation has been admitted.
func WithAdmitted(ctx context.Context) context.Context {
	request := RequestFrom(ctx)
	request.Admitted = true
	return WithRequest(ctx, request)
}

// IsAdmitted reports whether the operation of ctx has been admitted before the executor was asked.
func IsAdmitted(ctx context.Context) bool { return RequestFrom(ctx).Admitted }

// LogLineFrom is the line to come of the request that ctx belongs to, nil where there will be none.
func LogLineFrom(ctx context.Context) *LogLine { return RequestFrom(ctx).LogLine }
