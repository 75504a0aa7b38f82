package store

import (
	"context"

	"reelgraph/models"
)

// What a transaction and the queue are bounded by.
const (
	MaxGroupCalls    = maxGroupCalls
	MaxGroupVideos   = maxGroupVideos
	MaxWaitingCalls  = maxWaitingCalls
	MaxWaitingVideos = maxWaitingVideos
)

// StartActivity is RecordActivity in two halves: when it returns, the call is in the queue, and what it gives waits
// for the answer.
func (s *Store) StartActivity(ctx context.Context, caller models.ID, batchID string, events []Activity) func() (Recorded, error) {
	c := newActivityCall(caller, batchID, events)
	if err := s.activity.join(c, s.writeGroups); err != nil {
		return func() (Recorded, error) { return Recorded{}, err }
	}
	return func() (Recorded, error) { return s.activity.await(ctx, c) }
}
