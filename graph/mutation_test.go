package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"reelgraph/models"
)

// mutations says, for each mutation of the schema, how it is called, and what must hold of any of them.
var mutations = map[string]mutation{
	"markNotificationsRead": {
		fill: fillInbox, arguments: byIDs(noteID), done: "markedCount",
	},
	"markAllNotificationsRead": {
		fill: fillInbox, done: "markedCount",
		arguments: func(from, n int) map[string]any { return map[string]any{"upTo": noteID(from + n - 1).String()} },
	},
	"sendNotifications": {
		fill: fillPeople, done: "sentCount", repeats: true,
		arguments: func(from, n int) map[string]any {
			return map[string]any{"batchId": fmt.Sprint("batch ", from), "notifications": list(from, n, func(i int) any {
				return map[string]any{
					"userId": userID(i % 120).String(), "category": "LIKE", "title": "T", "body": "B",
					"actorId": userID(i + 1).String(), "videoId": videoID(0).String(), "jobId": jobID(0).String(),
				}
			})}
		},
	},
	"blockUsers":   {fill: fillInbox, arguments: byIDs(func(n int) models.ID { return userID(n + 1) }), done: "blockedCount"},
	"unblockUsers": {fill: fillBlocks, arguments: byIDs(func(n int) models.ID { return userID(n + 1) }), done: "unblockedCount"},

	"startAIJob": {
		fill: fillPeople, done: "job.attempts", repeats: true, single: true,
		arguments: func(from, _ int) map[string]any {
			return map[string]any{"input": map[string]any{
				"kind": "CAPTION", "prompt": "P", "sourceVideoId": videoID(0).String(), "idempotencyKey": fmt.Sprint("key ", from),
			}}
		},
	},
	"cancelAIJobs": {fill: fillJobs(models.AIJobStatusQueued), arguments: byIDs(jobID), done: "canceledCount"},
	"claimAIJobs": {
		fill: fillJobs(models.AIJobStatusQueued), done: "jobs.attempts", anew: true,
		arguments: func(_, n int) map[string]any {
			return map[string]any{"limit": n, "leaseSeconds": 60, "kinds": []any{"GENERATE", "CAPTION"}}
		},
	},
	"reportAIJobs": {
		fill: fillJobs(models.AIJobStatusProcessing), done: "acceptedCount", anew: true,
		arguments: func(from, n int) map[string]any {
			return map[string]any{"reports": list(from, n, func(i int) any {
				return map[string]any{
					"id": jobID(i).String(), "attempt": 1, "progress": 50, "status": "FAILED", "error": "E", "errorCode": "C", "resultUrl": "R",
				}
			})}
		},
	},

	"reportVideos":   {fill: fillReports, arguments: withReason(byIDs(videoID)), done: "reportedCount"},
	"deleteVideos":   {fill: fillReports, arguments: withReason(byIDs(videoID)), done: "deletedCount"},
	"restoreVideos":  {fill: fillDeleted, arguments: withReason(byIDs(videoID)), done: "restoredCount"},
	"dismissReports": {fill: fillReports, arguments: withReason(byIDs(videoID)), done: "dismissedCount"},

	"upsertUsers": {
		fill: fillPeople, done: "users.__typename", repeats: true,
		arguments: func(from, n int) map[string]any {
			return map[string]any{"users": list(from, n, func(i int) any {
				return map[string]any{"id": userID(i + 60).String(), "handle": fmt.Sprint("changed.", i), "displayName": "D"}
			})}
		},
	},
	"upsertVideos": {
		fill: fillPeople, done: "videos.__typename", repeats: true,
		arguments: func(from, n int) map[string]any {
			return map[string]any{"videos": list(from, n, func(i int) any {
				return map[string]any{
					"id": videoID(i + 60).String(), "ownerId": userID(i % 100).String(), "title": "T", "playbackUrl": "P",
					"thumbnailUrl": "Q", "createdAt": "2026-01-31T09:30:00Z",
				}
			})}
		},
	},
	"grantCredits": {
		fill: fillPeople, done: "grantedCount",
		arguments: func(from, n int) map[string]any {
			return map[string]any{"batchId": fmt.Sprint("batch ", from), "grants": list(from, n, func(i int) any {
				return map[string]any{"userId": userID(i % 120).String(), "amount": 3}
			})}
		},
	},
	"recordVideoActivity": {
		fill: fillPeople, done: "recordedCount",
		arguments: func(from, n int) map[string]any {
			return map[string]any{"batchId": fmt.Sprint("batch ", from), "events": list(from, n, func(i int) any {
				return map[string]any{"videoId": videoID(i % 120).String(), "kind": "VIEW", "count": 2}
			})}
		},
	},
}

// mutation is how a mutation is called.
type mutation struct {
	// fill adds objects 0 to 119 that the mutation works on for user 0.
	fill func(t *testing.T, p *platform)
	// arguments are those of a call for n objects, the first of which has the number from.
	arguments func(from, n int) map[string]any
	// done is the number of what was done, or what there is one of for each object, in the answer.
	done string
	// repeats says that the same call is answered the same again, anew that it is another call.
	repeats, anew bool
	// single says that there is one object a call.
	single bool
}

func list(from, n int, element func(i int) any) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = element(from + i)
	}
	return all
}

func byIDs(kind func(int) models.ID) func(from, n int) map[string]any {
	return func(from, n int) map[string]any { return map[string]any{"ids": series(kind, from, from+n)} }
}

func withReason(arguments func(from, n int) map[string]any) func(from, n int) map[string]any {
	return func(from, n int) map[string]any {
		with := arguments(from, n)
		with["reason"] = "R"
		return with
	}
}

func fillPeople(t *testing.T, p *platform) {
	t.Helper()
	p.addUsers(t, 121)
	p.addVideos(t, 120, 3)
}

// fillInbox has user 0 notified by each of the others.
func fillInbox(t *testing.T, p *platform) {
	t.Helper()
	p.addUsers(t, 121)
	notes := make([]note, 120)
	for n := range notes {
		notes[n] = note{n: n, actor: new(userID(n + 1))}
	}
	p.addNotes(t, notes...)
}

// fillBlocks has user 0 block all the others, which hides what they sent.
func fillBlocks(t *testing.T, p *platform) {
	t.Helper()
	fillInbox(t, p)
	for n := range 120 {
		p.block(t, 0, n+1)
	}
	p.Exec(t, "UPDATE inboxes SET unread_system = 0")
}

// fillJobs has user 0 own jobs that they paid for and hold as a worker.
func fillJobs(status models.AIJobStatus) func(t *testing.T, p *platform) {
	return func(t *testing.T, p *platform) {
		t.Helper()
		p.addUsers(t, 1)
		jobs := make([]job, 120)
		for n := range jobs {
			jobs[n] = job{n: n, status: status}
		}
		p.addJobs(t, jobs...)
		p.Exec(t, "UPDATE ai_jobs SET charged = 10, attempts = 0")
		if status == models.AIJobStatusProcessing {
			p.Exec(t, "UPDATE ai_jobs SET attempts = 1, worker_id = ?, lease_seconds = 60, lease_expires_at = '2999-01-01 00:00:00+00:00'", userID(0))
		}
	}
}

func fillReports(t *testing.T, p *platform) {
	t.Helper()
	fillPeople(t, p)
	reasons := map[int][]string{}
	for n := range 120 {
		reasons[n] = []string{"spam"}
	}
	p.reports(t, reasons)
}

func fillDeleted(t *testing.T, p *platform) {
	t.Helper()
	fillPeople(t, p)
	p.Exec(t, "UPDATE videos SET deleted_at = ?, deletion_reason = 'spam'", past(0))
}

// changing is a mutation of the schema on a platform with objects that it works on.
type changing struct {
	*platform
	rootField
	mutation
}

// onMutations runs a test of every mutation on both databases.
func onMutations(t *testing.T, test func(t *testing.T, m changing)) {
	t.Helper()
	for _, f := range rootFields() {
		if f.kind != "mutation" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			how, ok := mutations[f.Name]
			if !ok {
				t.Fatalf("add a line to mutations for %s: how it is called", f.Name)
			}
			onPlatforms(t, func(t *testing.T, p *platform) {
				p.together(t, func() { how.fill(t, p) })
				test(t, changing{p, f, how})
			})
		})
	}
}

// document is the operation that calls the mutation with variables for these arguments.
func (m changing) document(arguments map[string]any, selected string) string {
	var declared, given []string
	for _, argument := range m.Arguments {
		if _, ok := arguments[argument.Name]; ok {
			declared = append(declared, "$"+argument.Name+": "+argument.Type.String())
			given = append(given, argument.Name+": $"+argument.Name)
		}
	}
	return fmt.Sprintf("mutation(%s) { %s(%s) %s }", strings.Join(declared, ", "), m.Name, strings.Join(given, ", "), selected)
}

// run calls the mutation as somebody who may.
func (m changing) run(t testing.TB, p *platform, arguments map[string]any) answer {
	t.Helper()
	head, rest, deep := strings.Cut(m.done, ".")
	selected := "{ " + head + " }"
	if deep {
		selected = "{ " + head + " { " + rest + " } }"
	}
	return p.ask(t, user(0, m.role), m.document(arguments, selected), arguments)
}

// count is how much an answer says was done.
func (m changing) count(t testing.TB, got answer) int {
	t.Helper()
	if got.Errors != nil {
		t.Fatalf("%s: %v", m.Name, got.Errors)
	}
	values := pick(got.Data, m.Name+"."+m.done)
	if strings.Contains(m.done, ".") {
		return len(values)
	}
	return int(values[0].(float64))
}
