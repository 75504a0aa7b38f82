package models

import (
	"context"
	"slices"
	"time"
)

// Caller is who asks: the owner of a verified token. A nil *Caller is an anonymous one.
type Caller struct {
	ID ID
	// Roles holds what the token lists; USER goes without saying.
	Roles []Role
	// ExpiresAt is when the token ends.
	ExpiresAt time.Time
}

// Has reports whether the caller's token carries role. Every token carries USER, and no
// role includes another. A nil caller has none.
func (c *Caller) Has(role Role) bool {
	if c == nil {
		return false
	}
	if role == RoleUser {
		return true
	}
	return slices.Contains(c.Roles, role)
}

// WithCaller returns a context whose request is the caller's, nil for an anonymous one.
func WithCaller(ctx context.Context, caller *Caller) context.Context {
	request := RequestFrom(ctx)
	request.Caller = caller
	return WithRequest(ctx, request)
}

// CallerFrom is the caller of the request that ctx belongs to, nil where it is anonymous.
func CallerFrom(ctx context.Context) *Caller { return RequestFrom(ctx).Caller }
