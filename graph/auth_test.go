package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"reelgraph/models"
)

// TestWhoMayAsk goes through every root field of the schema with every kind of caller.
func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		for _, f := range rootFields() {
			operation := f.operation(nil, "{ __typename }")
			for _, c := range callers(f.role) {
				var got answer
				statements := p.Record(func() { got = p.ask(t, c.caller, operation, nil) })
				what := fmt.Sprintf("%s by %s", f.Name, c.name)
				if c.want == "" {
					for _, err := range got.Errors {
						if f.kind == "query" || err.Extensions["code"] == "UNAUTHENTICATED" || err.Extensions["code"] == "FORBIDDEN" {
							t.Errorf("%s: %v", what, err)
						}
					}
					continue
				}
				if len(got.Errors) != 1 || got.Errors[0].Extensions["code"] != string(c.want) || got.Errors[0].Path.String() != f.Name {
					t.Errorf("%s: want one %s, got %v", what, c.want, got.Errors)
				}
				if got.Data != nil {
					equal(t, what, map[string]any{f.Name: nil}, got.Data)
				}
				if len(statements) > 0 {
					t.Errorf("%s took %s", what, lines(statements))
				}
			}
		}
	})
}

// roleCase is a caller with the code that a field answers them.
type roleCase struct {
	name   string
	caller *models.Caller
	want   models.Code
}

// callers are all kinds of callers of a field that asks for a role: without a token, with none of the
// roles, with each, and with all but the one.
func callers(role models.Role) []roleCase {
	outcome := func(may bool, otherwise models.Code) models.Code {
		if may || role == "" {
			return ""
		}
		return otherwise
	}
	cases := []roleCase{
		{"nobody", nil, outcome(false, models.CodeUnauthenticated)},
		{"a user without a list of roles", user(0), outcome(role == models.RoleUser, models.CodeForbidden)},
		{"an unknown role", user(0, "ROOT"), outcome(role == models.RoleUser, models.CodeForbidden)},
	}
	for _, held := range roles() {
		cases = append(cases, roleCase{string(held), user(0, held), outcome(held == role || role == models.RoleUser, models.CodeForbidden)})
	}
	others := slices.DeleteFunc(roles(), func(r models.Role) bool { return r == role })
	return append(cases,
		roleCase{"all but " + string(role), user(0, others...), outcome(role == models.RoleUser, models.CodeForbidden)},
		roleCase{"all roles", user(0, roles()...), ""})
}

// TestRefusalLeavesOtherFields asks for every field at once as somebody who may not ask for all of them.
func TestRefusalLeavesOtherFields(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addVideos(t, 1, 1)
		for _, caller := range []*models.Caller{nil, user(0), user(0, models.RoleAdmin)} {
			var calls []string
			refused := map[string]bool{}
			for _, f := range rootFields() {
				if f.kind == "query" {
					calls = append(calls, f.call(nil, "{ __typename }"))
					refused[f.Name] = f.role != "" && !caller.Has(f.role)
				}
			}
			got := p.ask(t, caller, "{ "+strings.Join(calls, " ")+" }", nil)
			for name, value := range got.Data {
				if refused[name] != (value == nil) && (name != "me" || caller != nil) {
					t.Errorf("%s is %v", name, value)
				}
			}
			for _, err := range got.Errors {
				if !refused[err.Path.String()] {
					t.Errorf("%v", err)
				}
				delete(refused, err.Path.String())
			}
			for name, stillWaits := range refused {
				if stillWaits {
					t.Errorf("%s was not refused", name)
				}
			}
		}
	})
}
