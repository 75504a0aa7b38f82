package store

import (
	"context"
	"encoding/json"

	"reelgraph/models"
)

// sent is what is remembered of one notification that was to be sent.
type sent struct {
	Status models.SendNotificationStatus `json:"status"`
	// ID is nil unless it was sent.
	ID *models.ID `json:"id,omitempty"`
}

// SendNotifications sends a batch once for a caller and a batchID, and tells for each notification what became of
// it, in the order given. A repeat sends nothing and is told the same, with the notifications as they are by
// then, whatever has been blocked or unblocked meanwhile; other content under the same batchID is a
// BAD_USER_INPUT. Of the notifications ID, Number, CreatedAt and ReadAt are not read. None do nothing, without a
// statement, and nothing is remembered of them.
func (s *Store) SendNotifications(ctx context.Context, caller models.ID, batchID string, notifications []models.Notification) (results []*models.SendNotificationResult, err error) {
	if len(notifications) == 0 {
		return nil, nil
	}
	c := claim{call{caller, "sendNotifications", batchID}, contentOf(notifications)}
	err = s.inTx(ctx, func(tx *transaction) error {
		before, err := s.claimCalls(tx, []claim{c})
		if err != nil {
			return err
		}
		if first, ok := before[c.call]; ok {
			results, err = s.sentBefore(tx, c, first)
		} else {
			results, err = s.sendNow(tx, c, notifications)
		}
		return err
	})
	return results, err
}

// contentOf names what is sent field by field, so that a repeat is one for later versions of the model too.
func contentOf(notifications []models.Notification) string {
	content := make([][]any, len(notifications))
	for i, n := range notifications {
		content[i] = []any{n.RecipientID, n.Category, n.Title, n.Body, n.ActorID, n.VideoID, n.JobID}
	}
	return contentHash(content)
}

func (s *Store) sendNow(tx *transaction, c claim, notifications []models.Notification) ([]*models.SendNotificationResult, error) {
	known, err := s.knownRecipients(tx, notifications)
	if err != nil {
		return nil, err
	}
	named := make([]models.Notification, len(notifications))
	for i, n := range notifications {
		n.ID = models.NewID()
		named[i] = n
	}
	delivered, err := s.deliverTo(tx, known, named)
	if err != nil {
		return nil, err
	}
	results, answer := make([]*models.SendNotificationResult, len(named)), make([]sent, len(named))
	for i, n := range named {
		switch {
		case !known[n.RecipientID]:
			answer[i].Status = models.SendNotificationStatusUnknownUser
		case delivered[n.ID] == nil:
			answer[i].Status = models.SendNotificationStatusSuppressed
		default:
			answer[i] = sent{models.SendNotificationStatusSent, &named[i].ID}
		}
		results[i] = &models.SendNotificationResult{Status: answer[i].Status, Notification: delivered[n.ID]}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return results, s.rememberAnswers(tx, map[call]string{c.call: string(text)})
}

// sentBefore is the answer to an earlier call, with the notifications as they are now.
func (s *Store) sentBefore(tx *transaction, c claim, first earlier) ([]*models.SendNotificationResult, error) {
	if err := c.repeats(first); err != nil {
		return nil, err
	}
	var answer []sent
	if err := json.Unmarshal([]byte(*first.answer), &answer); err != nil {
		return nil, err
	}
	var ids []models.ID
	for _, a := range answer {
		if a.ID != nil {
			ids = append(ids, *a.ID)
		}
	}
	now, err := byID(tx.Where(s.db.Any("id", ids)), func(n *models.Notification) models.ID { return n.ID })
	if err != nil {
		return nil, err
	}
	results := make([]*models.SendNotificationResult, len(answer))
	for i, a := range answer {
		results[i] = &models.SendNotificationResult{Status: a.Status}
		if a.ID != nil {
			results[i].Notification = now[*a.ID]
		}
	}
	return results, nil
}
