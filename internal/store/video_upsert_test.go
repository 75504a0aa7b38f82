package store_test

import (
	"slices"
	"testing"
	"time"

	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/models"
)

func TestUpsertVideos(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 10, 11)
		for n := 1; n <= 4; n++ {
			f.video(t, n, 10, n)
			f.views(t, n, 100+n)
		}
		f.Exec(t, "UPDATE videos SET thumbnail_url = 'old'")
		f.deleteVideo(t, 4)
		counters := all[models.VideoMetadata](t, f, "video_id")
		thumbnail, early, late := "new", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
		list := []store.VideoUpsert{
			{ID: id(6), OwnerID: id(10), Title: "early", PlaybackURL: "q", ThumbnailURL: &thumbnail},
			{ID: id(2), OwnerID: id(11), Title: "T", PlaybackURL: "q", ThumbnailURL: &thumbnail, CreatedAt: &early},
			{ID: id(1), OwnerID: id(10), Title: "", PlaybackURL: "", CreatedAt: nil},
			{ID: id(4), OwnerID: id(11), Title: "deleted", PlaybackURL: "q"},
			{ID: id(5), OwnerID: id(11), Title: "new", PlaybackURL: "q", CreatedAt: &late},
			{ID: id(6), OwnerID: id(11), Title: "late", PlaybackURL: "q"},
		}
		got := must(f.UpsertVideos(t.Context(), list))(t)

		rows := all[models.Video](t, f, "id")
		for _, row := range rows {
			if row.ID != id(3) {
				same(t, "the answer", row, *got[row.ID])
			}
		}
		if len(got) != 5 || len(rows) != 6 {
			t.Fatalf("%d answers, %d rows", len(got), len(rows))
		}
		now := rows[5].CreatedAt
		if age := time.Since(now); age < -time.Minute || age > time.Minute {
			t.Errorf("a new one is of %v", now)
		}
		old, deletedAt, reason := "old", at(0), "spam"
		same(t, "videos", []models.Video{
			{ID: id(1), OwnerID: id(10), CreatedAt: at(1)},
			{ID: id(2), OwnerID: id(11), Title: "T", PlaybackURL: "q", ThumbnailURL: &thumbnail, CreatedAt: early},
			{ID: id(3), OwnerID: id(10), Title: "V", PlaybackURL: "p", ThumbnailURL: &old, CreatedAt: at(3)},
			{ID: id(4), OwnerID: id(11), Title: "deleted", PlaybackURL: "q", CreatedAt: at(4), DeletedAt: &deletedAt, DeletionReason: &reason},
			{ID: id(5), OwnerID: id(11), Title: "new", PlaybackURL: "q", CreatedAt: late},
			{ID: id(6), OwnerID: id(11), Title: "late", PlaybackURL: "q", CreatedAt: now},
		}, rows)
		after := all[models.VideoMetadata](t, f, "video_id")
		counters[1].OwnerID, counters[3].OwnerID = id(11), id(11)
		same(t, "counters", counters, after[:4])
		if len(after) != 6 || after[5].OwnerID != id(11) || after[5].ViewCount != 0 || after[5].Version != 1 {
			t.Errorf("counters of a new one: %+v", after[len(after)-1])
		}

		f.refuseChanges(t)
		same(t, "said twice", got, must(f.UpsertVideos(t.Context(), list))(t))
	})
}

// refuseChanges has every change of a video fail from now on.
func (f fixture) refuseChanges(t *testing.T) {
	t.Helper()
	if f.Dialect == database.SQLite {
		f.Exec(t, "CREATE TRIGGER refuse BEFORE UPDATE ON videos BEGIN SELECT RAISE(ABORT, 'a row was written'); END")
		return
	}
	f.Exec(t, "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''a row was written''; END'")
	f.Exec(t, "CREATE TRIGGER refuse BEFORE UPDATE ON videos FOR EACH ROW EXECUTE FUNCTION refuse()")
}

// TestEveryChangeOfAVideoIsWritten, of whichever column, and by itself.
func TestEveryChangeOfAVideoIsWritten(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 10, 11)
		said := store.VideoUpsert{ID: id(1), OwnerID: id(10), Title: "T", PlaybackURL: "p", CreatedAt: new(at(1))}
		must(f.UpsertVideos(t.Context(), []store.VideoUpsert{said}))(t)
		for _, change := range []func(){
			func() { said.OwnerID = id(11) }, func() { said.Title = "U" }, func() { said.PlaybackURL = "q" },
			func() { said.ThumbnailURL = new("t") }, func() { said.ThumbnailURL = new("u") }, func() { said.ThumbnailURL = nil },
			func() { said.CreatedAt = new(at(1).Add(time.Microsecond)) },
		} {
			change()
			must(f.UpsertVideos(t.Context(), []store.VideoUpsert{said}))(t)
			same(t, "the video", models.Video{
				ID: id(1), OwnerID: said.OwnerID, Title: said.Title, PlaybackURL: said.PlaybackURL, ThumbnailURL: said.ThumbnailURL, CreatedAt: *said.CreatedAt,
			}, one[models.Video](t, f.DB, "id", id(1)))
		}
	})
}

// TestUpsertedVideosAreInTheFeedByTime, whichever digits of a second their times have.
func TestUpsertedVideosAreInTheFeedByTime(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 10)
		second := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		inEurope := time.FixedZone("", 3600)
		var list []store.VideoUpsert
		for n, moment := range []time.Time{
			time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(999, 1, 1, 0, 0, 0, 0, time.UTC), second.Add(-time.Microsecond), second,
			second.Add(time.Microsecond).In(inEurope), second.Add(100 * time.Millisecond), second.Add(123_400 * time.Microsecond),
			second.Add(time.Second).In(inEurope), second.Add(time.Hour),
		} {
			list = append(list, store.VideoUpsert{ID: id(n), OwnerID: id(10), CreatedAt: &moment})
		}
		must(f.UpsertVideos(t.Context(), list))(t)
		wantPages(t, f, ids(8, 7, 6, 5, 4, 3, 2, 1, 0),
			func(after *store.TimeKey, first int) (store.Page[*models.Video], error) {
				return f.Feed(t.Context(), nil, after, first)
			},
			func(v *models.Video) (models.ID, store.TimeKey) {
				return v.ID, store.TimeKey{At: v.CreatedAt, ID: v.ID}
			})
	})
}

func TestVideosOfUnknownOwners(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 10)
		f.video(t, 1, 10, 1)
		list := []store.VideoUpsert{
			{ID: id(3), OwnerID: id(90), Title: "T"}, {ID: id(2), OwnerID: id(10), Title: "T"}, {ID: id(1), OwnerID: id(91), Title: "T"},
		}
		_, err := f.UpsertVideos(t.Context(), list)
		wantInvalidIDs(t, "two of three", err, id(3), id(1))
		if rows := all[models.Video](t, f, "id"); len(rows) != 1 || rows[0].Title != "V" {
			t.Errorf("something was done: %+v", rows)
		}
		list = append(list, store.VideoUpsert{ID: id(1), OwnerID: id(10)}, store.VideoUpsert{ID: id(3), OwnerID: id(10)})
		if got := must(f.UpsertVideos(t.Context(), list))(t); len(got) != 3 {
			t.Errorf("where the last of each id is fine: %v", got)
		}
	})
}

// TestUpsertVideosAtOnce has two instances add and replace the same videos, in other orders, while moderators delete
// them and somebody counts views. One list knows when the new ones were made: that is what they keep, whoever
// comes first.
func TestUpsertVideosAtOnce(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 10, 11)
		for n := range 5 {
			f.video(t, n, 10, n)
		}
		stores := f.instances(t)
		atOnce(24, func(n int) {
			var err error
			switch n % 6 {
			case 4:
				f.countViews(t)
			case 5:
				_, err = moderate(t.Context(), stores[0], n/6, id(20), ids(3, 1, 7, 4, 2))
			default:
				var list []store.VideoUpsert
				for video := range 10 {
					v := store.VideoUpsert{ID: id(video), OwnerID: id(10 + n%2), Title: "T"}
					if n == 0 {
						v.CreatedAt = new(at(video))
					}
					list = append(list, v)
				}
				if n%2 == 1 {
					slices.Reverse(list)
				}
				_, err = stores[n%2].UpsertVideos(t.Context(), list)
			}
			if err != nil {
				t.Error(err)
			}
		})
		rows := all[models.Video](t, f, "id")
		for n, row := range rows {
			same(t, "when it was made", at(n), row.CreatedAt)
			same(t, "whose counters they are", row.OwnerID, one[models.VideoMetadata](t, f.DB, "video_id", row.ID).OwnerID)
		}
		if len(rows) != 10 {
			t.Errorf("%d videos", len(rows))
		}
	})
}
