package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"reelgraph/models"
)

const (
	soon = 20 * time.Millisecond // is enough for what comes at once
	late = 2 * time.Second       // is enough for what nobody told
)

func jobText(job *models.AIJob) string {
	return fmt.Sprint(job.ID[15], " ", job.Status, " ", job.Progress)
}

func jobsOf(h *Hub, owner int, interval time.Duration, numbers ...int) func(context.Context) (Feed[models.AIJob], error) {
	return func(ctx context.Context) (Feed[models.AIJob], error) {
		return h.AIJobs(ctx, id(owner), ids(numbers...), interval)
	}
}

func videosOf(h *Hub, viewer *models.ID, interval time.Duration, numbers ...int) func(context.Context) (Feed[models.VideoMetadata], error) {
	return func(ctx context.Context) (Feed[models.VideoMetadata], error) {
		return h.VideoMetadata(ctx, viewer, ids(numbers...), interval)
	}
}

func videoText(v *models.VideoMetadata) string { return fmt.Sprint(v.VideoID[15], " ", v.ViewCount) }

func expect[S any](t *testing.T, what string, got []*S, text func(*S) string, want ...string) {
	t.Helper()
	if shown := show(got, text); !slices.Equal(shown, append([]string{}, want...)) {
		t.Errorf("%s: %q, want %q", what, shown, want)
	}
}

func TestJobsUntilTheyHaveFinished(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		w.setJob(1, 9, models.AIJobStatusQueued, 0)
		w.setJob(2, 9, models.AIJobStatusProcessing, 40)
		w.setJob(3, 8, models.AIJobStatusProcessing, 50) // somebody else's
		w.setJob(4, 9, models.AIJobStatusFailed, 10)
		v := follow(ctx, t, jobsOf(h, 9, 0, 1, 2, 3, 4, 5, 1))
		expect(t, "at once", v.after(soon), jobText, "1 QUEUED 0", "2 PROCESSING 40", "4 FAILED 10")
		w.setJob(1, 9, models.AIJobStatusProcessing, 10)
		w.setJob(3, 8, models.AIJobStatusProcessing, 60)
		h.Changed(models.KindAIJob, ids(1, 3, 4, 7))
		expect(t, "told", v.after(soon), jobText, "1 PROCESSING 10")
		w.setJob(2, 9, models.AIJobStatusCompleted, 100)
		expect(t, "untold", v.after(late), jobText, "2 COMPLETED 100")
		if v.hasEnded() {
			t.Error("ended before the last job")
		}
		w.setJob(1, 9, models.AIJobStatusCanceled, 10)
		h.Changed(models.KindAIJob, ids(1))
		expect(t, "the end", v.after(soon), jobText, "1 CANCELED 10")
		if !v.hasEnded() {
			t.Error("not ended after the last job")
		}
	})
}

func TestJobsThatNobodyMaySee(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		w.setJob(1, 8, models.AIJobStatusProcessing, 50)
		for _, numbers := range [][]int{{}, {1}, {2}, {1, 2}} {
			v := follow(ctx, t, jobsOf(h, 9, 0, numbers...))
			expect(t, fmt.Sprint(numbers), v.after(soon), jobText)
			if !v.hasEnded() {
				t.Errorf("%v: has not ended", numbers)
			}
		}
	})
}

func TestNoVideos(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		v := follow(ctx, t, videosOf(h, new(id(9)), 0))
		v.after(late)
		if reads, _ := w.count("inboxes"); reads > 0 || !v.hasEnded() {
			t.Errorf("%d reads for no video", reads)
		}
	})
}

func TestASlowWatcherGetsTheNewest(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		w.view(1, 8)
		w.view(2, 8)
		feed, err := h.VideoMetadata(ctx, nil, ids(1, 2), 0)
		if err != nil {
			t.Fatal(err)
		}
		for range 500 {
			w.view(1, 8)
			h.Changed(models.KindVideoMetadata, ids(1))
			<-time.After(10 * time.Millisecond)
		}
		var got []*models.VideoMetadata
		for range 2 {
			state, _ := feed.Next(ctx)
			got = append(got, state)
		}
		expect(t, "after a while", got, videoText, "1 501", "2 1")
		ended, stop := context.WithTimeout(ctx, late)
		defer stop()
		if state, ok := feed.Next(ended); ok {
			t.Error("more than the newest:", videoText(state))
		}
	})
}

func TestInterval(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		const interval = 1000 * time.Millisecond
		w.setJob(1, 9, models.AIJobStatusProcessing, 1)
		w.setJob(2, 9, models.AIJobStatusProcessing, 1)
		v := follow(ctx, t, jobsOf(h, 9, interval, 1, 2))
		expect(t, "at once", v.after(soon), jobText, "1 PROCESSING 1", "2 PROCESSING 1")
		for progress := range 5 {
			w.setJob(1, 9, models.AIJobStatusProcessing, 10+progress)
			h.Changed(models.KindAIJob, ids(1))
			expect(t, "within the interval", v.after(soon), jobText)
		}
		expect(t, "after the interval", v.after(interval), jobText, "1 PROCESSING 14")
		w.setJob(2, 9, models.AIJobStatusProcessing, 20)
		h.Changed(models.KindAIJob, ids(2))
		expect(t, "the other one", v.after(soon), jobText, "2 PROCESSING 20")
		w.setJob(1, 9, models.AIJobStatusProcessing, 30)
		w.setJob(2, 9, models.AIJobStatusCompleted, 100)
		h.Changed(models.KindAIJob, ids(1, 2))
		expect(t, "finished", v.after(soon), jobText, "2 COMPLETED 100")
		expect(t, "after the interval", v.after(interval), jobText, "1 PROCESSING 30")
	})
}

func TestDeletedAndUnknownVideos(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		w.view(1, 8)
		w.view(2, 8)
		w.remove(2, true)
		v := follow(ctx, t, videosOf(h, new(id(9)), 0, 1, 2, 3))
		expect(t, "at once", v.after(soon), videoText, "1 1")
		w.remove(1, true)
		w.view(1, 8)
		h.Changed(models.KindVideoMetadata, ids(1))
		expect(t, "deleted", v.after(late), videoText)
		w.remove(1, false)
		w.remove(2, false)
		w.view(3, 8)
		h.Changed(models.KindVideoMetadata, ids(1, 2))
		expect(t, "restored", v.after(soon), videoText, "1 2", "2 1")
		expect(t, "new", v.after(late), videoText, "3 1")
	})
}

func TestBlocksCountAtOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		w.view(1, 8)
		w.view(2, 7)
		signedIn, other, anonymous := follow(ctx, t, videosOf(h, new(id(9)), 0, 1, 2)), follow(ctx, t, videosOf(h, new(id(6)), 0, 1)), follow(ctx, t, videosOf(h, nil, 0, 1))
		expect(t, "at once", signedIn.after(soon), videoText, "1 1", "2 1")
		other.after(0)
		anonymous.after(0)
		// Reads of inboxes are slow: what was viewed after the block must not overtake it.
		w.block(9, 8, true)
		h.Changed(models.KindBlocks, ids(9))
		w.view(1, 8)
		w.view(2, 7)
		h.Changed(models.KindVideoMetadata, ids(1, 2))
		expect(t, "blocked", signedIn.after(late), videoText, "2 2")
		expect(t, "anonymous", anonymous.after(0), videoText, "1 2")
		expect(t, "another", other.after(0), videoText, "1 2")
		w.block(9, 8, false)
		h.Changed(models.KindBlocks, ids(9))
		expect(t, "unblocked", signedIn.after(soon), videoText, "1 2")
		w.block(9, 7, true) // by another program
		expect(t, "blocked untold", signedIn.after(late), videoText)
		w.view(2, 7)
		h.Changed(models.KindVideoMetadata, ids(2))
		expect(t, "blocked untold", signedIn.after(late), videoText)
	})
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		w.setJob(1, 9, models.AIJobStatusProcessing, 1)
		v := follow(ctx, t, jobsOf(h, 9, 0, 1))
		expect(t, "at once", v.after(soon), jobText, "1 PROCESSING 1")
		broken := errors.New("broken")
		w.fail(broken)
		own, cancel := context.WithCancel(ctx)
		defer cancel()
		if _, err := h.AIJobs(own, id(9), ids(1), 0); !errors.Is(err, broken) {
			t.Error("a new watcher is told", err)
		}
		w.setJob(1, 9, models.AIJobStatusProcessing, 2)
		expect(t, "broken", v.after(3*late), jobText)
		w.fail(nil)
		expect(t, "mended", v.after(retry+soon), jobText, "1 PROCESSING 2")
		w.mu.Lock()
		w.delay = func() time.Duration { return time.Hour }
		w.mu.Unlock()
		began := time.Now()
		_, err := h.AIJobs(own, id(9), ids(1), 0)
		if known, ok := errors.AsType[*models.Error](err); !ok || known.Code != models.CodeServiceUnavailable || time.Since(began) > firstTimeout {
			t.Error("a new watcher is told", err, "after", time.Since(began))
		}
	})
}

// TestReadsGrowWithTheObjects: not with their watchers, nor with how often somebody says that they changed.
func TestReadsGrowWithTheObjects(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		own, cancel := context.WithCancel(ctx)
		for n := range 100 {
			w.view(n, 8)
		}
		const watchers = 10_000
		for i := range watchers {
			go func() {
				feed, err := h.VideoMetadata(own, nil, ids(i%100, (i+1)%100), 0)
				if err != nil {
					t.Error(err)
					return
				}
				for ok := true; ok; {
					_, ok = feed.Next(own)
				}
			}()
		}
		<-time.After(late)
		w.count("counters")
		<-time.After(60 * time.Second)
		if reads, read := w.count("counters"); reads > 60 || read < 3000 || read > 5000 {
			t.Errorf("in a minute in which nothing changed %d reads of %d objects", reads, read)
		}
		for range 1000 {
			w.view(0, 8)
			h.Changed(models.KindVideoMetadata, ids(0))
			<-time.After(time.Millisecond)
		}
		if reads, _ := w.count("counters"); reads > 130 {
			t.Errorf("in a second of a thousand changes %d reads", reads)
		}
		cancel()
		<-time.After(late)
		w.count("counters")
		<-time.After(late)
		if reads, _ := w.count("counters"); reads > 0 {
			t.Error("what nobody watches is read")
		}
	})
}

// TestFirstStatesAreOfLaterReads: what a read that had begun before somebody joined has found is not for them.
func TestFirstStatesAreOfLaterReads(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		w.setJob(1, 9, models.AIJobStatusProcessing, 1)
		steps := []time.Duration{10 * time.Millisecond, 100 * time.Millisecond} // The first read is slow behind its snapshot.
		w.delay = func() time.Duration {
			if len(steps) == 0 {
				return time.Millisecond
			}
			next := steps[0]
			steps = steps[1:]
			return next
		}
		go func() { _, _ = h.AIJobs(ctx, id(9), ids(1), 0) }()
		<-time.After(50 * time.Millisecond)
		w.setJob(1, 9, models.AIJobStatusProcessing, 2)
		feed, err := h.AIJobs(ctx, id(9), ids(1), 0)
		if err != nil {
			t.Fatal(err)
		}
		first, _ := feed.Next(ctx)
		expect(t, "the first state", []*models.AIJob{first}, jobText, "1 PROCESSING 2")
	})
}

// TestABlockWhileBlocksAreRead counts as well.
func TestABlockWhileBlocksAreRead(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		w.block(9, 7, true)
		w.view(1, 8)
		var v *watcher[models.VideoMetadata]
		w.delay = func() time.Duration { return 100 * time.Millisecond }
		v = follow(ctx, t, videosOf(h, new(id(9)), 0, 1)) // The counters have been read, and the blocks begin to be.
		<-time.After(50 * time.Millisecond)
		w.block(9, 8, true)
		h.Changed(models.KindBlocks, ids(9))
		expect(t, "blocked meanwhile", v.after(late), videoText)
		w.block(9, 8, false)
		h.Changed(models.KindBlocks, ids(9))
		expect(t, "unblocked", v.after(late), videoText, "1 1")
	})
}

// TestALookReadsVersions: of jobs nothing else, until one has changed.
func TestALookReadsVersions(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		w.setJob(1, 9, models.AIJobStatusProcessing, 1)
		w.setJob(2, 9, models.AIJobStatusProcessing, 1)
		v := follow(ctx, t, jobsOf(h, 9, 0, 1, 2))
		v.after(late)
		w.count("jobs")
		w.count("versions")
		<-time.After(time.Minute)
		if reads, read := w.count("versions"); reads < 35 || reads > 60 || read != 2*reads {
			t.Errorf("in a minute %d reads of %d versions", reads, read)
		}
		w.setJob(2, 9, models.AIJobStatusProcessing, 2)
		expect(t, "untold", v.after(late), jobText, "2 PROCESSING 2")
		if reads, read := w.count("jobs"); reads != 1 || read != 1 {
			t.Errorf("for one change %d reads of %d jobs", reads, read)
		}
		v.stop()
	})
}

// TestReadsThatAreOfNoUse: a database that fails is not pressed, and what has finished is not read again.
func TestReadsThatAreOfNoUse(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		w.setJob(1, 9, models.AIJobStatusCompleted, 100)
		w.view(1, 8)
		if _, err := h.AIJobs(ctx, id(9), ids(1), 0); err != nil { // and is not taken
			t.Fatal(err)
		}
		if _, err := h.VideoMetadata(ctx, nil, ids(1), 0); err != nil {
			t.Fatal(err)
		}
		w.fail(errors.New("broken"))
		w.count("jobs")
		w.count("counters")
		<-time.After(time.Minute)
		if reads, _ := w.count("jobs"); reads > 0 {
			t.Errorf("a finished job was read %d times", reads)
		}
		if reads, _ := w.count("counters"); reads < 100 || reads > 300 {
			t.Errorf("in a minute %d reads that fail", reads)
		}
	})
}
