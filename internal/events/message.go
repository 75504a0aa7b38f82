package events

import (
	"errors"
	"fmt"
	"strings"

	"reelgraph/models"
)

// subjects are where hints of each kind go, in the order in which they are sent: what a user has blocked comes before
// what they are then to be shown.
var subjects = [...]struct {
	kind models.Kind
	name string
}{
	{models.KindBlocks, prefix + "blocks"},
	{models.KindAIJob, prefix + "ai_job"},
	{models.KindVideoMetadata, prefix + "video_metadata"},
	{models.KindInbox, prefix + "inbox"},
}

const (
	prefix = "reelgraph.changes."
	// maxIDs is how many ids one message has at most.
	maxIDs  = 1000
	idBytes = len(models.ID{})
)

// encode makes a message: the id of the instance that sends it, and the ids that it is of.
func encode(sender models.ID, ids []models.ID) []byte {
	message := make([]byte, 0, idBytes*(1+len(ids)))
	message = append(message, sender[:]...)
	for _, id := range ids {
		message = append(message, id[:]...)
	}
	return message
}

// decode is what a message on a subject says. The error is for one that no instance sends.
func decode(subject string, message []byte) (kind models.Kind, sender models.ID, ids []models.ID, err error) {
	known := false
	for _, s := range subjects {
		if s.name == subject {
			kind, known = s.kind, true
		}
	}
	count := len(message)/idBytes - 1
	switch {
	case !known:
		return 0, sender, nil, errors.New("no kind of thing has the subject " + strings.ToValidUTF8(subject, "?"))
	case len(message)%idBytes != 0 || count < 1 || count > maxIDs:
		return 0, sender, nil, fmt.Errorf("%d bytes are not the id of an instance and 1 to %d others", len(message), maxIDs)
	}
	sender = models.ID(message[:idBytes])
	ids = make([]models.ID, count)
	for i := range ids {
		ids[i] = models.ID(message[idBytes*(i+1):])
	}
	return kind, sender, ids, nil
}
