package store_test

import (
	"errors"
	"math"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// grants are so many credits for each of these users.
func grants(amount int, users ...int) []store.CreditGrant {
	list := make([]store.CreditGrant, len(users))
	for i, user := range users {
		list[i] = store.CreditGrant{UserID: id(user), Amount: amount}
	}
	return list
}

// credits are those of all users, in the order of their ids.
func (f fixture) credits(t *testing.T) []int {
	t.Helper()
	var credits []int
	for _, u := range all[models.User](t, f, "id") {
		credits = append(credits, u.Credits)
	}
	return credits
}

func TestGrantCredits(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3)
		some := slices.Concat(grants(10, 2, 9, 1), grants(5, 2, 8, 9))
		unknown := ids(9, 8)
		same(t, "the first call", store.CreditsGranted{Granted: 3, UnknownUsers: unknown}, must(f.GrantCredits(t.Context(), id(50), "batch", some))(t))
		same(t, "its credits", []int{11, 17, 3}, f.credits(t))
		f.users(t, 9) // Whom the server is told of by now: the batch is done all the same.
		for range 2 {
			same(t, "a repeat", store.CreditsGranted{Duplicate: true, UnknownUsers: unknown}, must(f.GrantCredits(t.Context(), id(50), "batch", some))(t))
		}
		for what, other := range map[string][]store.CreditGrant{
			"fewer": some[1:], "more": append(slices.Clip(some), some[0]), "another amount": append(some[:5:5], grants(6, 9)...),
			"another order": append(some[1:6:6], some[0]), "another user": append(some[:5:5], grants(5, 7)...),
		} {
			_, err := f.GrantCredits(t.Context(), id(50), "batch", other)
			coded, ok := errors.AsType[*models.Error](err)
			if !ok || coded.Code != models.CodeBadUserInput || !cmp.Equal(coded.Details, map[string]any{"argument": "batchId"}) {
				t.Errorf("%s: the error is %v", what, err)
			}
		}
		same(t, "credits after repeats", []int{11, 17, 3, 9}, f.credits(t))

		same(t, "another caller's batch", store.CreditsGranted{Granted: 1}, must(f.GrantCredits(t.Context(), id(51), "batch", grants(1, 3)))(t))
		same(t, "its repeat", store.CreditsGranted{Duplicate: true}, must(f.GrantCredits(t.Context(), id(51), "batch", grants(1, 3)))(t))
		same(t, "another batch", store.CreditsGranted{Granted: 1}, must(f.GrantCredits(t.Context(), id(50), "Batch", grants(1, 3)))(t))
		same(t, "a batch of nobody", store.CreditsGranted{UnknownUsers: ids(8)}, must(f.GrantCredits(t.Context(), id(50), "nobody", grants(1, 8, 8)))(t))
		same(t, "credits", []int{11, 17, 5, 9}, f.credits(t))
	})
}

// TestCreditsHaveAnEnd of which the error names the users; what was refused may be sent again when there is room.
func TestCreditsHaveAnEnd(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3)
		f.Exec(t, "UPDATE users SET credits = ? WHERE id <> ?", math.MaxInt32-10, id(2))
		before := f.credits(t)
		many := slices.Concat(grants(6, 3, 2, 9, 1), grants(5, 1, 3))
		_, err := f.GrantCredits(t.Context(), id(50), "batch", many)
		wantInvalidIDs(t, "two grants each are too much", err, id(3), id(1))
		same(t, "credits", before, f.credits(t))
		if batches := all[models.Batch](t, f, "batch_id"); len(batches) != 0 {
			t.Errorf("it is remembered: %v", batches)
		}
		f.Exec(t, "UPDATE users SET credits = ?", math.MaxInt32-11)
		same(t, "when there is just enough room", store.CreditsGranted{Granted: 5, UnknownUsers: ids(9)},
			must(f.GrantCredits(t.Context(), id(50), "batch", many))(t))
		same(t, "credits", []int{math.MaxInt32, math.MaxInt32 - 5, math.MaxInt32}, f.credits(t))
	})
}

// TestGrantCreditsAtOnce sends one batch twenty times from two instances, and twenty others for the same users
// in other orders.
func TestGrantCreditsAtOnce(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2, 3, 4)
		f.Exec(t, "UPDATE users SET credits = 0")
		stores := f.instances(t)
		var granted, first atomic.Int64
		atOnce(40, func(n int) {
			batch, some := "the same", grants(1, 4, 2, 9)
			if n >= 20 {
				batch, some = string(rune('a'+n)), grants(100, 1, 2, 3, 4)
				if n%3 == 0 {
					slices.Reverse(some)
				}
			}
			got, err := stores[n%2].GrantCredits(t.Context(), id(50), batch, some)
			if err != nil {
				t.Error(err)
				return
			}
			granted.Add(int64(got.Granted))
			if !got.Duplicate {
				first.Add(1)
			}
			if n < 20 {
				same(t, "the unknown", ids(9), got.UnknownUsers)
			}
		})
		same(t, "grants", int64(2+20*4), granted.Load())
		same(t, "first calls", int64(21), first.Load())
		same(t, "credits", []int{2000, 2001, 2000, 2001}, f.credits(t))
	})
}
