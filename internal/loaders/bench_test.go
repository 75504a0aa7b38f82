package loaders

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// BenchmarkLoad is one ask of twenty ids, of a read that takes no time.
func BenchmarkLoad(b *testing.B) {
	wanted, found := ids(0, 20), map[models.ID]int{}
	g := NewGatherer(func(context.Context, []models.ID) (map[models.ID]int, error) { return found, nil })
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = g.Load(b.Context(), wanted)
		}
	})
	b.Run("many", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(64)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_, _ = g.Load(context.Background(), wanted)
			}
		})
	})
}

// BenchmarkGather is many at once who each poll twenty of 640 counters, over a read that takes 200 µs and over the store: what one of
// them costs, and how many of them share a read.
func BenchmarkGather(b *testing.B) {
	const objects = 640
	waiting := func(_ context.Context, wanted []models.ID) (map[models.ID]*models.VideoMetadata, error) {
		<-time.After(200 * time.Microsecond)
		found := make(map[models.ID]*models.VideoMetadata, len(wanted))
		rows := make([]models.VideoMetadata, len(wanted))
		for i, id := range wanted {
			found[id] = &rows[i]
		}
		return found, nil
	}
	db := testdb.PostgreSQL(b)
	all := ids(0, objects)
	db.Exec(b, "INSERT INTO users (id, handle, display_name) VALUES (?, 'a', 'A')", id(0))
	db.Exec(b, "INSERT INTO videos (id, owner_id, title, playback_url) SELECT id, ?, '', '' FROM ?", id(0), db.Rows("new", database.Column{Name: "id", Values: all}))
	db.Exec(b, "ANALYZE")
	opened, err := database.Open(b.Context(), db.URL, database.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer opened.Close()
	for name, read := range map[string]func(context.Context, []models.ID) (map[models.ID]*models.VideoMetadata, error){
		"fake": waiting, "store": store.New(opened).VideoMetadataByVideoID,
	} {
		for _, askers := range []int{32, 256} {
			b.Run(fmt.Sprintf("%s/%d", name, askers), func(b *testing.B) {
				var reads atomic.Int64
				g := NewGatherer(read)
				g.observe = func(int, int) { reads.Add(1) }
				b.ReportAllocs()
				b.SetParallelism(askers / runtime.GOMAXPROCS(0))
				b.RunParallel(func(pb *testing.PB) {
					wanted := make([]models.ID, 20)
					for pb.Next() {
						for i := range wanted {
							wanted[i] = all[rand.IntN(objects)]
						}
						found, err := g.Load(b.Context(), wanted)
						for _, id := range wanted {
							if found[id] == nil || err != nil {
								b.Error(id, err)
							}
						}
					}
				})
				b.ReportMetric(float64(b.N)/float64(reads.Load()), "asks/read")
			})
		}
	}
}

// BenchmarkResponse is what batching costs one response, of reads that take no time: a poll of
// twenty counters, and twenty videos with their authors.
func BenchmarkResponse(b *testing.B) {
	author := &models.User{ID: id(0)}
	shared := &Shared{
		metadata: NewGatherer(func(context.Context, []models.ID) (map[models.ID]*models.VideoMetadata, error) { return nil, nil }),
		users: NewGatherer(func(context.Context, []models.ID) (map[models.ID]*models.User, error) {
			return map[models.ID]*models.User{author.ID: author}, nil
		}),
		videos: NewGatherer[*models.Video](nil), jobs: NewGatherer[*models.AIJob](nil), positions: NewGatherer[int](nil),
	}
	wanted := ids(0, 20)
	b.Run("flat", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l := For(shared.New(b.Context(), Lists{}).With(b.Context()))
			if _, err := l.Metadata.Root(b.Context(), "videosMetadata", func() []models.ID { return wanted }); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("nested", func(b *testing.B) {
		videos := make([]*models.Video, 20)
		for n := range videos {
			videos[n] = &models.Video{ID: id(n), OwnerID: author.ID}
		}
		b.ReportAllocs()
		for b.Loop() {
			l := For(shared.New(b.Context(), Lists{Users: 1}).With(b.Context()))
			Siblings(l, videos)
			for _, video := range videos {
				if _, err := Related(b.Context(), l, &l.Users, video, "owner", func(v *models.Video) *models.ID { return &v.OwnerID }); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
