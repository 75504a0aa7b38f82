package graph

import (
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"reelgraph/models"
)

// What texts of inputs are bounded by, in characters.
const (
	maxName    = 200
	maxTitle   = 500
	maxReason  = 500
	maxURL     = 4096
	maxProse   = 10_000
	maxKey     = 200
	maxInputs  = 100
	maxEvents  = 1000
	maxCount   = 1_000_000
	maxClaimed = 100
	// maxShown is how many of those that markAllNotificationsRead marked it answers with.
	maxShown = 100
)

// inputs collects what is wrong with the arguments of one field: the ids among them that are none, and
// the first other fault. Both refuse the field before the database is asked.
type inputs struct {
	invalidIDs []string
	fault      *models.Error
}

// id reads an id.
func (in *inputs) id(text string) models.ID {
	id, ok := models.ParseID(text)
	if !ok {
		in.invalidIDs = append(in.invalidIDs, text)
	}
	return id
}

// optionalID is id for one that may be absent.
func (in *inputs) optionalID(text *string) *models.ID {
	if text == nil {
		return nil
	}
	id := in.id(*text)
	return &id
}

// wrong notes what is the matter with an argument.
func (in *inputs) wrong(argument, format string, values ...any) {
	if in.fault == nil {
		in.fault = models.BadInput(argument, fmt.Sprintf(format, values...))
	}
}

// atMost checks how long a list is.
func (in *inputs) atMost(argument string, limit, actual int) {
	if actual > limit {
		in.wrong(argument, "`%s` takes at most %d, not %d.", argument, limit, actual)
	}
}

// within checks a number.
func (in *inputs) within(argument, what string, value, least, most int) {
	if value < least || value > most {
		in.wrong(argument, "%s is a number from %d to %d.", what, least, most)
	}
}

// text checks a text that may be empty. One that has more bytes than so many characters can have is not looked at, since it may
// be very long. PostgreSQL has no place for U+0000.
func (in *inputs) text(argument, what, text string, limit int) {
	if len(text) > limit*utf8.UTFMax || utf8.RuneCountInString(text) > limit {
		in.wrong(argument, "%s takes at most %d characters.", what, limit)
		return
	}
	if strings.ContainsRune(text, 0) {
		in.wrong(argument, "%s must not contain the character U+0000.", what)
	}
}

// optionalText is text for one that may be absent.
func (in *inputs) optionalText(argument, what string, text *string, limit int) {
	if text != nil {
		in.text(argument, what, *text, limit)
	}
}

// filledText is text for one that must say something.
func (in *inputs) filledText(argument, what, text string, limit int) {
	in.text(argument, what, text, limit)
	if len(text) <= limit*utf8.UTFMax && strings.TrimSpace(text) == "" {
		in.wrong(argument, "%s must not be blank.", what)
	}
}

// key checks a name that a caller gives a call: any 1 to 200 characters.
func (in *inputs) key(argument, what, text string) {
	in.text(argument, what, text, maxKey)
	if text == "" {
		in.wrong(argument, "%s has 1 to %d characters.", what, maxKey)
	}
}

// err is what refuses the field; nil where nothing is wrong.
func (in *inputs) err() error {
	switch {
	case in.invalidIDs == nil && in.fault == nil:
		return nil
	case in.invalidIDs == nil:
		return in.fault
	}
	refused := models.InvalidIDs("Ids are UUIDs in the 36-character form.", in.invalidIDs)
	if in.fault != nil {
		maps.Copy(refused.Details, in.fault.Details)
		refused.Message = in.fault.Message + " " + refused.Message
	}
	return refused
}
