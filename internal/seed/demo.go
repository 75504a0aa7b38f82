package seed

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// The people whom the demo's tokens are for. The first two are in users; the others are machines.
var (
	DemoUser      = models.ID{0xde, 0x30, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}
	DemoModerator = models.ID{0xde, 0x30, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 2}
	DemoWorker    = models.ID{0xde, 0x30, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 3}
	DemoService   = models.ID{0xde, 0x30, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 4}
)

const (
	// demoSeed is one that nobody will happen to give to `reelgraph seed`.
	demoSeed          = 0x64656d6f5f726f77
	demoUsers         = 38
	demoVideos        = 200
	demoJobs          = 60
	demoNotifications = 260
	// demoOwnNotifications are the demo user's, beside those of his jobs and videos.
	demoOwnNotifications = 40
	// demoVideoEvery is how many videos there are to one of the demo user's.
	demoVideoEvery = 16
)

// Rows of the demo with a part to play.
const (
	blockedUser   = 7 // by the demo user
	restoredVideo = 52
	deletedVideo  = 44
)

// demoCategories are the demo user's notifications' in turn.
var demoCategories = []models.NotificationCategory{
	models.NotificationCategoryLike, models.NotificationCategoryComment, models.NotificationCategoryFollow,
	models.NotificationCategoryLike, models.NotificationCategoryRemix, models.NotificationCategorySystem,
	models.NotificationCategoryComment,
}

// demoOwnJobs says how many of his jobs in DemoJobIDs stand how. None is queued: the demo's worker would
// take it at once, and his notifications would be others a few seconds later. Those in progress have no
// lease, and stay as they are.
var demoOwnJobs = map[models.AIJobStatus]int{
	models.AIJobStatusProcessing: 3,
	models.AIJobStatusCompleted:  3,
	models.AIJobStatusFailed:     2,
	models.AIJobStatusCanceled:   2,
}

// Demo fills the demo's world: some 40 users with videos, jobs, notifications, blocks and reports, and what a
// moderator did about them. Its times count back from the moment of the first fill. Filled before, it stays as
// it is, whatever has been done with it since; a fill that was broken off is finished.
func Demo(ctx context.Context, st *store.Store) error {
	d := demo{demoRows(time.Now())}
	videos, jobs := d.videos(), d.jobs()
	for _, step := range []struct {
		what string
		add  func() error
	}{
		{"users", func() error { return st.AddUsers(ctx, d.users()) }},
		{"videos", func() error { return st.AddVideos(ctx, videos) }},
		{"jobs", func() error { return st.AddAIJobs(ctx, jobs) }},
		{"notifications", func() error { return d.send(ctx, st, d.drafts(videos, jobs)) }},
		{"disputes", func() error { return st.AddDisputes(ctx, d.disputes()) }},
	} {
		if err := step.add(); err != nil {
			return fmt.Errorf("fill the demo's %s: %w", step.what, err)
		}
	}
	return nil
}

// DemoVideoIDs are twenty of the demo's videos, some of them the demo user's; none is deleted.
func DemoVideoIDs() []models.ID {
	r := demoRows(time.Time{})
	ids := make([]models.ID, 20)
	for row := range ids {
		ids[row] = r.id(tableVideos, row)
	}
	return ids
}

// DemoJobIDs are ten of the demo user's jobs, some for each way that a job can stand but in the queue.
func DemoJobIDs() []models.ID {
	r := demoRows(time.Time{})
	var ids []models.ID
	for _, row := range ownJobs(r) {
		ids = append(ids, r.id(tableJobs, row))
	}
	return ids
}

// DemoNotificationIDs are the demo user's notifications of his jobs.
func DemoNotificationIDs() []models.ID {
	r := demoRows(time.Time{})
	var ids []models.ID
	for n := range demoOwnJobs[models.AIJobStatusCompleted] + demoOwnJobs[models.AIJobStatusFailed] {
		ids = append(ids, r.id(tableNotifications, demoNotifications+n))
	}
	return ids
}

// DemoUserIDs are two users whom the demo user has not blocked.
func DemoUserIDs() []models.ID {
	r := demoRows(time.Time{})
	return []models.ID{r.id(tableUsers, 3), r.id(tableUsers, 12)}
}

// DemoCaseIDs are videos for moderators: two that people reported, and one that is deleted.
func DemoCaseIDs() []models.ID {
	r := demoRows(time.Time{})
	return []models.ID{
		r.id(tableVideos, complaints[0].video), r.id(tableVideos, complaints[1].video), r.id(tableVideos, deletedVideo),
	}
}

func demoRows(until time.Time) *rows {
	return newRows(Options{
		Users: demoUsers, Videos: demoVideos, Jobs: demoJobs, Notifications: demoNotifications,
		RandomSeed: demoSeed, Until: until,
	})
}

// ownJobs are the rows behind DemoJobIDs: the first ones after the others' that stand as wanted,
// two of each kind.
func ownJobs(r *rows) []int {
	var chosen []int
	stand, kinds := map[models.AIJobStatus]int{}, map[models.AIJobKind]int{}
	for row := demoJobs; len(chosen) < 10; row++ {
		job := r.job(row)
		if stand[job.Status] < demoOwnJobs[job.Status] && kinds[job.Kind] < 2 {
			stand[job.Status]++
			kinds[job.Kind]++
			chosen = append(chosen, row)
		}
	}
	return chosen
}

// demo gives the rows of the demo their parts.
type demo struct{ *rows }

func (d demo) users() []models.User {
	users := []models.User{
		{ID: DemoUser, Handle: "demo", DisplayName: "Demo User", Credits: credits},
		{ID: DemoModerator, Handle: "moderator", DisplayName: "Demo Moderator", Credits: credits},
	}
	for i := range users {
		users[i].CreatedAt = d.Until.Add(-2 * window)
	}
	for row := range demoUsers {
		user := d.user(row)
		// Shorter than those of `reelgraph seed`, and never the same as one of them.
		user.Handle, _, _ = strings.Cut(user.Handle, ".")
		users = append(users, user)
	}
	return users
}

func (d demo) videos() []store.CountedVideo {
	videos := make([]store.CountedVideo, demoVideos)
	for row := range videos {
		videos[row] = d.video(row)
		if row%demoVideoEvery == 0 {
			videos[row].Video.OwnerID = DemoUser
		}
	}
	return videos
}

func (d demo) jobs() []models.AIJob {
	var jobs []models.AIJob
	for row := range demoJobs {
		jobs = append(jobs, d.job(row))
	}
	for _, row := range ownJobs(d.rows) {
		job := d.job(row)
		job.OwnerID = DemoUser
		jobs = append(jobs, job)
	}
	return jobs
}

// drafts are everybody's notifications; for the demo user one for each of his jobs that completed or
// failed, and many of the other categories, some of them from the user whom he blocks.
func (d demo) drafts(videos []store.CountedVideo, jobs []models.AIJob) []draft {
	var drafts []draft
	for row := range demoNotifications {
		drafts = append(drafts, d.draft(row))
	}
	own := func() draft {
		n := d.draft(len(drafts))
		n.recipient, n.video, n.job = DemoUser, nil, nil
		return n
	}
	ownVideos := slices.DeleteFunc(slices.Clone(videos), func(v store.CountedVideo) bool { return v.Video.OwnerID != DemoUser })
	for i := range jobs {
		job := &jobs[i]
		if job.OwnerID == DemoUser && (job.Status == models.AIJobStatusCompleted || job.Status == models.AIJobStatusFailed) {
			n := own()
			n.category, n.job, n.at = models.NotificationCategoryAiJob, job, *job.FinishedAt
			drafts = append(drafts, n)
		}
	}
	for i := range demoOwnNotifications {
		n := own()
		n.category = demoCategories[i%len(demoCategories)]
		if i%4 == 0 {
			n.actor = blockedUser
		}
		if n.category != models.NotificationCategoryFollow && n.category != models.NotificationCategorySystem {
			n.video = oneBefore(n, ownVideos)
		}
		drafts = append(drafts, n)
	}
	return drafts
}

// oneBefore is one of the videos that were there when the notification came; the first where none was.
func oneBefore(n draft, videos []store.CountedVideo) *models.Video {
	start := n.dice.below(len(videos))
	for i := range videos {
		video := &videos[(start+i)%len(videos)].Video
		if !video.CreatedAt.After(n.at) {
			return video
		}
	}
	return &videos[0].Video
}

// complaint is one of the demo's open cases: so many users report a video, each with the next of the reasons.
type complaint struct {
	video, reporters int
	reasons          []string
}

var complaints = []complaint{
	{23, 7, []string{"Spam or misleading", "Spam or misleading", "Stolen from another creator"}},
	{61, 5, []string{"Hateful or abusive", "Bullying"}},
	{90, 4, []string{"Dangerous stunt"}},
	{18, 2, []string{"Stolen from another creator", "저작권 침해"}},
	{133, 1, []string{"Flashing images without a warning"}},
}

// disputes are the open complaints and those that the moderator has settled, in several ways.
func (d demo) disputes() store.Disputes {
	hoursAgo := func(hours int) time.Time { return d.Until.Add(-time.Duration(hours) * time.Hour) }
	video := func(row int) models.ID { return d.id(tableVideos, row) }
	user := func(row int) models.ID { return d.id(tableUsers, row) }
	var out store.Disputes

	for i, c := range complaints {
		for n := range c.reporters {
			out.Reports = append(out.Reports, models.VideoReport{
				VideoID: video(c.video), ReporterID: user(20 + n),
				Reason: c.reasons[n%len(c.reasons)], CreatedAt: hoursAgo(1 + 3*i + 5*n),
			})
		}
	}
	for i, a := range []struct {
		kind     models.ModerationActionKind
		video    int
		hoursAgo int
		reason   string
	}{
		{models.ModerationActionKindDeleteVideo, restoredVideo, 90, "Reported as stolen"},
		{models.ModerationActionKindRestoreVideo, restoredVideo, 66, "The creator showed the original recording"},
		{models.ModerationActionKindDismissReports, 31, 40, "Satire, and marked as such"},
		{models.ModerationActionKindDeleteVideo, deletedVideo, 12, "Hateful or abusive"},
	} {
		at := hoursAgo(a.hoursAgo)
		out.Actions = append(out.Actions, models.ModerationAction{
			ID: d.id(tableActions, i), Kind: a.kind, VideoID: video(a.video), ModeratorID: DemoModerator,
			Reason: a.reason, CreatedAt: at,
		})
		if a.kind != models.ModerationActionKindRestoreVideo {
			out.Reports = append(out.Reports, models.VideoReport{
				VideoID: video(a.video), ReporterID: user(20 + i), Reason: a.reason,
				CreatedAt: at.Add(-2 * time.Hour), SettledAt: &at,
			})
		}
	}
	for i, b := range [][2]models.ID{{DemoUser, user(blockedUser)}, {DemoUser, user(29)}, {user(3), user(blockedUser)}, {user(12), user(30)}} {
		out.Blocks = append(out.Blocks, models.UserBlock{BlockerID: b[0], BlockedID: b[1], CreatedAt: hoursAgo(20 + 9*i)})
	}
	return out
}
