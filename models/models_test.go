package models

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCallerHas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		caller *Caller
		want   []Role
	}{
		{"anonymous", nil, nil},
		{"no roles", &Caller{}, []Role{RoleUser}},
		{"a user by name", &Caller{Roles: []Role{RoleUser}}, []Role{RoleUser}},
		{"an admin", &Caller{Roles: []Role{RoleAdmin}}, []Role{RoleUser, RoleAdmin}},
		{"a worker and service", &Caller{Roles: []Role{RoleWorker, RoleService}}, []Role{RoleUser, RoleWorker, RoleService}},
		{"a role of somebody else's", &Caller{Roles: []Role{"ROOT", "admin", ""}}, []Role{RoleUser}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []Role
			for _, role := range AllRole {
				if c.caller.Has(role) {
					got = append(got, role)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCallerInContext(t *testing.T) {
	t.Parallel()
	if caller := CallerFrom(t.Context()); caller != nil {
		t.Errorf("an empty context carries %v", caller)
	}
	caller := &Caller{ID: parsed}
	ctx := WithRequestID(WithCaller(t.Context(), caller), "r1")
	if CallerFrom(ctx) != caller || RequestIDFrom(ctx) != "r1" {
		t.Errorf("got %v of request %q", CallerFrom(ctx), RequestIDFrom(ctx))
	}
	if CallerFrom(WithCaller(ctx, nil)) != nil || RequestIDFrom(context.Background()) != "" {
		t.Error("nobody and nothing must come back as such")
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	empty := Inbox{UserID: parsed}.Unread()
	if diff := cmp.Diff(&UnreadNotifications{ID: parsed, ByCategory: []*UnreadCategory{}}, empty); diff != "" {
		t.Error(diff)
	}
	some := Inbox{
		UserID: parsed, LastNumber: 99, UnreadSystem: 1, UnreadLike: 2, UnreadRemix: 3, Version: 7, BlocksVersion: 8,
	}.Unread()
	want := &UnreadNotifications{ID: parsed, Total: 6, Version: 7, ByCategory: []*UnreadCategory{
		{NotificationCategoryLike, 2}, {NotificationCategoryRemix, 3}, {NotificationCategorySystem, 1},
	}}
	if diff := cmp.Diff(want, some); diff != "" {
		t.Error(diff)
	}
	var order []NotificationCategory
	all := Inbox{UnreadLike: 1, UnreadComment: 2, UnreadRemix: 3, UnreadFollow: 4, UnreadAIJob: 5, UnreadSystem: 6}.Unread()
	for n, c := range all.ByCategory {
		order = append(order, c.Category)
		if c.Count != n+1 {
			t.Errorf("%s is %d, want %d", c.Category, c.Count, n+1)
		}
	}
	if diff := cmp.Diff(AllNotificationCategory, order); diff != "" || all.Total != 21 {
		t.Error(all.Total, diff)
	}
}

func TestFinished(t *testing.T) {
	t.Parallel()
	want := map[AIJobStatus]bool{AIJobStatusCompleted: true, AIJobStatusFailed: true, AIJobStatusCanceled: true}
	for _, status := range AllAIJobStatus {
		if status.Finished() != want[status] {
			t.Errorf("%s: %v", status, status.Finished())
		}
	}
}

func TestMarshalTime(t *testing.T) {
	t.Parallel()
	plus2 := time.FixedZone("", 2*60*60)
	for want, at := range map[string]time.Time{
		`"2026-03-01T12:00:00.000000Z"`: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		`"2026-03-01T12:00:00.100000Z"`: time.Date(2026, 3, 1, 12, 0, 0, 100_000_000, time.UTC),
		`"2026-03-01T12:00:00.123456Z"`: time.Date(2026, 3, 1, 14, 0, 0, 123_456_789, plus2),
		`"2025-12-31T23:00:00.000000Z"`: time.Date(2026, 1, 1, 1, 0, 0, 0, plus2),
		`"0001-01-01T00:00:00.000000Z"`: {},
	} {
		var got strings.Builder
		MarshalTime(at).MarshalGQL(&got)
		if got.String() != want {
			t.Errorf("%v is %s, want %s", at, got.String(), want)
		}
	}
}

func TestUnmarshalTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"2026-03-01T12:00:00Z":                time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		"2026-03-01T14:00:00+02:00":           time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		"2026-03-01T12:00:00.123456999Z":      time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC),
		"2026-03-01T23:59:59.999999999-01:00": time.Date(2026, 3, 2, 0, 59, 59, 999_999_000, time.UTC),
	} {
		got, err := UnmarshalTime(text)
		if err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, value := range []any{nil, "", "yesterday", "2026-03-01", "2026-03-01 12:00:00", "2026-13-01T12:00:00Z", 1767225600, true} {
		if got, err := UnmarshalTime(value); err == nil {
			t.Errorf("%v is taken for %v", value, got)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	cause := errors.New("the cause")
	unavailable := Unavailable(cause)
	if unavailable.Code != CodeServiceUnavailable || !errors.Is(unavailable, cause) || strings.Contains(unavailable.Message, "cause") {
		t.Errorf("got %+v", unavailable)
	}
	if !strings.Contains(unavailable.Error(), "the cause") {
		t.Errorf("the log is told %q, which lacks the cause", unavailable.Error())
	}
	bad := BadInput("first", "Too many.")
	want := &Error{Code: CodeBadUserInput, Message: "Too many.", Details: map[string]any{"argument": "first"}}
	if diff := cmp.Diff(want, bad); diff != "" || bad.Error() != "Too many." {
		t.Error(bad, diff)
	}
}

func TestInvalidIDs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100)
	got := InvalidIDs("no", []string{"", "a", long, long + "y", long[1:] + "é"}).Details["invalidIds"]
	if diff := cmp.Diff([]string{"", "a", long, long + "…", long[1:] + "…"}, got); diff != "" {
		t.Error(diff)
	}
	// What JSON takes six bytes for is counted so.
	got = InvalidIDs("no", []string{strings.Repeat("\x01", 200), strings.Repeat("\"", 16), "\xff" + long}).Details["invalidIds"]
	if diff := cmp.Diff([]string{strings.Repeat("\x01", 16) + "…", strings.Repeat("\"", 16), "\xff" + long[:94] + "…"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCostAsJSON(t *testing.T) {
	t.Parallel()
	for _, cost := range []Cost{{}, {Requested: 20, Limit: 100_000, Public: true}, {Requested: -1, Limit: math.MinInt}} {
		want, err := json.Marshal(cost)
		if err != nil {
			t.Fatal(err)
		}
		if got := cost.AppendJSON([]byte("before ")); string(got) != "before "+string(want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
