package live

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"reelgraph/models"
)

var (
	modelSeed   = flag.Uint64("model.seed", uint64(time.Now().UnixNano()), "where the random steps of TestModel begin")
	modelRounds = flag.Int("model.rounds", 20, "how many stories TestModel tells")
)

// The model's world has some jobs, videos and viewers. Jobs are of the first users, videos of the others.
const (
	modelJobs, modelVideos   = 8, 8
	modelViewers, modelUsers = 3, 6
)

// TestModel has writes, hints that come or get lost, watchers that join, dawdle and leave, and reads that take their time
// interleave by chance, and then holds what every watcher was handed against what there is.
func TestModel(t *testing.T) {
	t.Parallel()
	for round := range *modelRounds {
		seed := *modelSeed + uint64(round)
		synctest.Test(t, func(t *testing.T) {
			t.Logf("run again with -model.seed=%d -model.rounds=1", seed)
			m := &model{t: t, world: newWorld(), random: rand.New(rand.NewPCG(seed, 0))}
			m.world.delay = func() time.Duration { return time.Duration(m.world.jitter(30)) * time.Millisecond }
			m.play()
		})
	}
}

// jitter is by chance, but the same in each run; the world's lock is held.
func (w *world) jitter(below int) int {
	w.read["jitter"]++
	return rand.New(rand.NewPCG(uint64(w.read["jitter"]), 7)).IntN(below)
}

type model struct {
	t      *testing.T
	world  *world
	hub    *Hub
	random *rand.Rand
	checks []func()
	stops  []context.CancelFunc
	// blockedAt is since when a viewer has blocked a user and the hub has been told, hiddenOnce whose
	// notifications a block ever hid.
	mu         sync.Mutex
	blockedAt  map[[2]int]time.Time
	hiddenOnce map[[2]int]bool
}

func (m *model) play() {
	w := m.world
	m.blockedAt, m.hiddenOnce = map[[2]int]time.Time{}, map[[2]int]bool{}
	m.hub = New(w.hubReads(), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(m.t.Context())
	var running sync.WaitGroup
	running.Go(func() { m.hub.Run(ctx) })
	for range 150 {
		switch m.random.IntN(12) {
		case 0, 1, 2:
			m.workOnJob()
		case 3, 4, 5:
			m.changeVideo()
		case 6, 7:
			m.notifySomeone()
		case 8:
			m.changeBlock()
		case 9, 10:
			m.join(ctx)
		case 11:
			if len(m.stops) > 0 {
				m.stops[m.random.IntN(len(m.stops))]()
			}
		}
		if m.random.IntN(3) > 0 {
			<-time.After(time.Duration(m.random.IntN(120)) * time.Millisecond)
		}
	}
	<-time.After(late + 500*time.Millisecond) // A dawdler takes some time for what came last.
	synctest.Wait()
	for _, check := range m.checks {
		check()
	}
	cancel()
	running.Wait()
}

// told gives the hub a hint, most of the time.
func (m *model) told(kind models.Kind, n int) {
	if m.random.IntN(3) > 0 {
		m.hub.Changed(kind, ids(n))
	}
}

func (m *model) workOnJob() {
	n := m.random.IntN(modelJobs)
	m.world.mu.Lock()
	job := m.world.jobs[id(n)]
	m.world.mu.Unlock()
	if job.Status.Finished() {
		return
	}
	status := models.AIJobStatusProcessing
	if m.random.IntN(8) == 0 {
		status = models.AIJobStatusCompleted
	}
	m.world.setJob(n, n%modelViewers, status, job.Progress+1)
	m.told(models.KindAIJob, n)
}

func (m *model) changeVideo() {
	n := m.random.IntN(modelVideos)
	if m.random.IntN(6) == 0 {
		m.world.remove(n, m.random.IntN(2) == 0)
	} else {
		m.world.view(n, modelViewers+n%(modelUsers-modelViewers))
	}
	m.told(models.KindVideoMetadata, n)
}

func (m *model) notifySomeone() {
	user := m.random.IntN(modelViewers)
	m.world.notify(user, modelViewers+m.random.IntN(modelUsers-modelViewers))
	m.told(models.KindInbox, user)
}

// changeBlock tells the hub always: what is promised at once is promised of this process.
func (m *model) changeBlock() {
	pair := [2]int{m.random.IntN(modelViewers), modelViewers + m.random.IntN(modelUsers-modelViewers)}
	blocked := m.random.IntN(2) == 0
	m.world.block(pair[0], pair[1], blocked)
	m.hub.Changed(models.KindBlocks, ids(pair[0]))
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blockedAt, pair)
	if blocked {
		m.blockedAt[pair], m.hiddenOnce[pair] = time.Now(), true
	}
}

// hidden reports whether a viewer had blocked a user before now.
func (m *model) hidden(viewer int, user models.ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	since, blocked := m.blockedAt[[2]int{viewer, int(user[15])}]
	return blocked && since.Before(time.Now())
}

func (m *model) join(ctx context.Context) {
	viewer, first, second := m.random.IntN(modelViewers), m.random.IntN(8), m.random.IntN(8)
	interval := time.Duration(m.random.IntN(2)*m.random.IntN(500)) * time.Millisecond
	dawdle := time.Duration(m.random.IntN(2)*m.random.IntN(200)) * time.Millisecond
	switch m.random.IntN(4) {
	case 0:
		m.joinJobs(ctx, viewer, interval, dawdle, first, second)
	case 1:
		m.joinVideos(ctx, viewer, interval, dawdle, first, second)
	case 2:
		m.joinNotifications(ctx, viewer, dawdle)
	case 3:
		last, alive := taking(ctx, m, unreadOf(m.hub, viewer), dawdle, func(before, now *models.Inbox) bool { return now.Version > before.Version },
			func(*models.Inbox) models.ID { return id(viewer) }, nil)
		m.checks = append(m.checks, func() {
			if alive() && last(id(viewer)).Version != m.world.inboxes[id(viewer)].Version {
				m.t.Errorf("viewer %d's last inbox is %v, not %v", viewer, last(id(viewer)), m.world.inboxes[id(viewer)])
			}
		})
	}
}

func (m *model) joinJobs(ctx context.Context, viewer int, interval, dawdle time.Duration, numbers ...int) {
	last, alive := taking(ctx, m, jobsOf(m.hub, viewer, interval, numbers...), dawdle,
		func(before, now *models.AIJob) bool { return now.Version > before.Version && !before.Status.Finished() },
		func(job *models.AIJob) models.ID { return job.ID },
		func(job *models.AIJob) string {
			if job.OwnerID != id(viewer) {
				return "is somebody else's"
			}
			return ""
		})
	known := map[int]bool{} // Those that there were none of then count as finished.
	m.world.mu.Lock()
	for _, n := range numbers {
		known[n] = m.world.jobs[id(n)].OwnerID == id(viewer) && m.world.jobs[id(n)].Version > 0
	}
	m.world.mu.Unlock()
	m.checks = append(m.checks, func() {
		for _, n := range numbers {
			job := m.world.jobs[id(n)]
			if got := last(id(n)); known[n] && alive() && (got == nil || got.Version != job.Version) {
				m.t.Errorf("viewer %d's last state of job %d is %v, not %v", viewer, n, got, job)
			}
		}
	})
}

func (m *model) joinVideos(ctx context.Context, viewer int, interval, dawdle time.Duration, numbers ...int) {
	last, alive := taking(ctx, m, videosOf(m.hub, new(id(viewer)), interval, numbers...), dawdle,
		func(before, now *models.VideoMetadata) bool { return now.Version > before.Version },
		func(v *models.VideoMetadata) models.ID { return v.VideoID },
		func(v *models.VideoMetadata) string {
			switch {
			case v.DeletedAt != nil:
				return "is deleted"
			case m.hidden(viewer, v.OwnerID):
				return "is a blocked user's"
			}
			return ""
		})
	m.checks = append(m.checks, func() {
		for _, n := range numbers {
			v, ok := m.world.counters[id(n)]
			if !alive() || !ok || v.Version == 0 || v.DeletedAt != nil || m.world.blocked[id(viewer)][v.OwnerID] {
				continue
			}
			if got := last(id(n)); got == nil || got.Version != v.Version {
				m.t.Errorf("viewer %d's last state of video %d is %v, not %v", viewer, n, got, v)
			}
		}
	})
}

func (m *model) joinNotifications(ctx context.Context, viewer int, dawdle time.Duration) {
	var after *int64
	m.world.mu.Lock()
	now := m.world.inboxes[id(viewer)].LastNumber
	m.world.mu.Unlock()
	if m.random.IntN(2) == 0 {
		after = new(m.random.Int64N(now + 1))
		now = *after
	}
	got := map[int64]bool{}
	_, alive := taking(ctx, m, notesOf(m.hub, viewer, after), dawdle,
		func(before, now *models.Notification) bool { return now.Number > before.Number },
		func(*models.Notification) models.ID { return id(viewer) },
		func(n *models.Notification) string {
			got[n.Number] = true
			if m.hidden(viewer, *n.ActorID) {
				return "is of a blocked user"
			}
			return ""
		})
	m.checks = append(m.checks, func() {
		for _, n := range m.world.notes[id(viewer)] {
			if alive() && n.Number > now && !got[n.Number] && !m.hiddenOnce[[2]int{viewer, int(n.ActorID[15])}] {
				m.t.Errorf("viewer %d never got notification %d", viewer, n.Number)
			}
		}
	})
}

// taking joins, and takes what is handed out, each somewhat later than the one before, and some of it again. What comes must be
// newer than what came before of the same object, and nothing may be wrong with it.
func taking[S any](
	ctx context.Context, m *model, open func(context.Context) (Feed[S], error), dawdle time.Duration,
	newer func(before, now *S) bool, key func(*S) models.ID, wrong func(*S) string,
) (last func(models.ID) *S, alive func() bool) {
	ctx, cancel := context.WithCancel(ctx)
	m.stops = append(m.stops, cancel)
	feed, err := open(ctx)
	if err != nil {
		m.t.Error(err)
	}
	states := map[models.ID]*S{}
	unlucky := rand.New(rand.NewPCG(m.random.Uint64(), 0))
	go func() {
		for {
			state, ok := feed.Next(ctx)
			if !ok {
				return
			}
			if unlucky.IntN(6) == 0 { // It could not be shown, and is asked for again in a while.
				feed.Again()
				<-time.After(time.Duration(unlucky.IntN(50)) * time.Millisecond)
				continue
			}
			if ctx.Err() != nil {
				return // What comes after it was stopped is nobody's.
			}
			if before := states[key(state)]; before != nil && !newer(before, state) {
				m.t.Errorf("%s after %s", fmt.Sprint(*state), fmt.Sprint(*before))
			}
			if wrong != nil {
				if fault := wrong(state); fault != "" {
					m.t.Errorf("%s %s", fmt.Sprint(*state), fault)
				}
			}
			states[key(state)] = state
			<-time.After(dawdle)
		}
	}()
	return func(id models.ID) *S { return states[id] }, func() bool { return ctx.Err() == nil }
}
