package graph

import (
	"reelgraph/internal/store"
	"reelgraph/models"
)

// blockedPayload tells for each id what became of it.
func blockedPayload(ids []models.ID, done store.Blocking) *models.BlockUsersPayload {
	results := make([]*models.BlockUserResult, len(ids))
	for i, id := range ids {
		results[i] = &models.BlockUserResult{ID: id.String(), Status: done.Statuses[id], User: done.Users[id]}
	}
	return &models.BlockUsersPayload{BlockedCount: done.Count, Results: results}
}
