package store_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// -model.rounds=5000 looks for longer than a test run does; -model.seed repeats what a failed run printed.
var (
	modelRounds = flag.Int("model.rounds", 0, "rounds of the model tests of inboxes; 0 is a few seconds' worth")
	modelSeed   = flag.Uint64("model.seed", 0, "seed of the model tests of inboxes; 0 is a new one each time")
)

// Users 1 to known are known to the server; the one after them blocks like anybody and gets nothing.
const known, people = 6, 7

// rounds is how many to run where so many are a few seconds' worth on PostgreSQL. SQLite, which writes each
// step to disk, has one.
func rounds(f fixture, few int) int {
	switch {
	case *modelRounds > 0:
		return *modelRounds
	case f.Dialect == database.SQLite:
		return 1
	}
	return few
}

func newRandom(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *modelSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("repeat this with -model.seed=%d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

// model is what inboxes are, in memory.
type model struct {
	// notes are all that were sent, in that order.
	notes   []models.Notification
	blocks  map[[2]models.ID]bool
	inboxes map[models.ID]*models.Inbox
}

func (m *model) inbox(user models.ID) *models.Inbox {
	if m.inboxes[user] == nil {
		m.inboxes[user] = &models.Inbox{UserID: user}
	}
	return m.inboxes[user]
}

func (m *model) hidden(n models.Notification) bool {
	return n.ActorID != nil && m.blocks[[2]models.ID{n.RecipientID, *n.ActorID}]
}

// take is what a step must be answered. From sent, which it was answered, the model learns ids and numbers.
func (m *model) take(t *testing.T, s step, sent []*models.SendNotificationResult) outcome {
	t.Helper()
	var o outcome
	switch s.call {
	case "send":
		for i, n := range s.send {
			status := models.SendNotificationStatusSent
			switch {
			case n.RecipientID == id(people):
				status = models.SendNotificationStatusUnknownUser
			case m.hidden(n):
				status = models.SendNotificationStatusSuppressed
			default:
				o.Count++
				n.ID, n.CreatedAt = sent[i].Notification.ID, sent[i].Notification.CreatedAt
				n.Number = m.inbox(n.RecipientID).LastNumber + 1
				m.inbox(n.RecipientID).LastNumber++
				m.notes = append(m.notes, n)
				same(t, "sent", n, *sent[i].Notification)
			}
			o.Statuses = append(o.Statuses, string(status))
		}
		for _, n := range s.send {
			if n.RecipientID != id(people) {
				m.recount(n.RecipientID)
			}
		}
	case "mark", "mark all":
		return m.mark(s)
	case "block":
		return m.block(s)
	case "unblock":
		for _, other := range s.ids {
			if key := [2]models.ID{s.user, other}; m.blocks[key] {
				delete(m.blocks, key)
				o.Count++
			}
		}
		if o.Count > 0 {
			m.inbox(s.user).BlocksVersion++
			m.recount(s.user)
		}
	}
	return o
}

func (m *model) mark(s step) (o outcome) {
	last := len(m.notes) - 1
	if s.upTo != nil {
		last = slices.IndexFunc(m.notes, func(n models.Notification) bool { return n.ID == *s.upTo && n.RecipientID == s.user })
		if last < 0 {
			return outcome{Refused: true}
		}
	}
	for i, n := range slices.Backward(m.notes) {
		if i > last || n.RecipientID != s.user || m.hidden(n) || s.call == "mark" && !slices.Contains(s.ids, n.ID) || s.category != nil && n.Category != *s.category {
			continue
		}
		fresh := n.ReadAt == nil
		if fresh {
			o.Count++
			m.notes[i].ReadAt = new(at(0))
		}
		if s.call == "mark" || fresh && o.Count <= 100 {
			o.Notes = append(o.Notes, n.ID)
		}
	}
	if s.call == "mark" {
		slices.SortFunc(o.Notes, models.ID.Compare)
	}
	o.Inbox = &models.Inbox{UserID: s.user}
	if m.inboxes[s.user] != nil {
		m.recount(s.user)
		o.Inbox = m.inboxes[s.user]
	}
	return o
}

func (m *model) block(s step) (o outcome) {
	statuses := map[models.ID]string{}
	for _, other := range s.ids {
		key := [2]models.ID{s.user, other}
		switch {
		case statuses[other] != "":
		case other == s.user:
			statuses[other] = "SELF"
		case other == id(people):
			statuses[other] = "NOT_FOUND"
		case m.blocks[key]:
			statuses[other] = "ALREADY_BLOCKED"
		default:
			m.blocks[key] = true
			statuses[other] = "BLOCKED"
			o.Count++
		}
		o.Statuses = append(o.Statuses, statuses[other])
	}
	if o.Count > 0 {
		m.inbox(s.user).BlocksVersion++
		m.recount(s.user)
	}
	return o
}

// recount counts a user's inbox anew.
func (m *model) recount(user models.ID) {
	inbox := m.inbox(user)
	counted := *inbox
	counted.UnreadLike, counted.UnreadComment, counted.UnreadRemix = 0, 0, 0
	counted.UnreadFollow, counted.UnreadAIJob, counted.UnreadSystem = 0, 0, 0
	for _, n := range m.notes {
		if n.RecipientID == user && n.ReadAt == nil && !m.hidden(n) {
			*countOf(&counted, n.Category)++
		}
	}
	if countsOf(counted) != countsOf(*inbox) {
		counted.Version++
	}
	*inbox = counted
}

func countOf(i *models.Inbox, category models.NotificationCategory) *int {
	return map[models.NotificationCategory]*int{
		models.NotificationCategoryLike: &i.UnreadLike, models.NotificationCategoryComment: &i.UnreadComment,
		models.NotificationCategoryRemix: &i.UnreadRemix, models.NotificationCategoryFollow: &i.UnreadFollow,
		models.NotificationCategoryAiJob: &i.UnreadAIJob, models.NotificationCategorySystem: &i.UnreadSystem,
	}[category]
}

func countsOf(i models.Inbox) [6]int {
	return [6]int{i.UnreadLike, i.UnreadComment, i.UnreadRemix, i.UnreadFollow, i.UnreadAIJob, i.UnreadSystem}
}

// TestInboxesAreAsTheModelHasThem takes random steps one after the other, and compares every answer and, in
// the end, all that there is.
func TestInboxesAreAsTheModelHasThem(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		r := newRandom(t)
		f.users(t, 1, 2, 3, 4, 5, 6)
		for range rounds(f, 3) {
			m := &model{blocks: map[[2]models.ID]bool{}, inboxes: map[models.ID]*models.Inbox{}}
			for n := range 60 {
				s := randomStep(r, m.notes)
				got, sent := s.run(t, f.Store)
				if t.Failed() {
					return
				}
				same(t, fmt.Sprintf("step %d, %+v", n, s), m.take(t, s, sent), got)
			}
			same(t, "all there is", m.everything(), look(t, f))
			if t.Failed() {
				return
			}
			f.Exec(t, "DELETE FROM notifications")
			f.Exec(t, "DELETE FROM user_blocks")
			f.Exec(t, "DELETE FROM inboxes")
		}
	})
}

// contents are all there is of notifications, blocks and inboxes.
type contents struct {
	// Unread tells for each notification whether it is.
	Unread  map[models.ID]bool
	Numbers map[models.ID]int64
	Blocks  map[[2]models.ID]bool
	Inboxes map[models.ID]models.Inbox
}

func (m *model) everything() contents {
	there := contents{map[models.ID]bool{}, map[models.ID]int64{}, m.blocks, map[models.ID]models.Inbox{}}
	for _, n := range m.notes {
		there.Unread[n.ID], there.Numbers[n.ID] = n.ReadAt == nil, n.Number
	}
	for user, inbox := range m.inboxes {
		there.Inboxes[user] = *inbox
	}
	return there
}

func look(t *testing.T, f fixture) contents {
	t.Helper()
	there := contents{map[models.ID]bool{}, map[models.ID]int64{}, map[[2]models.ID]bool{}, map[models.ID]models.Inbox{}}
	for _, n := range all[models.Notification](t, f, "number") {
		there.Unread[n.ID], there.Numbers[n.ID] = n.ReadAt == nil, n.Number
	}
	for _, b := range all[models.UserBlock](t, f, "created_at") {
		there.Blocks[[2]models.ID{b.BlockerID, b.BlockedID}] = true
	}
	for _, i := range all[models.Inbox](t, f, "user_id") {
		there.Inboxes[i.UserID] = i
	}
	return there
}
