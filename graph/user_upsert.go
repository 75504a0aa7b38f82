package graph

import (
	"regexp"

	"reelgraph/models"
)

var handleForm = regexp.MustCompile(`^[a-z0-9_.]{1,30}$`)

// userUpserts reads the users of a list. A handle that cannot be one is told by its user's id.
func userUpserts(list []*models.UserInput) ([]models.User, error) {
	var in inputs
	in.atMost("users", maxInputs, len(list))
	users := make([]models.User, len(list))
	var refused []string
	for i, user := range list {
		users[i] = models.User{ID: in.id(user.ID), Handle: user.Handle, DisplayName: user.DisplayName}
		in.text("users", "A display name", user.DisplayName, maxName)
		if !handleForm.MatchString(user.Handle) {
			refused = append(refused, users[i].ID.String())
		}
	}
	if err := in.err(); err != nil {
		return nil, err
	}
	if refused != nil {
		fault := models.BadInput("users", "A handle is 1 to 30 characters of a-z, 0-9, '_' and '.'.")
		fault.Details["invalidIds"] = refused
		return nil, fault
	}
	return users, nil
}
