package store_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// BenchmarkVideoMetadataByVideoID and BenchmarkAIJobsByID are the reads that clients poll by, against the same by GORM. What they
// take is mostly PostgreSQL's time: look at what they allocate, or at a profile.
func BenchmarkVideoMetadataByVideoID(b *testing.B) {
	db := testdb.PostgreSQL(b)
	all := manyVideos(b, db)
	benchmarkPolled(b, db, all, "video_id", (*store.Store).VideoMetadataByVideoID, func(m *models.VideoMetadata) models.ID { return m.VideoID })
}

func BenchmarkAIJobsByID(b *testing.B) {
	db := testdb.PostgreSQL(b)
	all := manyVideos(b, db)
	db.Exec(b, `INSERT INTO ai_jobs (id, owner_id, kind, status, progress, result_url, prompt)
		SELECT id, owner_id, 'REMIX', 'COMPLETED', 100, 'https://cdn.example/'||id, 'a prompt' FROM videos`)
	benchmarkPolled(b, db, all, "id", (*store.Store).AIJobsByID, func(j *models.AIJob) models.ID { return j.ID })
}

func manyVideos(b *testing.B, db *testdb.DB) []models.ID {
	b.Helper()
	all := make([]models.ID, 640)
	for n := range all {
		all[n] = models.NewID()
		binary.BigEndian.PutUint16(all[n][:], uint16(n)<<4)
	}
	db.Exec(b, "INSERT INTO users (id, handle, display_name) VALUES (?, 'u', '')", id(5))
	db.Exec(b, "INSERT INTO videos (id, owner_id, title, playback_url) SELECT id, ?, '', '' FROM ?", id(5), db.Rows("new", database.Column{Name: "id", Values: all}))
	db.Exec(b, "ANALYZE")
	return all
}

func benchmarkPolled[T any](b *testing.B, db *testdb.DB, all []models.ID, key string,
	byHand func(*store.Store, context.Context, []models.ID) (map[models.ID]*T, error), id func(*T) models.ID,
) {
	b.Helper()
	opened, err := database.Open(b.Context(), db.URL, database.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer opened.Close()
	s := store.New(opened)
	byGORM := func(_ *store.Store, ctx context.Context, ids []models.ID) (map[models.ID]*T, error) {
		var rows []*T
		err := opened.Read.WithContext(ctx).Where(opened.Any(key, ids)).Find(&rows).Error
		keyed := make(map[models.ID]*T, len(rows))
		for _, row := range rows {
			keyed[id(row)] = row
		}
		return keyed, err
	}
	for _, size := range []int{1, 20, 100, len(all)} {
		for _, way := range []struct {
			name string
			read func(*store.Store, context.Context, []models.ID) (map[models.ID]*T, error)
		}{{"ours", byHand}, {"gorm", byGORM}} {
			b.Run(fmt.Sprintf("%d/%s", size, way.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if found, err := way.read(s, b.Context(), all[:size]); len(found) != size || err != nil {
						b.Fatal(len(found), err)
					}
				}
			})
		}
	}
}
