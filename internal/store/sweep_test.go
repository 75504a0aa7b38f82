package store_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

func (f fixture) sweepLeases(t *testing.T) {
	t.Helper()
	if err := f.SweepLeases(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestSweepLeases(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 20)
		f.queueJobs(t, 20, 8)
		f.Exec(t, "UPDATE ai_jobs SET charged = 4, prompt = 'p'")
		f.claimJobs(t, 9, 7)
		f.reportJobs(t, going(0, 40), going(1, 50), going(2, 60), going(3, 70), completed(4))
		f.loseLeases(t, 2, id(0))
		f.loseLeases(t, 3, id(1))
		f.Exec(t, "UPDATE ai_jobs SET attempts = 9 WHERE id = ?", id(2)) // Whose lease holds.
		f.Exec(t, "UPDATE ai_jobs SET attempts = 9, lease_expires_at = NULL WHERE id = ?", id(3))
		f.loseLeases(t, 2, id(5))
		f.Exec(t, "UPDATE ai_jobs SET lease_seconds = NULL, worker_id = NULL WHERE id = ?", id(5)) // Whoever had it.
		f.loseLeases(t, 1, id(7))                                                                  // Which is queued.
		want := map[int]models.AIJob{}
		for n := range 8 {
			want[n] = f.jobNow(t, id(n))
		}
		f.sweepLeases(t)
		for n, j := range want {
			switch n {
			case 0, 5:
				j.Status, j.Progress, j.WorkerID = models.AIJobStatusQueued, 0, nil
			case 1:
				j.Status, j.Charged, j.FinishedAt = models.AIJobStatusFailed, 0, new(time.Now())
				j.ErrorCode, j.Error = new("WORKER_LOST"), new("The workers that took this job stopped answering.")
			}
			if n == 0 || n == 1 || n == 5 {
				j.Version, j.LeaseExpiresAt, j.LeaseSeconds = j.Version+1, nil, nil
			}
			got := f.jobNow(t, id(n))
			if diff := cmp.Diff(j, got, cmpopts.IgnoreFields(models.AIJob{}, "FinishedAt", "UpdatedAt")); diff != "" {
				t.Errorf("job %d: %s", n, diff)
			}
			if got.Version > want[n].Version != got.UpdatedAt.After(want[n].UpdatedAt) || got.Status.Finished() != (got.FinishedAt != nil) {
				t.Errorf("job %d is of %v, and finished at %v", n, got.UpdatedAt, got.FinishedAt)
			}
		}
		if f.purse(t, 20) != 24 {
			t.Errorf("%d credits", f.purse(t, 20))
		}
		news := f.news(t, 20)
		if len(news) != 2 || *news[0].JobID != id(1) || news[0].Title != "Your remix could not be made" || *news[1].JobID != id(4) {
			t.Error(news)
		}
		before := f.news(t, 20)
		f.sweepLeases(t)
		if diff := cmp.Diff(before, f.news(t, 20)); diff != "" || f.purse(t, 20) != 24 {
			t.Errorf("swept again: %s", diff)
		}
	})
}

// TestAWorkerThatWasLost finds its job in others' hands: what it reports of its attempt counts no more.
func TestAWorkerThatWasLost(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 20)
		f.job(t, 1, 20, 1, "QUEUED")
		for attempt := 1; attempt <= 3; attempt++ {
			job := f.claimJobs(t, 9, 1)[0]
			if job.Attempts != attempt || job.Progress != 0 {
				t.Fatalf("attempt %d is %d at %d percent", attempt, job.Attempts, job.Progress)
			}
			for earlier := 1; earlier < attempt; earlier++ {
				if got := f.reportJobs(t, of(earlier, completed(1)))[0]; got.Status != models.AIJobReportStatusNotHeld {
					t.Errorf("of attempt %d in attempt %d: %v", earlier, attempt, got.Status)
				}
			}
			if got := f.reportJobs(t, of(attempt, going(1, 10*attempt)))[0]; got.Status != models.AIJobReportStatusAccepted {
				t.Errorf("attempt %d: %v", attempt, got.Status)
			}
			f.loseLeases(t, attempt, id(1))
			if got := f.reportJobs(t, of(attempt, completed(1)))[0]; got.Status != models.AIJobReportStatusNotHeld {
				t.Errorf("after the lease of attempt %d: %v", attempt, got.Status)
			}
			f.sweepLeases(t)
			if got := f.jobNow(t, id(1)); got.StartedAt == nil || got.Attempts != attempt {
				t.Errorf("that a worker took it is forgotten: %v", got)
			}
		}
		if got := f.jobNow(t, id(1)); got.Status != models.AIJobStatusFailed || *got.ErrorCode != "WORKER_LOST" {
			t.Error(got)
		}
		if got := f.reportJobs(t, of(3, completed(1)))[0]; got.Status != models.AIJobReportStatusFinished {
			t.Error(got)
		}
	})
}

// TestManyLostLeases are swept at once, however many transactions that takes: on PostgreSQL alone, for so many rows
// take the embedded database long under the race detector.
func TestManyLostLeases(t *testing.T) {
	t.Parallel()
	f := fixture{DB: testdb.PostgreSQL(t)}
	f.Store = store.New(f.DB.DB)
	f.users(t, 20)
	const jobs = 1100
	f.queueJobs(t, 20, jobs)
	f.claimJobs(t, 9, jobs)
	f.Exec(t, "UPDATE ai_jobs SET charged = 1, lease_expires_at = ?, attempts = 3", at(-1_000_000))
	f.Exec(t, "UPDATE ai_jobs SET attempts = 1 WHERE id < ?", id(600))
	f.sweepLeases(t)
	var queued int
	if err := f.Read.Raw("SELECT count(*) FROM ai_jobs WHERE status = 'QUEUED'").Scan(&queued).Error; err != nil {
		t.Fatal(err)
	}
	if queued != 600 || f.purse(t, 20) != 20+500 || len(f.news(t, 20)) != 500 {
		t.Errorf("%d are queued, %d credits, %d told", queued, f.purse(t, 20), len(f.news(t, 20)))
	}
}

// TestASweepPassesOverWhatIsLocked, and does not look for it for ever.
func TestASweepPassesOverWhatIsLocked(t *testing.T) {
	t.Parallel()
	f := fixture{DB: testdb.PostgreSQL(t)}
	f.Store = store.New(f.DB.DB)
	const jobs = 501
	f.queueJobs(t, 20, jobs)
	f.claimJobs(t, 9, jobs)
	f.Exec(t, "UPDATE ai_jobs SET lease_expires_at = ?", at(-1_000_000))
	f.Exec(t, "UPDATE ai_jobs SET lease_expires_at = ? WHERE id = ?", at(-999_999), id(500))
	other := f.Write.Begin()
	defer other.Rollback()
	if err := other.Exec("SELECT id FROM ai_jobs WHERE id < ? FOR NO KEY UPDATE", id(500)).Error; err != nil {
		t.Fatal(err)
	}
	f.sweepLeases(t)
	if got := f.jobNow(t, id(0)); got.Status != models.AIJobStatusProcessing {
		t.Error(got)
	}
	if err := other.Rollback().Error; err != nil {
		t.Fatal(err)
	}
	f.sweepLeases(t)
	for _, n := range []int{0, 499, 500} {
		if got := f.jobNow(t, id(n)); got.Status != models.AIJobStatusQueued {
			t.Error(got)
		}
	}
}

// TestASweepWaitsForNoOwner: where somebody has locked one, the jobs of others fail and are queued all the same.
func TestASweepWaitsForNoOwner(t *testing.T) {
	t.Parallel()
	f := fixture{DB: testdb.PostgreSQL(t)}
	f.Store = store.New(f.DB.DB)
	f.users(t, 20, 21) // And not 22, of whom the server was not told.
	for n, owner := range []int{20, 20, 21, 22} {
		f.job(t, n, owner, n, "QUEUED")
	}
	f.Exec(t, "UPDATE ai_jobs SET charged = 4")
	f.claimJobs(t, 9, 4)
	f.loseLeases(t, 1, id(1))
	f.loseLeases(t, 3, id(0), id(2), id(3))
	other := f.Write.Begin()
	defer other.Rollback()
	if err := other.Exec("UPDATE users SET display_name = 'U' WHERE id = ?", id(20)).Error; err != nil {
		t.Fatal(err)
	}
	f.sweepLeases(t)
	for n, want := range []models.AIJobStatus{"PROCESSING", "QUEUED", "FAILED", "FAILED"} {
		if got := f.jobNow(t, id(n)); got.Status != want {
			t.Errorf("job %d is %s, want %s", n, got.Status, want)
		}
	}
	if err := other.Rollback().Error; err != nil {
		t.Fatal(err)
	}
	f.sweepLeases(t)
	if got := f.jobNow(t, id(0)); got.Status != models.AIJobStatusFailed || f.purse(t, 20) != 24 || f.purse(t, 21) != 25 {
		t.Errorf("%v; %d and %d credits", got, f.purse(t, 20), f.purse(t, 21))
	}
}

// TestJobsGoBackToTheQueueInTime, whatever holds up those that fail: here an inbox that somebody has locked.
func TestJobsGoBackToTheQueueInTime(t *testing.T) {
	t.Parallel()
	f := fixture{DB: testdb.PostgreSQL(t)}
	swept := make(chan struct{}, 10)
	f.Store = store.New(f.DB.DB, store.WithHints(func(kind models.Kind, _ []models.ID) {
		if kind == models.KindAIJob {
			swept <- struct{}{}
		}
	}))
	f.users(t, 20)
	f.queueJobs(t, 20, 3)
	f.claimJobs(t, 9, 3)
	<-swept
	f.Exec(t, "INSERT INTO inboxes (user_id) VALUES (?)", id(20))
	other := f.Write.Begin()
	defer other.Rollback()
	if err := other.Exec("UPDATE inboxes SET version = version WHERE user_id = ?", id(20)).Error; err != nil {
		t.Fatal(err)
	}
	f.loseLeases(t, 3, id(0))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go f.KeepLeases(ctx, slog.New(slog.DiscardHandler))
	for n := 1; n <= 2; n++ {
		f.loseLeases(t, 1, id(n))
		select {
		case <-swept:
		case <-time.After(4 * time.Second):
			t.Fatalf("job %d waits for another", n)
		}
		if got := f.jobNow(t, id(n)); got.Status != models.AIJobStatusQueued {
			t.Errorf("job %d is %s", n, got.Status)
		}
	}
	if got := f.jobNow(t, id(0)); got.Status != models.AIJobStatusProcessing {
		t.Errorf("the inbox was not locked: %s", got.Status)
	}
}

// TestKeepLeases runs on the bubble's clock. The embedded database alone can live in one.
func TestKeepLeases(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := testdb.SQLite(t)
		f := fixture{store.New(db.DB), db}
		f.job(t, 1, 20, 1, "QUEUED")
		ctx, cancel := context.WithCancel(t.Context())
		var log bytes.Buffer
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.KeepLeases(ctx, slog.New(slog.NewTextHandler(&log, nil)))
		}()
		after := func(d time.Duration) []string {
			<-time.After(d)
			synctest.Wait()
			return strings.Split(strings.TrimSpace(log.String()), "\n")
		}
		f.claimJobs(t, 9, 1)
		if after(59 * time.Second); f.jobNow(t, id(1)).Status != models.AIJobStatusProcessing {
			t.Error("it was taken from its worker before its time")
		}
		if lines := after(2 * time.Second); f.jobNow(t, id(1)).Status != models.AIJobStatusQueued || lines[0] != "" {
			t.Errorf("it is not queued again within 2 s of the lease's end; log %q", lines)
		}
		f.Exec(t, "ALTER TABLE ai_jobs RENAME TO elsewhere")
		if lines := after(20 * time.Second); len(lines) != 2 || strings.Count(log.String(), "level=WARN") != 2 ||
			!strings.Contains(log.String(), "task=leases") || !strings.Contains(log.String(), `task="last leases"`) {
			t.Errorf("while it fails the log is %q", lines)
		}
		f.Exec(t, "ALTER TABLE elsewhere RENAME TO ai_jobs")
		if lines := after(5 * time.Second); len(lines) != 4 || strings.Count(log.String(), "level=INFO") != 2 {
			t.Errorf("when it works again the log is %q", lines)
		}
		cancel()
		synctest.Wait()
		select {
		case <-done:
		default:
			t.Error("it goes on")
		}
	})
}
