package live

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"reelgraph/models"
)

const (
	// hotVideos are watched, each by as many as any other, and change so often a second, all together.
	hotVideos      = 500
	changesASecond = 500
)

// hot is a database of videos whose counters change all the time, which answers at once.
type hot struct {
	versions [hotVideos]atomic.Int64
	// reads counts the statements, rows what they read.
	reads, rows atomic.Int64
}

func (h *hot) hubReads() Reads {
	return Reads{
		VideoMetadata: func(_ context.Context, ids []models.ID) (map[models.ID]*models.VideoMetadata, error) {
			h.reads.Add(1)
			h.rows.Add(int64(len(ids)))
			found := make(map[models.ID]*models.VideoMetadata, len(ids))
			for _, id := range ids {
				found[id] = &models.VideoMetadata{VideoID: id, Version: h.versions[binary.BigEndian.Uint64(id[8:])].Load()}
			}
			return found, nil
		},
		Inboxes: func(_ context.Context, ids []models.ID) (map[models.ID]*models.Inbox, error) {
			h.reads.Add(1)
			h.rows.Add(int64(len(ids)))
			return nil, nil
		},
		InboxChanges: func(_ context.Context, ids []models.ID) (map[models.ID]int64, error) {
			h.reads.Add(1)
			h.rows.Add(int64(len(ids)))
			return nil, nil
		},
	}
}

// BenchmarkWatchers has videos change, one after the other and evenly in time, and tells what a change costs all who watch. A signed-in
// watcher watches an inbox too, which is nobody else's.
func BenchmarkWatchers(b *testing.B) {
	for _, signedIn := range []bool{false, true} {
		for _, count := range []int{1_000, 10_000, 100_000} {
			name := "anonymous"
			if signedIn {
				name = "signed in"
			}
			b.Run(fmt.Sprintf("%s/%d", name, count), func(b *testing.B) { benchmarkWatchers(b, count, signedIn) })
		}
	}
}

func benchmarkWatchers(b *testing.B, count int, signedIn bool) {
	b.Helper()
	var world hot
	var deliveries atomic.Int64
	h := New(world.hubReads(), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(b.Context())
	var running, joining sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	joining.Add(count)
	for n := range count {
		running.Go(func() {
			var viewer *models.ID
			if signedIn {
				viewer = new(id(hotVideos + n))
			}
			feed, err := h.VideoMetadata(ctx, viewer, []models.ID{id(n % hotVideos)}, 0)
			if err != nil {
				b.Error(err)
				joining.Done()
				return
			}
			_, ok := feed.Next(ctx)
			for joining.Done(); ok; _, ok = feed.Next(ctx) {
				deliveries.Add(1)
			}
		})
	}
	joining.Wait()
	deliveries.Store(0)
	world.reads.Store(0)
	world.rows.Store(0)

	const pause = 10 * time.Millisecond
	tick := time.NewTicker(pause)
	defer tick.Stop()
	began, used := time.Now(), processCPU(b)
	b.ResetTimer()
	for changes := 0; changes < b.N; {
		<-tick.C
		for due := int(time.Since(began).Seconds() * changesASecond); changes < min(due, b.N); changes++ {
			video := changes % hotVideos
			world.versions[video].Add(1)
			h.Changed(models.KindVideoMetadata, []models.ID{id(video)})
		}
	}
	for wanted := int64(b.N) * int64(count/hotVideos); deliveries.Load() < wanted; { // A video changes once a second: no two are merged.
		<-tick.C
	}
	b.StopTimer()
	took, cost := time.Since(began), processCPU(b)-used
	b.ReportMetric(0, "ns/op") // It is the time between two changes.
	b.ReportMetric(float64(cost.Nanoseconds())/float64(b.N), "cpu-ns/change")
	b.ReportMetric(float64(cost.Nanoseconds())/float64(deliveries.Load()), "cpu-ns/delivery")
	b.ReportMetric(float64(deliveries.Load())/float64(b.N), "deliveries/change")
	b.ReportMetric(float64(world.reads.Load())/took.Seconds(), "reads/s")
	b.ReportMetric(float64(world.rows.Load())/took.Seconds(), "rows/s")
	cancel()
	running.Wait()
}

// processCPU is what this process has used.
func processCPU(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
