package loaders

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// model holds a gatherer against what it promises: no answer is older than the moment its
// request came. Each object has one writer, which commits its versions 1, 2, 3 …; a reader notes which
// version of each object is committed, then asks, and must get that one or a later one.
type model struct {
	objects, writers, readers, writes, asks int
	// most is how many ids one ask may have.
	most int
	// read and commit are the database's.
	read   func(context.Context, []models.ID) (map[models.ID]int64, error)
	commit func(id models.ID, version int64) error
	// pause is how long whoever writes, reads or waits to lose patience lets pass, in between.
	pause func(*rand.Rand) time.Duration
}

func newSeed(t *testing.T) uint64 {
	t.Helper()
	s := *seed
	for s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-seed %d", s)
	return s
}

func (m model) check(t *testing.T) {
	t.Helper()
	s := newSeed(t)
	var reads, asks, cancelled atomic.Int64
	var all sync.WaitGroup
	g := NewGatherer(func(ctx context.Context, ids []models.ID) (map[models.ID]int64, error) {
		reads.Add(1)
		if distinct := len(ids); distinct == 0 || distinct > maxBatch {
			t.Errorf("a read of %d ids", distinct)
		}
		return m.read(ctx, ids)
	})
	committed := make([]atomic.Int64, m.objects)
	for w := range m.writers {
		random := rand.New(rand.NewPCG(s, uint64(w)))
		all.Go(func() {
			for range m.writes {
				n := random.IntN(m.objects/m.writers)*m.writers + w
				version := committed[n].Load() + 1
				if err := m.commit(id(n), version); err != nil {
					t.Errorf("commit version %d of %d: %v", version, n, err)
					return
				}
				committed[n].Store(version)
				<-time.After(m.pause(random))
			}
		})
	}
	for r := range m.readers {
		random := rand.New(rand.NewPCG(s, uint64(m.writers+r)))
		all.Go(func() {
			for range m.asks {
				asks.Add(1)
				if m.ask(t, g, random, committed) != nil {
					cancelled.Add(1)
				}
				<-time.After(m.pause(random))
			}
		})
	}
	all.Wait()
	for !idle(g) { // Askers may have left a read behind.
		<-time.After(time.Millisecond)
	}
	t.Logf("%d asks, %d of them cancelled, became %d reads", asks.Load(), cancelled.Load(), reads.Load())
	if reads.Load() >= asks.Load() || cancelled.Load() == 0 {
		t.Error("nothing was shared, or nobody lost patience: the test shows nothing")
	}
}

func idle[V any](g *Gatherer[V]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running == 0 && len(g.waiting) == 0
}

// ask is one reader's request. It may be cancelled, which is the only error that there can be.
func (m model) ask(t *testing.T, g *Gatherer[int64], random *rand.Rand, committed []atomic.Int64) error {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if random.IntN(4) == 0 {
		ctx, cancel = context.WithTimeout(ctx, m.pause(random))
		defer cancel()
	}
	wanted := make([]models.ID, 1+random.IntN(1+random.IntN(m.most)))
	atLeast := make([]int64, len(wanted))
	for i := range wanted {
		n := random.IntN(m.objects + 2) // Two that do not exist.
		if n < m.objects {
			atLeast[i] = committed[n].Load()
		}
		wanted[i] = id(n)
	}
	found, err := g.Load(ctx, wanted)
	if err != nil {
		if ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
			t.Errorf("error of a request that nobody cancelled: %v", err)
		}
		return err
	}
	for i, id := range wanted {
		if found[id] < atLeast[i] {
			t.Errorf("%v has version %d, but version %d was committed before the request came", id, found[id], atLeast[i])
		}
	}
	return nil
}

// TestNoAnswerIsOlderThanItsQuestion runs the model on a database of its own making, whose reads see
// one moment somewhere between their beginning and their end. Time is the bubble's, and costs nothing.
func TestNoAnswerIsOlderThanItsQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		versions := map[models.ID]int64{}
		pause := func(random *rand.Rand) time.Duration { return time.Duration(random.IntN(5000)) * time.Microsecond }
		model{
			objects: 40, writers: 4, readers: 12, writes: 300, asks: 100, most: 1200, pause: pause,
			read: func(_ context.Context, ids []models.ID) (map[models.ID]int64, error) {
				random := rand.New(rand.NewPCG(rand.Uint64(), 0))
				<-time.After(pause(random))
				mu.Lock()
				found := map[models.ID]int64{}
				for _, id := range ids {
					if version, ok := versions[id]; ok {
						found[id] = version
					}
				}
				mu.Unlock()
				<-time.After(pause(random))
				return found, nil
			},
			commit: func(id models.ID, version int64) error {
				mu.Lock()
				defer mu.Unlock()
				versions[id] = version
				return nil
			},
		}.check(t)
	})
}

// TestNoAnswerOfTheDatabaseIsOlderThanItsQuestion runs the model on counters.
func TestNoAnswerOfTheDatabaseIsOlderThanItsQuestion(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		const objects = 6
		db.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, 'a', 'A')", id(0))
		for n := range objects {
			db.Exec(t, "INSERT INTO videos (id, owner_id, title, playback_url) VALUES (?, ?, '', '')", id(n), id(0))
		}
		s := store.New(db.DB)
		model{
			objects: objects, writers: 3, readers: 8, writes: 60, asks: 60, most: 2 * objects,
			pause: func(random *rand.Rand) time.Duration { return time.Duration(random.IntN(1500)) * time.Microsecond },
			read: func(ctx context.Context, ids []models.ID) (map[models.ID]int64, error) {
				rows, err := s.VideoMetadataByVideoID(ctx, ids)
				found := make(map[models.ID]int64, len(rows))
				for id, row := range rows {
					found[id] = row.ViewCount
				}
				return found, err
			},
			commit: func(id models.ID, version int64) error {
				return db.Write.Exec("UPDATE video_metadata SET view_count = ? WHERE video_id = ?", version, id).Error
			},
		}.check(t)
	})
}

// TestStress is for the race detector: asks of all sizes, reads that fail and panic, callers that leave.
func TestStress(t *testing.T) {
	t.Parallel()
	s := newSeed(t)
	broken := errors.New("broken")
	var calls atomic.Int64
	g := NewGatherer(func(_ context.Context, ids []models.ID) (map[models.ID]int, error) {
		runtime.Gosched()
		switch calls.Add(1) % 10 {
		case 3:
			return nil, broken
		case 7:
			panic(broken)
		}
		found := make(map[models.ID]int, len(ids))
		for _, id := range ids {
			found[id] = int(id[15])
		}
		return found, nil
	})
	var all sync.WaitGroup
	for worker := range 16 {
		random := rand.New(rand.NewPCG(s, uint64(worker)))
		all.Go(func() {
			for range 100 {
				ctx, cancel := context.WithCancel(t.Context())
				if random.IntN(5) == 0 {
					go cancel()
				}
				from := random.IntN(2000)
				wanted := ids(from, from+1+random.IntN(1<<random.IntN(11)))
				found, err := g.Load(ctx, wanted)
				for _, id := range wanted {
					if err == nil && found[id] != int(id[15]) {
						t.Errorf("%v is %d", id, found[id])
					}
				}
				cancel()
			}
		})
	}
	all.Wait()
}
