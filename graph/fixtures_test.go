package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"reelgraph/models"
)

// id is the n-th id of a kind: stable, readable in failures.
func id(kind byte, n int) models.ID {
	return models.ID{kind, 15: byte(n), 14: byte(n >> 8)}
}

func userID(n int) models.ID  { return id(0xaa, n) }
func videoID(n int) models.ID { return id(0xbb, n) }
func jobID(n int) models.ID   { return id(0xcc, n) }
func noteID(n int) models.ID  { return id(0xdd, n) }
func lineID(n int) models.ID  { return id(0xee, n) }

// texts are ids as variables have them.
func texts(ids ...models.ID) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return list
}

// series are the ids from the first number to the one before end, or down to it.
func series(kind func(int) models.ID, from, end int) []any {
	list := []any{}
	for n := from; n < end; n++ {
		list = append(list, kind(n).String())
	}
	for n := from; n > end; n-- {
		list = append(list, kind(n).String())
	}
	return list
}

// past is n minutes before a fixed moment.
func past(n int) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC).Add(-time.Duration(n) * time.Minute)
}

// together adds fixtures in one transaction, which is much faster than one for each.
func (p *platform) together(t testing.TB, add func()) {
	t.Helper()
	err := p.Write.Transaction(func(tx *gorm.DB) error {
		p.tx = tx
		defer func() { p.tx = nil }()
		add()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Exec runs one statement, written with ? for each argument.
func (p *platform) Exec(t testing.TB, sql string, arguments ...any) {
	t.Helper()
	if p.tx == nil {
		p.DB.Exec(t, sql, arguments...)
	} else if err := p.tx.Exec(sql, arguments...).Error; err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// insert adds rows to a table, many with each statement. into is the table with its columns.
func (p *platform) insert(t testing.TB, into string, rows ...[]any) {
	t.Helper()
	for some := range slices.Chunk(rows, 100) {
		one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(some[0])), ", ") + ")"
		all := strings.TrimSuffix(strings.Repeat(one+", ", len(some)), ", ")
		p.Exec(t, "INSERT INTO "+into+" VALUES "+all, slices.Concat(some...)...)
	}
}

func (p *platform) addUsers(t testing.TB, count int) {
	t.Helper()
	rows := make([][]any, count)
	for n := range rows {
		rows[n] = []any{userID(n), fmt.Sprintf("user.%d", n), fmt.Sprintf("User %d", n), 100 + n}
	}
	p.insert(t, "users (id, handle, display_name, credits)", rows...)
}

// video is a video to be added.
type video struct {
	n, owner, views int
	at              time.Time
}

// addVideos adds videos 0 to count-1, the newest first; video n is of user n modulo owners, with n views.
func (p *platform) addVideos(t testing.TB, count, owners int) {
	t.Helper()
	videos := make([]video, count)
	for n := range videos {
		videos[n] = video{n, n % owners, n, past(n)}
	}
	p.addVideo(t, videos...)
}

func (p *platform) addVideo(t testing.TB, videos ...video) {
	t.Helper()
	var rows [][]any
	var views strings.Builder
	for _, v := range videos {
		rows = append(rows, []any{videoID(v.n), userID(v.owner), fmt.Sprintf("Video %d", v.n), fmt.Sprintf("https://cdn.example.com/%d.mp4", v.n), v.at})
		fmt.Fprintf(&views, " WHEN '%s' THEN %d", videoID(v.n), v.views)
	}
	p.insert(t, "videos (id, owner_id, title, playback_url, created_at)", rows...)
	p.Exec(t, "UPDATE video_metadata SET view_count = CASE video_id"+views.String()+" ELSE view_count END")
}

func (p *platform) setViews(t testing.TB, n, views int) {
	t.Helper()
	p.Exec(t, "UPDATE video_metadata SET view_count = ? WHERE video_id = ?", views, videoID(n))
}

func (p *platform) deleteVideo(t testing.TB, n int) {
	t.Helper()
	p.Exec(t, "UPDATE videos SET deleted_at = ?, deletion_reason = 'spam' WHERE id = ?", past(0), videoID(n))
}

// job is a job to be added.
type job struct {
	n, owner int
	status   models.AIJobStatus
	source   *models.ID
	// at is when it was started; where it is zero, n minutes ago.
	at time.Time
}

// addJobs adds jobs that are older the higher their numbers are, queued where nothing else is said.
func (p *platform) addJobs(t testing.TB, jobs ...job) {
	t.Helper()
	var rows [][]any
	for _, j := range jobs {
		if j.at.IsZero() {
			j.at = past(j.n)
		}
		if j.status == "" {
			j.status = models.AIJobStatusQueued
		}
		rows = append(rows, []any{jobID(j.n), userID(j.owner), "GENERATE", string(j.status), 45, fmt.Sprintf("prompt %d of %d", j.n, j.owner), j.source, j.at})
	}
	p.insert(t, "ai_jobs (id, owner_id, kind, status, progress, prompt, source_video_id, created_at)", rows...)
}

// note is a notification to be added.
type note struct {
	n, recipient      int
	category          models.NotificationCategory
	actor, video, job *models.ID
	read              bool
}

// addNotes adds notifications, each the newest of its recipient's, and makes the inboxes agree with
// what is there. They know of no block.
func (p *platform) addNotes(t testing.TB, notes ...note) {
	t.Helper()
	last := map[int]int{}
	var rows [][]any
	for _, n := range notes {
		if _, known := last[n.recipient]; !known {
			last[n.recipient] = p.lastNumber(t, n.recipient)
		}
		last[n.recipient]++
		if n.category == "" {
			n.category = models.NotificationCategorySystem
		}
		var readAt any
		if n.read {
			readAt = past(0)
		}
		rows = append(rows, []any{
			noteID(n.n), userID(n.recipient), last[n.recipient], string(n.category), fmt.Sprintf("note %d to %d", n.n, n.recipient),
			n.actor, n.video, n.job, past(-n.n), readAt,
		})
	}
	p.insert(t, "notifications (id, recipient_id, number, category, title, actor_id, video_id, job_id, created_at, read_at)", rows...)
	p.Exec(t, "DELETE FROM inboxes")
	var columns, sums string
	for _, category := range models.AllNotificationCategory {
		columns += ", unread_" + strings.ToLower(string(category))
		sums += fmt.Sprintf(", sum(CASE WHEN read_at IS NULL AND category = '%s' THEN 1 ELSE 0 END)", category)
	}
	p.Exec(t, "INSERT INTO inboxes (user_id, last_number, version"+columns+`)
		SELECT recipient_id, max(number), sum(CASE WHEN read_at IS NULL THEN 1 ELSE 0 END)`+sums+" FROM notifications GROUP BY recipient_id")
}

func (p *platform) lastNumber(t testing.TB, recipient int) int {
	t.Helper()
	db := p.tx
	if db == nil {
		db = p.Write
	}
	var last int
	if err := db.Raw("SELECT coalesce(max(number), 0) FROM notifications WHERE recipient_id = ?", userID(recipient)).Scan(&last).Error; err != nil {
		t.Fatal(err)
	}
	return last
}

// block has a user block others, the one with the lowest number last.
func (p *platform) block(t testing.TB, blocker int, blocked ...int) {
	t.Helper()
	var rows [][]any
	for _, n := range blocked {
		rows = append(rows, []any{userID(blocker), userID(n), past(n)})
	}
	p.insert(t, "user_blocks (blocker_id, blocked_id, created_at)", rows...)
}

// report adds open reports on a video, one for each reason, of reporters that nobody knows.
func (p *platform) report(t testing.TB, video int, reasons ...string) {
	t.Helper()
	p.reports(t, map[int][]string{video: reasons})
}

// reports adds reports on many videos.
func (p *platform) reports(t testing.TB, reasons map[int][]string) {
	t.Helper()
	var reports, counts [][]any
	for video, reasons := range reasons {
		for i, reason := range reasons {
			reports = append(reports, []any{videoID(video), userID(1000 + i), reason, past(video)})
		}
		counts = append(counts, []any{videoID(video), len(reasons), past(video)})
	}
	p.insert(t, "video_reports (video_id, reporter_id, reason, created_at)", reports...)
	p.insert(t, "reported_videos (video_id, report_count, last_reported_at)", counts...)
}

// line is a line of the moderation log to be added.
type line struct {
	n, moderator, video int
	at                  time.Time
}

func (p *platform) addLines(t testing.TB, lines ...line) {
	t.Helper()
	var rows [][]any
	for _, l := range lines {
		rows = append(rows, []any{lineID(l.n), "DISMISS_REPORTS", videoID(l.video), userID(l.moderator), fmt.Sprintf("reason %d", l.n), l.at})
	}
	p.insert(t, "moderation_actions (id, kind, video_id, moderator_id, reason, created_at)", rows...)
}
