package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"reelgraph/graph"
	"reelgraph/models"
)

// TestNullIsNoDefault: a variable that is null fails the field whose argument must not be, whatever default either has.
func TestNullIsNoDefault(t *testing.T) {
	t.Parallel()
	p := limited(graph.DefaultMaxComplexity)
	null := map[string]any{"v": nil}
	checked := 0
	for _, f := range rootFields() {
		for _, argument := range f.Arguments {
			if !argument.Type.NonNull {
				continue
			}
			checked++
			call := f.call(map[string]string{argument.Name: "$v"}, "{ __typename }")
			nullable := strings.TrimSuffix(argument.Type.String(), "!")
			query := fmt.Sprintf("%s($v: %s = %s) { bad: %s }", f.kind, nullable, literal(argument.Type), call)
			var got answer
			if f.kind == "subscription" {
				got, _ = p.subscribe(t, f.allowed(), query, null).next(t)
			} else {
				got = p.ask(t, f.allowed(), strings.Replace(query, "bad:", "good: __typename bad:", 1), null)
				equal(t, query, any(strings.ToUpper(f.kind[:1])+f.kind[1:]), got.Data["good"])
			}
			err := got.only(t)
			equal(t, query, map[string]any{"code": badUserInput, "argument": argument.Name}, err.Extensions)
			equal(t, query, "bad", err.Path.String())
			if argument.DefaultValue != nil {
				withoutDefault := fmt.Sprintf("%s($v: %s) { %s }", f.kind, nullable, call)
				if f.kind == "subscription" {
					got, _ = p.subscribe(t, f.allowed(), withoutDefault, null).next(t)
				} else {
					got = p.ask(t, f.allowed(), withoutDefault, null)
				}
				equal(t, withoutDefault, map[string]any{"code": badUserInput, "argument": argument.Name}, got.only(t).Extensions)
			}
		}
	}
	if checked < 40 {
		t.Errorf("%d arguments", checked)
	}
	// In what stands in an argument, too.
	for query, argument := range map[string]string{
		`query($v: ID = "x") { videos(ids: [$v]) { id } }`:                                                                                                      "ids",
		`mutation($v: Int = 1) { recordVideoActivity(batchId: "b", events: [{videoId: "x", kind: VIEW, count: $v}]) { duplicate } }`:                            "events",
		`mutation($v: AIJobKind = REMIX) { startAIJob(input: {kind: $v}) { creditsRemaining } }`:                                                                "input",
		`mutation($v: String = "n") { upsertUsers(users: {id: "x", handle: "h", displayName: $v}) { users { id } } }`:                                           "users",
		`mutation($v: Int = 9) { grantCredits(batchId: "b", grants: [{userId: "x", amount: $v}]) { duplicate } }`:                                               "grants",
		`mutation($v: NotificationCategory = LIKE) { sendNotifications(batchId: "b", notifications: [{userId: "x", category: $v, title: "t"}]) { sentCount } }`: "notifications",
	} {
		got := p.ask(t, user(0, roles()...), query, null)
		equal(t, query, map[string]any{"code": badUserInput, "argument": argument}, got.only(t).Extensions)
	}
}

// TestDefaultsOfArguments stand in for variables that are not given, and null for nothing where it may stand.
func TestDefaultsOfArguments(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addVideos(t, 30, 1)
		feed := "query($v: Int) { feed(first: $v) { nodes { id } } }"
		equal(t, "feed", 20, len(pick(p.data(t, nil, feed, nil), "feed.nodes.id")))
		equal(t, "feed of 3", 3, len(pick(p.data(t, nil, feed, map[string]any{"v": 3}), "feed.nodes.id")))
		p.data(t, user(0), "query($v: NotificationCategory, $after: String) { notifications(category: $v, after: $after) { nodes { id } } }", map[string]any{"v": nil, "after": nil})

		admin := user(0, models.RoleAdmin)
		remove := "mutation($ids: [ID!]!, $v: Boolean) { deleteVideos(ids: $ids, reason: \"r\", dryRun: $v) { deletedCount } }"
		refused := p.ask(t, admin, remove, map[string]any{"ids": texts(videoID(0)), "v": nil})
		equal(t, "refused", map[string]any{"code": badUserInput, "argument": "dryRun"}, refused.only(t).Extensions)
		sees(t, p.data(t, nil, "query($ids: [ID!]!) { videos(ids: $ids) { id } }", map[string]any{"ids": texts(videoID(0))}), "videos.id", texts(videoID(0))...)
		for _, given := range []map[string]any{{"v": true}, {"v": false}} {
			given["ids"] = texts(videoID(0))
			sees(t, p.data(t, admin, remove, given), "deleteVideos.deletedCount", 1.0)
		}
		sees(t, p.data(t, admin, remove, map[string]any{"ids": texts(videoID(1))}), "deleteVideos.deletedCount", 1.0)
		sees(t, p.data(t, nil, "query($ids: [ID!]!) { videos(ids: $ids) { id } }", map[string]any{"ids": texts(videoID(1))}), "videos", nil)
	})
}
