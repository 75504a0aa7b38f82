package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// gated is a store whose groups can be stopped at a gate: behind the statement that claims their calls, or another.
type gated struct {
	fixture
	// arrived tells that a group stands at the gate, and of its context; open lets it go on.
	arrived chan context.Context
	open    chan struct{}

	mu sync.Mutex
	// gate is what the statement begins with that the next group stops behind; empty for none.
	gate   string
	groups int
}

const claiming, locking, counting = "INSERT INTO batches", "SELECT video_id", "UPDATE video_metadata"

func onGated(t *testing.T, test func(t *testing.T, g *gated)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) { test(t, newGated(t, db)) })
}

func newGated(t *testing.T, db *testdb.DB) *gated {
	t.Helper()
	g := &gated{arrived: make(chan context.Context), open: make(chan struct{})}
	opened, err := database.Open(t.Context(), db.URL, database.Options{Trace: g.trace})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	g.fixture = fixture{store.New(opened), db}
	return g
}

func (g *gated) trace(ctx context.Context, sql string, _ time.Time, _ int64, _ error) {
	sql = strings.TrimSpace(sql)
	g.mu.Lock()
	stopped := g.gate != "" && strings.HasPrefix(sql, g.gate)
	if stopped {
		g.gate = ""
	}
	if strings.HasPrefix(sql, claiming) {
		g.groups++
	}
	g.mu.Unlock()
	if stopped {
		g.arrived <- ctx
		<-g.open
	}
}

// answering gives the answer of a call that is in the queue, or on its way.
type answering func() (store.Recorded, error)

// stop has the group of a call that is started stand at a gate until release is called. Its context comes too.
func (g *gated) stop(gate string, start func() answering) (first answering, group context.Context, release func()) {
	g.mu.Lock()
	g.gate = gate
	g.mu.Unlock()
	first = start()
	group = <-g.arrived
	return first, group, func() { g.open <- struct{}{} }
}

// hold sends a call and stops its group: what is started from then on goes out together after release.
func (g *gated) hold(t *testing.T, batchID string, events ...store.Activity) (first answering, release func()) {
	t.Helper()
	first, _, release = g.stop(claiming, func() answering { return g.start(t, batchID, events...) })
	return first, release
}

func (g *gated) start(t *testing.T, batchID string, events ...store.Activity) answering {
	t.Helper()
	return g.StartActivity(t.Context(), service, batchID, events)
}

// written is how many groups have been begun since it was last asked.
func (g *gated) written() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.groups
	g.groups = 0
	return n
}

func (g *gated) wantWritten(t *testing.T, want int) {
	t.Helper()
	if got := g.written(); got != want {
		t.Errorf("%d groups were written, want %d", got, want)
	}
}

func (a answering) want(t *testing.T, what string, want verdict) {
	t.Helper()
	recorded, err := a()
	wantVerdict(t, what, want, recorded, err)
}

// TestActivityIsGrouped: what comes while a group is written goes out as the next one, netted as a whole.
func TestActivityIsGrouped(t *testing.T) {
	t.Parallel()
	onGated(t, func(t *testing.T, g *gated) {
		g.videos(t, 3)
		g.Exec(t, "UPDATE video_metadata SET like_count = 1, version = 5")
		first, release := g.hold(t, "first", did(0, view, 1))
		waiting := []answering{
			g.start(t, "a", did(0, unlike, 3), did(1, unlike, 3), did(2, view, 1)),
			g.start(t, "b", did(0, like, 3), did(1, like, 1), did(60, view, 1)),
			g.start(t, "c", did(2, view, 1)),
		}
		release()
		first.want(t, "first", counted(1))
		waiting[0].want(t, "a", counted(3))
		waiting[1].want(t, "b", verdict{Recorded: store.Recorded{Count: 2, Unknown: ids(60)}})
		waiting[2].want(t, "c", counted(1))
		g.wantWritten(t, 2)
		wantCounts(t, g.DB, 0, counts{Views: 1, Likes: 1, Version: 6})
		wantCounts(t, g.DB, 1, counts{Likes: 0, Version: 6})
		wantCounts(t, g.DB, 2, counts{Views: 2, Likes: 1, Version: 6})
		// Nothing is left running: the next call finds nobody to wait for.
		g.send(t, "d", counted(1), did(2, view, 1))
		g.wantWritten(t, 1)
	})
}

// TestRepeatsWithinAGroup count once, whichever of them comes first, and harm no other call.
func TestRepeatsWithinAGroup(t *testing.T) {
	t.Parallel()
	onGated(t, func(t *testing.T, g *gated) {
		g.videos(t, 2)
		g.send(t, "old", verdict{Recorded: store.Recorded{Count: 1, Unknown: ids(60)}}, did(0, view, 10), did(60, view, 1))
		first, release := g.hold(t, "first", did(0, view, 100))
		type sent struct {
			name   string
			caller models.ID
			batch  string
			events []store.Activity
			want   verdict
			answer answering
		}
		calls := []*sent{
			{name: "new", batch: "new", events: []store.Activity{did(70, like, 1), did(1, view, 1), did(71, like, 1)}, want: verdict{Recorded: store.Recorded{Count: 1, Unknown: ids(70, 71)}}},
			{name: "the same", batch: "new", events: []store.Activity{did(70, like, 1), did(1, view, 1), did(71, like, 1)}, want: repeated(ids(70, 71)...)},
			{name: "other content", batch: "new", events: []store.Activity{did(1, view, 1000)}, want: refused},
			{name: "another caller", caller: id(901), batch: "new", events: []store.Activity{did(1, view, 5)}, want: counted(1)},
			{name: "other content before the old", batch: "old", events: []store.Activity{did(1, view, 1000)}, want: refused},
			{name: "the old", batch: "old", events: []store.Activity{did(0, view, 10), did(60, view, 1)}, want: repeated(id(60))},
			{name: "the one that is written", batch: "first", events: []store.Activity{did(0, view, 100)}, want: repeated()},
			{name: "others", batch: "others", events: []store.Activity{did(1, view, 20)}, want: counted(1)},
		}
		for _, c := range calls {
			if c.caller == (models.ID{}) {
				c.caller = service
			}
			c.answer = g.StartActivity(t.Context(), c.caller, c.batch, c.events)
		}
		release()
		first.want(t, "first", counted(1))
		for _, c := range calls {
			c.answer.want(t, c.name, c.want)
		}
		g.wantWritten(t, 3)
		wantCounts(t, g.DB, 0, counts{Views: 110, Version: 3})
		wantCounts(t, g.DB, 1, counts{Views: 26, Version: 2})
		g.send(t, "new", repeated(ids(70, 71)...), calls[0].events...)
		g.send(t, "new", refused, calls[2].events...)
	})
}

// poison makes every change of a video's counters fail.
func (f fixture) poison(t *testing.T, video int) {
	t.Helper()
	if f.Dialect == database.SQLite {
		f.Exec(t, fmt.Sprintf("CREATE TRIGGER poison BEFORE UPDATE ON video_metadata WHEN NEW.video_id = '%s' BEGIN SELECT RAISE(ABORT, 'poisoned'); END", id(video)))
		return
	}
	f.Exec(t, "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE check_violation USING MESSAGE = 'poisoned'; END $$")
	f.Exec(t, fmt.Sprintf("CREATE TRIGGER poison BEFORE UPDATE ON video_metadata FOR EACH ROW WHEN (NEW.video_id = '%s') EXECUTE FUNCTION poison()", id(video)))
}

// TestCallThatCannotBeWritten fails by itself, and is not remembered.
func TestCallThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	onGated(t, func(t *testing.T, g *gated) {
		g.videos(t, 3)
		g.poison(t, 1)
		first, release := g.hold(t, "first", did(0, view, 1))
		good := g.start(t, "good", did(0, view, 10), did(60, view, 1))
		poisoned := g.start(t, "poisoned", did(2, view, 1000), did(1, view, 1000))
		same := g.start(t, "good", did(0, view, 10), did(60, view, 1))
		other := g.start(t, "other", did(2, view, 100))
		release()
		first.want(t, "first", counted(1))
		good.want(t, "good", verdict{Recorded: store.Recorded{Count: 1, Unknown: ids(60)}})
		poisoned.want(t, "poisoned", verdict{code: models.CodeInternalServerError})
		same.want(t, "the same", repeated(id(60)))
		other.want(t, "other", counted(1))
		wantCounts(t, g.DB, 0, counts{Views: 11, Version: 3})
		wantCounts(t, g.DB, 1, counts{Version: 1})
		wantCounts(t, g.DB, 2, counts{Views: 100, Version: 2})

		drop := "DROP TRIGGER poison ON video_metadata"
		if g.Dialect == database.SQLite {
			drop = "DROP TRIGGER poison"
		}
		g.Exec(t, drop)
		g.send(t, "poisoned", counted(2), did(2, view, 1000), did(1, view, 1000))
	})
}

// TestCallerWhoLeaves takes along what had not begun; what had is finished without them.
func TestCallerWhoLeaves(t *testing.T) {
	t.Parallel()
	onGated(t, func(t *testing.T, g *gated) {
		g.videos(t, 1)
		ctx, leave := context.WithCancel(t.Context())
		begun, _, release := g.stop(claiming, func() answering {
			return g.StartActivity(ctx, service, "begun", []store.Activity{did(0, view, 1)})
		})
		waiting := answering(g.StartActivity(ctx, service, "waiting", []store.Activity{did(0, view, 10)}))
		stays := g.start(t, "stays", did(0, view, 100))
		leave()
		begun.want(t, "begun", verdict{code: models.CodeServiceUnavailable})
		waiting.want(t, "waiting", verdict{code: models.CodeServiceUnavailable})
		release()
		stays.want(t, "stays", counted(1))
		wantCounts(t, g.DB, 0, counts{Views: 101, Version: 3})
		g.send(t, "begun", repeated(), did(0, view, 1))
		g.send(t, "waiting", counted(1), did(0, view, 10))
		wantCounts(t, g.DB, 0, counts{Views: 111, Version: 4})
	})
}

// TestGroupsAreBounded by their calls and by their videos.
func TestGroupsAreBounded(t *testing.T) {
	t.Parallel()
	onGated(t, func(t *testing.T, g *gated) {
		g.videos(t, 1)
		for _, c := range []struct {
			name                 string
			calls, videos, group int
		}{
			{"calls", 2*store.MaxGroupCalls + 1, 1, store.MaxGroupCalls},
			{"videos", 3, store.MaxGroupVideos / 2, 2},
			{"a call that is too large", 1, store.MaxGroupVideos + 1, 1},
		} {
			first, release := g.hold(t, c.name, did(0, view, 1))
			events := make([]store.Activity, c.videos)
			for i := range events {
				events[i] = did(i, view, 1)
			}
			var waiting []answering
			for n := range c.calls {
				waiting = append(waiting, g.start(t, fmt.Sprint(c.name, n), events...))
			}
			release()
			first.want(t, c.name, counted(1))
			for n, call := range waiting {
				if recorded, err := call(); err != nil || recorded.Count != 1 || len(recorded.Unknown) != c.videos-1 {
					t.Errorf("%s %d: %d, %v", c.name, n, recorded.Count, err)
				}
			}
			g.wantWritten(t, 1+(c.calls+c.group-1)/c.group)
		}
	})
}

// TestTooMuchActivityWaits: what finds the queue full is refused at once, until there is room.
func TestTooMuchActivityWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ calls, videos int }{
		"calls":  {store.MaxWaitingCalls, 1},
		"videos": {store.MaxWaitingVideos / 1000, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onGated(t, func(t *testing.T, g *gated) {
				g.videos(t, 1)
				events := make([]store.Activity, c.videos)
				for i := range events {
					events[i] = did(i, view, 1)
				}
				first, release := g.hold(t, "first", did(0, view, 1))
				gone, leave := context.WithCancel(t.Context())
				leave()
				waiting := make([]answering, c.calls)
				for n := range waiting {
					waiting[n] = g.StartActivity(gone, service, fmt.Sprint(n), events)
				}
				full := func() {
					t.Helper()
					g.start(t, "too much", events...).want(t, "one more", verdict{code: models.CodeServiceUnavailable})
				}
				full()
				waiting[1].want(t, "who leaves", verdict{code: models.CodeServiceUnavailable})
				last := g.start(t, "last", events...)
				full()
				for _, call := range slices.Delete(waiting, 1, 2) {
					call.want(t, "who leaves", verdict{code: models.CodeServiceUnavailable})
				}
				release()
				first.want(t, "first", counted(1))
				if recorded, err := last(); err != nil || recorded.Count != 1 || len(recorded.Unknown) != c.videos-1 {
					t.Errorf("the last one: %+v, %v", recorded, err)
				}
				g.wantWritten(t, 2)
				wantCounts(t, g.DB, 0, counts{Views: 2, Version: 3})
			})
		})
	}
}

// TestGroupThatLosesItsConnection tells all its calls, and their repeats find out what has become of them.
func TestGroupThatLosesItsConnection(t *testing.T) {
	t.Parallel()
	g := newGated(t, testdb.PostgreSQL(t))
	g.videos(t, 1)
	first, release := g.hold(t, "first", did(0, view, 1))
	waiting := g.start(t, "waiting", did(0, view, 10))
	g.Exec(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'")
	release()
	first.want(t, "first", verdict{code: models.CodeServiceUnavailable})
	waiting.want(t, "waiting", counted(1))
	g.send(t, "first", counted(1), did(0, view, 1))
	g.send(t, "waiting", repeated(), did(0, view, 10))
	wantCounts(t, g.DB, 0, counts{Views: 11, Version: 3})
}

// TestGroupThatTakesTooLong is given up in time, though its callers would wait for ever, and the next one written.
func TestGroupThatTakesTooLong(t *testing.T) {
	t.Parallel()
	onGated(t, func(t *testing.T, g *gated) {
		g.videos(t, 1)
		first, group, release := g.stop(counting, func() answering { return g.start(t, "first", did(0, view, 1)) })
		next := g.start(t, "next", did(0, view, 10))
		if ends, bounded := group.Deadline(); !bounded || time.Until(ends) > 5*time.Second {
			t.Fatalf("it ends at %v", ends)
		}
		<-group.Done()
		release()
		first.want(t, "first", verdict{code: models.CodeServiceUnavailable})
		next.want(t, "next", counted(1))
		g.send(t, "first", counted(1), did(0, view, 1))
		wantCounts(t, g.DB, 0, counts{Views: 11, Version: 3})
	})
}

// TestCountersAreLockedBeforeTheyCount: no video is deleted between being found and being counted.
func TestCountersAreLockedBeforeTheyCount(t *testing.T) {
	t.Parallel()
	g := newGated(t, testdb.PostgreSQL(t))
	g.videos(t, 2)
	first, _, release := g.stop(locking, func() answering { return g.start(t, "first", did(1, view, 1), did(0, view, 1)) })
	for video := range 2 {
		err := database.Translate(g.Write.Exec("SELECT 1 FROM video_metadata WHERE video_id = ? FOR NO KEY UPDATE NOWAIT", id(video)).Error)
		wantVerdict(t, "another lock", verdict{code: models.CodeServiceUnavailable}, store.Recorded{}, err)
	}
	release()
	first.want(t, "first", counted(2))
}

// TestCountersAreLockedInOrder, so that no two transactions wait for each other.
func TestCountersAreLockedInOrder(t *testing.T) {
	t.Parallel()
	g := newGated(t, testdb.PostgreSQL(t))
	g.videos(t, 2)
	tx := g.Write.Begin()
	t.Cleanup(func() { tx.Rollback() })
	if err := tx.Exec("SELECT 1 FROM video_metadata WHERE video_id = ? FOR NO KEY UPDATE", id(0)).Error; err != nil {
		t.Fatal(err)
	}
	first := g.start(t, "first", did(1, view, 1), did(0, view, 1))
	g.awaitLock(t, 1, nil)
	g.Exec(t, "SELECT 1 FROM video_metadata WHERE video_id = ? FOR NO KEY UPDATE NOWAIT", id(1))
	tx.Rollback()
	first.want(t, "first", counted(2))
}
