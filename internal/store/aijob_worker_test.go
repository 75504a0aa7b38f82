package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// claimJobs has worker n claim for a minute.
func (f fixture) claimJobs(t *testing.T, n, limit int, kinds ...models.AIJobKind) []*models.AIJob {
	t.Helper()
	jobs, err := f.ClaimAIJobs(t.Context(), id(n), kinds, limit, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

// reportJobs has worker 9 report, and gives what became of each report.
func (f fixture) reportJobs(t *testing.T, reports ...store.AIJobReport) []store.ReportedAIJob {
	t.Helper()
	answer, err := f.ReportAIJobs(t.Context(), id(9), reports)
	if err != nil || len(answer) != len(reports) {
		t.Fatal(answer, err)
	}
	return answer
}

// loseLeases lets the leases of those of jobs that a worker has run out, at their n-th attempt.
func (f fixture) loseLeases(t *testing.T, n int, jobs ...models.ID) {
	t.Helper()
	// In the order of ids, as everybody locks jobs.
	f.Exec(t, `WITH held AS (SELECT id FROM ai_jobs WHERE status = 'PROCESSING' AND ? ORDER BY id`+f.Lock(false)+`)
		UPDATE ai_jobs SET lease_expires_at = ?, attempts = ? WHERE id IN (SELECT id FROM held)`, f.Any("id", jobs), at(-1_000_000), n)
}

func idsOf(jobs []*models.AIJob) []models.ID {
	var list []models.ID
	for _, job := range jobs {
		list = append(list, job.ID)
	}
	return list
}

func TestClaimAIJobs(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		if got := f.claimJobs(t, 9, 5); len(got) != 0 {
			t.Errorf("of an empty queue: %v", got)
		}
		for n, created := range map[int]int{1: 3, 2: 1, 3: 2, 4: 3, 5: 3} {
			f.job(t, n, 7, created, "QUEUED")
		}
		for n, status := range map[int]models.AIJobStatus{11: "PROCESSING", 12: "COMPLETED", 13: "FAILED", 14: "CANCELED"} {
			f.job(t, n, 7, 0, status)
		}
		f.Exec(t, "UPDATE ai_jobs SET progress = 30, attempts = 2 WHERE id = ?", id(3))
		was := f.jobNow(t, id(3))
		before := time.Now()
		got := f.claimJobs(t, 9, 2)
		if diff := cmp.Diff(ids(2, 3), idsOf(got)); diff != "" {
			t.Fatal(diff)
		}
		for _, job := range got {
			if diff := cmp.Diff(f.jobNow(t, job.ID), *job); diff != "" {
				t.Errorf("it is not what is told: %s", diff)
			}
		}
		began := *got[1].StartedAt
		want := was
		want.Status, want.Attempts, want.Version = models.AIJobStatusProcessing, 3, was.Version+1
		want.WorkerID, want.LeaseSeconds, want.LeaseExpiresAt = new(id(9)), new(60), new(began.Add(time.Minute))
		want.StartedAt, want.UpdatedAt = &began, began
		if diff := cmp.Diff(want, *got[1]); diff != "" {
			t.Error(diff)
		}
		if !got[0].LeaseExpiresAt.Equal(*got[1].LeaseExpiresAt) || began.Sub(before).Abs() > time.Minute {
			t.Errorf("one began at %v, and the leases end at %v and %v", began, got[0].LeaseExpiresAt, got[1].LeaseExpiresAt)
		}
		if diff := cmp.Diff(ids(1, 4, 5), idsOf(f.claimJobs(t, 8, 100))); diff != "" {
			t.Error(diff)
		}
		if got := f.claimJobs(t, 9, 5); len(got) != 0 {
			t.Errorf("all are taken, and there come %v", got)
		}
	})
}

func TestClaimAIJobsOfKinds(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		all := models.AllAIJobKind
		claim := func(limit int, kinds ...models.AIJobKind) []models.ID {
			t.Helper()
			f.Exec(t, "DELETE FROM ai_jobs")
			f.queueJobs(t, 7, 20)
			for n, kind := range all { // One after the other, from 0, the oldest, on.
				f.Exec(t, "UPDATE ai_jobs SET kind = ? WHERE ?", string(kind), f.Any("id", ids(n, n+5, n+10, n+15)))
			}
			return idsOf(f.claimJobs(t, 9, limit, kinds...))
		}
		for _, c := range []struct {
			limit int
			kinds []models.AIJobKind
			want  []models.ID
		}{
			{3, []models.AIJobKind{all[2]}, ids(2, 7, 12)},
			{100, []models.AIJobKind{all[4]}, ids(4, 9, 14, 19)},
			{5, []models.AIJobKind{all[4], all[3]}, ids(3, 4, 8, 9, 13)},
			{3, []models.AIJobKind{all[1], all[0], all[1], all[0]}, ids(0, 1, 5)},
			{100, []models.AIJobKind{all[3], all[3]}, ids(3, 8, 13, 18)},
			{1, []models.AIJobKind{all[4], all[1], all[2], all[3]}, ids(1)},
			{4, all, ids(0, 1, 2, 3)},
			{4, slices.Concat(all, all), ids(0, 1, 2, 3)},
		} {
			if diff := cmp.Diff(c.want, claim(c.limit, c.kinds...)); diff != "" {
				t.Errorf("%d of %v: %s", c.limit, c.kinds, diff)
			}
		}
	})
}

// TestClaimsPassOverWhatIsLocked instead of waiting for it.
func TestClaimsPassOverWhatIsLocked(t *testing.T) {
	t.Parallel()
	f := fixture{DB: testdb.PostgreSQL(t)}
	f.Store = store.New(f.DB.DB)
	f.queueJobs(t, 7, 6)
	f.Exec(t, "UPDATE ai_jobs SET kind = 'CAPTION' WHERE id = ?", id(3))
	other := f.Write.Begin()
	defer other.Rollback()
	if err := other.Exec("SELECT id FROM ai_jobs WHERE ? FOR NO KEY UPDATE", f.Any("id", ids(0, 2))).Error; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids(1, 3), idsOf(f.claimJobs(t, 9, 2))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(ids(4, 5), idsOf(f.claimJobs(t, 9, 9, models.AIJobKindRemix, models.AIJobKindCaption))); diff != "" {
		t.Error(diff)
	}
}

// Short ways to write reports.
func going(n, progress int) store.AIJobReport {
	return store.AIJobReport{ID: id(n), Progress: &progress, Status: models.AIJobStatusProcessing}
}

func completed(n int) store.AIJobReport {
	return store.AIJobReport{ID: id(n), Status: models.AIJobStatusCompleted, ResultURL: new("https://cdn.example.com/r"), Error: new("none")}
}

func failed(n int, code *string) store.AIJobReport {
	return store.AIJobReport{ID: id(n), Status: models.AIJobStatusFailed, Error: new("It broke."), ErrorCode: code, ResultURL: new("nowhere")}
}

func of(attempt int, r store.AIJobReport) store.AIJobReport {
	r.Attempt = &attempt
	return r
}

// TestReportAIJobs: worker 9 holds job 1, at 30 percent since its second attempt; it cost user 20 five credits. Each case
// is what happened before the reports, and what became of them.
func TestReportAIJobs(t *testing.T) {
	t.Parallel()
	const running, done, broken = models.AIJobStatusProcessing, models.AIJobStatusCompleted, models.AIJobStatusFailed
	to := func(progress int) func(*models.AIJob) { return func(j *models.AIJob) { j.Progress = progress } }
	nothing := func(*models.AIJob) {}
	complete := func(j *models.AIJob) { j.Progress, j.ResultURL = 100, new("https://cdn.example.com/r") }
	fail := func(code string) func(*models.AIJob) {
		return func(j *models.AIJob) { j.Error, j.ErrorCode, j.Charged = new("It broke."), &code, 0 }
	}
	cases := []struct {
		name    string
		before  string
		reports []store.AIJobReport
		// want are the first letters of what became of the reports; status is the job's afterwards.
		want   string
		status models.AIJobStatus
		change func(*models.AIJob)
		news   int
	}{
		{"progress", "", []store.AIJobReport{going(1, 45)}, "A", running, to(45), 0},
		{"no less", "", []store.AIJobReport{going(1, 29)}, "A", running, nothing, 0},
		{"the same", "", []store.AIJobReport{going(1, 30)}, "A", running, nothing, 0},
		{"a sign of life", "", []store.AIJobReport{{ID: id(1)}}, "A", running, nothing, 0},
		{"all but done", "", []store.AIJobReport{going(1, 100)}, "A", running, to(99), 0},
		{"in order", "", []store.AIJobReport{going(1, 60), going(1, 50), going(2, 1), going(1, 55)}, "AANA", running, to(60), 0},
		{"completed", "", []store.AIJobReport{completed(1)}, "A", done, complete, 1},
		{"to the end and beyond", "", []store.AIJobReport{going(1, 80), completed(1), going(1, 90), failed(1, nil)}, "AAFF", done, complete, 1},
		{"failed", "", []store.AIJobReport{failed(1, nil), completed(1)}, "AF", broken, fail("WORKER_ERROR"), 1},
		{"failed for a reason", "", []store.AIJobReport{failed(1, new("NO_GPU"))}, "A", broken, fail("NO_GPU"), 1},
		{"failed for a blank", "", []store.AIJobReport{failed(1, new(" "))}, "A", broken, fail("WORKER_ERROR"), 1},
		{"of this attempt", "", []store.AIJobReport{of(2, completed(1))}, "A", done, complete, 1},
		{"of another attempt", "", []store.AIJobReport{of(1, completed(1)), of(3, failed(1, nil)), of(0, going(1, 50)), of(2, going(1, 40))}, "HHHA", running, to(40), 0},
		{"by another worker", "UPDATE ai_jobs SET worker_id = '" + id(8).String() + "'", []store.AIJobReport{failed(1, nil), going(1, 40)}, "HH", running, nothing, 0},
		{"after its lease", "UPDATE ai_jobs SET lease_expires_at = '2026-01-01 00:00:00+00:00'", []store.AIJobReport{completed(1), failed(1, nil)}, "HH", running, nothing, 0},
		{"of another program's", "UPDATE ai_jobs SET lease_expires_at = NULL", []store.AIJobReport{completed(1)}, "H", running, nothing, 0},
		{"queued again", "UPDATE ai_jobs SET status = 'QUEUED'", []store.AIJobReport{completed(1)}, "H", models.AIJobStatusQueued, nothing, 0},
		{"canceled meanwhile", "UPDATE ai_jobs SET status = 'CANCELED'", []store.AIJobReport{failed(1, nil), of(7, going(1, 40))}, "FF", models.AIJobStatusCanceled, nothing, 0},
		{"completed by another", "UPDATE ai_jobs SET status = 'COMPLETED', worker_id = NULL", []store.AIJobReport{failed(1, nil)}, "F", done, nothing, 0},
	}
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 20)
		f.video(t, 11, 20, 1)
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				f.Exec(t, "DELETE FROM ai_jobs")
				f.Exec(t, "DELETE FROM notifications")
				f.Exec(t, "DELETE FROM inboxes")
				f.Exec(t, "UPDATE users SET credits = 20")
				f.job(t, 1, 20, 1, "QUEUED")
				f.Exec(t, "UPDATE ai_jobs SET charged = 5, progress = 30, attempts = 1, prompt = 'Purple rain', source_video_id = ?", id(11))
				held := f.claimJobs(t, 9, 1)[0]
				if c.before != "" {
					f.Exec(t, c.before)
				}
				was := f.jobNow(t, id(1))
				answer := f.reportJobs(t, c.reports...)
				got := ""
				for _, a := range answer {
					got += map[models.AIJobReportStatus]string{"ACCEPTED": "A", "NOT_HELD": "H", "FINISHED": "F", "NOT_FOUND": "N"}[a.Status]
					if a.Job == nil && a.Status == models.AIJobReportStatusNotFound {
						continue
					}
					if now := f.jobNow(t, id(1)); !cmp.Equal(now, *a.Job) {
						t.Errorf("the job is answered as what it is not: %s", cmp.Diff(now, *a.Job))
					}
				}
				if got != c.want {
					t.Errorf("the reports became %s, want %s", got, c.want)
				}
				now, want := f.jobNow(t, id(1)), was
				c.change(&want)
				want.Status = c.status
				if now.Status.Finished() && !was.Status.Finished() {
					want.LeaseExpiresAt, want.LeaseSeconds, want.FinishedAt = nil, nil, &now.UpdatedAt
				}
				changed := !cmp.Equal(want, was)
				if changed != (now.Version > was.Version) || changed != now.UpdatedAt.After(was.UpdatedAt) {
					t.Errorf("it changed: %v, and version %d of %v became %d of %v", changed, was.Version, was.UpdatedAt, now.Version, now.UpdatedAt)
				}
				if diff := cmp.Diff(want, now, cmpopts.IgnoreFields(models.AIJob{}, "LeaseExpiresAt", "Version", "UpdatedAt")); diff != "" {
					t.Error(diff)
				}
				if c.want[0] == 'A' && c.status == running && !now.LeaseExpiresAt.After(*held.LeaseExpiresAt) {
					t.Errorf("the lease ends at %v as it did at %v", now.LeaseExpiresAt, held.LeaseExpiresAt)
				}
				if !strings.Contains(c.want, "A") && !cmp.Equal(now, was) {
					t.Error(cmp.Diff(was, now))
				}
				refund := 0
				if was.Charged > now.Charged {
					refund = 5
				}
				if f.purse(t, 20) != 20+refund {
					t.Errorf("%d credits", f.purse(t, 20))
				}
				f.wantNews(t, 20, c.news, now)
			})
		}
	})
}

// wantNews fails unless user n was told so often of a job.
func (f fixture) wantNews(t *testing.T, n, count int, job models.AIJob) {
	t.Helper()
	title, body := "Your remix is ready", job.Prompt
	if job.Status == models.AIJobStatusFailed {
		title, body = "Your remix could not be made", job.Error
	}
	var got, want []models.Notification
	for _, note := range f.news(t, n) {
		got = append(got, *note)
	}
	for number := range count {
		want = append(want, models.Notification{
			RecipientID: id(n), Number: int64(number + 1), Category: models.NotificationCategoryAiJob, Title: title, Body: body,
			VideoID: job.SourceVideoID, JobID: &job.ID,
		})
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(models.Notification{}, "ID", "CreatedAt"), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	inboxes, err := f.InboxesByUserID(t.Context(), ids(n))
	if err != nil {
		t.Fatal(err)
	}
	if inbox := inboxes[id(n)]; count > 0 && (inbox == nil || inbox.UnreadAIJob != count) {
		t.Errorf("the inbox is %v", inbox)
	}
}

// TestReportsOfMany: each owner gets their own back, and is told of their own jobs in the order of the reports.
func TestReportsOfMany(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 20, 30)
		var reports []store.AIJobReport
		for n := 29; n >= 0; n-- {
			f.job(t, n, []int{20, 30, 7}[n%3], n, "QUEUED")
			reports = append(reports, failed(n, new(fmt.Sprint("E", n))))
		}
		f.Exec(t, "UPDATE ai_jobs SET charged = 2 WHERE owner_id <> ?", id(7)) // Of whom the server was not told.
		f.claimJobs(t, 9, 100)
		for _, a := range f.reportJobs(t, reports...) {
			if a.Status != models.AIJobReportStatusAccepted || *a.Job.ErrorCode != fmt.Sprint("E", a.Job.ID[15]) {
				t.Error(a)
			}
		}
		if f.purse(t, 20) != 40 || f.purse(t, 30) != 50 || len(f.news(t, 7)) != 0 {
			t.Errorf("%d and %d credits", f.purse(t, 20), f.purse(t, 30))
		}
		var told []models.ID
		for _, note := range f.news(t, 20) {
			told = append(told, *note.JobID)
		}
		if diff := cmp.Diff(ids(0, 3, 6, 9, 12, 15, 18, 21, 24, 27), told); diff != "" {
			t.Errorf("from the newest on: %s", diff)
		}
	})
}
