package live

import (
	"context"
	"errors"
	"time"

	"reelgraph/models"
)

// videoMetadata hands out the counters of videos.
type videoMetadata struct {
	moment
	counters *watch[models.VideoMetadata]
	blocks   *blocks // nil for an anonymous viewer
	// n is which was handed out last.
	n int
}

// VideoMetadata watches the counters of videos for a viewer, nil for an anonymous one, each as often as interval allows. Videos that
// are deleted, and those of users whom the viewer has blocked, are not handed out while that lasts; one that there
// is none of is when there is. The feed never ends before ctx, which it belongs to, unless it is of no video. Where the
// counters cannot be read, the error is SERVICE_UNAVAILABLE.
func (h *Hub) VideoMetadata(ctx context.Context, viewer *models.ID, ids []models.ID, interval time.Duration) (Feed[models.VideoMetadata], error) {
	signal := newSignal()
	f := &videoMetadata{counters: h.counters.watch(models.Distinct(ids), interval, signal)}
	until(ctx, f.counters)
	if viewer != nil && len(ids) > 0 {
		f.blocks = &blocks{read: h.reads.Blocked, viewer: *viewer, inbox: h.inboxes.heed(*viewer, signal)}
		until(ctx, f.blocks.inbox)
		if err := f.blocks.inbox.first(ctx); err != nil {
			return nil, err
		}
	}
	return f, f.counters.first(ctx)
}

func (f *videoMetadata) Next(ctx context.Context) (*models.VideoMetadata, bool) {
	for len(f.counters.items) > 0 {
		n, state, ok := f.counters.take()
		// Only now, since a state that came after a block must not be handed out as from before it.
		hidden, err := f.hidden(ctx, state)
		switch {
		case errors.Is(err, errUnsettled), err == nil && !ok:
			if ok {
				f.counters.again(n)
			}
			if !f.counters.wait(ctx) {
				return nil, false
			}
		case err != nil:
			f.counters.again(n)
			if !pause(ctx) {
				return nil, false
			}
		case !hidden && f.counters.sent(n, state.Version):
			f.at, f.n = f.counters.asOf(n), n
			return state, true
		}
	}
	return nil, false
}

func (f *videoMetadata) Again() { f.counters.resend(f.n) }

// hidden reports whether a state is not for the viewer, nil among them.
func (f *videoMetadata) hidden(ctx context.Context, state *models.VideoMetadata) (bool, error) {
	if f.blocks != nil {
		changed, err := f.blocks.look()
		if err != nil {
			return true, err
		}
		if changed {
			f.counters.allAgain() // What a block has hidden that has ended is to be had again.
		}
	}
	if state == nil || state.DeletedAt != nil {
		return true, nil
	}
	if f.blocks == nil {
		return false, nil
	}
	return f.blocks.hide(ctx, state.OwnerID, f.owners)
}

// owners are those of all the videos.
func (f *videoMetadata) owners() []models.ID {
	var owners []models.ID
	for n := range f.counters.items {
		if state := f.counters.items[n].object.state.Load(); state != nil {
			owners = append(owners, state.OwnerID)
		}
	}
	return models.Distinct(owners)
}

// pause waits before something that failed is tried again; false when ctx has ended.
func pause(ctx context.Context) bool {
	select {
	case <-time.After(retry):
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
