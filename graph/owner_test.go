package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"reelgraph/models"
)

// publicTypes are objects that whoever may ask for a field that answers them may see. A user's
// credits are no part of that.
var publicTypes = map[string]bool{
	"PageInfo": true, "Video": true, "VideoMetadata": true, "VideoConnection": true, "VideoEdge": true,
	"User": true, "UserConnection": true, "UserEdge": true,
	"ReportedVideo": true, "ReportedVideoConnection": true, "ReportedVideoEdge": true,
	"ModerationAction": true, "ModerationActionConnection": true, "ModerationActionEdge": true,
	"BlockUsersPayload": true, "BlockUserResult": true, "UnblockUsersPayload": true,
	"ReportVideosPayload": true, "DeleteVideosPayload": true, "DeleteVideoResult": true, "RestoreVideosPayload": true, "DismissReportsPayload": true,
	"UpsertUsersPayload": true, "UpsertVideosPayload": true, "GrantCreditsPayload": true, "RecordVideoActivityPayload": true,
	"ClaimAIJobsPayload": true, "ReportAIJobsPayload": true, "AIJobReportResult": true,
	"SendNotificationsPayload": true, "SendNotificationResult": true,
}

// ownedTypes are objects that their owner alone may see.
var ownedTypes = map[string]bool{
	"AIJob": true, "AIJobConnection": true, "AIJobEdge": true,
	"Notification": true, "NotificationConnection": true, "NotificationEdge": true,
	"UnreadNotifications": true, "UnreadCategory": true,
	"StartAIJobPayload": true, "CancelAIJobsPayload": true, "CancelAIJobResult": true, "MarkNotificationsReadPayload": true,
}

// A household is a platform on which users 0 and 1 have some of everything, and nothing in common
// but that 1 wrote to 0. What is 0's has even numbers, what is 1's odd ones.
func household(t *testing.T, p *platform) {
	t.Helper()
	p.addUsers(t, 4)
	p.addVideos(t, 4, 2)
	for n := range 4 {
		p.addJobs(t, job{n: n, owner: n % 2, source: new(videoID(n))})
	}
	p.addNotes(t,
		note{n: 0, recipient: 0, category: models.NotificationCategoryAiJob, job: new(jobID(0))},
		note{n: 1, recipient: 1, category: models.NotificationCategoryLike, actor: new(userID(0)), video: new(videoID(1))},
		// Wrong as they may be, these tell 0 and 1 of each other's jobs.
		note{n: 2, recipient: 0, category: models.NotificationCategoryAiJob, job: new(jobID(1))},
		note{n: 3, recipient: 1, category: models.NotificationCategoryAiJob, job: new(jobID(0))},
	)
	p.block(t, 0, 2)
	p.block(t, 1, 3)
}

// foreign holds a test for each field that leads to what one user alone may see: the answer to
// user 0 has what is 0's, and of user 1's only what is not there at all.
var foreign = map[string]func(t *testing.T, p *platform){
	"Query.aiJobs": func(t *testing.T, p *platform) {
		got := p.data(t, user(0), "query($ids: [ID!]!) { aiJobs(ids: $ids) { prompt } }", map[string]any{"ids": series(jobID, 0, 5)})
		equal(t, "jobs", []any{"prompt 0 of 0", nil, "prompt 2 of 0", nil, nil}, pick(got, "aiJobs.prompt"))
	},
	"Query.myAIJobs": func(t *testing.T, p *platform) {
		got := p.data(t, user(0), "{ myAIJobs { nodes { prompt } edges { node { prompt } } } }", nil)
		sees(t, got, "myAIJobs.nodes.prompt", "prompt 0 of 0", "prompt 2 of 0")
		sees(t, got, "myAIJobs.edges.node.prompt", "prompt 0 of 0", "prompt 2 of 0")
		sees(t, p.data(t, user(0), "{ myAIJobs(status: [QUEUED]) { nodes { prompt } } }", nil), "myAIJobs.nodes.prompt", "prompt 0 of 0", "prompt 2 of 0")
	},
	"Query.notifications": func(t *testing.T, p *platform) {
		sees(t, p.data(t, user(0), "{ notifications { nodes { title } } }", nil), "notifications.nodes.title", "note 2 to 0", "note 0 to 0")
		sees(t, p.data(t, user(0), "{ notifications(category: LIKE, unreadOnly: true) { nodes { title } } }", nil), "notifications.nodes")
	},
	"Query.notificationsByIds": func(t *testing.T, p *platform) {
		got := p.data(t, user(0), "query($ids: [ID!]!) { notificationsByIds(ids: $ids) { title } }", map[string]any{"ids": series(noteID, 0, 5)})
		equal(t, "notifications", []any{"note 0 to 0", nil, "note 2 to 0", nil, nil}, pick(got, "notificationsByIds.title"))
	},
	"NotificationConnection.unread":  unreadOfEach,
	"UnreadNotifications.byCategory": unreadOfEach,
	"Notification.job": func(t *testing.T, p *platform) {
		got := p.data(t, user(0), "query($ids: [ID!]!) { notifications { nodes { job { prompt } } } notificationsByIds(ids: $ids) { job { prompt } } }",
			map[string]any{"ids": texts(noteID(2), noteID(0))})
		sees(t, got, "notifications.nodes.job.prompt", nil, "prompt 0 of 0")
		sees(t, got, "notificationsByIds.job.prompt", nil, "prompt 0 of 0")
	},
	"Subscription.aiJobProgress": func(t *testing.T, p *platform) {
		s := p.live(t).subscribe(t, user(0), "subscription($ids: [ID!]!) { aiJobProgress(ids: $ids) { prompt } }", map[string]any{"ids": series(jobID, 0, 4)})
		s.expect(t, `{"aiJobProgress":{"prompt":"prompt 0 of 0"}}`, `{"aiJobProgress":{"prompt":"prompt 2 of 0"}}`)
		s.expectQuiet(t)
	},
	"Subscription.notificationReceived": func(t *testing.T, p *platform) {
		query := "subscription($after: ID!) { notificationReceived(after: $after) { title job { prompt } } }"
		live := p.live(t)
		live.subscribe(t, user(0), query, map[string]any{"after": noteID(0).String()}).expect(t, `{"notificationReceived":{"title":"note 2 to 0","job":null}}`)
		got, _ := live.subscribe(t, user(0), query, map[string]any{"after": noteID(1).String()}).next(t)
		equal(t, "after another's", any("BAD_USER_INPUT"), got.code(t))
	},
	"Subscription.unreadNotificationsChanged": func(t *testing.T, p *platform) {
		live := p.live(t)
		for n := range 2 {
			live.subscribe(t, user(n), "subscription { unreadNotificationsChanged { id } }", nil).expect(t, fmt.Sprintf(`{"unreadNotificationsChanged":{"id":%q}}`, userID(n)))
		}
	},
	"Query.blockedUsers": func(t *testing.T, p *platform) {
		got := p.data(t, user(0), "{ blockedUsers { nodes { handle } edges { node { handle } } } }", nil)
		sees(t, got, "blockedUsers.nodes.handle", "user.2")
		sees(t, got, "blockedUsers.edges.node.handle", "user.2")
	},
	"User.credits": func(t *testing.T, p *platform) {
		const query = "query($ids: [ID!]!) { videos(ids: $ids) { owner { credits } } me { credits } }"
		ids := map[string]any{"ids": series(videoID, 0, 2)}
		for caller, want := range map[*models.Caller][]any{nil: {nil, nil}, user(0): {100.0, nil}, user(1): {nil, 101.0}, user(1, roles()...): {nil, 101.0}, user(9): {nil, nil}} {
			sees(t, p.data(t, caller, query, ids), "videos.owner.credits", want...)
		}
		sees(t, p.data(t, user(1), query, ids), "me.credits", 101.0)
	},
}

func unreadOfEach(t *testing.T, p *platform) {
	t.Helper()
	for n, like := range []string{"", `{"category":"LIKE","count":1},`} {
		got := p.ask(t, user(n), "{ notifications { unread { id total byCategory { category count } version } } }", nil)
		want := fmt.Sprintf(`{"notifications":{"unread":{"id":"%s","total":2,"byCategory":[%s{"category":"AI_JOB","count":%d}],"version":2}}}`, userID(n), like, 2-n)
		equal(t, "unread", want, got.Raw)
	}
}

func TestForeignObjects(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() { household(t, p) })
		for _, test := range foreign {
			test(t, p)
		}
	})
}

// TestForeignObjectsIsComplete finds the fields that lead to what one user alone may see.
func TestForeignObjectsIsComplete(t *testing.T) {
	t.Parallel()
	for name, definition := range schema.Types {
		if definition.BuiltIn || !definition.IsCompositeType() {
			continue
		}
		if name != "Query" && name != "Mutation" && name != "Subscription" && publicTypes[name] == ownedTypes[name] {
			t.Errorf("say whose objects of the type %s are: it belongs into publicTypes or into ownedTypes", name)
		}
		for _, f := range definition.Fields {
			// What a connection holds is tested with the field that answers the connection, and so is a mutation's answer
			// by what it holds.
			if f.Name == "edges" || f.Name == "nodes" || f.Name == "node" || name == "Mutation" || f.Name == "results" {
				continue
			}
			atField := name + "." + f.Name
			mine := name == "Query" && roleOf(schema, f) == string(models.RoleUser)
			if foreign[atField] == nil && foreignWrites[atField] == nil && (ownedTypes[f.Type.Name()] || mine) {
				t.Errorf("add a test to foreign for %s: what another user has must be as what does not exist", atField)
			}
		}
	}
	for _, atField := range slices.Concat(slices.Collect(maps.Keys(foreign)), slices.Collect(maps.Keys(foreignWrites))) {
		typeName, fieldName, _ := strings.Cut(atField, ".")
		if definition := schema.Types[typeName]; definition == nil || definition.Fields.ForName(fieldName) == nil {
			t.Errorf("there is a test for %s, which the schema does not have", atField)
		}
	}
}

// TestSharedReadsKeepCallersApart has many callers ask for the same at the same time: their requests
// share reads, and not what they may see.
func TestSharedReadsKeepCallersApart(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() { household(t, p) })
		const query = `query($jobs: [ID!]!, $notes: [ID!]!) {
			aiJobs(ids: $jobs) { prompt } notificationsByIds(ids: $notes) { title job { prompt } } me { credits }
			notifications { unread { id } nodes { job { prompt } } } feed { nodes { owner { credits } } }
		}`
		ids := map[string]any{"jobs": series(jobID, 0, 4), "notes": series(noteID, 0, 4)}
		alone := [2]string{}
		for n := range alone {
			alone[n] = p.ask(t, user(n), query, ids).Raw
			for _, text := range []string{fmt.Sprintf("of %d", n), fmt.Sprintf("to %d", n), fmt.Sprint(100 + n)} {
				if other := fmt.Sprintf("of %d", 1-n); !strings.Contains(alone[n], text) || strings.Contains(alone[n], other) {
					t.Errorf("to user %d: %s", n, alone[n])
				}
			}
		}
		var all sync.WaitGroup
		for range 20 {
			for n := range alone {
				all.Go(func() { equal(t, "together", alone[n], p.ask(t, user(n), query, ids).Raw) })
			}
		}
		all.Wait()
	})
}

// TestNobodySeesAnothersSecrets asks for everything that the schema has, with the ids of all there
// is and with cursors of the owner's, as others of every role. What is private to user 0 has a mark.
func TestNobodySeesAnothersSecrets(t *testing.T) {
	t.Parallel()
	const mark = "known to user 0 alone"
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() { household(t, p) })
		p.Exec(t, "UPDATE ai_jobs SET prompt = ?, result_url = ?, error = ?, error_code = ? WHERE owner_id = ?", mark, mark, mark, mark, userID(0))
		p.Exec(t, "UPDATE notifications SET title = ?, body = ? WHERE recipient_id = ?", mark, mark, userID(0))
		p.Exec(t, "UPDATE users SET handle = ?, display_name = ? WHERE id = ?", mark, mark, userID(2)) // whom 0 has blocked
		p.Exec(t, "UPDATE users SET credits = 777777 WHERE id = ?", userID(0))

		for _, f := range rootFields() {
			if f.kind != "query" {
				continue
			}
			arguments := map[string]string{"ids": everyID(), "first": "1"}
			for argument := range arguments {
				if f.Arguments.ForName(argument) == nil {
					delete(arguments, argument)
				}
			}
			selected := everything(f.Type.Name(), 3)
			own := p.ask(t, user(0, f.role), f.operation(arguments, selected), nil)
			if ownedTypes[f.Type.Name()] != strings.Contains(own.Raw, mark) && f.Name != "blockedUsers" {
				t.Errorf("%s to user 0: %s", f.Name, own.Raw)
			}
			var cursors []string
			for _, cursor := range pick(own.Data, f.Name+".pageInfo.endCursor") {
				if cursor != nil {
					cursors = append(cursors, cursor.(string))
				}
			}
			for _, caller := range []*models.Caller{nil, user(1), user(3), user(9), user(1, roles()...)} {
				for _, after := range append([]string{""}, cursors...) {
					if after != "" {
						arguments["after"] = fmt.Sprintf("%q", after)
					}
					got := p.ask(t, caller, f.operation(arguments, selected), nil)
					if all := got.Raw + got.Errors.Error(); strings.Contains(all, mark) || strings.Contains(all, "777777") {
						t.Errorf("%s to %v: %s", f.Name, caller, all)
					}
					delete(arguments, "after")
				}
			}
		}
	})
}

// everyID is a list of the ids of all that a household has.
func everyID() string {
	var ids []string
	for n := range 4 {
		for _, kind := range []func(int) models.ID{userID, videoID, jobID, noteID} {
			ids = append(ids, fmt.Sprintf("%q", kind(n)))
		}
	}
	return "[" + strings.Join(ids, ", ") + "]"
}
