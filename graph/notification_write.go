package graph

import (
	"context"

	"reelgraph/internal/loaders"
	"reelgraph/internal/store"
	"reelgraph/models"
)

// unreadOfCaller reads how much the caller has not read.
func unreadOfCaller(ctx context.Context) (*models.UnreadNotifications, error) {
	caller := signedIn(ctx)
	inboxes, err := loaders.For(ctx).Inboxes.Root(ctx, "unread", func() []models.ID { return []models.ID{caller} })
	if err != nil {
		return nil, err
	}
	if inbox := inboxes[caller]; inbox != nil {
		return inbox.Unread(), nil
	}
	return models.Inbox{UserID: caller}.Unread(), nil
}

func markedPayload(ctx context.Context, marked store.Marked, notifications []*models.Notification) *models.MarkNotificationsReadPayload {
	loaders.Siblings(loaders.For(ctx), notifications)
	return &models.MarkNotificationsReadPayload{MarkedCount: marked.Count, Notifications: notifications, Inbox: marked.Inbox}
}

// onceEach are the objects found, in the order in which ids first name them.
func onceEach[T any](ids []models.ID, found map[models.ID]*T) []*T {
	objects, seen := make([]*T, 0, len(found)), make(map[models.ID]bool, len(ids))
	for _, id := range ids {
		if object := found[id]; object != nil && !seen[id] {
			objects, seen[id] = append(objects, object), true
		}
	}
	return objects
}

// notificationsToSend reads the arguments of sendNotifications.
func notificationsToSend(batchID string, asked []*models.SendNotificationInput) ([]models.Notification, error) {
	var in inputs
	in.key("batchId", "`batchId`", batchID)
	in.atMost("notifications", maxInputs, len(asked))
	notifications := make([]models.Notification, len(asked))
	for i, n := range asked {
		in.text("notifications", "`title`", n.Title, maxTitle)
		in.optionalText("notifications", "`body`", n.Body, maxProse)
		notifications[i] = models.Notification{
			RecipientID: in.id(n.UserID), Category: n.Category, Title: n.Title, Body: n.Body,
			ActorID: in.optionalID(n.ActorID), VideoID: in.optionalID(n.VideoID), JobID: in.optionalID(n.JobID),
		}
	}
	return notifications, in.err()
}

func sentPayload(ctx context.Context, results []*models.SendNotificationResult) *models.SendNotificationsPayload {
	payload := &models.SendNotificationsPayload{Results: results}
	sent := make([]*models.Notification, len(results))
	for i, result := range results {
		if result.Status == models.SendNotificationStatusSent {
			payload.SentCount++
		}
		sent[i] = result.Notification
	}
	loaders.Siblings(loaders.For(ctx), sent)
	return payload
}
