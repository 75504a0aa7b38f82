package models

import "context"

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
