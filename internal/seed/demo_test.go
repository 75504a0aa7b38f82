package seed

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"reelgraph/internal/store"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

func mustDemo(t *testing.T, db *testdb.DB) {
	t.Helper()
	if err := Demo(t.Context(), store.New(db.DB)); err != nil {
		t.Fatal(err)
	}
}

// moderation is what the demo has beyond a seed's content.
type moderation struct {
	Blocks  []models.UserBlock
	Reports []models.VideoReport
	Counts  []models.ReportedVideo
	Log     []models.ModerationAction
}

func readModeration(t *testing.T, db *testdb.DB) moderation {
	t.Helper()
	var m moderation
	for _, err := range []error{
		db.Write.Order("blocker_id, blocked_id").Find(&m.Blocks).Error,
		db.Write.Order("id").Find(&m.Reports).Error,
		db.Write.Order("video_id").Find(&m.Counts).Error,
		db.Write.Order("created_at, id").Find(&m.Log).Error,
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestDemo(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		began := time.Now()
		mustDemo(t, db)
		holds(t, db)
		check(t, db, onlyOnce)
		own, blocked := "'"+DemoUser.String()+"'", "'"+demoRows(began).id(tableUsers, blockedUser).String()+"'"
		check(t, db, map[string]string{
			"users":                   `SELECT count(*) - 40 FROM users`,
			"videos":                  `SELECT count(*) - 200 FROM videos`,
			"handles of a seed's":     `SELECT count(*) FROM users WHERE handle LIKE '%.%'`,
			"the user's unread count": `SELECT count(*) FROM inboxes WHERE user_id = ` + own + ` AND 0 IN (unread_like, unread_comment, unread_remix, unread_follow, unread_ai_job, unread_system)`,
		})
		atLeast(t, db, map[string]int{
			`SELECT count(*) FROM users WHERE (id = ` + own + ` AND handle = 'demo') OR (id = '` + DemoModerator.String() + `' AND handle = 'moderator')`: 2,
			`SELECT credits FROM users WHERE id = ` + own:                                                                        1000,
			`SELECT count(*) FROM videos WHERE owner_id = ` + own:                                                                10,
			`SELECT count(DISTINCT status) FROM ai_jobs WHERE owner_id = ` + own:                                                 4,
			`SELECT count(*) FROM ai_jobs WHERE status = 'QUEUED' AND owner_id <> ` + own:                                        2,
			`SELECT count(DISTINCT status || kind) FROM ai_jobs`:                                                                 12,
			`SELECT count(DISTINCT category) FROM notifications WHERE read_at IS NOT NULL AND recipient_id = ` + own:             6,
			`SELECT count(*) FROM notifications WHERE read_at IS NULL AND recipient_id = ` + own + ` AND actor_id = ` + blocked:  2,
			`SELECT count(*) FROM reported_videos`:                                                                               5,
			`SELECT count(DISTINCT reason) FROM video_reports WHERE settled_at IS NULL`:                                          6,
			`SELECT max(n) FROM (SELECT count(DISTINCT reason) AS n FROM video_reports GROUP BY video_id) AS r`:                  2,
			`SELECT count(*) FROM user_blocks WHERE blocker_id = ` + own:                                                         2,
			`SELECT blocks_version FROM inboxes WHERE user_id = ` + own:                                                          1,
			`SELECT count(DISTINCT kind) FROM moderation_actions`:                                                                3,
			`SELECT count(*) FROM videos WHERE deleted_at IS NOT NULL`:                                                           1,
			`SELECT count(*) FROM videos WHERE owner_id = ` + blocked:                                                            1,
			`SELECT count(*) FROM videos WHERE owner_id NOT IN (` + own + `, ` + blocked + `)`:                                   150,
			`SELECT count(*) FROM notifications WHERE recipient_id = ` + own + ` AND category = 'AI_JOB' AND job_id IS NOT NULL`: 5,
		})
		var newest models.Video
		if err := db.Write.Order("created_at DESC").First(&newest).Error; err != nil {
			t.Fatal(err)
		}
		if age := time.Since(newest.CreatedAt); age < 0 || age > 2*time.Hour {
			t.Errorf("the newest video is %v old", age)
		}
	})
}

func TestDemoIDs(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		mustDemo(t, db)
		st := store.New(db.DB)
		videos, err := st.VideosByID(t.Context(), DemoVideoIDs())
		if err != nil {
			t.Fatal(err)
		}
		own := 0
		for _, video := range videos {
			if video.DeletedAt != nil {
				t.Errorf("%s is deleted", video.ID)
			}
			if video.OwnerID == DemoUser {
				own++
			}
		}
		if len(DemoVideoIDs()) != 20 || len(videos) != 20 || own == 0 {
			t.Errorf("%d ids, %d videos, %d his own", len(DemoVideoIDs()), len(videos), own)
		}
		jobs, err := st.AIJobsByID(t.Context(), DemoJobIDs())
		if err != nil {
			t.Fatal(err)
		}
		got := map[models.AIJobStatus]int{}
		for _, job := range jobs {
			got[job.Status]++
			if job.OwnerID != DemoUser {
				t.Errorf("%s is another's", job.ID)
			}
		}
		same(t, "jobs", demoOwnJobs, got)
		if len(DemoJobIDs()) != 10 || !slices.Equal(DemoJobIDs(), DemoJobIDs()) {
			t.Errorf("%v", DemoJobIDs())
		}
	})
}

// The ids that are there to be tried in mutations.
func TestDemoIDsToActOn(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	mustDemo(t, db)
	st := store.New(db.DB)
	notifications, err := st.NotificationsByID(t.Context(), DemoUser, DemoNotificationIDs())
	if err != nil {
		t.Fatal(err)
	}
	unread := 0
	for _, n := range notifications {
		if n.JobID == nil {
			t.Errorf("%s is of no job", n.ID)
		}
		if n.ReadAt == nil {
			unread++
		}
	}
	if len(notifications) != 5 || unread == 0 {
		t.Errorf("%d ids, %d notifications, %d unread", len(DemoNotificationIDs()), len(notifications), unread)
	}

	for what, test := range map[string]struct {
		statement string
		ids       []models.ID
		want      int64
	}{
		"users":          {"SELECT count(*) FROM users WHERE id IN ?", DemoUserIDs(), 2},
		"blocked users":  {"SELECT count(*) FROM user_blocks WHERE blocker_id = '" + DemoUser.String() + "' AND blocked_id IN ?", DemoUserIDs(), 0},
		"reported cases": {"SELECT count(*) FROM reported_videos WHERE video_id IN ?", DemoCaseIDs(), 2},
		"deleted cases":  {"SELECT count(*) FROM videos WHERE deleted_at IS NOT NULL AND id IN ?", DemoCaseIDs(), 1},
	} {
		var got int64
		if err := db.Read.Raw(test.statement, test.ids).Scan(&got).Error; err != nil || got != test.want {
			t.Errorf("%d %s, want %d (%v)", got, what, test.want, err)
		}
	}
}

// What people did in the demo since is not undone by filling it again.
func TestDemoSaidTwice(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		mustDemo(t, db)
		for _, statement := range []string{
			"DELETE FROM user_blocks",
			"DELETE FROM reported_videos",
			"UPDATE video_reports SET settled_at = '2030-01-01 00:00:00+00:00' WHERE settled_at IS NULL",
			"UPDATE videos SET deleted_at = NULL, deletion_reason = NULL",
			"UPDATE users SET credits = 3, handle = 'renamed', display_name = 'Renamed' WHERE handle = 'demo'",
			"UPDATE users SET handle = 'demo' WHERE handle = 'moderator'",
			"UPDATE video_metadata SET view_count = view_count + 1",
			"UPDATE inboxes SET unread_like = 0, version = version + 1",
		} {
			db.Exec(t, statement)
		}
		want, wantModeration := read(t, db), readModeration(t, db)
		mustDemo(t, db)
		same(t, "content", want, read(t, db))
		same(t, "moderation", wantModeration, readModeration(t, db))
	})
}

func TestDemoBesideASeed(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		mustAdd(t, db, Options{Users: 60, Videos: 60, RandomSeed: 7, Until: until})
		mustDemo(t, db)
		holds(t, db)
	})
}

func TestDemoBrokenOff(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Demo(ctx, store.New(db.DB)); !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "fill the demo's users:") {
		t.Errorf("%v", err)
	}
	db.Exec(t, "INSERT INTO users (id, handle, display_name) VALUES (?, 'moderator', 'X')", models.NewID())
	if err := Demo(t.Context(), store.New(db.DB)); err == nil || err.Error() != `fill the demo's users: the handle "moderator" belongs to another user` {
		t.Errorf("%v", err)
	}
}

// TestDemoRunningJob: there is one job at a time that runs, another once it has finished.
func TestDemoRunningJob(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		mustDemo(t, db)
		st := store.New(db.DB)
		running := func() models.ID {
			t.Helper()
			id, err := DemoRunningJob(t.Context(), st)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		first := running()
		same(t, "the same one", first, running())
		jobs, err := st.AIJobsByID(t.Context(), []models.ID{first})
		if err != nil || jobs[first] == nil || jobs[first].OwnerID != DemoUser || jobs[first].Status != models.AIJobStatusQueued {
			t.Fatal(jobs[first], err)
		}
		db.Exec(t, "UPDATE ai_jobs SET status = 'CANCELED' WHERE id = ?", first)
		if second := running(); second == first {
			t.Error("a job that has finished runs")
		}
	})
}
