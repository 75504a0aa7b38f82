package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql/handler/lru"
)

// textCache keeps the values most used of late, by a text of bounded length: the number of
// entries alone would not bound its memory.
type textCache[T any] struct{ entries *lru.LRU[T] }

func newTextCache[T any](entries int) textCache[T] { return textCache[T]{lru.New[T](entries)} }

// Get finds what Add kept.
func (c textCache[T]) Get(ctx context.Context, key string) (T, bool) { return c.entries.Get(ctx, key) }

// Add keeps value, unless its key, or the value where that is text, is large.
func (c textCache[T]) Add(ctx context.Context, key string, value T) {
	if text, ok := any(value).(string); len(key) > cachedText || ok && len(text) > cachedText {
		return
	}
	c.entries.Add(ctx, key, value)
}
