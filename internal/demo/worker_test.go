package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// platform stands in for the server, in this process, so that time can be the tests' own.
type platform struct {
	// queue is what is claimed, oldest first.
	queue []job
	// answers are the statuses of reports on a job, in turn; the last one stays. Without, they are accepted.
	answers map[string][]string
	// While it is down, requests fail; refused counts them.
	downFrom, downUntil time.Time
	refused             int
	// slow is how long an answer takes.
	slow time.Duration
	// heard are the reports, by job, and told when the latest of them came.
	heard map[string][]report
	told  map[string]time.Time
	// requests counts all, and largest is the most reports in one.
	requests, largest int
}

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	p.requests++
	<-time.After(p.slow)
	if now := time.Now(); now.After(p.downFrom) && now.Before(p.downUntil) {
		p.refused++
		return nil, errors.New("connection refused")
	}
	var asked struct {
		Query     string
		Variables struct {
			Limit, LeaseSeconds int
			Reports             []report
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		return nil, err
	}
	if r.Header.Get("Authorization") != "Bearer the-token" {
		return answered(`{"errors": [{"message": "Sign in.", "extensions": {"code": "UNAUTHENTICATED"}}]}`), nil
	}
	if strings.Contains(asked.Query, "claimAIJobs") {
		taken := min(asked.Variables.Limit, len(p.queue))
		var jobs []string
		for _, j := range p.queue[:taken] {
			jobs = append(jobs, fmt.Sprintf(`{"id": %q, "kind": %q, "prompt": %q, "attempts": %d}`, j.ID, j.Kind, j.Prompt, j.Attempts))
		}
		p.queue = p.queue[taken:]
		return answered(`{"data": {"claimAIJobs": {"jobs": [` + strings.Join(jobs, ",") + `]}}}`), nil
	}
	p.largest = max(p.largest, len(asked.Variables.Reports))
	var results []string
	for _, report := range asked.Variables.Reports {
		p.heard[report.ID] = append(p.heard[report.ID], report)
		p.told[report.ID] = time.Now()
		status := "ACCEPTED"
		if answers := p.answers[report.ID]; len(answers) > 0 {
			status = answers[0]
			p.answers[report.ID] = answers[min(1, len(answers)-1):]
		}
		results = append(results, fmt.Sprintf(`{"id": %q, "status": %q}`, report.ID, status))
	}
	return answered(`{"data": {"reportAIJobs": {"results": [` + strings.Join(results, ",") + `]}}}`), nil
}

func answered(body string) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body))}
}

func newPlatform(queue ...job) *platform {
	return &platform{queue: queue, answers: map[string][]string{}, heard: map[string][]report{}, told: map[string]time.Time{}}
}

// serve runs a worker on the platform for so long, in a bubble where time passes at once, and gives its log.
func (p *platform) serve(t *testing.T, length time.Duration) string {
	t.Helper()
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		worker := Worker{Client: Client{
			Endpoint: "http://127.0.0.1/graphql", Token: "the-token", Pace: time.Second, Transport: p,
			Log: slog.New(slog.NewTextHandler(&log, nil)),
		}}
		worker.Run(ctx)
	})
	return log.String()
}

// begin is when time begins in a bubble.
var begin = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestJobMovesToItsResult(t *testing.T) {
	t.Parallel()
	for kind, extension := range map[string]string{"GENERATE": ".mp4", "CAPTION": ".vtt"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(job{ID: "one", Kind: kind, Prompt: "a failure of nothing", Attempts: 2})
			p.slow = 50 * time.Millisecond
			if log := p.serve(t, time.Minute); log != "" {
				t.Errorf("the log says\n%s", log)
			}
			reports := p.heard["one"]
			if took := p.told["one"].Sub(begin); took < 6*time.Second || took > 10100*time.Millisecond || len(reports) != int(took.Seconds()) {
				t.Errorf("%d reports in %v", len(reports), took)
			}
			last := -1
			for i, r := range reports {
				if r.Attempt != 2 || r.Progress <= last || r.Progress > 100 || (r.Status == "") != (i < len(reports)-1) {
					t.Errorf("report %d is %+v", i, r)
				}
				last = r.Progress
			}
			want := report{
				ID: "one", Attempt: 2, Progress: 100, Status: "COMPLETED",
				ResultURL: "https://cdn.example.com/results/one" + extension,
			}
			if diff := cmp.Diff(want, reports[len(reports)-1]); diff != "" {
				t.Errorf("the last report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestJobThatShallFail(t *testing.T) {
	t.Parallel()
	p := newPlatform(job{ID: "one", Kind: "REMIX", Prompt: "Let this one FAIL, please", Attempts: 1})
	p.serve(t, time.Minute)
	reports := p.heard["one"]
	last := reports[len(reports)-1]
	if len(reports) < 3 || last.Status != "FAILED" || last.ResultURL != "" || last.ErrorCode == "" || !strings.Contains(last.Error, " ") {
		t.Errorf("%d reports, the last %+v", len(reports), last)
	}
}

func TestManyJobs(t *testing.T) {
	t.Parallel()
	var queue []job
	for i := range 3 * slots {
		queue = append(queue, job{ID: fmt.Sprint("job ", i), Attempts: 1})
	}
	p := newPlatform(queue...)
	p.serve(t, time.Minute)
	lengths := map[int]bool{}
	for _, j := range queue {
		reports := p.heard[j.ID]
		if len(reports) == 0 || reports[len(reports)-1].Status != "COMPLETED" {
			t.Errorf("%s ended with %+v", j.ID, reports)
		}
		lengths[len(reports)] = true
	}
	if p.largest != slots || len(lengths) < 3 {
		t.Errorf("at most %d at a time, of lengths %v", p.largest, lengths)
	}
	// One for all reports of a turn, one for a claim.
	if p.requests > 2*60+2 {
		t.Errorf("%d requests in a minute", p.requests)
	}
}

func TestJobThatIsNoLongerItsOwnIsLeft(t *testing.T) {
	t.Parallel()
	p := newPlatform(job{ID: "canceled"}, job{ID: "lost"}, job{ID: "gone"}, job{ID: "kept"})
	p.answers["canceled"] = []string{"ACCEPTED", "FINISHED"}
	p.answers["lost"] = []string{"ACCEPTED", "ACCEPTED", "NOT_HELD"}
	p.answers["gone"] = []string{"NOT_FOUND"}
	if log := p.serve(t, time.Minute); log != "" {
		t.Errorf("the log says\n%s", log)
	}
	for id, want := range map[string]int{"canceled": 2, "lost": 3, "gone": 1} {
		if got := len(p.heard[id]); got != want {
			t.Errorf("%s: %d reports, want %d", id, got, want)
		}
	}
	if kept := p.heard["kept"]; kept[len(kept)-1].Status != "COMPLETED" {
		t.Errorf("the other one ended with %+v", kept)
	}
}

func TestOutage(t *testing.T) {
	t.Parallel()
	p := newPlatform(job{ID: "one", Attempts: 1})
	p.downFrom, p.downUntil = begin.Add(2500*time.Millisecond), begin.Add(5*time.Minute)
	log := p.serve(t, 10*time.Minute)
	if p.refused < 5 || p.refused > 20 {
		t.Errorf("%d requests while nothing worked", p.refused)
	}
	if lines := strings.Split(strings.TrimSpace(log), "\n"); len(lines) != 2 ||
		!strings.Contains(lines[0], "cannot work") || !strings.Contains(lines[0], "connection refused") ||
		!strings.Contains(lines[1], "works again") || strings.Contains(log, "the-token") {
		t.Errorf("the log says\n%s", log)
	}
	reports := p.heard["one"]
	if len(reports) > maxSteps || reports[len(reports)-1].Status != "COMPLETED" {
		t.Errorf("the job went on as %+v", reports)
	}
}

func TestErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status     int
		body, want string
	}{
		"GraphQL's":   {401, `{"errors": [{"message": "The token has expired.", "extensions": {"code": "UNAUTHENTICATED"}}]}`, "UNAUTHENTICATED: The token has expired."},
		"a gateway's": {502, "<html>Bad Gateway</html>", "an answer with status 502 that is none of GraphQL's: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			worker := Worker{Client: Client{Endpoint: "http://127.0.0.1/graphql", Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: test.status, Body: io.NopCloser(strings.NewReader(test.body))}, nil
			})}}
			if err := worker.turn(t.Context()); err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// An end is no failure, even in the middle of a request.
func TestEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var log bytes.Buffer
		worker := Worker{Client: Client{
			Endpoint: "http://127.0.0.1/graphql", Pace: time.Second, Log: slog.New(slog.NewTextHandler(&log, nil)),
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}),
		}}
		began := time.Now()
		go func() {
			synctest.Wait()
			cancel()
		}()
		worker.Run(ctx)
		if took := time.Since(began); took > 0 || log.Len() > 0 {
			t.Errorf("it ended after %v, and logged %s", took, log.String())
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestJobThatIsSlow: it can be watched for long, and moves all the while.
func TestJobThatIsSlow(t *testing.T) {
	t.Parallel()
	p := newPlatform(job{ID: "one", Kind: "GENERATE", Prompt: "a snail, Slowly", Attempts: 1})
	p.serve(t, 2*time.Hour)
	reports := p.heard["one"]
	if took := p.told["one"].Sub(begin); took < 50*time.Minute || reports[len(reports)-1].Status != "COMPLETED" {
		t.Errorf("after %v it is %+v", took, reports[len(reports)-1])
	}
	seen := map[int]bool{}
	for i, r := range reports {
		seen[r.Progress] = true
		if i < len(reports)-1 && (r.Progress > 99 || r.Status != "") {
			t.Errorf("report %d is %+v", i, r)
		}
		if i == 60 && len(seen) < 10 {
			t.Errorf("in the first minute it moved %d times", len(seen))
		}
	}
}
