package store_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// TestInboxesOfManyCallers has four callers of two instances take random steps at once, and counts after each
// round of 40 what there is.
func TestInboxesOfManyCallers(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		r, stores := newRandom(t), f.instances(t)
		f.users(t, 1, 2, 3, 4, 5, 6)
		w := &witness{fixture: f, versions: map[models.ID]map[int64][6]int{}, inboxes: map[models.ID]models.Inbox{}}
		for round := range rounds(f, 10) {
			var seeds [4]uint64
			for i := range seeds {
				seeds[i] = r.Uint64()
			}
			w.begin(t)
			atOnce(len(seeds), func(n int) {
				own := rand.New(rand.NewPCG(seeds[n], 0))
				for i := range 10 {
					w.takes(t, own, stores[(n+i)%2])
				}
			})
			if w.ends(t); t.Failed() {
				t.Fatalf("in round %d", round)
			}
		}
	})
}

// witness knows what a database must hold by what callers were answered.
type witness struct {
	fixture

	// notes and blocks are those from before the round, inboxes those of the last look.
	notes   []models.Notification
	blocks  []models.UserBlock
	inboxes map[models.ID]models.Inbox

	mu                    sync.Mutex
	sent, marked, blocked int
	// lifted are the blocks that somebody has asked to end in this round.
	lifted map[[2]models.ID]bool
	// versions are the counts that were seen of each inbox.
	versions map[models.ID]map[int64][6]int
}

func (w *witness) begin(t *testing.T) {
	t.Helper()
	w.notes, w.blocks = all[models.Notification](t, w.fixture, "created_at"), all[models.UserBlock](t, w.fixture, "created_at")
	w.lifted = map[[2]models.ID]bool{}
}

// takes a random step, and looks at an inbox.
func (w *witness) takes(t *testing.T, r *rand.Rand, st *store.Store) {
	t.Helper()
	s := randomStep(r, w.notes)
	w.mu.Lock()
	for _, other := range s.ids {
		w.lifted[[2]models.ID{s.user, other}] = w.lifted[[2]models.ID{s.user, other}] || s.call == "unblock"
	}
	w.mu.Unlock()
	got, _ := s.run(t, st)
	read, err := st.InboxesByUserID(t.Context(), []models.ID{s.user})
	if err != nil {
		t.Error(err)
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	switch s.call {
	case "send":
		w.sent += got.Count
	case "block":
		w.blocked += got.Count
	case "unblock":
		w.blocked -= got.Count
	default:
		w.marked += got.Count
	}
	for _, inbox := range []*models.Inbox{got.Inbox, read[s.user]} {
		if inbox != nil {
			w.sees(t, *inbox)
		}
	}
	if now := read[s.user]; now != nil && got.Inbox != nil && now.Version < got.Inbox.Version {
		t.Errorf("version %d after %d", now.Version, got.Inbox.Version)
	}
}

// sees holds that one version of an inbox has the same counts to whoever sees it.
func (w *witness) sees(t *testing.T, inbox models.Inbox) {
	t.Helper()
	seen := w.versions[inbox.UserID]
	if seen == nil {
		seen = map[int64][6]int{}
		w.versions[inbox.UserID] = seen
	}
	if before, ok := seen[inbox.Version]; ok && before != countsOf(inbox) {
		t.Errorf("version %d of %s is %v and %v", inbox.Version, inbox.UserID, before, countsOf(inbox))
	}
	seen[inbox.Version] = countsOf(inbox)
}

// ends compares, when a round is over, what there is with what callers were told, and inboxes with what they count.
func (w *witness) ends(t *testing.T) {
	t.Helper()
	var read int
	var blocked [][2]models.ID
	for _, b := range all[models.UserBlock](t, w.fixture, "created_at") {
		blocked = append(blocked, [2]models.ID{b.BlockerID, b.BlockedID})
	}
	hides := func(n models.Notification, blocks [][2]models.ID) bool {
		return n.ActorID != nil && slices.Contains(blocks, [2]models.ID{n.RecipientID, *n.ActorID})
	}
	counted := map[models.ID]models.Inbox{}
	now := all[models.Notification](t, w.fixture, "recipient_id, number")
	for _, n := range now {
		inbox := counted[n.RecipientID]
		inbox.UserID = n.RecipientID
		if inbox.LastNumber++; n.Number != inbox.LastNumber {
			t.Errorf("number %d of %s stands at place %d", n.Number, n.RecipientID, inbox.LastNumber)
		}
		switch {
		case n.ReadAt != nil:
			read++
		case !hides(n, blocked):
			*countOf(&inbox, n.Category)++
		}
		counted[n.RecipientID] = inbox
	}
	same(t, "sent, marked and blocked", [3]int{w.sent, w.marked, w.blocked}, [3]int{len(now), read, len(blocked)})
	w.blocksHeld(t, now, hides)
	w.compare(t, counted, blocked)
}

// blocksHeld: what a block hid all through the round was not marked, and nothing came past it.
func (w *witness) blocksHeld(t *testing.T, now []models.Notification, hides func(models.Notification, [][2]models.ID) bool) {
	t.Helper()
	var held [][2]models.ID
	for _, b := range w.blocks {
		if key := [2]models.ID{b.BlockerID, b.BlockedID}; !w.lifted[key] {
			held = append(held, key)
		}
	}
	before := map[models.ID]models.Notification{}
	for _, n := range w.notes {
		before[n.ID] = n
	}
	for _, n := range now {
		if was, ok := before[n.ID]; hides(n, held) && (!ok || (was.ReadAt == nil) != (n.ReadAt == nil)) {
			t.Errorf("a block has let through %+v", n)
		}
	}
}

// compare looks at all inboxes.
func (w *witness) compare(t *testing.T, counted map[models.ID]models.Inbox, blocked [][2]models.ID) {
	t.Helper()
	inboxes := map[models.ID]models.Inbox{}
	for _, inbox := range all[models.Inbox](t, w.fixture, "user_id") {
		inboxes[inbox.UserID] = inbox
		w.sees(t, inbox)
		before, should := w.inboxes[inbox.UserID], counted[inbox.UserID]
		if countsOf(inbox) != countsOf(should) || inbox.LastNumber != should.LastNumber {
			t.Errorf("the inbox is %+v, what it holds is %+v", inbox, should)
		}
		if changed := countsOf(before) != countsOf(inbox); inbox.Version < before.Version || changed && inbox.Version == before.Version {
			t.Errorf("after %+v comes %+v", before, inbox)
		}
		var was, is []models.ID
		for _, b := range w.blocks {
			if b.BlockerID == inbox.UserID {
				was = append(was, b.BlockedID)
			}
		}
		for _, b := range blocked {
			if b[0] == inbox.UserID {
				is = append(is, b[1])
			}
		}
		if !slices.Equal(was, is) && inbox.BlocksVersion <= before.BlocksVersion {
			t.Errorf("blocks of %s were %v and are %v, their version is %d", inbox.UserID, was, is, inbox.BlocksVersion)
		}
	}
	for user := range maps.Keys(counted) {
		if _, ok := inboxes[user]; !ok {
			t.Errorf("%s has notifications and no inbox", user)
		}
	}
	w.inboxes = inboxes
}
