package graph

import (
	"reelgraph/internal/store"
	"reelgraph/models"
)

// activityOf reads the arguments of recordVideoActivity.
func activityOf(batchID string, events []*models.VideoActivityInput) ([]store.Activity, error) {
	var in inputs
	in.key("batchId", "`batchId`", batchID)
	in.atMost("events", maxEvents, len(events))
	activity := make([]store.Activity, len(events))
	for i, e := range events {
		in.within("events", "The `count` of an event", e.Count, 1, maxCount)
		activity[i] = store.Activity{VideoID: in.id(e.VideoID), Kind: e.Kind, Count: e.Count}
	}
	return activity, in.err()
}

// activityPayload is what recordVideoActivity answers.
func activityPayload(recorded store.Recorded) *models.RecordVideoActivityPayload {
	unknown := make([]string, len(recorded.Unknown))
	for i, id := range recorded.Unknown {
		unknown[i] = id.String()
	}
	return &models.RecordVideoActivityPayload{
		RecordedCount: recorded.Count, Duplicate: recorded.Duplicate, UnknownVideoIds: unknown,
	}
}
