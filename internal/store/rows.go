package store

import (
	"context"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// rows is a table that clients poll: on PostgreSQL its rows are read without GORM, for a third of what that takes.
type rows[T any] struct {
	// key is the column of ids, which id gives of a row.
	key string
	id  func(*T) models.ID
	// sql is what polled makes, and scan takes the columns in the order in which they stand there.
	sql  string
	scan func(*T, *database.Cells)
}

// polled is the statement that reads the rows of ids. Columns are named: a statement that is prepared stays good when a later version
// adds some. The ids come out of a subquery so that PostgreSQL plans once, whatever their number: of few ids that it sees it
// would plan each time anew, which costs more than to find them.
func polled(table, key, columns string) string {
	return "SELECT " + columns + " FROM " + table + " WHERE " + key + " = ANY((SELECT $1::uuid[])::uuid[])"
}

// byID reads the rows of ids and keys them. Ids without a row are absent from the map. The rows lie together: who keeps one keeps all.
func (r rows[T]) byID(ctx context.Context, db *database.DB, ids []models.ID) (map[models.ID]*T, error) {
	if db.Dialect == database.SQLite {
		return byID(db.Read.WithContext(ctx).Where(db.Any(r.key, ids)), r.id)
	}
	found, err := database.Collect(ctx, db, r.sql, ids, r.scan)
	if err != nil {
		return nil, database.Translate(err)
	}
	keyed := make(map[models.ID]*T, len(found))
	for i := range found {
		keyed[r.id(&found[i])] = &found[i]
	}
	return keyed, nil
}

// apart gives rows memory of their own, for those who keep some of them for long.
func apart[T any](found map[models.ID]*T, err error) (map[models.ID]*T, error) {
	for id, row := range found {
		found[id] = new(*row)
	}
	return found, err
}
