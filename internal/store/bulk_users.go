package store

import (
	"context"
	"errors"
	"fmt"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// AddUsers adds those users whose ids are not there yet, in one transaction, and leaves the others as
// they are. No two of them may have one id. Where another user has one of the handles, nothing is
// added, and the error is a BAD_USER_INPUT that names it.
func (s *Store) AddUsers(ctx context.Context, users []models.User) error {
	columns := []column{
		{"id", "uuid"}, {"handle", "text"}, {"display_name", "text"}, {"credits", "integer"}, {"created_at", "timestamptz"},
	}
	added := stage("new_users", columns, users, func(u *models.User) []any {
		return []any{u.ID, u.Handle, u.DisplayName, u.Credits, u.CreatedAt}
	})
	err := s.bulk(ctx, []staged{added}, `
		INSERT INTO users (id, handle, display_name, credits, created_at)
		SELECT id, handle, display_name, credits, created_at FROM new_users ORDER BY id
		ON CONFLICT (id) DO NOTHING`)
	var coded *models.Error
	if err == nil || errors.As(err, &coded) {
		return err
	}
	if taken := s.takenHandle(ctx, users); taken != nil {
		return taken
	}
	return err
}

// takenHandle is the error for one of the handles that another user has; nil where there is none.
func (s *Store) takenHandle(ctx context.Context, users []models.User) error {
	handles, ids := make([]string, len(users)), make(map[string]models.ID, len(users))
	for i, u := range users {
		handles[i], ids[u.Handle] = u.Handle, u.ID
	}
	var holders []models.User
	if err := s.db.Write.WithContext(ctx).Where(s.db.AnyText("handle", handles)).Find(&holders).Error; err != nil {
		return database.Translate(err)
	}
	for _, holder := range holders {
		if holder.ID != ids[holder.Handle] {
			return models.BadInput("handle", fmt.Sprintf("the handle %q belongs to another user", holder.Handle))
		}
	}
	return nil
}
