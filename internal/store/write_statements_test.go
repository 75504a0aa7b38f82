package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// TestStatementsOfWrites are as many for a hundred as for one.
func TestStatementsOfWrites(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		var numbers []int
		var users []models.User
		var videos []store.VideoUpsert
		for n := range 101 {
			numbers, users = append(numbers, n), append(users, told(n, fmt.Sprint(n)))
			videos = append(videos, store.VideoUpsert{ID: id(n), OwnerID: id(n)})
		}
		must(f.UpsertUsers(t.Context(), users))(t)
		must(f.UpsertVideos(t.Context(), videos))(t)
		ctx, caller := t.Context(), id(1000)
		calls := []struct {
			name string
			want int
			call func(some []models.ID) error
		}{
			{"ReportVideos", 3, func(some []models.ID) error { _, err := f.ReportVideos(ctx, caller, some, "r"); return err }},
			{"DismissReports", 5, func(some []models.ID) error { _, err := f.DismissReports(ctx, caller, some, "r"); return err }},
			{"VideoDeletions", 1, func(some []models.ID) error { _, err := f.VideoDeletions(ctx, some); return err }},
			{"DeleteVideos", 7, func(some []models.ID) error { _, err := f.DeleteVideos(ctx, caller, some, "r"); return err }},
			{"RestoreVideos", 5, func(some []models.ID) error { _, err := f.RestoreVideos(ctx, caller, some, "r"); return err }},
			{"UpsertUsers", 4, func(some []models.ID) error {
				var list []models.User
				for _, user := range some {
					list = append(list, models.User{ID: user, Handle: "now." + user.String()})
				}
				_, err := f.UpsertUsers(ctx, list)
				return err
			}},
			{"UpsertVideos", 7, func(some []models.ID) error {
				var list []store.VideoUpsert
				for _, video := range some {
					list = append(list, store.VideoUpsert{ID: video, OwnerID: id(5)})
				}
				_, err := f.UpsertVideos(ctx, list)
				return err
			}},
			{"GrantCredits, one of them to nobody", 5, func(some []models.ID) error {
				grants := []store.CreditGrant{{UserID: caller, Amount: 1}}
				for _, user := range some {
					grants = append(grants, store.CreditGrant{UserID: user, Amount: 1})
				}
				_, err := f.GrantCredits(ctx, caller, fmt.Sprint(len(some)), grants)
				return err
			}},
		}
		for _, c := range calls {
			for _, some := range [][]models.ID{ids(numbers[:1]...), ids(numbers[1:101]...)} {
				statements := f.Record(func() {
					if err := c.call(some); err != nil {
						t.Errorf("%s: %v", c.name, err)
					}
				})
				if len(statements) != c.want {
					t.Errorf("%s of %d is %d statements, not %d:\n%s", c.name, len(some), len(statements), c.want, strings.Join(statements, "\n"))
				}
			}
		}
	})
}

// TestWritesOfNoneAskNothing of the database.
func TestWritesOfNoneAskNothing(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		statements := f.Record(func() {
			ctx := t.Context()
			for range 4 {
				for what := range 4 {
					same(t, "none", 0, must(moderate(ctx, f.Store, what, id(1), nil))(t))
				}
			}
			_, a := f.VideoDeletions(ctx, nil)
			_, b := f.UpsertUsers(ctx, nil)
			_, c := f.UpsertVideos(ctx, nil)
			_, d := f.GrantCredits(ctx, id(1), "batch", nil)
			if err := errors.Join(a, b, c, d); err != nil {
				t.Error(err)
			}
		})
		if len(statements) != 0 {
			t.Errorf("it takes %q", statements)
		}
	})
}
