// Package demo is who makes the demo live: a worker, which pretends to make what people ask for, and an audience, which
// pretends to watch videos. Both are clients like any other, which know of the server what its API tells.
package demo

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"regexp"
	"slices"
)

const (
	// slots is how many jobs it works on at a time.
	slots = 8
	// leaseSeconds leaves a job to it through some failures, and has it back in the queue soon after the demo was ended.
	leaseSeconds = 15
	// A job takes from minSteps to maxSteps reports, a slow one slowSteps: an hour, at a report a second.
	minSteps, maxSteps, slowSteps = 6, 10, 3600
)

// Worker works on AI jobs, several at a time, and makes nothing: a job moves a step with each report
// and ends with the address of a result that is not there. One whose prompt has the word "fail" fails, and one whose prompt
// has the word "slowly" can be watched for long.
type Worker struct {
	// Client has a token with the role WORKER, and its Pace is the time from one report to the next.
	Client

	jobs []*job
}

// Run works until ctx ends, once for each Worker. The jobs that it holds then are left to their leases.
func (w *Worker) Run(ctx context.Context) {
	w.run(ctx, "worker", func(ctx context.Context) bool { return ctx.Err() == nil }, w.turn)
}

// turn reports on the jobs it holds, and takes as many more as it has room for. After a failure the
// next turn says the same again: of a report that was heard, the repeat does no harm.
func (w *Worker) turn(ctx context.Context) error {
	if len(w.jobs) > 0 {
		if err := w.report(ctx); err != nil {
			return err
		}
	}
	if room := slots - len(w.jobs); room > 0 {
		return w.claim(ctx, room)
	}
	return nil
}

func (w *Worker) claim(ctx context.Context, limit int) error {
	var answer struct {
		ClaimAIJobs struct{ Jobs []*job }
	}
	err := w.ask(ctx, `mutation($limit: Int!, $leaseSeconds: Int!) {
		claimAIJobs(limit: $limit, leaseSeconds: $leaseSeconds) { jobs { id kind prompt attempts } }
	}`, map[string]any{"limit": limit, "leaseSeconds": leaseSeconds}, &answer)
	if err != nil {
		return err
	}
	w.jobs = append(w.jobs, answer.ClaimAIJobs.Jobs...)
	return nil
}

// report tells of a step on every job, and lets go of those that have ended or are no longer its own.
func (w *Worker) report(ctx context.Context) error {
	reports := make([]report, len(w.jobs))
	for i, j := range w.jobs {
		reports[i] = j.next()
	}
	var answer struct {
		ReportAIJobs struct {
			Results []struct{ ID, Status string }
		}
	}
	err := w.ask(ctx, `mutation($reports: [AIJobReportInput!]!) {
		reportAIJobs(reports: $reports) { results { id status } }
	}`, map[string]any{"reports": reports}, &answer)
	if err != nil {
		return err
	}
	accepted := map[string]bool{}
	for _, result := range answer.ReportAIJobs.Results {
		accepted[result.ID] = result.Status == "ACCEPTED"
	}
	w.jobs = slices.DeleteFunc(w.jobs, func(j *job) bool {
		ended := j.next().Status != ""
		j.done++
		return ended || !accepted[j.ID]
	})
	return nil
}

// job is one that the worker has claimed.
type job struct {
	ID, Kind, Prompt string
	Attempts         int
	// done is how many steps have been reported.
	done int
}

// report is an AIJobReportInput.
type report struct {
	ID        string `json:"id"`
	Attempt   int    `json:"attempt"`
	Progress  int    `json:"progress"`
	Status    string `json:"status,omitempty"`
	ResultURL string `json:"resultUrl,omitempty"`
	Error     string `json:"error,omitempty"`
	ErrorCode string `json:"errorCode,omitempty"`
}

var (
	wantsFailure  = regexp.MustCompile(`(?i)\bfail\b`)
	wantsSlowness = regexp.MustCompile(`(?i)\bslowly\b`)
)

// next is the report on the job's next step. Half-way is where those that shall fail do.
func (j *job) next() report {
	step, steps := j.done+1, j.steps()
	r := report{ID: j.ID, Attempt: j.Attempts, Progress: 100 * step / steps}
	if steps == slowSteps {
		// The longer it has gone on, the slower: whoever begins to watch early sees it move.
		r.Progress = int(100 * math.Sqrt(float64(step)/slowSteps))
	}
	switch {
	case step == steps:
		r.Status, r.ResultURL = "COMPLETED", j.resultURL()
	case 2*step >= steps && wantsFailure.MatchString(j.Prompt):
		r.Status, r.Error, r.ErrorCode = "FAILED", "The demo fails jobs whose prompt says so", "DEMO_FAILURE"
	}
	return r
}

// steps differ from job to job, so that those which began together do not end together.
func (j *job) steps() int {
	if wantsSlowness.MatchString(j.Prompt) {
		return slowSteps
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(j.ID)) // A hash takes everything.
	return minSteps + int(hash.Sum32()%(maxSteps-minSteps+1))
}

// resultURL is as those of the jobs that the demo begins with.
func (j *job) resultURL() string {
	extension := ".mp4"
	if j.Kind == "CAPTION" {
		extension = ".vtt"
	}
	return fmt.Sprintf("https://cdn.example.com/results/%s%s", j.ID, extension)
}
