package graph

import (
	"context"
	"time"

	"reelgraph/internal/loaders"
	"reelgraph/internal/store"
	"reelgraph/models"
)

const (
	// maxErrorCode bounds a failure's code, in characters.
	maxErrorCode = 100
	// maxLease is how long a claim may hold without a report, in seconds.
	maxLease = 3600
)

// newAIJob reads the input of startAIJob.
func newAIJob(input models.StartAIJobInput) (store.NewAIJob, error) {
	var in inputs
	in.optionalText("input", "`prompt`", input.Prompt, maxProse)
	if input.IdempotencyKey != nil {
		in.key("input", "`idempotencyKey`", *input.IdempotencyKey)
	}
	job := store.NewAIJob{
		Kind: input.Kind, Prompt: input.Prompt, SourceVideoID: in.optionalID(input.SourceVideoID), IdempotencyKey: input.IdempotencyKey,
	}
	return job, in.err()
}

// canceledPayload answers each of the ids. A duplicate is answered as the first one is, and counts once.
func canceledPayload(ctx context.Context, ids []models.ID, found map[models.ID]store.CanceledAIJob) *models.CancelAIJobsPayload {
	jobs := make([]*models.AIJob, len(ids))
	for i, id := range ids {
		jobs[i] = found[id].AIJob
	}
	loaders.Siblings(loaders.For(ctx), jobs)
	payload := &models.CancelAIJobsPayload{Results: make([]*models.CancelAIJobResult, len(ids))}
	for i, id := range ids {
		status := models.CancelAIJobStatusAlreadyFinished
		switch {
		case jobs[i] == nil:
			status = models.CancelAIJobStatusNotFound
		case found[id].Now:
			status = models.CancelAIJobStatusCanceled
		}
		payload.Results[i] = &models.CancelAIJobResult{ID: id.String(), Status: status, Job: jobs[i]}
	}
	for _, job := range found {
		if job.Now {
			payload.CanceledCount++
		}
	}
	return payload
}

// claimable checks the arguments of claimAIJobs.
func claimable(limit, leaseSeconds int) error {
	var in inputs
	in.within("limit", "`limit`", limit, 1, maxClaimed)
	in.within("leaseSeconds", "`leaseSeconds`", leaseSeconds, 1, maxLease)
	return in.err()
}

// claimedPayload tells of a claim that holds for lease. One that took nothing ends as if it had begun now.
func claimedPayload(ctx context.Context, jobs []*models.AIJob, lease time.Duration) *models.ClaimAIJobsPayload {
	payload := &models.ClaimAIJobsPayload{Jobs: append([]*models.AIJob{}, jobs...), LeaseExpiresAt: time.Now().Add(lease)}
	if len(jobs) > 0 {
		payload.LeaseExpiresAt = *jobs[0].LeaseExpiresAt
	}
	loaders.Siblings(loaders.For(ctx), payload.Jobs)
	return payload
}

// aiJobReports reads the reports of a worker.
func aiJobReports(list []*models.AIJobReportInput) ([]store.AIJobReport, error) {
	var in inputs
	in.atMost("reports", maxInputs, len(list))
	reports := make([]store.AIJobReport, len(list))
	for i, input := range list {
		reports[i] = in.aiJobReport(input)
	}
	return reports, in.err()
}

func (in *inputs) aiJobReport(input *models.AIJobReportInput) store.AIJobReport {
	const argument = "reports"
	report := store.AIJobReport{
		ID: in.id(input.ID), Attempt: input.Attempt, Progress: input.Progress, Status: models.AIJobStatusProcessing,
		ResultURL: input.ResultURL, Error: input.Error, ErrorCode: input.ErrorCode,
	}
	if input.Progress != nil {
		in.within(argument, "`progress`", *input.Progress, 0, 100)
	}
	if input.Status != nil {
		report.Status = *input.Status
	}
	in.optionalText(argument, "`resultUrl`", input.ResultURL, maxURL)
	in.optionalText(argument, "`error`", input.Error, maxProse)
	in.optionalText(argument, "`errorCode`", input.ErrorCode, maxErrorCode)
	switch report.Status {
	case models.AIJobStatusProcessing:
	case models.AIJobStatusCompleted:
		in.present(argument, "The `resultUrl` of a COMPLETED job", input.ResultURL, maxURL)
	case models.AIJobStatusFailed:
		in.present(argument, "The `error` of a FAILED job", input.Error, maxProse)
	default:
		in.wrong(argument, "A worker reports a job as PROCESSING, COMPLETED or FAILED, not as %s.", report.Status)
	}
	return report
}

// present is filledText for one that must be there.
func (in *inputs) present(argument, what string, text *string, limit int) {
	if text == nil {
		in.wrong(argument, "%s must be there.", what)
		return
	}
	in.filledText(argument, what, *text, limit)
}

func reportedPayload(reported []store.ReportedAIJob, reports []store.AIJobReport) *models.ReportAIJobsPayload {
	payload := &models.ReportAIJobsPayload{Results: make([]*models.AIJobReportResult, len(reported))}
	for i, r := range reported {
		result := &models.AIJobReportResult{ID: reports[i].ID.String(), Status: r.Status}
		if r.Job != nil {
			result.JobStatus = &r.Job.Status
		}
		if r.Status == models.AIJobReportStatusAccepted {
			payload.AcceptedCount++
		}
		payload.Results[i] = result
	}
	return payload
}
