package seed

import (
	"slices"
	"strings"
	"testing"

	"reelgraph/internal/testdb"
)

// broken are statements that count rows which break what the contract or the house promises.
var broken = map[string]string{
	"videos without counters":             `SELECT count(*) FROM videos LEFT JOIN video_metadata ON video_id = id WHERE video_id IS NULL`,
	"counters of another owner":           `SELECT count(*) FROM videos JOIN video_metadata m ON video_id = id WHERE m.owner_id <> videos.owner_id`,
	"counters that know of no deletion":   `SELECT count(*) FROM videos v JOIN video_metadata m ON video_id = id WHERE (v.deleted_at IS NULL) <> (m.deleted_at IS NULL)`,
	"deleted videos without a log line":   `SELECT count(*) FROM videos v WHERE deleted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM moderation_actions a WHERE kind = 'DELETE_VIDEO' AND a.video_id = v.id AND a.created_at = v.deleted_at AND a.reason = v.deletion_reason)`,
	"fewer views than likes":              `SELECT count(*) FROM video_metadata WHERE like_count > view_count`,
	"counters changed before they were":   `SELECT count(*) FROM videos JOIN video_metadata m ON video_id = id WHERE m.updated_at < videos.created_at`,
	"users without credits":               `SELECT count(*) FROM users WHERE credits <> 1000`,
	"jobs of nobody":                      `SELECT count(*) FROM ai_jobs WHERE owner_id NOT IN (SELECT id FROM users)`,
	"100 percent and COMPLETED differ":    `SELECT count(*) FROM ai_jobs WHERE (progress = 100) <> (status = 'COMPLETED')`,
	"result and COMPLETED differ":         `SELECT count(*) FROM ai_jobs WHERE (result_url IS NOT NULL) <> (status = 'COMPLETED')`,
	"error and FAILED differ":             `SELECT count(*) FROM ai_jobs WHERE (error IS NOT NULL) <> (status = 'FAILED') OR (error IS NULL) <> (error_code IS NULL)`,
	"an end and being finished differ":    `SELECT count(*) FROM ai_jobs WHERE (finished_at IS NOT NULL) <> (status IN ('COMPLETED', 'FAILED', 'CANCELED'))`,
	"queued but begun":                    `SELECT count(*) FROM ai_jobs WHERE status = 'QUEUED' AND (progress > 0 OR attempts > 0 OR started_at IS NOT NULL)`,
	"processing but not begun":            `SELECT count(*) FROM ai_jobs WHERE status IN ('PROCESSING', 'COMPLETED') AND (attempts = 0 OR started_at IS NULL)`,
	"leased or charged":                   `SELECT count(*) FROM ai_jobs WHERE worker_id IS NOT NULL OR lease_expires_at IS NOT NULL OR charged <> 0`,
	"times out of order":                  `SELECT count(*) FROM ai_jobs WHERE started_at < created_at OR finished_at < created_at OR finished_at < started_at OR updated_at < created_at OR updated_at < finished_at`,
	"failed for want of credits, later":   `SELECT count(*) FROM ai_jobs WHERE error_code = 'INSUFFICIENT_CREDITS' AND (finished_at <> created_at OR attempts > 0)`,
	"a source and GENERATE":               `SELECT count(*) FROM ai_jobs WHERE kind = 'GENERATE' AND source_video_id IS NOT NULL`,
	"numbers with gaps":                   `SELECT count(*) FROM (SELECT number, row_number() OVER (PARTITION BY recipient_id ORDER BY number) AS place FROM notifications) AS n WHERE number <> place`,
	"last numbers that are not":           `SELECT count(*) FROM inboxes WHERE last_number <> (SELECT count(*) FROM notifications WHERE recipient_id = user_id)`,
	"notifications without an inbox":      `SELECT count(*) FROM notifications WHERE recipient_id NOT IN (SELECT user_id FROM inboxes)`,
	"notifications to nobody":             `SELECT count(*) FROM notifications WHERE recipient_id NOT IN (SELECT id FROM users)`,
	"notifications of one's own doing":    `SELECT count(*) FROM notifications WHERE recipient_id = actor_id`,
	"another user's job":                  `SELECT count(*) FROM notifications n JOIN ai_jobs j ON j.id = n.job_id WHERE j.owner_id <> n.recipient_id OR j.status NOT IN ('COMPLETED', 'FAILED') OR n.category <> 'AI_JOB'`,
	"another user's video":                `SELECT count(*) FROM notifications n JOIN videos v ON v.id = n.video_id WHERE v.owner_id <> n.recipient_id`,
	"no such job":                         `SELECT count(*) FROM notifications WHERE job_id NOT IN (SELECT id FROM ai_jobs)`,
	"no such video":                       `SELECT count(*) FROM notifications WHERE video_id NOT IN (SELECT id FROM videos)`,
	"no such actor":                       `SELECT count(*) FROM notifications WHERE actor_id NOT IN (SELECT id FROM users)`,
	"read before they came":               `SELECT count(*) FROM notifications WHERE read_at < created_at`,
	"counts of reports that are not":      `SELECT count(*) FROM reported_videos r WHERE report_count <> (SELECT count(*) FROM video_reports WHERE video_id = r.video_id AND settled_at IS NULL) OR last_reported_at <> (SELECT max(created_at) FROM video_reports WHERE video_id = r.video_id AND settled_at IS NULL)`,
	"reports that nobody counts":          `SELECT count(*) FROM video_reports WHERE settled_at IS NULL AND video_id NOT IN (SELECT video_id FROM reported_videos)`,
	"reports on deleted videos":           `SELECT count(*) FROM reported_videos WHERE video_id IN (SELECT id FROM videos WHERE deleted_at IS NOT NULL)`,
	"reports on what was not there":       `SELECT count(*) FROM video_reports r JOIN videos v ON v.id = r.video_id WHERE r.created_at < v.created_at OR r.reporter_id = v.owner_id OR r.settled_at < r.created_at`,
	"actions on what was not there":       `SELECT count(*) FROM moderation_actions a LEFT JOIN videos v ON v.id = a.video_id WHERE v.id IS NULL OR a.created_at < v.created_at`,
	"unread counts that are not":          `SELECT count(*) FROM inboxes i WHERE (unread_like, unread_comment, unread_remix, unread_follow, unread_ai_job, unread_system) <> (SELECT count(CASE category WHEN 'LIKE' THEN 1 END), count(CASE category WHEN 'COMMENT' THEN 1 END), count(CASE category WHEN 'REMIX' THEN 1 END), count(CASE category WHEN 'FOLLOW' THEN 1 END), count(CASE category WHEN 'AI_JOB' THEN 1 END), count(CASE category WHEN 'SYSTEM' THEN 1 END) FROM notifications WHERE recipient_id = user_id AND read_at IS NULL AND coalesce(actor_id NOT IN (SELECT blocked_id FROM user_blocks WHERE blocker_id = user_id), true))`,
	"counted inboxes that have a version": `SELECT count(*) FROM inboxes WHERE version = 0 AND unread_like + unread_comment + unread_remix + unread_follow + unread_ai_job + unread_system > 0`,
}

// onlyOnce may be broken where a second run has added notifications of an earlier time, or where
// there is but one user.
var onlyOnce = map[string]string{
	"done by nobody":       `SELECT count(*) FROM notifications WHERE actor_id IS NULL AND category NOT IN ('AI_JOB', 'SYSTEM')`,
	"numbers against time": `SELECT count(*) FROM notifications a JOIN notifications b ON a.recipient_id = b.recipient_id AND b.number = a.number + 1 AND b.created_at < a.created_at`,
}

// holds fails the test where a row breaks an invariant.
func holds(t *testing.T, db *testdb.DB) {
	t.Helper()
	check(t, db, broken)
}

func check(t *testing.T, db *testdb.DB, statements map[string]string) {
	t.Helper()
	for what, statement := range statements {
		var rows int
		if err := db.Write.Raw(statement).Scan(&rows).Error; err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if rows > 0 {
			t.Errorf("%s: %d", what, rows)
		}
	}
}

// atLeast are statements that count what must be there, and how often.
func atLeast(t *testing.T, db *testdb.DB, statements map[string]int) {
	t.Helper()
	for statement, want := range statements {
		var rows int
		if err := db.Write.Raw(statement).Scan(&rows).Error; err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if rows < want {
			t.Errorf("%s: %d, want at least %d", statement, rows, want)
		}
	}
}

func TestSeededRowsKeepThePromises(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		mustAdd(t, db, Options{Users: 100, Videos: 200, Jobs: 500, Notifications: 800, RandomSeed: 21, Until: until})
		holds(t, db)
		check(t, db, onlyOnce)
		latest := until.UTC()
		for _, column := range []string{"users.created_at", "videos.created_at", "video_metadata.updated_at", "ai_jobs.updated_at", "ai_jobs.finished_at", "ai_jobs.started_at", "notifications.created_at", "notifications.read_at"} {
			table, _, _ := strings.Cut(column, ".")
			var rows int64
			if err := db.Write.Table(table).Where(column+" > ?", latest).Count(&rows).Error; err != nil || rows > 0 {
				t.Errorf("%s: %d later than until (%v)", column, rows, err)
			}
		}
		atLeast(t, db, map[string]int{
			"SELECT count(DISTINCT kind || status) FROM ai_jobs":                                                        25,
			"SELECT count(DISTINCT error_code) FROM ai_jobs":                                                            4,
			"SELECT count(DISTINCT category) FROM notifications":                                                        6,
			"SELECT count(*) FROM notifications WHERE read_at IS NULL":                                                  350,
			"SELECT count(*) FROM notifications WHERE read_at IS NOT NULL":                                              350,
			"SELECT count(*) FROM notifications WHERE job_id IS NOT NULL":                                               60,
			"SELECT count(*) FROM notifications n JOIN videos v ON v.id = video_id WHERE n.created_at >= v.created_at":  400,
			"SELECT count(*) FROM ai_jobs j JOIN videos v ON v.id = source_video_id WHERE j.created_at >= v.created_at": 350,
			"SELECT count(*) FROM notifications n JOIN ai_jobs j ON j.id = job_id WHERE n.created_at >= j.finished_at":  60,
			// The most notified user, and the most watched video against the middle one.
			"SELECT max(n) FROM (SELECT count(*) AS n FROM notifications GROUP BY recipient_id) AS c": 80,
			"SELECT max(view_count) / 20 FROM video_metadata":                                         1000,
			"SELECT count(*) FROM videos WHERE created_at > (SELECT max(created_at) FROM users)":      200,
		})
	})
}

// Things happen in an order that can be: what one row tells of another was so at its time.
func TestRowsKeepTheOrderOfTime(t *testing.T) {
	t.Parallel()
	r := newRows(Options{Users: 100, Videos: 100_000, Jobs: 100_000, RandomSeed: 22, Until: until})
	for row := range 5_000 {
		if n := r.draft(row); n.video != nil && n.video.CreatedAt.After(n.at) {
			t.Errorf("notification %d: its video came %v later", row, n.video.CreatedAt.Sub(n.at))
		}
		place := r.notifications.place(row)
		by := r.Until.Add(-ago(place))
		if job := r.endedJob(r.roll(tableNotifications, row), place, by); job == nil || job.FinishedAt.After(by) {
			t.Errorf("notification %d: of a job that had not ended: %+v", row, job)
		}
		if job := r.job(row); job.UpdatedAt.Before(job.CreatedAt) || job.UpdatedAt.After(r.Until) {
			t.Errorf("job %d: made %v, changed %v", row, job.CreatedAt, job.UpdatedAt)
		}
	}
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 1000, 1024} {
		line := newTimeline(77, tableJobs, 1<<64-1)
		var rows []int
		for row := range line.oldestFirst(n) {
			if len(rows) > 0 && line.place(row) >= line.place(rows[len(rows)-1]) {
				t.Errorf("of %d: row %d is not newer than the one before", n, row)
			}
			rows = append(rows, row)
		}
		slices.Sort(rows)
		if len(rows) != n || n > 0 && (rows[0] != 0 || rows[n-1] != n-1 || len(slices.Compact(rows)) != n) {
			t.Errorf("of %d: %v", n, rows)
		}
	}
}
