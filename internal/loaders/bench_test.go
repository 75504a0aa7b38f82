package loaders

import (
	"context"
	"testing"

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
