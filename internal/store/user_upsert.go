package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// upsertLock is the key of PostgreSQL's advisory lock under which users are upserted: who may have which
// handle depends on what all the others have just been given.
const upsertLock = 0x7265656c75736572

// UpsertUsers adds users and replaces the handles and names of those that are there, and gives them all as they
// are then. Credits and CreatedAt are not read; a user who would not change is not written. The last of an id counts, as
// though the others were not there. Handles may be exchanged and passed on within the list. One that would be two
// users' when all is done refuses them all: the error names the users of the list who want it.
func (s *Store) UpsertUsers(ctx context.Context, users []models.User) (upserted map[models.ID]*models.User, err error) {
	if len(users) == 0 {
		return nil, nil
	}
	users = lastOfEach(users, func(u models.User) models.ID { return u.ID })
	err = s.inTx(ctx, func(tx *transaction) error {
		if upserted, err = s.lockAndReadUsers(tx, users); err != nil {
			return err
		}
		changed := changesOf(users, upserted)
		if len(changed) == 0 {
			return nil
		}
		written, err := s.writeUsers(tx, changed)
		for _, user := range written {
			upserted[user.ID] = user
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return upserted, nil
}

// lockAndReadUsers gives those of the users who are there, and refuses handles that would be two users'.
func (s *Store) lockAndReadUsers(tx *transaction, users []models.User) (map[models.ID]*models.User, error) {
	if s.db.Dialect == database.PostgreSQL {
		if err := tx.Exec("SELECT pg_advisory_xact_lock(?)", upsertLock).Error; err != nil {
			return nil, err
		}
	}
	ids, handles := make([]models.ID, len(users)), make([]string, len(users))
	for i, u := range users {
		ids[i], handles[i] = u.ID, u.Handle
	}
	if err := s.lockUsers(tx, ids); err != nil {
		return nil, err
	}
	found, err := byID(tx.Where("? OR ?", s.db.Any("id", ids), s.db.AnyText("handle", handles)), func(u *models.User) models.ID { return u.ID })
	if err != nil {
		return nil, err
	}
	there := make(map[models.ID]*models.User, len(users))
	for _, id := range ids {
		if user := found[id]; user != nil {
			there[id] = user
			delete(found, id)
		}
	}
	return there, refuseTakenHandles(users, found)
}

// refuseTakenHandles looks for handles that two of the users want, or that one of the others has.
func refuseTakenHandles(users []models.User, others map[models.ID]*models.User) error {
	wanted := make(map[string]int, len(users))
	for _, u := range users {
		wanted[u.Handle]++
	}
	for _, other := range others {
		wanted[other.Handle]++
	}
	var refused []string
	for _, u := range users {
		if wanted[u.Handle] > 1 {
			refused = append(refused, u.ID.String())
		}
	}
	if refused == nil {
		return nil
	}
	return models.InvalidIDs("No two users share a handle.", refused)
}

// changesOf are the users who are not there, or not so.
func changesOf(users []models.User, there map[models.ID]*models.User) []models.User {
	var changed []models.User
	for _, u := range users {
		if now := there[u.ID]; now == nil || now.Handle != u.Handle || now.DisplayName != u.DisplayName {
			changed = append(changed, u)
		}
	}
	return changed
}

// writeUsers writes users whose handles are free, or given up by others of them.
func (s *Store) writeUsers(tx *transaction, users []models.User) (written []*models.User, err error) {
	ids, handles, names := make([]models.ID, len(users)), make([]string, len(users)), make([]string, len(users))
	for i, u := range users {
		ids[i], handles[i], names[i] = u.ID, u.Handle, u.DisplayName
	}
	if s.db.Dialect == database.SQLite {
		// It looks at each row by itself, while PostgreSQL waits for the statement's end: what is passed on is
		// given up first, for something that is no handle.
		if err := tx.Exec("UPDATE users SET handle = '!' || id WHERE ?", s.db.Any("id", ids)).Error; err != nil {
			return nil, err
		}
	}
	err = tx.Raw(`
		INSERT INTO users (id, handle, display_name, created_at)
		SELECT id, handle, display_name, ? FROM ? WHERE true ORDER BY id
		ON CONFLICT (id) DO UPDATE SET handle = excluded.handle, display_name = excluded.display_name
		RETURNING `+s.columns("users", models.User{}),
		s.db.Now(), s.db.Rows("told", database.Column{Name: "id", Values: ids},
			database.Column{Name: "handle", Values: handles}, database.Column{Name: "display_name", Values: names})).Scan(&written).Error
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.ConstraintName == "users_handle_key" {
		return nil, errAgain // Another program was faster. Now that it is done one can see whose handle it is.
	}
	return written, err
}
