package store_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/models"
)

// purse is what user n has left.
func (f fixture) purse(t *testing.T, n int) int {
	t.Helper()
	users, err := f.UsersByID(t.Context(), ids(n))
	if err != nil {
		t.Fatal(err)
	}
	return users[id(n)].Credits
}

// jobNow is a job as it is stored.
func (f fixture) jobNow(t *testing.T, job models.ID) models.AIJob {
	t.Helper()
	jobs, err := f.AIJobsByID(t.Context(), []models.ID{job})
	if err != nil || jobs[job] == nil {
		t.Fatal(jobs, err)
	}
	return *jobs[job]
}

// startJob starts a job of user n's.
func (f fixture) startJob(t *testing.T, n int, wanted store.NewAIJob) *models.AIJob {
	t.Helper()
	job, _, err := f.StartAIJob(t.Context(), id(n), wanted)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// startJobs starts count jobs of user n's, and gives their ids from the oldest on.
func (f fixture) startJobs(t *testing.T, n, count int) []models.ID {
	t.Helper()
	list := make([]models.ID, count)
	for i := range list {
		list[i] = f.startJob(t, n, store.NewAIJob{Kind: models.AIJobKindCaption}).ID
	}
	return list
}

// queueJobs queues jobs 0 to end-1 of user n's, each later than the one before, as another program would.
func (f fixture) queueJobs(t *testing.T, n, end int) []models.ID {
	t.Helper()
	var list []models.ID
	var created []*time.Time
	for job := range end {
		list, created = append(list, id(job)), append(created, new(at(job)))
	}
	f.Exec(t, "INSERT INTO ai_jobs (id, owner_id, kind, created_at) SELECT queued.id, ?, 'REMIX', queued.created_at FROM ?", id(n),
		f.Rows("queued", database.Column{Name: "id", Values: list}, database.Column{Name: "created_at", Values: created}))
	return list
}

// news are the notifications that user n has got.
func (f fixture) news(t *testing.T, n int) []*models.Notification {
	t.Helper()
	page, err := f.Notifications(t.Context(), id(n), store.NotificationFilter{}, nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

// wantCode fails unless an error is of a code.
func wantCode(t *testing.T, err error, code models.Code) {
	t.Helper()
	if coded, ok := errors.AsType[*models.Error](err); !ok || coded.Code != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// setMoments are those that a job has; when they are, is another matter.
var setMoments = cmp.Transformer("set", func(at *time.Time) bool { return at != nil })

func TestStartAIJob(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 20)
		f.video(t, 11, 20, 1)
		credits := 20
		for _, c := range []struct {
			kind    models.AIJobKind
			charged int
		}{
			{models.AIJobKindGenerate, 10}, {models.AIJobKindUpscale, 5}, {models.AIJobKindGlitch, 3},
			{models.AIJobKindRemix, 0}, {models.AIJobKindCaption, 1}, {models.AIJobKindCaption, 1}, {models.AIJobKindCaption, 0},
		} {
			key := "the " + string(c.kind) + " at " + strings.Repeat("I", credits)
			before := time.Now()
			job, left, err := f.StartAIJob(t.Context(), id(20), store.NewAIJob{c.kind, new("as I like it"), new(id(11)), &key})
			if err != nil {
				t.Fatal(err)
			}
			credits -= c.charged
			want := models.AIJob{
				ID: job.ID, OwnerID: id(20), Kind: c.kind, Status: models.AIJobStatusQueued, Prompt: new("as I like it"),
				SourceVideoID: new(id(11)), IdempotencyKey: &key, Charged: c.charged, Version: 1, CreatedAt: job.CreatedAt, UpdatedAt: job.CreatedAt,
			}
			if c.charged == 0 {
				want.Status, want.FinishedAt = models.AIJobStatusFailed, &job.CreatedAt
				want.ErrorCode, want.Error = new("INSUFFICIENT_CREDITS"), new("Insufficient credits")
			}
			if diff := cmp.Diff(want, *job); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(want, f.jobNow(t, job.ID)); diff != "" {
				t.Errorf("stored: %s", diff)
			}
			if left != credits || f.purse(t, 20) != credits {
				t.Errorf("after %s %d credits are told and %d left, want %d", c.kind, left, f.purse(t, 20), credits)
			}
			if job.CreatedAt.Before(before.Add(-time.Minute)) || job.CreatedAt.After(time.Now().Add(time.Minute)) {
				t.Errorf("started at %v", job.CreatedAt)
			}
		}
		if got := f.news(t, 20); len(got) > 0 {
			t.Errorf("they are told %v", got)
		}
	})
}

// TestStartAIJobOfAStranger: whom the server was not told of has no credits.
func TestStartAIJobOfAStranger(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		key := new("k")
		first, left, err := f.StartAIJob(t.Context(), id(7), store.NewAIJob{Kind: models.AIJobKindCaption, IdempotencyKey: key})
		if err != nil || left != 0 || first.Status != models.AIJobStatusFailed || first.Charged != 0 {
			t.Fatal(first, left, err)
		}
		if again := f.startJob(t, 7, store.NewAIJob{Kind: models.AIJobKindRemix, IdempotencyKey: key}); !cmp.Equal(first, again) {
			t.Error(cmp.Diff(first, again))
		}
	})
}

func TestStartAIJobByKey(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 20, 30)
		f.video(t, 11, 20, 1)
		key := new("k")
		first := f.startJob(t, 20, store.NewAIJob{Kind: models.AIJobKindGenerate, SourceVideoID: new(id(11)), IdempotencyKey: key})
		f.deleteVideo(t, 11)
		for _, wanted := range []store.NewAIJob{
			{models.AIJobKindGenerate, nil, new(id(11)), key}, {models.AIJobKindCaption, new("else"), new(id(12)), key}, {Kind: models.AIJobKindRemix, IdempotencyKey: key},
		} {
			again, left, err := f.StartAIJob(t.Context(), id(20), wanted)
			if err != nil || left != 10 || !cmp.Equal(first, again) {
				t.Errorf("%v, %d credits left: %s", err, left, cmp.Diff(first, again))
			}
		}
		if _, err := f.CancelAIJobs(t.Context(), id(20), []models.ID{first.ID}); err != nil {
			t.Fatal(err)
		}
		again, left, err := f.StartAIJob(t.Context(), id(20), store.NewAIJob{Kind: models.AIJobKindCaption, IdempotencyKey: key})
		if err != nil || left != 20 || again.ID != first.ID || again.Status != models.AIJobStatusCanceled {
			t.Errorf("%v, %d credits left: %v", err, left, again)
		}
		// A key is its owner's, and no key is none.
		for _, other := range []*models.AIJob{
			f.startJob(t, 30, store.NewAIJob{Kind: models.AIJobKindCaption, IdempotencyKey: key}),
			f.startJob(t, 20, store.NewAIJob{Kind: models.AIJobKindCaption, IdempotencyKey: new("K")}),
			f.startJob(t, 20, store.NewAIJob{Kind: models.AIJobKindCaption}), f.startJob(t, 20, store.NewAIJob{Kind: models.AIJobKindCaption}),
		} {
			if other.ID == first.ID || other.Status != models.AIJobStatusQueued {
				t.Error(other)
			}
		}
		if f.purse(t, 20) != 17 || f.purse(t, 30) != 29 {
			t.Errorf("they have %d and %d credits left", f.purse(t, 20), f.purse(t, 30))
		}
	})
}

func TestStartAIJobWithoutItsSource(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 0, 20)
		f.video(t, 11, 20, 1)
		f.deleteVideo(t, 11)
		for _, video := range ids(11, 12) {
			for _, owner := range ids(0, 20, 99) {
				_, _, err := f.StartAIJob(t.Context(), owner, store.NewAIJob{models.AIJobKindRemix, nil, &video, new("k")})
				wantCode(t, err, models.CodeNotFound)
			}
		}
		if job := f.startJob(t, 20, store.NewAIJob{Kind: models.AIJobKindRemix, IdempotencyKey: new("k")}); job.Charged != 8 || f.purse(t, 20) != 12 {
			t.Errorf("a refusal has left something: %v, %d credits", job, f.purse(t, 20))
		}
	})
}

func TestCancelAIJobs(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 20, 30)
		queued := f.startJob(t, 20, store.NewAIJob{Kind: models.AIJobKindGenerate}).ID
		running := f.startJob(t, 20, store.NewAIJob{Kind: models.AIJobKindUpscale}).ID
		others := f.startJob(t, 30, store.NewAIJob{Kind: models.AIJobKindCaption}).ID
		f.job(t, 1, 20, 1, "COMPLETED")
		f.job(t, 2, 20, 1, "FAILED")
		f.job(t, 3, 20, 1, "CANCELED")
		f.job(t, 4, 20, 1, "PROCESSING") // At which another program is.
		f.Exec(t, `UPDATE ai_jobs SET status = 'PROCESSING', progress = 40, worker_id = ?, lease_seconds = 60, lease_expires_at = ?, started_at = ?
			WHERE id = ?`, id(9), at(1e8), at(1), running)
		asked := append(ids(1, 2, 3, 4, 5), queued, running, others, queued)
		before := map[models.ID]models.AIJob{}
		for _, job := range append(ids(1, 2, 3, 4), queued, running, others) {
			before[job] = f.jobNow(t, job)
		}
		got, err := f.CancelAIJobs(t.Context(), id(20), asked)
		if err != nil {
			t.Fatal(err)
		}
		if f.purse(t, 20) != 20 || f.purse(t, 30) != 29 {
			t.Errorf("they have %d and %d credits", f.purse(t, 20), f.purse(t, 30))
		}
		canceled := map[models.ID]bool{queued: true, running: true, id(4): true}
		for job, was := range before {
			want := was
			if canceled[job] {
				want.Status, want.Charged, want.Version = models.AIJobStatusCanceled, 0, was.Version+1
				want.LeaseExpiresAt, want.LeaseSeconds, want.FinishedAt = nil, nil, new(time.Now())
			}
			later := cmp.Options{setMoments, cmpopts.IgnoreFields(models.AIJob{}, "UpdatedAt")}
			if diff := cmp.Diff(want, f.jobNow(t, job), later); diff != "" {
				t.Errorf("%v: %s", job, diff)
			}
			switch {
			case job == others:
				if _, there := got[job]; there {
					t.Error("another's job can be seen")
				}
			case got[job].Now != canceled[job]:
				t.Errorf("%v: canceled now: %v", job, got[job].Now)
			case !cmp.Equal(f.jobNow(t, job), *got[job].AIJob):
				t.Errorf("%v is answered as what it is not: %s", job, cmp.Diff(f.jobNow(t, job), *got[job].AIJob))
			}
		}
		if len(got) != 6 || len(f.news(t, 20)) != 0 {
			t.Errorf("%d are answered and %d told", len(got), len(f.news(t, 20)))
		}
		got, err = f.CancelAIJobs(t.Context(), id(20), asked)
		for job, c := range got {
			if c.Now || !cmp.Equal(f.jobNow(t, job), *c.AIJob) {
				t.Errorf("canceled again: %v", c)
			}
		}
		if err != nil || len(got) != 6 || f.purse(t, 20) != 20 {
			t.Errorf("%v, %d are answered, %d credits", err, len(got), f.purse(t, 20))
		}
	})
}

// TestCreditsGivenBackAreBounded by what credits can be.
func TestCreditsGivenBackAreBounded(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 20)
		list := f.startJobs(t, 20, 5)
		f.Exec(t, "UPDATE users SET credits = ?", math.MaxInt32-2)
		for _, some := range [][]models.ID{list[:1], list[1:]} {
			if _, err := f.CancelAIJobs(t.Context(), id(20), some); err != nil {
				t.Fatal(err)
			}
		}
		if f.purse(t, 20) != math.MaxInt32 {
			t.Errorf("%d credits", f.purse(t, 20))
		}
	})
}

// TestStatementsOfAIJobs: as many for a hundred jobs as for one.
func TestStatementsOfAIJobs(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 200, 300)
		f.Exec(t, "UPDATE users SET credits = 1000")
		told := func(list []models.ID, status models.AIJobStatus) []store.AIJobReport {
			reports := make([]store.AIJobReport, len(list))
			for i, job := range list {
				reports[i] = store.AIJobReport{ID: job, Progress: new(50), Status: status, ResultURL: new("r"), Error: new("e")}
			}
			return reports
		}
		many := 100
		if f.Dialect == database.SQLite {
			many = 10 // So many take it long under the race detector.
		}
		// Each is run on jobs that a worker holds.
		for _, c := range []struct {
			name string
			want int
			run  func(list []models.ID) error
		}{
			{"CancelAIJobs", 5, func(list []models.ID) error { _, err := f.CancelAIJobs(t.Context(), id(200), list); return err }},
			{"ClaimAIJobs", 1, func(list []models.ID) error {
				_, err := f.ClaimAIJobs(t.Context(), id(9), nil, len(list), time.Minute)
				return err
			}},
			{"ReportAIJobs of progress", 3, func(list []models.ID) error {
				_, err := f.ReportAIJobs(t.Context(), id(9), told(list, models.AIJobStatusProcessing))
				return err
			}},
			{"ReportAIJobs of results", 8, func(list []models.ID) error {
				_, err := f.ReportAIJobs(t.Context(), id(9), told(list, models.AIJobStatusCompleted))
				return err
			}},
			{"ReportAIJobs of failures", 11, func(list []models.ID) error {
				_, err := f.ReportAIJobs(t.Context(), id(9), told(list, models.AIJobStatusFailed))
				return err
			}},
			{"SweepLeases of leases that hold", 2, func([]models.ID) error { return f.SweepLeases(t.Context()) }},
			{"SweepLeases", 5, func(list []models.ID) error { f.loseLeases(t, 1, list...); return f.SweepLeases(t.Context()) }},
			{"SweepLeases of the last", 13, func(list []models.ID) error { f.loseLeases(t, 3, list...); return f.SweepLeases(t.Context()) }},
			{"CancelAIJobs of none", 0, func([]models.ID) error { _, err := f.CancelAIJobs(t.Context(), id(200), nil); return err }},
			{"ReportAIJobs of none", 0, func([]models.ID) error { _, err := f.ReportAIJobs(t.Context(), id(9), nil); return err }},
			{"ClaimAIJobs of none", 0, func([]models.ID) error {
				_, err := f.ClaimAIJobs(t.Context(), id(9), []models.AIJobKind{}, 1, time.Minute)
				return err
			}},
		} {
			for _, count := range []int{1, many} {
				f.Exec(t, "DELETE FROM ai_jobs")
				list := f.queueJobs(t, 200, count)
				f.Exec(t, "UPDATE ai_jobs SET charged = 1, owner_id = CASE WHEN id < ? THEN owner_id ELSE ? END", id(many/2), id(300))
				f.claimJobs(t, 9, count)
				statements := f.Record(func() {
					if err := c.run(list); err != nil {
						t.Errorf("%s: %v", c.name, err)
					}
				})
				if strings.HasPrefix(c.name, "SweepLeases") && len(statements) > 2 {
					statements = statements[1:] // The one that lets the leases run out.
				}
				if len(statements) != c.want {
					t.Errorf("%s of %d: %d statements, want %d: %.100q", c.name, count, len(statements), c.want, statements)
				}
			}
		}
	})
}
