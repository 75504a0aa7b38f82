package live

import (
	"context"
	"fmt"
	"time"

	"reelgraph/models"
)

// pageSize is how many notifications are read at once.
const pageSize = 100

// notifications hands out what comes into an inbox.
type notifications struct {
	moment
	hub   *Hub
	user  models.ID
	inbox *watch[models.Inbox]
	// number is that of the last notification that was handed out or passed over.
	number int64
	// page has been read and not handed out yet, blocks being as of that version.
	page   []*models.Notification
	blocks int64
	last   *models.Notification
}

// page is what was read of an inbox, and when.
type page struct {
	items []*models.Notification
	at    time.Time
}

// Notifications watches what comes into a user's inbox behind the number after, or from now on where that is nil: each notification
// once, in the order of their numbers, without those that a block hides when it is handed out. The feed never ends
// before ctx, which it belongs to. Where the inbox cannot be read, the error is SERVICE_UNAVAILABLE.
func (h *Hub) Notifications(ctx context.Context, user models.ID, after *int64) (Feed[models.Notification], error) {
	f := &notifications{hub: h, user: user, inbox: h.inboxes.heed(user, newSignal())}
	until(ctx, f.inbox)
	if err := f.inbox.first(ctx); err != nil {
		return nil, err
	}
	if after != nil {
		f.number = *after
	} else {
		f.number = lastNumber(f.inbox)
	}
	return f, nil
}

func lastNumber(w *watch[models.Inbox]) int64 {
	if inbox := w.items[0].object.state.Load(); inbox != nil {
		return inbox.LastNumber
	}
	return 0
}

func (f *notifications) Next(ctx context.Context) (*models.Notification, bool) {
	for {
		settled, blocks := f.inbox.settled(), blocksVersion(f.inbox)
		if !settled || blocks != f.blocks {
			f.page, f.blocks = nil, blocks
		}
		switch {
		case settled && len(f.page) > 0:
			f.last = f.page[0]
			f.page, f.number = f.page[1:], f.last.Number
			f.hub.notified.Add(1)
			return f.last, true
		case settled && lastNumber(f.inbox) > f.number:
			if f.turn(ctx) != nil && !pause(ctx) {
				return nil, false
			}
		case !f.inbox.wait(ctx):
			return nil, false
		}
	}
}

func (f *notifications) Again() {
	f.page, f.number = append([]*models.Notification{f.last}, f.page...), f.last.Number-1
}

// turn reads the next page, together with others who stand at the same place.
func (f *notifications) turn(ctx context.Context) error {
	last := lastNumber(f.inbox)
	// Whoever shares a read has seen the same inbox before it began.
	place := fmt.Sprintf("%s/%d/%d/%d", f.user, f.number, last, f.blocks)
	read, err, _ := f.hub.pages.Do(place, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
		defer cancel()
		began := time.Now()
		items, err := f.hub.reads.NotificationsAfter(ctx, f.user, f.number, pageSize)
		return page{items, began}, err
	})
	if err != nil {
		return err
	}
	p, _ := read.(page)
	f.page, f.at = p.items, p.at
	if len(p.items) == 0 {
		f.number = last // All up to there is hidden.
	}
	return nil
}
