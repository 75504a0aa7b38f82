// Package graph is the GraphQL of reelgraph: resolvers of a few lines, and what they share, the
// order and nulls of batches, cursors, authorisation, errors and cost.
package graph

import (
	"reelgraph/internal/live"
	"reelgraph/internal/store"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	store        *store.Store
	live         *live.Hub
	maxBatchSize int
}
