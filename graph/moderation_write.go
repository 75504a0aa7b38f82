package graph

import "reelgraph/models"

// judged reads the ids of videos that something is to be done about for a reason, which is kept as it was written.
func (r *Resolver) judged(ids []string, reason string) ([]models.ID, error) {
	videos, err := r.parseIDs(ids)
	if err != nil {
		return nil, err
	}
	var in inputs
	in.filledText("reason", "A reason", reason, maxReason)
	return videos, in.err()
}

// deletionsPayload tells of each id asked for what became of it, and counts a repeated one once.
func deletionsPayload(asked []models.ID, statuses map[models.ID]models.DeleteVideoStatus) *models.DeleteVideosPayload {
	payload := &models.DeleteVideosPayload{Results: make([]*models.DeleteVideoResult, len(asked))}
	for i, id := range asked {
		status, ok := statuses[id]
		if !ok {
			status = models.DeleteVideoStatusNotFound
		}
		payload.Results[i] = &models.DeleteVideoResult{ID: id.String(), Status: status}
	}
	for _, status := range statuses {
		if status == models.DeleteVideoStatusDeleted {
			payload.DeletedCount++
		}
	}
	return payload
}
