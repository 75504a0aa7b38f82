package live

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"reelgraph/models"
)

func noteText(n *models.Notification) string { return fmt.Sprint(n.Number) }

func inboxText(i *models.Inbox) string { return fmt.Sprint(i.UnreadLike, " at ", i.Version) }

func notesOf(h *Hub, user int, after *int64) func(context.Context) (Feed[models.Notification], error) {
	return func(ctx context.Context) (Feed[models.Notification], error) {
		return h.Notifications(ctx, id(user), after)
	}
}

func unreadOf(h *Hub, user int) func(context.Context) (Feed[models.Inbox], error) {
	return func(ctx context.Context) (Feed[models.Inbox], error) { return h.Unread(ctx, id(user)) }
}

func TestNotificationsInOrder(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		fresh := follow(ctx, t, notesOf(h, 9, nil))
		for range 3 {
			w.notify(9, 8)
		}
		h.Changed(models.KindInbox, ids(9))
		expect(t, "told", fresh.after(soon), noteText, "1", "2", "3")
		w.notify(9, 8)
		expect(t, "untold", fresh.after(late), noteText, "4")
		expect(t, "from now on", follow(ctx, t, notesOf(h, 9, nil)).after(late), noteText)
		expect(t, "resumed", follow(ctx, t, notesOf(h, 9, new(int64(2)))).after(soon), noteText, "3", "4")
		expect(t, "from the beginning", follow(ctx, t, notesOf(h, 9, new(int64(0)))).after(soon), noteText, "1", "2", "3", "4")
	})
}

func TestManyNotifications(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		for range 3*pageSize + 1 {
			w.notify(9, 8)
		}
		got := follow(ctx, t, notesOf(h, 9, new(int64(0)))).after(late)
		for i, n := range got {
			if n.Number != int64(i)+1 {
				t.Fatalf("number %d comes as number %d", n.Number, i+1)
			}
		}
		if len(got) != 3*pageSize+1 {
			t.Error(len(got))
		}
	})
}

// TestBlocksHideWhatIsYetToBeHandedOut: what was read before a block too.
func TestBlocksHideWhatIsYetToBeHandedOut(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for n := range 10 {
			w.notify(9, 7+n%2)
		}
		feed, err := h.Notifications(ctx, id(9), new(int64(0)))
		if err != nil {
			t.Fatal(err)
		}
		first, _ := feed.Next(ctx)
		expect(t, "the first", []*models.Notification{first}, noteText, "1")
		w.block(9, 8, true)
		h.Changed(models.KindBlocks, ids(9))
		rest := follow(ctx, t, func(context.Context) (Feed[models.Notification], error) { return feed, nil })
		expect(t, "without those of a blocked user", rest.after(late), noteText, "3", "5", "7", "9")
		w.notify(9, 7)
		h.Changed(models.KindInbox, ids(9))
		expect(t, "later", rest.after(soon), noteText, "11")
		w.block(9, 8, false)
		h.Changed(models.KindBlocks, ids(9))
		w.notify(9, 8)
		h.Changed(models.KindInbox, ids(9))
		expect(t, "after the block", rest.after(soon), noteText, "12")
	})
}

func TestUnreadOnEveryDevice(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		phone, tablet := follow(ctx, t, unreadOf(h, 9)), follow(ctx, t, unreadOf(h, 9))
		expect(t, "none yet", phone.after(soon), inboxText, "0 at 0")
		expect(t, "none yet", tablet.after(0), inboxText, "0 at 0")
		w.notify(9, 8)
		h.Changed(models.KindInbox, ids(9))
		expect(t, "told", phone.after(soon), inboxText, "1 at 1")
		w.notify(9, 8)
		expect(t, "untold", phone.after(late), inboxText, "2 at 2")
		expect(t, "told and untold", tablet.after(0), inboxText, "1 at 1", "2 at 2")
		w.block(9, 7, true) // changes no count
		h.Changed(models.KindBlocks, ids(9))
		expect(t, "blocks", phone.after(soon), inboxText)
	})
}

// TestDevicesReadTogether: the notifications of a user are read once for all who have seen the same.
func TestDevicesReadTogether(t *testing.T) {
	t.Parallel()
	inWorld(t, func(ctx context.Context, w *world, h *Hub) {
		var devices []*watcher[models.Notification]
		for range 500 {
			devices = append(devices, follow(ctx, t, notesOf(h, 9, nil)))
		}
		w.notify(9, 8)
		h.Changed(models.KindInbox, ids(9))
		devices[0].after(soon)
		synctest.Wait()
		if reads, _ := w.count("notifications"); reads != 1 {
			t.Errorf("%d reads for one notification", reads)
		}
		for _, v := range devices[1:] {
			expect(t, "each", v.after(0), noteText, "1")
		}
	})
}
