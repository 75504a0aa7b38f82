// Command worker is a whole worker for reelgraph: it takes AI jobs one at a time, tells how far they
// are, and stops when a job is canceled or lost. What it makes is pretended: see produce.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	url, token = os.Getenv("REELGRAPH_URL"), os.Getenv("REELGRAPH_TOKEN")
	lease      = flag.Duration("lease", 30*time.Second, "how long a job is held without a report, in whole seconds")
	pretended  = flag.Duration("work", 10*time.Second, "how long the pretended work on a job takes")
)

type job struct {
	ID, Kind, Prompt string
	Attempts         int
}

// report is an AIJobReportInput. Its attempt is what fences the job: with that of an earlier claim it is NOT_HELD.
type report struct {
	ID        string `json:"id"`
	Attempt   int    `json:"attempt"`
	Progress  int64  `json:"progress,omitempty"`
	Status    string `json:"status,omitempty"`
	ResultURL string `json:"resultUrl,omitempty"`
	Error     string `json:"error,omitempty"`
}

// refusal is an error that stays however often one asks, as of a bad token.
type refusal struct{ error }

func main() {
	flag.Parse()
	ending, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	for idle := time.Second; ending.Err() == nil; {
		j, err := claim()
		if j != nil {
			err, idle = work(j), time.Second
		}
		if errors.As(err, &refusal{}) {
			log.Fatal(err)
		} else if err != nil {
			log.Print(err)
		}
		if j == nil { // nothing to do, or nobody there: ask less and less often
			pause(ending, idle)
			idle = min(2*idle, 10*time.Second)
		}
	}
}

// claim takes the oldest job; nil where none is queued. No signal cuts it short, lest the server give the
// job to a worker that has gone.
func claim() (*job, error) {
	var data struct{ ClaimAIJobs struct{ Jobs []*job } }
	err := ask(`mutation($lease: Int!) { claimAIJobs(limit: 1, leaseSeconds: $lease) { jobs { id kind prompt attempts } } }`,
		map[string]any{"lease": int(lease.Seconds())}, &data)
	if err != nil || len(data.ClaimAIJobs.Jobs) == 0 {
		return nil, err
	}
	return data.ClaimAIJobs.Jobs[0], nil
}

// work makes what the job asks for. It reports ten times a lease meanwhile: that renews the lease, shows
// progress, and is how the worker learns that the job was canceled.
func work(j *job) error {
	ctx, cancel := context.WithCancel(context.Background())
	var making sync.WaitGroup
	defer making.Wait()
	defer cancel()
	var progress atomic.Int64
	made := make(chan report, 1)
	making.Go(func() { made <- produce(ctx, j, &progress) })
	for {
		var r report
		select {
		case r = <-made:
		case <-time.After(*lease / 10):
			r.Progress = progress.Load()
		}
		r.ID, r.Attempt = j.ID, j.Attempts
		heard, err := tell(r)
		if err != nil || heard != "ACCEPTED" || r.Status != "" {
			log.Printf("job %s, attempt %d: %s %s", j.ID, j.Attempts, r.Status, heard)
			return err
		}
	}
}

// produce is where the real work goes. It ends soon after ctx does.
func produce(ctx context.Context, j *job, progress *atomic.Int64) report {
	if j.Kind == "GENERATE" && j.Prompt == "" {
		return report{Status: "FAILED", Error: "There is nothing to generate without a prompt"}
	}
	for progress.Load() < 100 && ctx.Err() == nil {
		pause(ctx, *pretended/10)
		progress.Add(10)
	}
	return report{Status: "COMPLETED", ResultURL: "https://cdn.example.com/results/" + j.ID + ".mp4"}
}

// tell reports until there is an answer, for as long as the lease may last: a report may be repeated.
func tell(r report) (heard string, err error) {
	var data struct {
		ReportAIJobs struct{ Results []struct{ Status string } }
	}
	ctx, cancel := context.WithTimeout(context.Background(), *lease)
	defer cancel()
	for ctx.Err() == nil {
		err = ask(`mutation($reports: [AIJobReportInput!]!) { reportAIJobs(reports: $reports) { results { status } } }`,
			map[string]any{"reports": []report{r}}, &data)
		if err == nil {
			return data.ReportAIJobs.Results[0].Status, nil
		} else if errors.As(err, &refusal{}) {
			break
		}
		pause(ctx, time.Second)
	}
	return "was not heard", err
}

// ask sends an operation, and reads into data what it is answered.
func ask(operation string, variables, data any) error {
	body, err := json.Marshal(map[string]any{"query": operation, "variables": variables})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return refusal{err}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("an answer with status %d that is no JSON: %w", response.StatusCode, err)
	}
	if len(answer.Errors) == 0 {
		return json.Unmarshal(answer.Data, data)
	}
	code := answer.Errors[0].Extensions.Code
	err = fmt.Errorf("%s: %s", code, answer.Errors[0].Message)
	if code == "SERVICE_UNAVAILABLE" || code == "INTERNAL_SERVER_ERROR" {
		return err
	}
	return refusal{err}
}

func pause(ctx context.Context, length time.Duration) {
	select {
	case <-time.After(length):
	case <-ctx.Done():
	}
}
