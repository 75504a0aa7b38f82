package live

import (
	"context"
	"errors"
	"maps"

	"reelgraph/models"
)

// blocks knows which owners a viewer has blocked. The viewer's inbox tells when that has changed.
type blocks struct {
	read   func(ctx context.Context, viewer models.ID, users []models.ID) (map[models.ID]bool, error)
	viewer models.ID
	inbox  *watch[models.Inbox]
	// version is that of the blocks that known is of: whom of the users asked for they are on.
	version int64
	known   map[models.ID]bool
}

// errUnsettled says that the viewer's blocks have changed and not been read yet.
var errUnsettled = errors.New("blocks are about to be read")

// blocksVersion is that of the inbox watched, which is the only one.
func blocksVersion(w *watch[models.Inbox]) int64 {
	if inbox := w.items[0].object.state.Load(); inbox != nil {
		return inbox.BlocksVersion
	}
	return 0
}

// look reports whether the blocks have changed since the last look, or that they may have with errUnsettled.
func (b *blocks) look() (changed bool, err error) {
	if !b.inbox.settled() {
		return false, errUnsettled
	}
	version := blocksVersion(b.inbox)
	if version == b.version {
		return false, nil
	}
	b.version, b.known = version, nil
	return true, nil
}

// hide reports whether the viewer has blocked owner, or errUnsettled. What is not known is read, of all the owners together.
func (b *blocks) hide(ctx context.Context, owner models.ID, owners func() []models.ID) (bool, error) {
	if b.version == 0 {
		return false, nil // There never was a block.
	}
	if blocked, known := b.known[owner]; known {
		return blocked, nil
	}
	wanted := append(owners(), owner)
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	blocked, err := b.read(ctx, b.viewer, wanted)
	if err != nil {
		return true, err
	}
	b.known = make(map[models.ID]bool, len(wanted))
	for _, user := range wanted {
		b.known[user] = false
	}
	maps.Copy(b.known, blocked)
	// A block may have come after the read began.
	if !b.inbox.settled() || blocksVersion(b.inbox) != b.version {
		return true, errUnsettled
	}
	return b.known[owner], nil
}
