package seed

import (
	"context"
	"time"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// draft is a notification before it is certain to whom it goes: that is the owner of what it is
// about, whom the database may have from an earlier run with fewer users.
type draft struct {
	id        models.ID
	at        time.Time
	dice      *dice
	category  models.NotificationCategory
	actor     int
	video     *models.Video
	job       *models.AIJob
	recipient models.ID
}

func (r *rows) draft(row int) draft {
	d := r.roll(tableNotifications, row)
	place := r.notifications.place(row)
	n := draft{id: d.id(), dice: d, at: r.Until.Add(-ago(place))}
	die := d.below(100)
	switch {
	case die < 40:
		n.category = models.NotificationCategoryLike
	case die < 60:
		n.category = models.NotificationCategoryComment
	case die < 70:
		n.category = models.NotificationCategoryRemix
	case die < 82:
		n.category = models.NotificationCategoryFollow
	case die < 94:
		n.category = models.NotificationCategoryAiJob
	default:
		n.category = models.NotificationCategorySystem
	}
	n.actor = d.below(r.Users)
	n.recipient = r.id(tableUsers, d.skewed(r.Users))
	switch n.category {
	case models.NotificationCategoryLike, models.NotificationCategoryComment, models.NotificationCategoryRemix:
		if r.Videos > 0 {
			video := r.video(r.videos.older(d, place, r.Videos)).Video
			n.video, n.recipient = &video, video.OwnerID
		}
	case models.NotificationCategoryAiJob:
		if n.job = r.endedJob(d, place, n.at); n.job != nil {
			n.recipient = n.job.OwnerID
		}
	}
	return n
}

// endedJob is one of the jobs that had completed or failed by then; nil where a few looks find none.
func (r *rows) endedJob(d *dice, place uint64, by time.Time) *models.AIJob {
	const looks = 8
	if r.Jobs == 0 {
		return nil
	}
	for range looks {
		job := r.job(r.jobs.older(d, place, r.Jobs))
		if job.Status.Finished() && job.Status != models.AIJobStatusCanceled && !job.FinishedAt.After(by) {
			return &job
		}
	}
	return nil
}

// notification finishes a draft.
func (r *rows) notification(n draft) models.Notification {
	done := models.Notification{ID: n.id, RecipientID: n.recipient, Category: n.category, CreatedAt: n.at}
	if n.dice.chance(50) {
		read := done.CreatedAt.Add(n.dice.within(min(48*time.Hour, r.Until.Sub(n.at))))
		done.ReadAt = &read
	}
	switch n.category {
	case models.NotificationCategorySystem:
		said := pick(n.dice, announcements)
		done.Title, done.Body = said.title, new(said.body)
	case models.NotificationCategoryAiJob:
		r.tellJob(&done, n.job)
	default:
		r.tellActivity(&done, n)
	}
	return done
}

func (r *rows) tellJob(done *models.Notification, job *models.AIJob) {
	switch {
	case job == nil:
		done.Title = "Your AI job is ready"
	case job.Status == models.AIJobStatusFailed:
		done.Title, done.Body, done.JobID = "Your "+jobNouns[job.Kind]+" failed", job.Error, &job.ID
	default:
		done.Title, done.Body, done.JobID = "Your "+jobNouns[job.Kind]+" is ready", job.Prompt, &job.ID
	}
}

// tellActivity tells what another user did. Nobody hears of himself.
func (r *rows) tellActivity(done *models.Notification, n draft) {
	name := "Somebody"
	actor := r.user(n.actor)
	if actor.ID == n.recipient {
		actor = r.user((n.actor + 1) % r.Users)
	}
	if actor.ID != n.recipient {
		name, done.ActorID = actor.DisplayName, &actor.ID
	}
	if n.video != nil {
		done.VideoID, done.Body = &n.video.ID, &n.video.Title
	}
	switch n.category {
	case models.NotificationCategoryLike:
		done.Title = name + " liked your video"
	case models.NotificationCategoryComment:
		done.Title, done.Body = name+" commented on your video", new(pick(n.dice, comments))
	case models.NotificationCategoryRemix:
		done.Title = name + " remixed your video"
	case models.NotificationCategoryFollow:
		done.Title = name + " follows you"
	}
}

// send writes drafts as the notifications of those who own what they are about.
func (r *rows) send(ctx context.Context, st *store.Store, drafts []draft) error {
	if err := address(ctx, st, drafts); err != nil {
		return err
	}
	notifications := make([]models.Notification, len(drafts))
	for i, n := range drafts {
		notifications[i] = r.notification(n)
	}
	return st.AddNotifications(ctx, notifications)
}

// address makes the stored owner of a draft's video or job its recipient.
func address(ctx context.Context, st *store.Store, drafts []draft) error {
	var videoIDs, jobIDs []models.ID
	for _, n := range drafts {
		if n.video != nil {
			videoIDs = append(videoIDs, n.video.ID)
		}
		if n.job != nil {
			jobIDs = append(jobIDs, n.job.ID)
		}
	}
	videos, err := st.VideosByID(ctx, videoIDs)
	if err != nil {
		return err
	}
	jobs, err := st.AIJobsByID(ctx, jobIDs)
	if err != nil {
		return err
	}
	for i := range drafts {
		n := &drafts[i]
		if n.video != nil && videos[n.video.ID] != nil {
			n.recipient = videos[n.video.ID].OwnerID
		}
		if n.job != nil && jobs[n.job.ID] != nil {
			n.recipient = jobs[n.job.ID].OwnerID
		}
	}
	return nil
}
