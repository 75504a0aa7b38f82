package events

import (
	"encoding/binary"
	"slices"
	"testing"

	"reelgraph/models"
)

// TestOutbox takes what it has room for, each id once.
func TestOutbox(t *testing.T) {
	t.Parallel()
	o := newOutbox()
	var ids []models.ID
	for n := range 3 * maxWaiting {
		var id models.ID
		binary.BigEndian.PutUint64(id[:], uint64(n/2))
		ids = append(ids, id)
	}
	for chunk := range slices.Chunk(ids, 1000) {
		o.add(models.KindAIJob, chunk)
	}
	o.add(models.KindInbox, ids[:3])
	if len(o.some) != 1 {
		t.Error("no signal")
	}
	taken := o.take(models.KindAIJob)
	slices.SortFunc(taken, models.ID.Compare)
	if !slices.Equal(taken, slices.Compact(ids)[:maxWaiting]) {
		t.Errorf("%d ids were taken", len(taken))
	}
	if again, other, none := o.take(models.KindAIJob), o.take(models.KindInbox), o.take(models.KindBlocks); again != nil || len(other) != 2 || none != nil {
		t.Errorf("then %d, of another kind %d, and of a third %d", len(again), len(other), len(none))
	}
}

// TestMessages come out as they went in.
func TestMessages(t *testing.T) {
	t.Parallel()
	ids := []models.ID{models.NewID(), models.NewID()}
	self := models.NewID()
	seen := map[models.Kind]bool{}
	for _, subject := range subjects {
		kind, sender, got, err := decode(subject.name, encode(self, ids))
		if kind != subject.kind || sender != self || !slices.Equal(got, ids) || err != nil {
			t.Errorf("%s: %v, %v, %v, %v", subject.name, kind, sender, got, err)
		}
		seen[kind] = true
	}
	if len(seen) != models.Kinds {
		t.Errorf("%d of %d kinds have a subject", len(seen), models.Kinds)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("reelgraph.changes.inbox", make([]byte, 48))
	f.Fuzz(func(t *testing.T, subject string, message []byte) {
		_, _, ids, err := decode(subject, message)
		if (err == nil) != (len(ids) > 0) || len(ids) > maxIDs {
			t.Errorf("%d ids, %v", len(ids), err)
		}
	})
}
