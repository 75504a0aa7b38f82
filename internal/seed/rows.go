package seed

import (
	"math"
	"time"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// credits are what each user starts with.
const credits = 1000

// rows makes the rows of every table. What a row is depends on the random seed, on its own number
// and, where it refers to another table's row, on how many of those there are; its times
// count back from until.
type rows struct {
	Options
	// chunk is how many rows are written in one transaction.
	chunk                              int
	users, videos, jobs, notifications timeline
}

func newRows(options Options) *rows {
	options.Until = options.Until.UTC().Truncate(time.Microsecond)
	// Users joined before the window. The other tables reach the less far back the later their rows come in
	// a story, so that all but the oldest find something older to be about.
	const all = math.MaxUint64
	return &rows{
		Options:       options,
		chunk:         chunkRows,
		users:         newTimeline(options.RandomSeed, tableUsers, all),
		videos:        newTimeline(options.RandomSeed, tableVideos, all),
		jobs:          newTimeline(options.RandomSeed, tableJobs, all/8*7),
		notifications: newTimeline(options.RandomSeed, tableNotifications, all/4*3),
	}
}

func (r *rows) roll(of table, row int) *dice { return roll(r.RandomSeed, of, row) }

// id is the id of a row: the first thing that its dice give.
func (r *rows) id(of table, row int) models.ID { return r.roll(of, row).id() }

func (r *rows) user(row int) models.User {
	d := r.roll(tableUsers, row)
	user := models.User{ID: d.id(), Credits: credits}
	people := pick(d, peoples)
	given, family := pick(d, people.given), pick(d, people.family)
	user.DisplayName = people.joined(given.native, family.native)
	user.Handle = handle(given.latin, family.latin, row, r.RandomSeed)
	user.CreatedAt = r.Until.Add(-window - ago(r.users.place(row)))
	return user
}

func (r *rows) video(row int) store.CountedVideo {
	d := r.roll(tableVideos, row)
	id := d.id()
	age := ago(r.videos.place(row))
	video := models.Video{
		ID:          id,
		OwnerID:     r.id(tableUsers, d.skewed(r.Users)),
		Title:       pick(d, languages).title(d),
		PlaybackURL: "https://cdn.example.com/videos/" + id.String() + ".mp4",
		CreatedAt:   r.Until.Add(-age),
	}
	if d.chance(90) {
		video.ThumbnailURL = new("https://cdn.example.com/thumbnails/" + id.String() + ".jpg")
	}
	// Half of its views come in a video's first day.
	hours := int64(age / time.Hour)
	views := d.tail() * (hours + 1) / (hours + 24)
	likes := views * int64(20+d.below(100)) / 1000
	return store.CountedVideo{Video: video, Metadata: models.VideoMetadata{
		VideoID:      id,
		OwnerID:      video.OwnerID,
		ViewCount:    views,
		LikeCount:    likes,
		CommentCount: likes * int64(10+d.below(90)) / 1000,
		RemixCount:   views * int64(d.below(15)) / 1000,
		GlitchCount:  views * int64(d.below(8)) / 1000,
		Version:      1,
		UpdatedAt:    video.CreatedAt.Add(d.within(age)),
	}}
}

func (r *rows) job(row int) models.AIJob {
	d := r.roll(tableJobs, row)
	place := r.jobs.place(row)
	age := ago(place)
	job := models.AIJob{
		ID:        d.id(),
		OwnerID:   r.id(tableUsers, d.skewed(r.Users)),
		Kind:      pick(d, models.AllAIJobKind),
		Version:   1,
		CreatedAt: r.Until.Add(-age),
	}
	if job.Kind == models.AIJobKindGenerate || job.Kind == models.AIJobKindRemix {
		job.Prompt = new(pick(d, prompts))
	}
	if job.Kind != models.AIJobKindGenerate && r.Videos > 0 {
		source := r.id(tableVideos, r.videos.older(d, place, r.Videos))
		job.SourceVideoID = &source
	}
	job.Status = r.status(d, place)
	live(&job, d, age)
	return job
}

// status says how a job stands: the newest ones wait or run, the others have finished.
func (r *rows) status(d *dice, place uint64) models.AIJobStatus {
	const newest = math.MaxUint64 / 12
	die := d.below(100)
	switch {
	case place < newest && die < 60:
		return models.AIJobStatusQueued
	case place < newest:
		return models.AIJobStatusProcessing
	case die < 80:
		return models.AIJobStatusCompleted
	case die < 92:
		return models.AIJobStatusFailed
	}
	return models.AIJobStatusCanceled
}

// live gives a job all that has happened to it since it was made.
func live(job *models.AIJob, d *dice, age time.Duration) {
	wait := d.within(min(10*time.Minute, age/2))
	started := job.CreatedAt.Add(wait)
	finished := started.Add(d.within(min(30*time.Minute, age-wait)))
	switch job.Status {
	case models.AIJobStatusQueued:
		finished = job.CreatedAt
	case models.AIJobStatusProcessing:
		job.Attempts, job.Progress, job.StartedAt = 1+d.below(2), 1+d.below(99), &started
	case models.AIJobStatusCompleted:
		job.Attempts, job.Progress, job.StartedAt, job.FinishedAt = 1+d.below(2), 100, &started, &finished
		job.ResultURL = new("https://cdn.example.com/results/" + job.ID.String() + extension(job.Kind))
	case models.AIJobStatusFailed:
		why := pick(d, failures)
		job.Attempts, job.Error, job.ErrorCode = why.attempts, new(why.text), new(why.code)
		if why.attempts > 0 {
			job.Progress, job.StartedAt = d.below(100), &started
		} else {
			finished = job.CreatedAt
		}
		job.FinishedAt = &finished
	case models.AIJobStatusCanceled:
		job.FinishedAt = &finished
		if d.chance(50) {
			job.Attempts, job.Progress, job.StartedAt = 1, d.below(100), &started
		}
	}
	job.UpdatedAt = finished
	job.Version += int64(2*job.Attempts + job.Progress/20)
}

func extension(kind models.AIJobKind) string {
	if kind == models.AIJobKindCaption {
		return ".vtt"
	}
	return ".mp4"
}
