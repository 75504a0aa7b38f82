package store_test

import (
	"context"
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm"

	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// crowd fills a database with enough rows for a planner to weigh one way against another: 20,000 videos
// of 2,000 users, of whom user 1 has made, got, blocked and done more than anybody.
const crowd = `
	CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT uuid_in(md5(kind || n)::cstring) $$;
	CREATE FUNCTION pg_temp.someone(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT pg_temp.id('user', CASE WHEN n % 4 = 0 THEN 1 ELSE n * 7919 % 2000 END) $$;
	INSERT INTO users (id, handle, display_name) SELECT pg_temp.id('user', n), 'user.' || n, 'U' FROM generate_series(0, 1999) AS n;
	INSERT INTO videos (id, owner_id, title, playback_url, created_at) SELECT pg_temp.id('video', n), pg_temp.someone(n), 'V', 'p', now() - n * interval '1 min' FROM generate_series(0, 19999) AS n;
	UPDATE videos SET deleted_at = now() WHERE id IN (SELECT pg_temp.id('video', n * 20) FROM generate_series(0, 999) AS n);
	UPDATE video_metadata SET view_count = abs(hashtext(video_id::text)) % 1000;
	INSERT INTO ai_jobs (id, owner_id, kind, status, created_at) SELECT pg_temp.id('job', n), pg_temp.someone(n), 'REMIX', (ARRAY['QUEUED', 'COMPLETED', 'FAILED', 'COMPLETED', 'PROCESSING'])[1 + n % 5], now() - n * interval '1 min' FROM generate_series(0, 19999) AS n;
	INSERT INTO inboxes (user_id) SELECT id FROM users;
	INSERT INTO notifications (id, recipient_id, number, category, title, actor_id, read_at) SELECT pg_temp.id('note', n), pg_temp.someone(n), n, (ARRAY['LIKE', 'COMMENT', 'SYSTEM', 'FOLLOW', 'REMIX'])[1 + n % 5], 'N', CASE WHEN n % 5 <> 2 THEN pg_temp.id('user', n % 1999) END, CASE WHEN n % 3 > 0 THEN now() END FROM generate_series(0, 19999) AS n;
	INSERT INTO user_blocks (blocker_id, blocked_id, created_at) SELECT DISTINCT ON (1, 2) pg_temp.someone(n), pg_temp.id('user', n * 104729 % 2000), now() - n * interval '2 min' FROM generate_series(0, 1999) AS n;
	INSERT INTO video_reports (video_id, reporter_id, reason) SELECT pg_temp.id('video', n % 3000), pg_temp.id('user', n % 1999), 'reason ' || n % 30 FROM generate_series(0, 9999) AS n;
	INSERT INTO reported_videos (video_id, report_count, last_reported_at) SELECT video_id, count(*), now() FROM video_reports GROUP BY video_id;
	INSERT INTO moderation_actions (id, kind, video_id, moderator_id, reason, created_at) SELECT pg_temp.id('action', n), 'DISMISS_REPORTS', pg_temp.id('video', CASE WHEN n % 200 = 0 THEN 1 ELSE n END), pg_temp.id('user', 1), 'r', now() - n * interval '1 min' FROM generate_series(0, 9999) AS n;`

// statement is one that a store sent, with its parameters.
type statement struct {
	sql        string
	parameters []any
}

// plan is a node of PostgreSQL's plan, with what was found when it ran.
type plan struct {
	NodeType    string  `json:"Node Type"`
	Relation    string  `json:"Relation Name"`
	Rows        float64 `json:"Actual Rows"`
	Loops       float64 `json:"Actual Loops"`
	Filtered    float64 `json:"Rows Removed by Filter"`
	Rechecked   float64 `json:"Rows Removed by Index Recheck"`
	JoinFilters float64 `json:"Rows Removed by Join Filter"`
	Plans       []plan
}

func (p plan) nodes() []plan {
	all := []plan{p}
	for _, child := range p.Plans {
		all = append(all, child.nodes()...)
	}
	return all
}

// watch collects the statements that go through a handle of GORM's.
func watch(t *testing.T, db *gorm.DB) *[]statement {
	t.Helper()
	var sent []statement
	collect := func(tx *gorm.DB) {
		sent = append(sent, statement{tx.Statement.SQL.String(), slices.Clone(tx.Statement.Vars)})
	}
	if err := db.Callback().Query().After("gorm:query").Register("watch", collect); err != nil {
		t.Fatal(err)
	}
	if err := db.Callback().Row().After("gorm:row").Register("watch", collect); err != nil {
		t.Fatal(err)
	}
	return &sent
}

// literal is a parameter as text that PostgreSQL reads as the same.
func literal(t *testing.T, parameter any) string {
	t.Helper()
	var text string
	switch v := parameter.(type) {
	case pgtype.TextValuer: // ids
		array, err := v.TextValue()
		if err != nil {
			t.Fatal(err)
		}
		text = array.String
	case *[]string:
		text = "{" + strings.Join(*v, ",") + "}"
	case time.Time:
		text = v.Format(time.RFC3339Nano)
	default:
		text = fmt.Sprint(v)
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// explain runs a statement as the program does, prepared and more than once, and gives its last plan: by
// then the planner knows whether one for all parameters will do.
func explain(t *testing.T, conn *pgx.Conn, s statement) plan {
	t.Helper()
	literals := make([]string, len(s.parameters))
	for i, parameter := range s.parameters {
		literals[i] = literal(t, parameter)
	}
	call := "EXECUTE watched"
	if len(literals) > 0 {
		call += " (" + strings.Join(literals, ", ") + ")"
	}
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec("PREPARE watched AS " + s.sql)
	for range 7 {
		exec(call)
	}
	var text []byte
	if err := conn.QueryRow(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) "+call, pgx.QueryExecModeSimpleProtocol).Scan(&text); err != nil {
		t.Fatal(err)
	}
	exec("DEALLOCATE watched")
	var plans []struct{ Plan plan }
	if err := json.Unmarshal(text, &plans); err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan
}

// read is one of the store's, and how many rows of tables and indexes it may look at.
type read struct {
	name string
	most float64
	run  func(context.Context) error
}

func reads(s *store.Store, c chosen) []read {
	feed := func(viewer *models.ID, after *store.TimeKey) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.Feed(ctx, viewer, after, 20); return err }
	}
	jobs := func(after *store.TimeKey, statuses ...models.AIJobStatus) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.AIJobsByOwner(ctx, c.user, statuses, after, 20)
			return err
		}
	}
	notifications := func(filter store.NotificationFilter, before *int64) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.Notifications(ctx, c.user, filter, before, 20)
			return err
		}
	}
	trending := func(viewer *models.ID, after *store.RankKey) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.TrendingVideos(ctx, viewer, after, 20); return err }
	}
	log := func(video *models.ID, after *store.TimeKey) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.ModerationLog(ctx, video, after, 20); return err }
	}
	blocked := func(after *store.TimeKey) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.BlockedUsers(ctx, c.user, after, 20); return err }
	}
	reported := func(after *store.CountKey) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.ReportedVideos(ctx, after, 20); return err }
	}
	like := new(models.NotificationCategoryLike)
	list := []read{
		{"Feed", 50, feed(nil, nil)},
		{"Feed behind a place", 50, feed(nil, c.behind)},
		{"Feed of a viewer", 50, feed(&c.user, c.behind)},
		{"TrendingVideos", 50, trending(nil, nil)},
		{"TrendingVideos behind a place", 50, trending(nil, c.rank)},
		{"TrendingVideos of a viewer", 50, trending(&c.user, c.rank)},
		{"AIJobsByOwner", 50, jobs(nil)},
		{"AIJobsByOwner behind a place", 50, jobs(c.behind)},
		{"AIJobsByOwner of a status", 50, jobs(nil, models.AIJobStatusQueued)},
		{"AIJobsByOwner of statuses", 100, jobs(c.behind, models.AIJobStatusQueued, models.AIJobStatusFailed)},
		{"AIJobsByOwner of a rare status", 50, jobs(nil, models.AIJobStatusCanceled)},
		{"Notifications", 50, notifications(store.NotificationFilter{}, nil)},
		{"Notifications behind a place", 50, notifications(store.NotificationFilter{}, &c.number)},
		{"Notifications of a category", 50, notifications(store.NotificationFilter{Category: like}, &c.number)},
		{"Notifications unread", 50, notifications(store.NotificationFilter{UnreadOnly: true}, nil)},
		{"Notifications unread of a category", 50, notifications(store.NotificationFilter{Category: like, UnreadOnly: true}, nil)},
		{"BlockedUsers", 50, blocked(nil)},
		{"BlockedUsers behind a place", 50, blocked(c.behind)},
		{"ReportedVideos", 200, reported(nil)},
		{"ReportedVideos behind a place", 200, reported(&store.CountKey{Count: 3, ID: c.user})},
		{"ModerationLog", 50, log(nil, nil)},
		{"ModerationLog behind a place", 50, log(nil, c.behind)},
		{"ModerationLog of a video", 50, log(&c.video, nil)},
		{"ModerationLog of a video behind a place", 50, log(&c.video, c.behind)},
		{"NotificationsAfter", 50, func(ctx context.Context) error {
			_, err := s.NotificationsAfter(ctx, c.user, c.number, 20)
			return err
		}},
		{"NotificationNumber", 2, func(ctx context.Context) error {
			_, _, err := s.NotificationNumber(ctx, c.user, c.ids["NotificationsByID"][0])
			return err
		}},
		// Nothing but what has not finished: each fifth job is queued, and each fifth one processing.
		{"QueueStates", 8_100, func(ctx context.Context) error { _, err := s.QueueStates(ctx); return err }},
		{"BlockedAmong", 200, func(ctx context.Context) error {
			_, err := s.BlockedAmong(ctx, c.user, c.ids["UsersByID"])
			return err
		}},
	}
	for name, lookup := range lookups(s, c.user) {
		for _, count := range []int{1, 100} {
			most := 2 * float64(count)
			if name == "QueuePositions" {
				most += 1000 // The head of the queue, up to the place from which all places are one.
			}
			list = append(list, read{fmt.Sprintf("%s of %d", name, count), most, func(ctx context.Context) error {
				found, err := lookup(ctx, c.ids[name][:count])
				if c.found && len(found) == 0 {
					err = errors.New("nothing was found")
				}
				return err
			}})
		}
	}
	return list
}

// writes are those of AI jobs, which come after the reads: each changes what it finds.
func writes(s *store.Store, c chosen) []read {
	claim := func(kinds ...models.AIJobKind) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.ClaimAIJobs(ctx, c.user, kinds, 10, time.Hour)
			return err
		}
	}
	return []read{
		// Each job that is claimed is found, read and written.
		{"ClaimAIJobs", 50, claim()},
		{"ClaimAIJobs of a kind", 50, claim(models.AIJobKindRemix)},
		{"ClaimAIJobs of kinds", 50, claim(models.AIJobKindRemix, models.AIJobKindCaption)},
		{"ClaimAIJobs of rare kinds", 50, claim(models.AIJobKindGlitch, models.AIJobKindCaption)},
		{"CancelAIJobs", 400, func(ctx context.Context) error {
			_, err := s.CancelAIJobs(ctx, c.user, c.ids["AIJobsByID"])
			return err
		}},
		{"ReportAIJobs", 400, func(ctx context.Context) error {
			var reports []store.AIJobReport
			for _, job := range c.ids["AIJobsByID"] {
				reports = append(reports, store.AIJobReport{ID: job, Status: models.AIJobStatusFailed, Error: new("e")})
			}
			_, err := s.ReportAIJobs(ctx, c.user, reports)
			return err
		}},
		{"SweepLeases", 50, s.SweepLeases},
	}
}

// chosen is what the reads ask for.
type chosen struct {
	user, video models.ID
	// ids are for each lookup, by its name; found says that there are such.
	ids    map[string][]models.ID
	found  bool
	behind *store.TimeKey
	rank   *store.RankKey
	number int64
}

func choose() chosen {
	c := chosen{
		user: models.ID(md5.Sum([]byte("user1"))), video: models.ID(md5.Sum([]byte("video1"))), ids: map[string][]models.ID{},
		behind: &store.TimeKey{At: time.Now().Add(-24 * time.Hour).UTC()}, number: 15_000, rank: &store.RankKey{Generation: 1},
	}
	for name := range lookups(nil, c.user) {
		c.ids[name] = make([]models.ID, 100)
	}
	return c
}

// crowded is a store on a crowd, with what to ask of it.
func crowded(t *testing.T) (fixture, chosen) {
	t.Helper()
	f, c := fixture{DB: testdb.PostgreSQL(t)}, choose()
	f.Store = store.New(f.DB.DB)
	if _, err := f.Pool.Exec(t.Context(), crowd); err != nil {
		t.Fatal(err)
	}
	f.refresh(t)
	if _, err := f.Pool.Exec(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	c.found = true
	for name, some := range map[string]string{
		"VideosByID": "id FROM videos", "VideoMetadataByVideoID": "video_id FROM video_metadata", "UsersByID": "id FROM users",
		"AIJobsByID": "id FROM ai_jobs", "QueuePositions": "id FROM ai_jobs WHERE status = 'QUEUED'",
		"NotificationsByID": "id FROM notifications WHERE recipient_id = '" + c.user.String() + "' AND actor_id IS NULL", "InboxesByUserID": "user_id FROM inboxes",
		"LiveVideoMetadata": "video_id FROM video_metadata", "LiveAIJobs": "id FROM ai_jobs", "LiveAIJobVersions": "id FROM ai_jobs", "LiveInboxes": "user_id FROM inboxes", "LiveInboxChanges": "user_id FROM inboxes",
	} {
		var list []models.ID
		if err := f.Read.Raw("SELECT " + some + " LIMIT 100").Scan(&list).Error; err != nil {
			t.Fatal(err)
		}
		c.ids[name] = list
	}
	_, c.rank = f.trending(t, nil, 100)
	return f, c
}

// TestPlans holds every read of the store to plans that stay cheap however much there is: no table is read
// from end to end, no list is sorted, and only so many rows are looked at.
func TestPlans(t *testing.T) {
	t.Parallel()
	f, c := crowded(t)
	conn, err := pgx.Connect(t.Context(), f.URL[:strings.Index(f.URL, "pool_max_conns")-1])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	sent := watch(t, f.Read)
	for _, r := range append(reads(f.Store, c), writes(f.Store, c)...) {
		*sent = nil
		told := f.Record(func() { err = r.run(t.Context()) })
		if err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		for _, s := range append(*sent, polledIn(told, r.name, c)...) {
			p := explain(t, conn, s)
			looked := 0.0
			for _, node := range p.nodes() {
				rows := (node.Rows + node.Filtered + node.Rechecked + node.JoinFilters) * node.Loops
				if node.Relation != "" || node.NodeType == "Bitmap Index Scan" {
					looked += rows
				}
				if node.NodeType == "Seq Scan" && node.Relation != "rankings" {
					t.Errorf("%s reads all of %s: %s", r.name, node.Relation, s.sql)
				}
				if strings.Contains(node.NodeType, "Sort") && rows > 250 {
					t.Errorf("%s sorts %.0f rows: %s", r.name, rows, s.sql)
				}
			}
			t.Logf("%-40s looks at %5.0f rows", r.name, looked)
			if looked > r.most {
				t.Errorf("%s looks at %.0f rows, more than %.0f: %s", r.name, looked, r.most, s.sql)
			}
		}
	}
}

func isTable(name string) bool {
	return slices.Contains([]string{"users", "videos", "video_metadata", "ai_jobs", "notifications", "user_blocks", "video_reports"}, name)
}

// TestPlansOfSQLite: no table is gone through without an index, and no list is sorted, but for a few rows.
func TestPlansOfSQLite(t *testing.T) {
	t.Parallel()
	f := fixture{DB: testdb.SQLite(t)}
	f.Store = store.New(f.DB.DB)
	f.users(t, 1)
	f.video(t, 1, 1, 1)
	f.report(t, 1, 1, "spam")
	conn, err := f.Read.DB()
	if err != nil {
		t.Fatal(err)
	}
	sent := watch(t, f.Read)
	for _, r := range append(reads(f.Store, choose()), writes(f.Store, choose())...) {
		*sent = nil
		if err := r.run(t.Context()); err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		for _, s := range *sent {
			rows, err := conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+s.sql, s.parameters...)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var step, parent, unused int
				var what string
				if err := rows.Scan(&step, &parent, &unused, &what); err != nil {
					t.Fatal(err)
				}
				// What a statement makes for itself (of a page, the queue's head, or a few pages' best) may be gone through and sorted.
				own := strings.Contains(s.sql, "row_number()") || strings.Contains(s.sql, "wanted")
				scan := strings.HasPrefix(what, "SCAN ") && !strings.Contains(what, "INDEX") && !strings.Contains(what, "json_each") && !strings.Contains(what, "CONSTANT ROW") && (!own || isTable(strings.Fields(what)[1]))
				sort := strings.Contains(what, "TEMP B-TREE") && !own
				if scan || sort {
					t.Errorf("%s: %s: %s", r.name, what, s.sql)
				}
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Error(err)
			}
		}
	}
}
