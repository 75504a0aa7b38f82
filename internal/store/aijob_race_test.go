package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// TestAKeyStartsOneJob, however many calls come with it at once, and charges for one.
func TestAKeyStartsOneJob(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		stores := f.instances(t)
		f.users(t, 200)
		for _, owner := range []int{200, 7} { // Of 7 the server was not told.
			for round := range 3 {
				jobs := make([]models.ID, 20)
				atOnce(len(jobs), func(n int) {
					wanted := store.NewAIJob{Kind: models.AIJobKindGenerate, IdempotencyKey: new(fmt.Sprint("key ", round))}
					job, _, err := stores[n%2].StartAIJob(t.Context(), id(owner), wanted)
					if err != nil {
						t.Error(err)
						return
					}
					jobs[n] = job.ID
				})
				if distinct := slices.Compact(slices.SortedFunc(slices.Values(jobs), models.ID.Compare)); len(distinct) != 1 {
					t.Errorf("one key has started %d jobs", len(distinct))
				}
			}
		}
		if f.purse(t, 200) != 170 {
			t.Errorf("%d credits", f.purse(t, 200))
		}
	})
}

// TestStartAIJobOfANewcomer: the server is told of a user after a call found nobody to lock, and what they brought is
// spent before that call charges it.
func TestStartAIJobOfANewcomer(t *testing.T) {
	t.Parallel()
	f := fixture{DB: testdb.PostgreSQL(t)}
	f.Store = store.New(f.DB.DB)
	other := f.instances(t)[0]
	var arrived, spent bool // Each happens behind the first statement of its kind: of the lock, and of what is read then.
	err := f.Write.Callback().Raw().After("gorm:raw").Register("arrive", func(*gorm.DB) {
		if !arrived {
			arrived = true
			_, err := other.UpsertUsers(t.Context(), []models.User{{ID: id(10), Handle: "newcomer"}})
			if err == nil {
				_, err = other.GrantCredits(t.Context(), id(50), "welcome", grants(10, 10))
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	err = f.Write.Callback().Row().After("gorm:row").Register("spend", func(*gorm.DB) {
		if !spent {
			spent = true
			if _, left, err := other.StartAIJob(t.Context(), id(10), store.NewAIJob{Kind: models.AIJobKindGenerate}); err != nil || left != 0 {
				t.Error(left, err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if job := f.startJob(t, 10, store.NewAIJob{Kind: models.AIJobKindCaption}); job.Status != models.AIJobStatusFailed || job.Charged != 0 {
		t.Error(job)
	}
}

// TestClaimsAtOnce: no job is held by two workers, and none is left.
func TestClaimsAtOnce(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		jobs := 500
		if f.Dialect == database.SQLite {
			jobs = 100
		}
		queued := f.queueJobs(t, 20, jobs)
		f.Exec(t, "UPDATE ai_jobs SET kind = 'CAPTION' WHERE id > ?", id(jobs/2))
		stores := f.instances(t)
		var mu sync.Mutex
		var claimed []models.ID
		atOnce(8, func(n int) {
			kinds := [][]models.AIJobKind{nil, {models.AIJobKindCaption}, {models.AIJobKindRemix, models.AIJobKindCaption}}[n%3]
			for {
				got, err := stores[n%2].ClaimAIJobs(t.Context(), id(900+n), kinds, 1+n, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if len(got) == 0 {
					return
				}
				for _, job := range got {
					if *job.WorkerID != id(900+n) || job.Attempts != 1 {
						t.Errorf("worker %d has got %v", n, job)
					}
				}
				mu.Lock()
				claimed = append(claimed, idsOf(got)...)
				mu.Unlock()
			}
		})
		slices.SortFunc(claimed, models.ID.Compare)
		if diff := cmp.Diff(queued, claimed); diff != "" {
			t.Error(diff)
		}
	})
}

// TestCreditsComeBackOnce, whoever is the first to end a job: its owner, its worker, or a sweeper.
func TestCreditsComeBackOnce(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		stores := f.instances(t)
		f.users(t, 200)
		for round := range 8 {
			list := f.startJobs(t, 200, 8)
			f.claimJobs(t, 9, 100)
			f.Exec(t, "UPDATE ai_jobs SET attempts = 3 WHERE status = 'PROCESSING'")
			reversed := slices.Clone(list)
			slices.Reverse(reversed)
			works := []func() error{
				func() error { _, err := stores[0].CancelAIJobs(t.Context(), id(200), list); return err },
				func() error { _, err := stores[1].CancelAIJobs(t.Context(), id(200), reversed); return err },
				func() error {
					var reports []store.AIJobReport
					for _, job := range reversed {
						reports = append(reports, store.AIJobReport{ID: job, Status: models.AIJobStatusFailed, Error: new("e")})
					}
					_, err := stores[0].ReportAIJobs(t.Context(), id(9), reports)
					return err
				},
				func() error {
					f.loseLeases(t, 3, list[:4+round%4]...)
					return stores[1].SweepLeases(t.Context())
				},
				func() error { return stores[0].SweepLeases(t.Context()) },
			}
			atOnce(len(works), func(n int) {
				if err := works[(n+round)%len(works)](); err != nil {
					t.Error(err)
				}
			})
			if f.purse(t, 200) != 200 {
				t.Fatalf("%d credits after round %d", f.purse(t, 200), round)
			}
		}
		wantSettled(t, f, map[int]int{200: 200})
	})
}

// TestJobsAtRandom: users and workers do what they like at once, and leases run out under their hands.
func TestJobsAtRandom(t *testing.T) {
	t.Parallel()
	s := *seed
	for s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-seed %d", s)
	onFixtures(t, func(t *testing.T, f fixture) {
		purses := map[int]int{200: 200, 300: 300, 400: 400}
		f.users(t, 200, 300, 400)
		turns := 60
		if f.Dialect == database.SQLite {
			turns = 20
		}
		c := crowdOfJobs{fixture: f, ends: map[models.ID]int{}}
		stores := f.instances(t)
		atOnce(6, func(n int) {
			random := rand.New(rand.NewPCG(s, uint64(n)))
			for range turns {
				c.turn(t, stores[n%2], random)
			}
		})
		for job, ends := range c.ends {
			if ends > 1 {
				t.Errorf("%v was ended %d times", job, ends)
			}
		}
		wantSettled(t, f, purses)
	})
}

// crowdOfJobs is what those who act at random know of.
type crowdOfJobs struct {
	fixture
	mu   sync.Mutex
	jobs []models.ID
	// ends is how often somebody was told that it was they who ended a job.
	ends map[models.ID]int
}

// some are jobs at random, in any order, perhaps more than once.
func (c *crowdOfJobs) some(random *rand.Rand) []models.ID {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []models.ID
	for range min(len(c.jobs), 1+random.IntN(6)) {
		// Rather the later ones, which have not finished.
		list = append(list, c.jobs[len(c.jobs)-1-random.IntN(min(len(c.jobs), 25))])
	}
	return list
}

func (c *crowdOfJobs) ended(job models.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends[job]++
}

func (c *crowdOfJobs) turn(t *testing.T, s *store.Store, random *rand.Rand) {
	t.Helper()
	owner, worker := id(200+100*random.IntN(3)), id(8+random.IntN(2))
	var err error
	switch random.IntN(8) {
	case 0, 1:
		wanted := store.NewAIJob{Kind: models.AllAIJobKind[random.IntN(5)]}
		if random.IntN(2) == 0 {
			wanted.IdempotencyKey = new(fmt.Sprint(random.IntN(20)))
		}
		var job *models.AIJob
		if job, _, err = s.StartAIJob(t.Context(), owner, wanted); err == nil {
			c.mu.Lock()
			c.jobs = append(c.jobs, job.ID)
			c.mu.Unlock()
		}
	case 2:
		var canceled map[models.ID]store.CanceledAIJob
		canceled, err = s.CancelAIJobs(t.Context(), owner, c.some(random))
		for job, answer := range canceled {
			if answer.Now {
				c.ended(job)
			}
		}
	case 3, 4:
		_, err = s.ClaimAIJobs(t.Context(), worker, [][]models.AIJobKind{nil, models.AllAIJobKind[:2]}[random.IntN(2)], 1+random.IntN(4), time.Minute)
	case 5, 6:
		err = c.report(t, s, worker, random)
	case 7:
		c.loseLeases(t, 1+random.IntN(3), c.some(random)...)
		err = s.SweepLeases(t.Context())
	}
	if err != nil {
		t.Error(err)
	}
}

func (c *crowdOfJobs) report(t *testing.T, s *store.Store, worker models.ID, random *rand.Rand) error {
	t.Helper()
	var reports []store.AIJobReport
	for _, job := range c.some(random) {
		r := store.AIJobReport{ID: job, Progress: new(random.IntN(101)), ResultURL: new("r"), Error: new("e")}
		r.Status = []models.AIJobStatus{"", models.AIJobStatusProcessing, models.AIJobStatusCompleted, models.AIJobStatusFailed}[random.IntN(4)]
		if random.IntN(3) == 0 {
			r.Attempt = new(1 + random.IntN(3))
		}
		reports = append(reports, r)
	}
	answer, err := s.ReportAIJobs(t.Context(), worker, reports)
	for i, a := range answer {
		if a.Status == models.AIJobReportStatusAccepted && reports[i].Status.Finished() {
			c.ended(reports[i].ID)
		}
	}
	return err
}

// wantSettled fails unless users who began with so many credits have what their jobs leave them, and were told of
// each that completed or failed once.
func wantSettled(t *testing.T, f fixture, purses map[int]int) {
	t.Helper()
	cost := map[models.AIJobKind]int{"GENERATE": 10, "REMIX": 8, "UPSCALE": 5, "GLITCH": 3, "CAPTION": 1}
	for user, left := range purses {
		told := map[models.ID]int{}
		for _, note := range f.news(t, user) {
			told[*note.JobID]++
		}
		page, err := f.AIJobsByOwner(t.Context(), id(user), nil, nil, 1000)
		if err != nil || page.More {
			t.Fatal(page.More, err)
		}
		byStatus := map[models.AIJobStatus]int{}
		for _, job := range page.Items {
			byStatus[job.Status]++
			charged, news := cost[job.Kind], 0
			switch job.Status {
			case models.AIJobStatusCompleted:
				news = 1
			case models.AIJobStatusCanceled:
				charged = 0
			case models.AIJobStatusFailed:
				charged, news = 0, 1
				if *job.ErrorCode == "INSUFFICIENT_CREDITS" {
					news = 0
				}
			}
			left -= charged
			leased := job.Status == models.AIJobStatusProcessing
			if job.Charged != charged || told[job.ID] != news || leased != (job.LeaseExpiresAt != nil) || job.Status.Finished() != (job.FinishedAt != nil) {
				t.Errorf("told of it %d times: %+v", told[job.ID], job)
			}
		}
		if f.purse(t, user) != left {
			t.Errorf("user %d has %d credits, want %d", user, f.purse(t, user), left)
		}
		t.Logf("user %d: %v", user, byStatus)
	}
}

// BenchmarkClaims has 8 workers claim 5,000 jobs by tens and report each as completed.
func BenchmarkClaims(b *testing.B) {
	f := fixture{DB: testdb.PostgreSQL(b)}
	f.Store = store.New(f.DB.DB)
	db, err := database.Open(b.Context(), f.URL, database.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	stores := [2]*store.Store{f.Store, store.New(db)}
	const jobs, users = 5000, 100
	f.Exec(b, "INSERT INTO users (id, handle, display_name) SELECT gen_random_uuid(), 'user.' || n, 'U' FROM generate_series(1, ?) AS n", users)
	for b.Loop() {
		b.StopTimer()
		f.Exec(b, "TRUNCATE ai_jobs, notifications, inboxes")
		f.Exec(b, `INSERT INTO ai_jobs (id, owner_id, kind, created_at)
			SELECT gen_random_uuid(), (array_agg(users.id))[1 + n % ?], 'REMIX', now() + n * interval '1 ms'
			FROM users, generate_series(1, ?) AS n GROUP BY n`, users, jobs)
		f.Exec(b, "ANALYZE ai_jobs")
		b.StartTimer()
		var mu sync.Mutex
		held := map[models.ID]int{}
		atOnce(8, func(n int) {
			for {
				got, err := stores[n%2].ClaimAIJobs(b.Context(), id(n), nil, 10, time.Minute)
				if err != nil || len(got) == 0 {
					if err != nil {
						b.Error(err)
					}
					return
				}
				reports := make([]store.AIJobReport, len(got))
				mu.Lock()
				for i, job := range got {
					held[job.ID]++
					reports[i] = store.AIJobReport{ID: job.ID, Attempt: &job.Attempts, Status: models.AIJobStatusCompleted, ResultURL: new("r")}
				}
				mu.Unlock()
				answer, err := stores[n%2].ReportAIJobs(b.Context(), id(n), reports)
				if err != nil {
					b.Error(err)
				}
				for _, a := range answer {
					if a.Status != models.AIJobReportStatusAccepted {
						b.Error(a)
					}
				}
			}
		})
		for job, times := range held {
			if times != 1 {
				b.Errorf("%v was claimed %d times", job, times)
			}
		}
		if len(held) != jobs {
			b.Errorf("%d jobs were claimed, want %d", len(held), jobs)
		}
	}
	b.ReportMetric(float64(jobs)*float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
}
