// Package store holds the queries: reads that answer a whole batch with a map by id, and pages
// of lists. It is the only room with SQL about what the platform has. Every error of the database
// comes back translated (see database.Translate).
package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// Store reads and writes what the platform has. It is safe for concurrent use.
type Store struct {
	db       *database.DB
	hint     func(models.Kind, []models.ID)
	activity activityGroups
}

// Option is what a Store is made with beside its database.
type Option func(*Store)

// New makes a Store on a migrated database.
func New(db *database.DB, options ...Option) *Store {
	s := &Store{db: db, hint: func(models.Kind, []models.ID) {}}
	for _, option := range options {
		option(s)
	}
	return s
}

// TimeKey is a place in a list that runs from the latest to the earliest.
type TimeKey struct {
	At time.Time
	ID models.ID
}

// CountKey is a place in a list that runs from the most to the fewest.
type CountKey struct {
	Count int64
	ID    models.ID
}

// Page is part of a list.
type Page[T any] struct {
	Items []T
	// More says that the list goes on behind the last item.
	More bool
}

// read begins a query that need not see more than what was committed when it began.
func (s *Store) read(ctx context.Context) *gorm.DB { return s.db.Read.WithContext(ctx) }

// maxTries bounds how often a transaction runs that others got in the way of.
const maxTries = 4

// errAgain has a transaction run again: between its statements something changed that it relied on.
var errAgain = errors.New("what a transaction relied on has changed meanwhile")

// inTx runs one transaction, and tells what it has changed once it has been committed. What work returns as an error
// undoes all of it. Where the database broke it
// off because of others, or the error is errAgain, work runs anew: what it leaves outside of itself must be what
// its last run has made.
func (s *Store) inTx(ctx context.Context, work func(tx *transaction) error) error {
	var err error
	for range maxTries {
		var tx *transaction
		err = s.db.Transaction(ctx, func(db *gorm.DB) error {
			tx = &transaction{DB: db}
			return work(tx)
		})
		if err == nil {
			s.tell(tx.changed)
			return nil
		}
		if !database.Conflict(err) && !errors.Is(err, errAgain) {
			return database.Translate(err)
		}
	}
	return models.Unavailable(err)
}

// page runs a query for one item more than asked for, which tells whether there are more.
func page[T any](query *gorm.DB, first int) (Page[T], error) {
	var items []T
	if err := query.Limit(first + 1).Find(&items).Error; err != nil {
		return Page[T]{}, database.Translate(err)
	}
	if len(items) > first {
		return Page[T]{Items: items[:first], More: true}, nil
	}
	return Page[T]{Items: items}, nil
}

// byID runs a query and keys its rows. Ids without a row are absent from the map.
func byID[T any](query *gorm.DB, id func(*T) models.ID) (map[models.ID]*T, error) {
	var rows []*T
	if err := query.Find(&rows).Error; err != nil {
		return nil, database.Translate(err)
	}
	found := make(map[models.ID]*T, len(rows))
	for _, row := range rows {
		found[id(row)] = row
	}
	return found, nil
}

// columns names all the columns of a model's table for a query that joins it with others: with *, a
// prepared statement breaks when a later version adds one.
func (s *Store) columns(table string, model any) string {
	parsed := &gorm.Statement{DB: s.db.Read}
	if err := parsed.Parse(model); err != nil {
		panic("a model that GORM cannot read: " + err.Error())
	}
	return table + "." + strings.Join(parsed.Schema.DBNames, ", "+table+".")
}

// notBlocked leaves out rows whose column names a user that viewer has blocked. An anonymous
// viewer has blocked nobody.
func notBlocked(query *gorm.DB, viewer *models.ID, column string) *gorm.DB {
	if viewer == nil {
		return query
	}
	// OFFSET 0 has each row looked up by itself: as a join, it may go through all that the viewer has blocked.
	return query.Where("NOT EXISTS (SELECT 1 FROM user_blocks WHERE blocker_id = ? AND blocked_id = "+column+" LIMIT 1 OFFSET 0)", *viewer)
}
