package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"
)

// reporter is a worker that reports on jobs that no other reports on, so that its reports of one are in order.
type reporter struct {
	url, token string
	jobs       []*watched
	next       int
	random     *rand.Rand
	deliveries *deliveries
	// reported counts the updates that were answered.
	reported int
	// latest is how late a call began at worst: it waits for the one before.
	latest time.Duration
}

// newReporters has so many reporters share the jobs, each in an order that is the same every time.
func newReporters(c *clients, count int, server, token string) []*reporter {
	reporters := make([]*reporter, count)
	for n := range reporters {
		reporters[n] = &reporter{
			url: "http://" + server + "/graphql", token: token, deliveries: &c.deliveries,
			random: rand.New(rand.NewPCG(1, uint64(n))), //nolint:gosec // it is no secret
		}
	}
	for n, jobs := range c.jobs {
		r := reporters[n%count]
		r.jobs = append(r.jobs, jobs...)
	}
	for _, r := range reporters {
		r.random.Shuffle(len(r.jobs), func(a, b int) { r.jobs[a], r.jobs[b] = r.jobs[b], r.jobs[a] })
	}
	return reporters
}

// report is one of reportAIJobs.
type report struct {
	ID        string `json:"id"`
	Progress  int    `json:"progress,omitempty"`
	Status    string `json:"status,omitempty"`
	ResultURL string `json:"resultUrl,omitempty"`
}

const reportMutation = "mutation ($reports: [AIJobReportInput!]!) { reportAIJobs(reports: $reports) { acceptedCount } }"

// run makes calls at the times given by begin and every, until end or until ctx ends.
func (r *reporter) run(ctx context.Context, begin, end time.Time, every time.Duration, batch, finish int) error {
	for due := begin; due.Before(end); due = due.Add(every) {
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return nil
		}
		r.latest = max(r.latest, time.Since(due))
		if err := r.call(ctx, batch, finish); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// call reports on the next jobs, one update each.
func (r *reporter) call(ctx context.Context, batch, finish int) error {
	type sending struct {
		job    *watched
		number int
	}
	var sent []sending
	var reports []report
	began := time.Now()
	for tries := 0; len(sent) < batch && tries < len(r.jobs); tries++ {
		w := r.jobs[r.next]
		r.next = (r.next + 1) % len(r.jobs)
		if w.finished { // It is set here alone.
			continue
		}
		last := r.random.IntN(100) < finish
		number := r.deliveries.report(w, began, last)
		told := report{ID: w.id, Progress: number}
		if last {
			// Without progress, which would be a change of its own.
			told = report{ID: w.id, Status: "COMPLETED", ResultURL: "https://media.example.com/" + w.id}
		}
		sent, reports = append(sent, sending{w, number}), append(reports, told)
	}
	if err := r.send(ctx, reports); err != nil {
		return err
	}
	answered := time.Now()
	for _, s := range sent {
		s.job.answered(s.number, answered)
	}
	r.reported += len(sent)
	return nil
}

func (r *reporter) send(ctx context.Context, reports []report) error {
	body, err := json.Marshal(map[string]any{"query": reportMutation, "variables": map[string]any{"reports": reports}})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+r.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Data struct{ ReportAIJobs struct{ AcceptedCount int } }
	}
	if err := json.Unmarshal(text, &answer); err != nil || answer.Data.ReportAIJobs.AcceptedCount != len(reports) {
		return fmt.Errorf("of %d reports not all are accepted: %.500s", len(reports), text)
	}
	return nil
}
