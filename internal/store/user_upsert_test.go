package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// told is what the platform tells of the n-th user.
func told(n int, handle string) models.User {
	return models.User{ID: id(n), Handle: handle, DisplayName: "Name of " + handle}
}

// handles are who has which handle, as "number handle".
func (f fixture) handles(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, u := range all[models.User](t, f, "id") {
		lines = append(lines, fmt.Sprintf("%d %s", u.ID[15], u.Handle))
	}
	return lines
}

func TestUpsertUsers(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		f.users(t, 1, 2)
		before := one[models.User](t, f.DB, "id", id(1))
		list := []models.User{told(3, "early"), told(1, "new.name"), told(2, "user.2"), told(3, "late")}
		list[1].Credits, list[1].CreatedAt = 77, at(0) // The platform knows nothing of these.
		got := must(f.UpsertUsers(t.Context(), list))(t)

		rows := all[models.User](t, f, "id")
		if len(rows) != 3 || len(got) != 3 {
			t.Fatalf("%d rows, %d answers", len(rows), len(got))
		}
		for _, row := range rows {
			same(t, "the answer", row, *got[row.ID])
		}
		same(t, "who was there", models.User{ID: id(1), Handle: "new.name", DisplayName: "Name of new.name", Credits: 1, CreatedAt: before.CreatedAt}, rows[0])
		if age := time.Since(rows[2].CreatedAt); rows[2].Handle != "late" || rows[2].Credits != 0 || age < -time.Minute || age > time.Minute {
			t.Errorf("who is new: %+v", rows[2])
		}

		statements := f.Record(func() { same(t, "said twice", got, must(f.UpsertUsers(t.Context(), list))(t)) })
		for _, statement := range statements {
			if !strings.HasPrefix(statement, "SELECT") {
				t.Errorf("where nothing changes: %s", statement)
			}
		}
	})
}

// TestHandlesInAList starts from the users 1, 2 and 3 with the handles user.1, user.2 and user.3.
func TestHandlesInAList(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		list []models.User
		// want are the handles then; where it is nil, refused are those whom the error names.
		want    []string
		refused []int
	}{
		{"two exchange theirs", []models.User{told(1, "user.2"), told(2, "user.1")}, []string{"1 user.2", "2 user.1", "3 user.3"}, nil},
		{"three pass them round", []models.User{told(2, "user.3"), told(3, "user.1"), told(1, "user.2")}, []string{"1 user.2", "2 user.3", "3 user.1"}, nil},
		{"a new one takes what is given up", []models.User{told(4, "user.1"), told(1, "x")}, []string{"1 x", "2 user.2", "3 user.3", "4 user.1"}, nil},
		{"a lower one takes what is given up", []models.User{told(0, "user.3"), told(3, "x")}, []string{"0 user.3", "1 user.1", "2 user.2", "3 x"}, nil},
		{"given up by the last of its id", []models.User{told(4, "user.1"), told(1, "user.1"), told(1, "x")}, []string{"1 x", "2 user.2", "3 user.3", "4 user.1"}, nil},
		{"wanted by what was replaced", []models.User{told(4, "user.1"), told(5, "user.2"), told(4, "y"), told(5, "z")}, []string{"1 user.1", "2 user.2", "3 user.3", "4 y", "5 z"}, nil},
		{"another has it", []models.User{told(5, "fine"), told(4, "user.1"), told(2, "user.3")}, nil, []int{4, 2}},
		{"two want it", []models.User{told(5, "x"), told(1, "y"), told(4, "x")}, nil, []int{5, 4}},
		{"who keeps it is wrong too", []models.User{told(2, "user.2"), told(4, "user.2"), told(5, "x")}, nil, []int{2, 4}},
		{"kept by the last of its id", []models.User{told(1, "x"), told(4, "user.1"), told(1, "user.1")}, nil, []int{4, 1}},
	}
	onFixtures(t, func(t *testing.T, f fixture) {
		for _, c := range cases {
			f.Exec(t, "DELETE FROM users")
			f.users(t, 1, 2, 3)
			before := all[models.User](t, f, "id")
			_, err := f.UpsertUsers(t.Context(), c.list)
			if c.want == nil {
				wantInvalidIDs(t, c.name, err, ids(c.refused...)...)
				same(t, c.name, before, all[models.User](t, f, "id"))
			} else if same(t, c.name, c.want, f.handles(t)); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}

// TestAnotherProgramIsFaster and gives a handle to a user of its own while the list waits for it.
func TestAnotherProgramIsFaster(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]string{"which stays so": "wanted", "which it gives up again": "other"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fixture{nil, testdb.PostgreSQL(t)}
			f.Store = store.New(f.DB.DB)
			f.users(t, 1)
			other := f.Write.Begin()
			defer other.Rollback()
			insert := "INSERT INTO users (id, handle, display_name) VALUES (?, 'wanted', 'U')"
			if err := other.Exec(insert, id(2)).Error; err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() {
				_, err := f.UpsertUsers(t.Context(), []models.User{told(3, "fine"), told(1, "wanted")})
				ended <- err
			}()
			f.awaitLock(t, 1, ended)
			if err := other.Exec("UPDATE users SET handle = ? WHERE handle = 'wanted'", handle).Error; err != nil {
				t.Fatal(err)
			}
			if err := other.Commit().Error; err != nil {
				t.Fatal(err)
			}
			if err := <-ended; handle == "wanted" {
				wantInvalidIDs(t, "the list", err, id(1))
				same(t, "handles", []string{"1 user.1", "2 wanted"}, f.handles(t))
			} else if same(t, "handles", []string{"1 wanted", "2 other", "3 fine"}, f.handles(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestUpsertUsersAtOnce has thirty lists of two instances want the same few handles for the same few users, beside
// others who refer to them, lock them and give them credits. Some lists are refused; nothing else happens to any.
func TestUpsertUsersAtOnce(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		const people = 8
		for n := range people {
			f.users(t, n)
			f.video(t, 100+n, n, n)
		}
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		stores := f.instances(t)
		atOnce(50, func(n int) {
			random := rand.New(rand.NewPCG(seed, uint64(n)))
			s := stores[n%2]
			some := random.Perm(people)[:1+random.IntN(people)]
			var err error
			switch {
			case n < 30:
				var list []models.User
				for _, user := range some {
					list = append(list, told(user, fmt.Sprintf("user.%d", random.IntN(people+2))))
				}
				got, refused := s.UpsertUsers(t.Context(), list)
				if coded, ok := errors.AsType[*models.Error](refused); ok && coded.Code == models.CodeBadUserInput && len(coded.Details["invalidIds"].([]string)) > 0 {
					return
				}
				err = refused
				for _, user := range list {
					if got[user.ID] == nil || got[user.ID].Handle != user.Handle {
						t.Errorf("%+v is answered for %+v", got[user.ID], user)
					}
				}
			case n < 40:
				var list []store.VideoUpsert
				for _, user := range some {
					list = append(list, store.VideoUpsert{ID: id(100 + random.IntN(people)), OwnerID: id(user), Title: "T", PlaybackURL: "p"})
				}
				_, err = s.UpsertVideos(t.Context(), list)
			default:
				var grants []store.CreditGrant
				for _, user := range some {
					grants = append(grants, store.CreditGrant{UserID: id(user), Amount: 1})
				}
				_, err = s.GrantCredits(t.Context(), id(99), fmt.Sprint(n), grants)
			}
			if err != nil {
				t.Error(err)
			}
		})
		known := map[string]bool{}
		for _, u := range all[models.User](t, f, "id") {
			if known[u.Handle] || !strings.HasPrefix(u.Handle, "user.") {
				t.Errorf("the handle %q", u.Handle)
			}
			known[u.Handle] = true
		}
	})
}

// TestListsOfUsersTakeTurns, so that what one has decided about handles is so until it has ended.
func TestListsOfUsersTakeTurns(t *testing.T) {
	t.Parallel()
	f := fixture{nil, testdb.PostgreSQL(t)}
	f.Store = store.New(f.DB.DB)
	f.users(t, 1)
	other := f.Write.Begin()
	defer other.Rollback()
	if err := other.Exec("SELECT id FROM users FOR UPDATE").Error; err != nil {
		t.Fatal(err)
	}
	first, second := make(chan error, 1), make(chan error, 1)
	upsert := func(ended chan error, list ...models.User) {
		_, err := f.UpsertUsers(t.Context(), list)
		ended <- err
	}
	go upsert(first, told(1, "x"), told(2, "wanted"))
	f.awaitLock(t, 1, first)
	go upsert(second, told(3, "wanted"), told(4, "y"))
	f.awaitLock(t, 2, second)
	other.Rollback()
	if err := <-first; err != nil {
		t.Error(err)
	}
	wantInvalidIDs(t, "the second", <-second, id(3))
}
