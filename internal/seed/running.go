package seed

import (
	"context"
	"time"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// runningPrompt is that of the job of DemoRunningJob. The demo's worker takes its time for it.
const runningPrompt = "the rise and fall of a sand castle, slowly"

// DemoRunningJob is a job of the demo user's that has not finished, and will not soon: the one that the last call has
// made, or a new one. It costs nothing, as every job that did not come through the API.
func DemoRunningJob(ctx context.Context, st *store.Store) (models.ID, error) {
	unfinished := []models.AIJobStatus{models.AIJobStatusQueued, models.AIJobStatusProcessing}
	found, err := st.AIJobsByOwner(ctx, DemoUser, unfinished, nil, 100)
	if err != nil {
		return models.ID{}, err
	}
	for _, job := range found.Items {
		if job.Prompt != nil && *job.Prompt == runningPrompt {
			return job.ID, nil
		}
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	job := models.AIJob{
		ID: models.NewID(), OwnerID: DemoUser, Kind: models.AIJobKindGenerate, Status: models.AIJobStatusQueued,
		Prompt: new(runningPrompt), Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	return job.ID, st.AddAIJobs(ctx, []models.AIJob{job})
}
