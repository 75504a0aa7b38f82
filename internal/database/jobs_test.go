package database_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reelgraph/internal/testdb"
	"reelgraph/models"
)

func addJob(t *testing.T, db *testdb.DB, n int, status string, progress int) {
	t.Helper()
	db.Exec(t, "INSERT INTO ai_jobs (id, owner_id, kind, status, progress, result_url, error, error_code) VALUES (?, ?, 'REMIX', ?, ?, ?, ?, ?)", id(n), id(1), status, progress, nil, nil, nil)
}

func jobOf(t *testing.T, db *testdb.DB, n int) models.AIJob {
	t.Helper()
	var job models.AIJob
	if err := db.Read.First(&job, "id = ?", id(n)).Error; err != nil {
		t.Fatal(err)
	}
	return job
}

// wantLawful fails where a job breaks what the schema promises of every job.
func wantLawful(t *testing.T, job models.AIJob) {
	t.Helper()
	laws := map[string]bool{
		"100 percent exactly when completed": (job.Progress == 100) == (job.Status == models.AIJobStatusCompleted),
		"an error and its code when failed":  job.Status != models.AIJobStatusFailed || job.Error != nil && *job.Error != "" && job.ErrorCode != nil && *job.ErrorCode != "",
		"a beginning when processing":        job.Status != models.AIJobStatusProcessing || job.StartedAt != nil,
		"an end exactly when finished":       job.Status.Finished() == (job.FinishedAt != nil),
		"no lease of a program's":            job.WorkerID == nil && job.LeaseExpiresAt == nil,
		"nothing charged":                    job.Charged == 0,
	}
	for law, kept := range laws {
		if !kept {
			t.Errorf("a job breaks %q: %+v", law, job)
		}
	}
	for name, at := range map[string]*time.Time{"started": job.StartedAt, "finished": job.FinishedAt} {
		if at != nil && time.Since(*at).Abs() > time.Hour {
			t.Errorf("a job %s at %v", name, at)
		}
	}
}

func TestProgramsInsertJobs(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		n := 0
		for _, status := range models.AllAIJobStatus {
			for _, progress := range []int{0, 45, 100} {
				n++
				addJob(t, db, n, string(status), progress)
				job := jobOf(t, db, n)
				wantLawful(t, job)
				if job.Status != status || progress == 45 && !status.Finished() && job.Progress != 45 || job.Attempts != 0 {
					t.Errorf("inserted as %s at %d, it is %+v", status, progress, job)
				}
			}
		}
		db.Exec(t, "INSERT INTO ai_jobs (id, owner_id, kind) VALUES (?, ?, 'CAPTION')", id(90), id(1))
		if job := jobOf(t, db, 90); job.Status != models.AIJobStatusQueued || job.Version != 1 || job.CreatedAt.IsZero() {
			t.Errorf("got %+v", job)
		}
		db.Exec(t, "INSERT INTO ai_jobs (id, owner_id, kind, status, error, error_code) VALUES (?, ?, 'CAPTION', 'FAILED', 'Too dark', 'DARK')", id(91), id(1))
		if job := jobOf(t, db, 91); *job.Error != "Too dark" || *job.ErrorCode != "DARK" {
			t.Errorf("got %+v", job)
		}
		for _, progress := range []int{-1, 101} {
			if err := db.Write.Exec("INSERT INTO ai_jobs (id, owner_id, kind, progress) VALUES (?, ?, 'CAPTION', ?)", id(92), id(1), progress).Error; err == nil {
				t.Errorf("progress may be %d", progress)
			}
		}
	})
}

func TestProgramsChangeJobs(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		n := 0
		for _, from := range []string{"QUEUED", "PROCESSING"} {
			for _, to := range models.AllAIJobStatus {
				for _, progress := range []int{0, 45, 100} {
					n++
					addJob(t, db, n, from, 10)
					before := jobOf(t, db, n)
					db.Exec(t, "UPDATE ai_jobs SET status = ?, progress = ? WHERE id = ?", string(to), progress, id(n))
					job := jobOf(t, db, n)
					wantLawful(t, job)
					if job.Status != to || job.Version <= before.Version || job.UpdatedAt.Before(before.UpdatedAt) {
						t.Errorf("%s to %s at %d: %+v", from, to, progress, job)
					}
					if from == "PROCESSING" && !job.StartedAt.Equal(*before.StartedAt) {
						t.Errorf("%s to %s: it began again", from, to)
					}
				}
			}
		}
	})
}

func TestJobsGrowAVersion(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		addJob(t, db, 1, "QUEUED", 0)
		addJob(t, db, 2, "QUEUED", 0)
		for _, step := range []struct {
			set    string
			raises int64
		}{
			{"status = 'PROCESSING'", 1},
			{"status = 'PROCESSING'", 0},
			{"progress = 45", 1},
			{"progress = 45", 0},
			{"progress = 46, version = version + 1", 1},
			{"progress = 47, version = version + 3", 3},
			{"kind = 'GLITCH'", 1},
			{"result_url = 'https://cdn.example/r'", 1},
			{"charged = 0", 0},
			{"error = 'E', error_code = 'C'", 1},
		} {
			db.Exec(t, "UPDATE ai_jobs SET updated_at = '2026-01-01 00:00:00+00:00'")
			before := jobOf(t, db, 1)
			db.Exec(t, "UPDATE ai_jobs SET "+step.set+" WHERE id = ?", id(1))
			job := jobOf(t, db, 1)
			raised := job.Version - before.Version
			// On SQLite a change that the triggers complete may count once more.
			if db.Pool != nil && raised != step.raises || (raised > 0) != (step.raises > 0) {
				t.Errorf("%s: the version grew by %d, want %d", step.set, raised, step.raises)
			}
			if moved := job.UpdatedAt.After(before.UpdatedAt); moved != (step.raises > 0) && !strings.Contains(step.set, "version") {
				t.Errorf("%s: updated at %v, before at %v", step.set, job.UpdatedAt, before.UpdatedAt)
			}
		}
		if other := jobOf(t, db, 2); other.Version != 1 {
			t.Errorf("another job has %+v", other)
		}
	})
}

func TestFinishedJobsNeverChange(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		n := 0
		for _, from := range []models.AIJobStatus{models.AIJobStatusCompleted, models.AIJobStatusFailed, models.AIJobStatusCanceled} {
			n++
			addJob(t, db, n, string(from), 0)
			before := jobOf(t, db, n)
			changes := []string{
				"progress = 7", "result_url = 'https://cdn.example/r'", "error = 'Other'", "error_code = 'OTHER'", "kind = 'GLITCH'",
				fmt.Sprintf("owner_id = '%s'", id(9)), "status = 'QUEUED', progress = 100", "finished_at = NULL", "version = version + 1, error = 'Other'",
				"prompt = 'Other'", "attempts = 9", "created_at = '2026-01-01 00:00:00+00:00'", "started_at = '2026-01-01 00:00:00+00:00'",
				fmt.Sprintf("source_video_id = '%s'", id(9)), fmt.Sprintf("id = '%s'", id(99)),
			}
			if db.Pool != nil {
				changes = append(changes, "version = version + 1")
			}
			for _, to := range models.AllAIJobStatus {
				if to != from {
					changes = append(changes, fmt.Sprintf("status = '%s'", to))
				}
			}
			for _, change := range changes {
				err := db.Write.Exec("UPDATE ai_jobs SET "+change+" WHERE id = ?", id(n)).Error
				if err == nil || !strings.Contains(err.Error(), "has finished and never changes again") {
					t.Errorf("%s, %s: error is %v", from, change, err)
				}
				if db.Pool != nil {
					wantState(t, err, "23514")
				}
			}
			// Saying again what is so is no change, nor is what the job's owner cannot see.
			db.Exec(t, "UPDATE ai_jobs SET status = ?, progress = progress WHERE id = ?", string(from), id(n))
			db.Exec(t, "UPDATE ai_jobs SET charged = 0 WHERE id = ?", id(n))
			if after := jobOf(t, db, n); after.Version != before.Version || !after.FinishedAt.Equal(*before.FinishedAt) || !after.UpdatedAt.Equal(before.UpdatedAt) {
				t.Errorf("%+v became %+v", before, after)
			}
		}
	})
}

// TestProgramsEndLeases by putting jobs back into the queue: what they then set to PROCESSING no worker has.
func TestProgramsEndLeases(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		for n := range 2 {
			addJob(t, db, n, "PROCESSING", 0)
			db.Exec(t, "UPDATE ai_jobs SET worker_id = ?, lease_expires_at = '2999-01-01 00:00:00+00:00', lease_seconds = 60, progress = 40 WHERE id = ?", id(9), id(n))
		}
		leased := func(n int) int {
			job, parts := jobOf(t, db, n), 0
			for _, there := range []bool{job.WorkerID != nil, job.LeaseExpiresAt != nil, job.LeaseSeconds != nil} {
				if there {
					parts++
				}
			}
			return parts
		}
		for _, step := range []struct {
			set   string
			parts int
		}{
			{"status = 'PROCESSING'", 3},
			{"status = 'PROCESSING', progress = 50", 3},
			{"status = 'QUEUED'", 0},
			{"status = 'PROCESSING'", 0},
			{"worker_id = '" + id(9).String() + "'", 1},
			{"status = 'QUEUED', lease_seconds = 60", 0},
			{"worker_id = '" + id(9).String() + "'", 0},
		} {
			before := jobOf(t, db, 0)
			db.Exec(t, "UPDATE ai_jobs SET "+step.set+" WHERE id = ?", id(0))
			if got := leased(0); got != step.parts {
				t.Errorf("%s: %d parts of a lease, want %d", step.set, got, step.parts)
			}
			if job := jobOf(t, db, 0); strings.HasPrefix(step.set, "worker_id") && job.Version != before.Version {
				t.Errorf("%s: the version grew", step.set)
			}
		}
		if got := leased(1); got != 3 {
			t.Errorf("another job has %d parts of its lease", got)
		}
	})
}

// TestLeasesOfQueuedJobs that programs left behind before the database saw to it are ended by the migration.
func TestLeasesOfQueuedJobs(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	unmigrate(t, db.DB, 3)
	addJob(t, db, 1, "QUEUED", 0)
	addJob(t, db, 2, "PROCESSING", 0)
	db.Exec(t, "UPDATE ai_jobs SET worker_id = ?, lease_expires_at = now(), lease_seconds = 60", id(9))
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if job := jobOf(t, db, 1); job.WorkerID != nil || job.LeaseExpiresAt != nil || job.LeaseSeconds != nil || job.Version != 1 {
		t.Errorf("got %+v", job)
	}
	if job := jobOf(t, db, 2); job.WorkerID == nil || job.LeaseExpiresAt == nil || job.LeaseSeconds == nil {
		t.Errorf("of a running job: %+v", job)
	}
}

// TestOneJobOfAKey: no two jobs of an owner have one key, and most have none.
func TestOneJobOfAKey(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		insert := "INSERT INTO ai_jobs (id, owner_id, kind, idempotency_key) VALUES (?, ?, 'REMIX', ?)"
		db.Exec(t, insert, id(1), id(1), "key")
		db.Exec(t, insert, id(2), id(2), "key")
		db.Exec(t, insert, id(3), id(1), nil)
		db.Exec(t, insert, id(4), id(1), nil)
		if err := db.Write.Exec(insert, id(5), id(1), "key").Error; err == nil {
			t.Error("a second job of the key")
		}
	})
}
