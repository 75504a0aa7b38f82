package graph_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"reelgraph/graph"
	"reelgraph/internal/database"
	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

var mixedCalls = flag.Int("mixed.calls", 150, "how many calls each client of TestMixedMutations makes")

// TestMixedMutations has clients of two instances send every mutation at once, with the same few users,
// videos and jobs in ever other orders. PostgreSQL must find no deadlock, no caller an error that is not
// its own fault, and what is counted, charged and kept must agree afterwards.
func TestMixedMutations(t *testing.T) {
	t.Parallel()
	p := newPlatform(testdb.PostgreSQL(t))
	again, err := database.Open(t.Context(), p.URL, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other := (&platform{DB: p.DB, store: store.New(again)}).with(func(*graph.Options) {})
	p.together(t, func() {
		p.addUsers(t, mixedObjects)
		p.addVideos(t, mixedObjects, mixedObjects)
	})
	p.Exec(t, "UPDATE video_metadata SET view_count = 0")
	p.Exec(t, "UPDATE users SET credits = 1000")

	seed := rand.Uint64()
	var all sync.WaitGroup
	clients := make([]*mixedClient, 4)
	for n := range clients {
		clients[n] = &mixedClient{t: t, platform: []*platform{p, other}[n%2], name: n, random: rand.New(rand.NewPCG(seed, uint64(n)))}
		all.Go(clients[n].run)
	}
	all.Wait()
	var views, granted int
	for _, c := range clients {
		views, granted = views+c.views, granted+c.granted
	}
	p.balances(t, map[string]int{"views": views, "credits": 1000*mixedObjects + granted})
	if t.Failed() {
		t.Logf("seed %d", seed)
	}
	// Sessions tell of what they saw when they end.
	url := p.URL
	for _, db := range []*database.DB{again, p.DB.DB} {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := deadlocks(t, url); n != 0 {
		t.Errorf("%d deadlocks, seed %d", n, seed)
	}
}

// mixedObjects is how many users and videos the clients share.
const mixedObjects = 12

// deadlocks is how many PostgreSQL has found in a database that nobody uses any more.
func deadlocks(t *testing.T, url string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), os.Getenv("TEST_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	name, _, _ := strings.Cut(url[strings.LastIndex(url, "/")+1:], "?")
	err = conn.QueryRow(t.Context(), "SELECT deadlocks FROM pg_stat_database WHERE datname = $1", name).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// mixedClient sends mutations of every kind as everybody.
type mixedClient struct {
	*platform
	t      *testing.T
	name   int
	random *rand.Rand
	// jobs are those that it has started or claimed, notes those that it has sent.
	jobs, notes []any
	// views and granted are what the answers say was counted.
	views, granted int
}

func (c *mixedClient) run() {
	kinds := []func(n int){
		c.start, c.start, c.claimAndReport, c.claimAndReport, c.cancel, c.sweep, c.send, c.send, c.mark, c.markAll, c.block, c.unblock,
		c.report, c.moderate, c.upsertUsers, c.upsertVideos, c.grant, c.record, c.record,
	}
	for n := range *mixedCalls {
		kinds[c.random.IntN(len(kinds))](n)
	}
}

// some are ids of a kind in any order, with duplicates.
func (c *mixedClient) some(kind func(int) models.ID) []any {
	ids := make([]any, 1+c.random.IntN(8))
	for i := range ids {
		ids[i] = kind(c.random.IntN(mixedObjects)).String()
	}
	return ids
}

func (c *mixedClient) anyUser() int { return c.random.IntN(mixedObjects) }

// call sends one mutation, and gives its answer; nil where it was refused as it may be.
func (c *mixedClient) call(caller int, role models.Role, selected string, arguments map[string]any) map[string]any {
	name, selected, _ := strings.Cut(selected, " ")
	var m changing
	for _, f := range rootFields() {
		if f.Name == name {
			m = changing{c.platform, f, mutation{}}
		}
	}
	got := c.ask(c.t, user(caller, role), m.document(arguments, selected), arguments)
	if len(got.Errors) > 0 {
		if code := got.Errors[0].Extensions["code"]; code != "NOT_FOUND" && code != "BAD_USER_INPUT" {
			c.t.Errorf("%s: %v", name, got.Errors)
		}
		return nil
	}
	return got.Data[name].(map[string]any)
}

// key is a name that no other call has.
func (c *mixedClient) key(n int) string { return fmt.Sprintf("client %d call %d", c.name, n) }

func (c *mixedClient) start(n int) {
	input := map[string]any{"kind": "REMIX", "sourceVideoId": videoID(c.anyUser()).String(), "idempotencyKey": c.key(n)}
	if got := c.call(c.anyUser(), "", "startAIJob { job { id } }", map[string]any{"input": input}); got != nil {
		c.jobs = append(c.jobs, pick(got, "job.id")...)
	}
}

func (c *mixedClient) claimAndReport(int) {
	worker := c.anyUser()
	claimed := c.call(worker, models.RoleWorker, "claimAIJobs { jobs { id } }", map[string]any{"limit": 1 + c.random.IntN(5)})
	ids := pick(claimed, "jobs.id")
	c.random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	reports := []any{}
	for _, id := range ids {
		report := map[string]any{"id": id, "progress": c.random.IntN(101)}
		switch c.random.IntN(4) {
		case 0:
			report["status"], report["resultUrl"] = "COMPLETED", "R"
		case 1:
			report["status"], report["error"] = "FAILED", "E"
		}
		reports = append(reports, report)
	}
	c.call(worker, models.RoleWorker, "reportAIJobs { acceptedCount }", map[string]any{"reports": reports})
}

func (c *mixedClient) cancel(int) {
	ids := append([]any{jobID(9999).String()}, c.jobs...)
	c.random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	c.call(c.anyUser(), "", "cancelAIJobs { canceledCount }", map[string]any{"ids": ids[:min(20, len(ids))]})
}

// sweep lets the lease of one job run out first.
func (c *mixedClient) sweep(int) {
	err := c.store.SweepLeases(c.t.Context())
	if len(c.jobs) > 0 {
		c.Exec(c.t, "UPDATE ai_jobs SET lease_expires_at = ? WHERE id = ? AND lease_expires_at IS NOT NULL", past(0), c.jobs[c.random.IntN(len(c.jobs))])
		err = c.store.SweepLeases(c.t.Context())
	}
	if err != nil {
		c.t.Error(err)
	}
}

func (c *mixedClient) send(n int) {
	var notes []any
	for range 1 + c.random.IntN(8) {
		notes = append(notes, map[string]any{
			"userId": userID(c.anyUser()).String(), "actorId": userID(c.anyUser()).String(), "title": "T",
			"category": string(models.AllNotificationCategory[c.random.IntN(6)]),
		})
	}
	got := c.call(0, models.RoleService, "sendNotifications { results { notification { id } } }", map[string]any{"batchId": c.key(n), "notifications": notes})
	for _, id := range pick(got, "results.notification.id") {
		if id != nil {
			c.notes = append(c.notes, id)
		}
	}
}

func (c *mixedClient) mark(int) {
	ids := append([]any{noteID(9999).String()}, c.notes...)
	c.random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	c.call(c.anyUser(), "", "markNotificationsRead { markedCount }", map[string]any{"ids": ids[:min(20, len(ids))]})
}

func (c *mixedClient) markAll(int) {
	arguments := map[string]any{}
	if c.random.IntN(2) == 0 {
		arguments["category"] = string(models.AllNotificationCategory[c.random.IntN(6)])
	}
	if len(c.notes) > 0 {
		arguments["upTo"] = c.notes[c.random.IntN(len(c.notes))]
	} else if len(arguments) == 0 {
		return
	}
	c.call(c.anyUser(), "", "markAllNotificationsRead { markedCount }", arguments)
}

func (c *mixedClient) block(int) {
	c.call(c.anyUser(), "", "blockUsers { blockedCount }", map[string]any{"ids": c.some(userID)})
}

func (c *mixedClient) unblock(int) {
	c.call(c.anyUser(), "", "unblockUsers { unblockedCount }", map[string]any{"ids": c.some(userID)})
}

func (c *mixedClient) report(int) {
	c.call(c.anyUser(), "", "reportVideos { reportedCount }", map[string]any{"ids": c.some(videoID), "reason": "spam"})
}

func (c *mixedClient) moderate(int) {
	name := []string{"deleteVideos { deletedCount }", "restoreVideos { restoredCount }", "dismissReports { dismissedCount }", "restoreVideos { restoredCount }"}[c.random.IntN(4)]
	c.call(0, models.RoleAdmin, name, map[string]any{"ids": c.some(videoID), "reason": "spam"})
}

func (c *mixedClient) upsertUsers(int) {
	var users []any
	for _, id := range c.some(userID) {
		users = append(users, map[string]any{"id": id, "handle": fmt.Sprintf("handle.%d", c.random.IntN(3*mixedObjects)), "displayName": "D"})
	}
	c.call(0, models.RoleService, "upsertUsers { users { id } }", map[string]any{"users": users})
}

func (c *mixedClient) upsertVideos(n int) {
	var videos []any
	for _, id := range c.some(videoID) {
		videos = append(videos, map[string]any{"id": id, "ownerId": userID(c.anyUser()).String(), "title": c.key(n), "playbackUrl": "P"})
	}
	c.call(0, models.RoleService, "upsertVideos { videos { id } }", map[string]any{"videos": videos})
}

func (c *mixedClient) grant(n int) {
	var grants []any
	for _, id := range c.some(userID) {
		grants = append(grants, map[string]any{"userId": id, "amount": 5})
	}
	for range 2 { // The second is a repeat.
		got := c.call(0, models.RoleService, "grantCredits { grantedCount }", map[string]any{"batchId": c.key(n), "grants": grants})
		c.granted += 5 * int(got["grantedCount"].(float64))
	}
}

func (c *mixedClient) record(n int) {
	var events []any
	for _, id := range c.some(videoID) {
		events = append(events, map[string]any{"videoId": id, "kind": "VIEW"})
	}
	for range 2 {
		got := c.call(0, models.RoleService, "recordVideoActivity { recordedCount }", map[string]any{"batchId": c.key(n), "events": events})
		c.views += int(got["recordedCount"].(float64))
	}
}

// balances compares what is kept twice: sums as the answers gave them, and counts with what they count.
func (p *platform) balances(t *testing.T, want map[string]int) {
	t.Helper()
	queries := map[string]string{
		"views":   "SELECT sum(view_count) FROM video_metadata",
		"credits": "SELECT (SELECT sum(credits) FROM users) + (SELECT sum(charged) FROM ai_jobs)",
		"jobs whose charge is wrong": `SELECT count(*) FROM ai_jobs WHERE charged <> CASE
			WHEN status IN ('QUEUED', 'PROCESSING', 'COMPLETED') THEN 8 ELSE 0 END`,
		"ended jobs without just one notification": `SELECT count(*) FROM ai_jobs WHERE (SELECT count(*) FROM notifications WHERE job_id = ai_jobs.id)
			<> CASE WHEN status = 'COMPLETED' OR status = 'FAILED' AND error_code <> 'INSUFFICIENT_CREDITS' THEN 1 ELSE 0 END`,
		"counters that know another owner or deletion": `SELECT count(*) FROM videos JOIN video_metadata ON video_id = id
			WHERE (video_metadata.owner_id, video_metadata.deleted_at) IS DISTINCT FROM (videos.owner_id, videos.deleted_at)`,
		"wrong counts of reports": `SELECT count(*) FROM videos LEFT JOIN reported_videos ON reported_videos.video_id = videos.id
			WHERE coalesce(report_count, 0) <> (SELECT count(*) FROM video_reports WHERE video_reports.video_id = videos.id AND settled_at IS NULL)
				OR report_count IS NOT NULL AND deleted_at IS NOT NULL`,
		"gaps in inboxes": "SELECT count(*) FROM inboxes WHERE last_number <> (SELECT count(*) FROM notifications WHERE recipient_id = user_id)",
	}
	for _, category := range models.AllNotificationCategory {
		queries["wrong unread counts of "+string(category)] = fmt.Sprintf(`SELECT count(*) FROM inboxes WHERE unread_%s <> (
			SELECT count(*) FROM notifications WHERE recipient_id = user_id AND read_at IS NULL AND category = '%s'
				AND NOT EXISTS (SELECT FROM user_blocks WHERE blocker_id = user_id AND blocked_id = actor_id))`, strings.ToLower(string(category)), category)
	}
	for what, query := range queries {
		var got int
		if err := p.Write.Raw(query).Scan(&got).Error; err != nil {
			t.Fatal(err)
		}
		equal(t, what, want[what], got)
	}
}
