package store_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// step is one call.
type step struct {
	call string
	user models.ID
	// ids are notifications to be marked, or users to be blocked or not.
	ids      []models.ID
	category *models.NotificationCategory
	upTo     *models.ID
	batch    string
	send     []models.Notification
}

// outcome is what a step was answered.
type outcome struct {
	Refused  bool
	Count    int
	Statuses []string
	// Notes are the notifications in the answer; the zero ID stands for none.
	Notes []models.ID
	Inbox *models.Inbox
}

// randomStep makes a step about some of the notifications that there are.
func randomStep(r *rand.Rand, notes []models.Notification) step {
	// Some of them meet more often than others.
	anybody := func() models.ID { return id(1 + r.IntN(1+r.IntN(people))) }
	s := step{user: anybody()}
	pick := func() models.Notification {
		if len(notes) == 0 {
			return models.Notification{ID: models.NewID(), RecipientID: s.user}
		}
		// Mostly one that the user has not read, and a late one.
		var n models.Notification
		for range 5 {
			if n = notes[len(notes)-1-r.IntN(1+r.IntN(len(notes)))]; n.RecipientID == s.user && n.ReadAt == nil {
				break
			}
		}
		return n
	}
	some := func() []models.ID {
		var users []models.ID
		for range 1 + r.IntN(3) {
			users = append(users, anybody())
		}
		return users
	}
	switch kind := r.IntN(100); {
	case kind < 40:
		s.call, s.batch, s.user = "send", models.NewID().String(), id(1)
		for range 1 + r.IntN(6) {
			n := models.Notification{RecipientID: anybody(), Category: models.AllNotificationCategory[r.IntN(6)], Title: "T"}
			if r.IntN(5) > 0 {
				n.ActorID = new(anybody())
			}
			s.send = append(s.send, n)
		}
	case kind < 64:
		s.call = "mark"
		for range 1 + r.IntN(12) {
			s.ids = append(s.ids, pick().ID)
		}
	case kind < 72:
		s.call = "mark all"
		if r.IntN(2) == 0 {
			s.category = new(models.AllNotificationCategory[r.IntN(6)])
		}
		if r.IntN(2) == 0 {
			last := pick()
			s.upTo = &last.ID
			if r.IntN(4) > 0 {
				s.user = last.RecipientID
			}
		}
	case kind < 86:
		s.call, s.ids = "block", some()
	default:
		s.call, s.ids = "unblock", some()
	}
	return s
}

// run takes the step on a store.
func (s step) run(t *testing.T, st *store.Store) (outcome, []*models.SendNotificationResult) {
	t.Helper()
	var o outcome
	var sent []*models.SendNotificationResult
	var marked store.Marked
	var err error
	switch s.call {
	case "send":
		sent, err = st.SendNotifications(t.Context(), s.user, s.batch, s.send)
		for _, result := range sent {
			o.Statuses = append(o.Statuses, string(result.Status))
			if result.Notification != nil {
				o.Count++
			}
		}
	case "mark":
		var now map[models.ID]*models.Notification
		marked, now, err = st.MarkNotificationsRead(t.Context(), s.user, s.ids)
		o.Notes = slices.SortedFunc(maps.Keys(now), models.ID.Compare)
		for _, n := range now {
			if n.ReadAt == nil {
				t.Errorf("%s was marked and is unread", n.ID)
			}
		}
		o.Count, o.Inbox = marked.Count, marked.Inbox
	case "mark all":
		var newest []*models.Notification
		marked, newest, err = st.MarkAllNotificationsRead(t.Context(), s.user, s.category, s.upTo)
		for _, n := range newest {
			o.Notes = append(o.Notes, n.ID)
			if n.ReadAt == nil {
				t.Errorf("%s was marked and is unread", n.ID)
			}
		}
		o.Count, o.Inbox = marked.Count, marked.Inbox
	case "block":
		var done store.Blocking
		done, err = st.BlockUsers(t.Context(), s.user, s.ids)
		for _, id := range s.ids {
			o.Statuses = append(o.Statuses, string(done.Statuses[id]))
		}
		o.Count = done.Count
	case "unblock":
		o.Count, err = st.UnblockUsers(t.Context(), s.user, s.ids)
	}
	var coded *models.Error
	if errors.As(err, &coded) && coded.Code == models.CodeBadUserInput {
		return outcome{Refused: true}, nil
	}
	if err != nil {
		t.Errorf("%+v: %v", s, err)
	}
	return o, sent
}
