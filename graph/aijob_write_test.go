package graph_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"reelgraph/models"
)

func TestStartAIJob(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1) // With 100 credits.
		p.addVideos(t, 2, 1)
		p.deleteVideo(t, 1)
		const mutation = `mutation($input: StartAIJobInput!) { startAIJob(input: $input) {
			creditsRemaining job { id kind status progress error errorCode prompt attempts queuePosition version finishedAt startedAt sourceVideo { title } }
		} }`
		start := func(as int, input map[string]any) map[string]any {
			t.Helper()
			return p.data(t, user(as), mutation, map[string]any{"input": input})["startAIJob"].(map[string]any)
		}
		source := strings.ToUpper(videoID(0).String())
		long := strings.Repeat("é", 10_000)
		first := start(0, map[string]any{"kind": "GENERATE", "prompt": long, "sourceVideoId": source, "idempotencyKey": strings.Repeat("k", 200)})
		equal(t, "started", map[string]any{"creditsRemaining": 90.0, "job": map[string]any{
			"id": pick(first, "job.id")[0], "kind": "GENERATE", "status": "QUEUED", "progress": 0.0, "error": nil, "errorCode": nil, "prompt": long,
			"attempts": 0.0, "queuePosition": 0.0, "version": 1.0, "finishedAt": nil, "startedAt": nil, "sourceVideo": map[string]any{"title": "Video 0"},
		}}, first)
		equal(t, "started again", first, start(0, map[string]any{"kind": "CAPTION", "idempotencyKey": strings.Repeat("k", 200)}))
		next := start(0, map[string]any{"kind": "CAPTION"})
		sees(t, next, "creditsRemaining", 89.0)
		sees(t, next, "job.queuePosition", 1.0)
		poor := start(5, map[string]any{"kind": "CAPTION"}) // Of whom the server was not told.
		sees(t, poor, "creditsRemaining", 0.0)
		for name, want := range map[string]any{
			"status": "FAILED", "errorCode": "INSUFFICIENT_CREDITS", "error": "Insufficient credits", "queuePosition": nil, "attempts": 0.0,
		} {
			sees(t, poor, "job."+name, want)
		}
		for _, video := range []models.ID{videoID(1), videoID(9)} {
			got := p.ask(t, user(0), mutation, map[string]any{"input": map[string]any{"kind": "REMIX", "sourceVideoId": video.String()}})
			equal(t, "without a source", map[string]any{"code": "NOT_FOUND"}, got.only(t).Extensions)
			equal(t, "answer", map[string]any{"startAIJob": nil}, got.Data)
		}
		sees(t, p.data(t, user(0), "{ me { credits } }", nil), "me.credits", 89.0)
	})
}

func TestCancelAIJobsInOrder(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 2)
		p.addVideos(t, 2, 1)
		p.addJobs(t, job{n: 0, source: new(videoID(0))}, job{n: 1, status: models.AIJobStatusCompleted}, job{n: 2, owner: 1},
			job{n: 3, status: models.AIJobStatusProcessing, source: new(videoID(1))}, job{n: 4, status: models.AIJobStatusCanceled}, job{n: 5})
		p.Exec(t, "UPDATE ai_jobs SET charged = 4")
		asked := texts(jobID(3), jobID(9), jobID(0), jobID(1), jobID(2), jobID(4), jobID(3))
		asked[6] = strings.ToUpper(asked[6].(string))
		var got map[string]any
		cancel := func(count float64, statuses ...any) {
			t.Helper()
			got = p.data(t, user(0), `mutation($ids: [ID!]!) { cancelAIJobs(ids: $ids) {
				canceledCount results { id status job { status error errorCode sourceVideo { title } } }
			} }`, map[string]any{"ids": asked})
			sees(t, got, "cancelAIJobs.canceledCount", count)
			sees(t, got, "cancelAIJobs.results.id", texts(jobID(3), jobID(9), jobID(0), jobID(1), jobID(2), jobID(4), jobID(3))...)
			sees(t, got, "cancelAIJobs.results.status", statuses...)
			sees(t, got, "cancelAIJobs.results.job.status", "CANCELED", nil, "CANCELED", "COMPLETED", nil, "CANCELED", "CANCELED")
			sees(t, got, "cancelAIJobs.results.job.sourceVideo.title", "Video 1", nil, "Video 0", nil, nil, nil, "Video 1")
			sees(t, got, "cancelAIJobs.results.job.errorCode", nil, nil, nil, nil, nil, nil, nil)
			sees(t, got, "cancelAIJobs.results.job.error", nil, nil, nil, nil, nil, nil, nil)
			sees(t, p.data(t, user(0), "{ me { credits } }", nil), "me.credits", 108.0)
		}
		const now, before, none = "CANCELED", "ALREADY_FINISHED", "NOT_FOUND"
		cancel(2, now, none, now, before, none, before, now)
		cancel(0, before, none, before, before, none, before, before)
		sees(t, p.data(t, user(0), "{ notifications { nodes { title } } }", nil), "notifications.nodes")
		sees(t, p.data(t, user(1), "{ myAIJobs { nodes { status } } }", nil), "myAIJobs.nodes.status", "QUEUED")
	})
}

func TestClaimAIJobs(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addVideosOfOne(t, 2)
		p.addJobs(t, job{n: 0, source: new(videoID(0))}, job{n: 1, owner: 7}, job{n: 2, status: models.AIJobStatusProcessing}, job{n: 3, source: new(videoID(1))})
		worker := user(9, models.RoleWorker)
		claim := func(arguments string) map[string]any {
			t.Helper()
			got := p.data(t, worker, "mutation { claimAIJobs"+arguments+" { leaseExpiresAt jobs { id status attempts queuePosition startedAt sourceVideo { title } } } }", nil)
			return got["claimAIJobs"].(map[string]any)
		}
		lasts := func(got map[string]any, lease time.Duration) {
			t.Helper()
			until, err := time.Parse(time.RFC3339Nano, fmt.Sprint(got["leaseExpiresAt"]))
			if left := time.Until(until); err != nil || (left-lease).Abs() > 20*time.Second {
				t.Errorf("the lease is of %v, want %v; %v", left, lease, err)
			}
		}
		for _, arguments := range []string{"(kinds: [])", "(kinds: [], limit: 7, leaseSeconds: 60)"} {
			var got map[string]any
			if statements := p.Record(func() { got = claim(arguments) }); len(statements) != 0 {
				t.Error(lines(statements))
			}
			sees(t, got, "jobs")
			lasts(got, time.Minute)
		}
		got := claim("(kinds: [CAPTION, REMIX], leaseSeconds: 3600)") // Of which there are none.
		sees(t, got, "jobs")
		lasts(got, time.Hour)
		got = claim("") // The oldest has the highest number.
		sees(t, got, "jobs.id", jobID(3).String())
		sees(t, got, "jobs.sourceVideo.title", "Video 1")
		lasts(got, time.Minute)
		got = claim("(kinds: null, limit: 100, leaseSeconds: 600)")
		sees(t, got, "jobs.id", jobID(1).String(), jobID(0).String())
		sees(t, got, "jobs.status", "PROCESSING", "PROCESSING")
		sees(t, got, "jobs.attempts", 1.0, 1.0)
		sees(t, got, "jobs.queuePosition", nil, nil)
		sees(t, got, "jobs.sourceVideo.title", nil, "Video 0")
		lasts(got, 10*time.Minute)
		for arguments, argument := range map[string]string{
			"limit: 0": "limit", "limit: 101": "limit", "leaseSeconds: 0": "leaseSeconds", "leaseSeconds: 3601": "leaseSeconds", "limit: -1, leaseSeconds: 0": "limit",
			"kinds: [], limit: 0": "limit",
		} {
			var refused answer
			statements := p.Record(func() { refused = p.ask(t, worker, "mutation { claimAIJobs("+arguments+") { jobs { id } } }", nil) })
			equal(t, arguments, map[string]any{"code": "BAD_USER_INPUT", "argument": argument}, refused.only(t).Extensions)
			if len(statements) != 0 {
				t.Error(lines(statements))
			}
		}
	})
}

// addVideosOfOne adds videos of user 0, and that user.
func (p *platform) addVideosOfOne(t *testing.T, count int) {
	t.Helper()
	p.addUsers(t, 1)
	p.addVideos(t, count, 1)
}

const reportMutation = `mutation($reports: [AIJobReportInput!]!) { reportAIJobs(reports: $reports) { acceptedCount results { id status jobStatus } } }`

func TestReportAIJobs(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addJobs(t, job{n: 0}, job{n: 1}, job{n: 2}, job{n: 3}, job{n: 4})
		worker := user(9, models.RoleWorker)
		p.data(t, worker, "mutation { claimAIJobs(limit: 4) { jobs { id } } }", nil) // All but 0.
		reports := []any{
			map[string]any{"id": strings.ToUpper(jobID(1).String()), "attempt": 1, "progress": 100},
			map[string]any{"id": jobID(2).String(), "status": "COMPLETED", "resultUrl": strings.Repeat("ü", 4096)},
			map[string]any{"id": jobID(0).String(), "progress": 5},
			map[string]any{"id": jobID(3).String(), "status": "FAILED", "error": strings.Repeat("ü", 10_000), "errorCode": strings.Repeat("ü", 100)},
			map[string]any{"id": jobID(2).String(), "status": "PROCESSING"},
			map[string]any{"id": jobID(9).String(), "status": nil, "progress": 0},
			map[string]any{"id": jobID(4).String(), "attempt": 2},
			map[string]any{"id": jobID(1).String(), "status": "FAILED", "error": "E"},
		}
		got := p.data(t, worker, reportMutation, map[string]any{"reports": reports})
		sees(t, got, "reportAIJobs.acceptedCount", 4.0)
		sees(t, got, "reportAIJobs.results.id", texts(jobID(1), jobID(2), jobID(0), jobID(3), jobID(2), jobID(9), jobID(4), jobID(1))...)
		sees(t, got, "reportAIJobs.results.status", "ACCEPTED", "ACCEPTED", "NOT_HELD", "ACCEPTED", "FINISHED", "NOT_FOUND", "NOT_HELD", "ACCEPTED")
		sees(t, got, "reportAIJobs.results.jobStatus", "FAILED", "COMPLETED", "QUEUED", "FAILED", "COMPLETED", nil, "PROCESSING", "FAILED")
		jobs := p.data(t, user(0), "{ myAIJobs { nodes { progress errorCode error resultUrl } } notifications { nodes { category title body job { id } } } }", nil)
		sees(t, jobs, "myAIJobs.nodes.progress", 45.0, 99.0, 100.0, 45.0, 45.0)
		sees(t, jobs, "myAIJobs.nodes.errorCode", nil, "WORKER_ERROR", nil, strings.Repeat("ü", 100), nil)
		sees(t, jobs, "myAIJobs.nodes.resultUrl", nil, nil, strings.Repeat("ü", 4096), nil, nil)
		sees(t, jobs, "notifications.nodes.category", "AI_JOB", "AI_JOB", "AI_JOB")
		sees(t, jobs, "notifications.nodes.job.id", texts(jobID(3), jobID(2), jobID(1))...)
		sees(t, jobs, "notifications.nodes.title", "Your video could not be made", "Your video is ready", "Your video could not be made")
		sees(t, jobs, "notifications.nodes.body", strings.Repeat("ü", 10_000), "prompt 2 of 0", "E")
	})
}

func TestReportsThatAreRefused(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		worker := user(9, models.RoleWorker)
		reports := map[string]any{"code": "BAD_USER_INPUT", "argument": "reports"}
		for _, c := range []struct {
			report map[string]any
			want   map[string]any
		}{
			{map[string]any{"progress": -1}, reports},
			{map[string]any{"progress": 101}, reports},
			{map[string]any{"status": "COMPLETED", "progress": 101, "resultUrl": "r"}, reports},
			{map[string]any{"status": "COMPLETED"}, reports},
			{map[string]any{"status": "COMPLETED", "resultUrl": nil, "error": "E"}, reports},
			{map[string]any{"status": "COMPLETED", "resultUrl": " \t"}, reports},
			{map[string]any{"status": "FAILED"}, reports},
			{map[string]any{"status": "FAILED", "error": ""}, reports},
			{map[string]any{"status": "FAILED", "errorCode": "C", "resultUrl": "r"}, reports},
			{map[string]any{"status": "QUEUED"}, reports},
			{map[string]any{"status": "CANCELED"}, reports},
			{map[string]any{"resultUrl": strings.Repeat("x", 4097)}, reports},
			{map[string]any{"error": strings.Repeat("x", 10_001)}, reports},
			{map[string]any{"errorCode": strings.Repeat("x", 101)}, reports},
			{map[string]any{"errorCode": "a\x00"}, reports},
			{map[string]any{"id": "me"}, map[string]any{"code": "BAD_USER_INPUT", "invalidIds": []string{"me"}}},
			{map[string]any{"id": "", "progress": 101}, map[string]any{"code": "BAD_USER_INPUT", "argument": "reports", "invalidIds": []string{""}}},
		} {
			report := map[string]any{"id": jobID(0).String()}
			maps.Copy(report, c.report)
			var got answer
			statements := p.Record(func() {
				got = p.ask(t, worker, reportMutation, map[string]any{"reports": []any{map[string]any{"id": jobID(1).String()}, report}})
			})
			equal(t, fmt.Sprintf("%.60v", c.report), c.want, got.only(t).Extensions)
			equal(t, "answer", map[string]any{"reportAIJobs": nil}, got.Data)
			if len(statements) != 0 {
				t.Error(lines(statements))
			}
		}
	})
}
