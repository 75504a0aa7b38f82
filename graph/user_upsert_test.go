package graph_test

import (
	"strings"
	"testing"

	"reelgraph/models"
)

// userInput is what the platform tells of the n-th user.
func userInput(n int, handle string) map[string]any {
	return map[string]any{"id": userID(n).String(), "handle": handle, "displayName": "A name"}
}

const upsertUsers = "mutation($users: [UserInput!]!) { upsertUsers(users: $users) { users { id handle displayName credits } } }"

// TestUpsertedUsersAreToldInOrder: one for each input, as it is when all is done, credits to the user alone.
func TestUpsertedUsersAreToldInOrder(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 2)
		list := []any{userInput(1, "user.0"), userInput(5, "early"), userInput(0, "user.1"), userInput(5, "a_z.09")}
		list[3].(map[string]any)["id"] = strings.ToUpper(userID(5).String())
		list[3].(map[string]any)["displayName"] = strings.Repeat("é", 200)
		got := p.data(t, user(0, models.RoleService), upsertUsers, map[string]any{"users": list})
		sees(t, got, "upsertUsers.users.id", texts(userID(1), userID(5), userID(0), userID(5))...)
		sees(t, got, "upsertUsers.users.handle", "user.0", "a_z.09", "user.1", "a_z.09")
		sees(t, got, "upsertUsers.users.credits", nil, nil, 100.0, nil)
		sees(t, p.data(t, user(5), "{ me { displayName credits } }", nil), "me.displayName", strings.Repeat("é", 200))

		refused := p.ask(t, user(0, models.RoleService), upsertUsers, map[string]any{"users": []any{userInput(7, "fine"), userInput(8, "user.1")}})
		equal(t, "a taken handle", map[string]any{"code": "BAD_USER_INPUT", "invalidIds": []string{userID(8).String()}}, refused.only(t).Extensions)
		var users int
		if err := p.Read.Raw("SELECT count(*) FROM users").Scan(&users).Error; err != nil || users != 3 {
			t.Errorf("%d users (%v)", users, err)
		}
	})
}

// TestHandlesThatCannotBe are told by their users' ids.
func TestHandlesThatCannotBe(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		service := user(0, models.RoleService)
		for _, handle := range []string{"", strings.Repeat("a", 31), "A", "é", "a b", "a-b", "a\n", "a\x00", "!a"} {
			shouted := userInput(3, handle)
			shouted["id"] = strings.ToUpper(userID(3).String())
			got := p.ask(t, service, upsertUsers, map[string]any{"users": []any{userInput(1, handle), userInput(2, "fine"), shouted}})
			equal(t, handle, map[string]any{
				"code": "BAD_USER_INPUT", "argument": "users", "invalidIds": []string{userID(1).String(), userID(3).String()},
			}, got.only(t).Extensions)
		}
		name := userInput(1, "fine")
		name["displayName"] = strings.Repeat("é", 201)
		got := p.ask(t, service, upsertUsers, map[string]any{"users": []any{name}})
		equal(t, "a long name", map[string]any{"code": "BAD_USER_INPUT", "argument": "users"}, got.only(t).Extensions)
		p.data(t, service, upsertUsers, map[string]any{"users": []any{userInput(1, strings.Repeat("a", 30)), userInput(2, ".")}})
	})
}

// TestGrantsAreTheSameInAnyCase of their users' ids, and are seen by who got them.
func TestGrantsAreTheSameInAnyCase(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		service := user(9, models.RoleService)
		grant := func(recipient, nobody string, amount int) answer {
			return p.ask(t, service, `mutation($grants: [CreditGrantInput!]!) {
				grantCredits(batchId: "é", grants: $grants) { grantedCount duplicate unknownUserIds }
			}`, map[string]any{"grants": []any{
				map[string]any{"userId": recipient, "amount": amount}, map[string]any{"userId": nobody, "amount": 1}, map[string]any{"userId": recipient, "amount": 1},
			}})
		}
		known, nobody := userID(0).String(), userID(7).String()
		first := grant(known, strings.ToUpper(nobody), 1_000_000)
		equal(t, "the first", map[string]any{"grantedCount": 2.0, "duplicate": false, "unknownUserIds": []any{nobody}}, first.Data["grantCredits"])
		again := grant(strings.ToUpper(known), nobody, 1_000_000)
		equal(t, "a repeat", map[string]any{"grantedCount": 0.0, "duplicate": true, "unknownUserIds": []any{nobody}}, again.Data["grantCredits"])
		equal(t, "another amount", map[string]any{"code": "BAD_USER_INPUT", "argument": "batchId"}, grant(known, nobody, 2).only(t).Extensions)
		sees(t, p.data(t, user(0), "{ me { credits } }", nil), "me.credits", 1_000_101.0)
		for _, amount := range []int{0, -1, 1_000_001} {
			equal(t, "an amount", map[string]any{"code": "BAD_USER_INPUT", "argument": "grants"}, grant(known, nobody, amount).only(t).Extensions)
		}
	})
}
