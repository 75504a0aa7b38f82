package store

import (
	"slices"

	"gorm.io/gorm"

	"reelgraph/models"
)

// WithHints has a Store tell hint what its writes have changed for clients: once for each kind of thing, with each
// id once, after the commit and before the write returns. What did not change, or was not committed, is not told; nor
// is what AddVideos and its siblings fill a database with. Whom a user has blocked is told before anything else, since
// it decides what they are to see. hint must wait for nothing, and change nothing of what it is given.
func WithHints(hint func(models.Kind, []models.ID)) Option {
	return func(s *Store) { s.hint = hint }
}

// transaction is one that inTx runs.
type transaction struct {
	*gorm.DB
	changed changes
}

// Changed notes what the transaction changes for clients, to be told after its commit. What is noted more than once is
// told once.
func (tx *transaction) Changed(kind models.Kind, ids ...models.ID) { tx.changed.add(kind, ids...) }

// changes are the ids of what was changed, by kind.
type changes [models.Kinds][]models.ID

func (c *changes) add(kind models.Kind, ids ...models.ID) { c[kind] = append(c[kind], ids...) }

// tell hints at changes that are committed.
func (s *Store) tell(c changes) {
	for _, kind := range [models.Kinds]models.Kind{models.KindBlocks, models.KindAIJob, models.KindVideoMetadata, models.KindInbox} {
		slices.SortFunc(c[kind], models.ID.Compare)
		if ids := slices.Compact(c[kind]); len(ids) > 0 {
			s.hint(kind, ids)
		}
	}
}
