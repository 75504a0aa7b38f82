package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// hints are ids by kind.
type hints map[models.Kind][]models.ID

// hinted is a store on a database whose hints are collected.
type hinted struct {
	fixture
	told hints
	// order is of the kinds told, seen what another connection has read when they were.
	order []models.Kind
	seen  map[models.Kind]map[models.ID]string
}

func onHinted(t *testing.T, test func(t *testing.T, h *hinted)) {
	t.Helper()
	onFixtures(t, func(t *testing.T, f fixture) {
		h := &hinted{fixture: f}
		h.Store = store.New(f.DB.DB, store.WithHints(func(kind models.Kind, ids []models.ID) {
			if _, again := h.told[kind]; again {
				t.Errorf("kind %d is told again", kind)
			}
			h.told[kind], h.order = slices.Clone(ids), append(h.order, kind)
			h.seen[kind] = h.state(t)[kind]
		}))
		test(t, h)
	})
}

// state is what clients may be shown of everything, by kind and id.
func (h *hinted) state(t *testing.T) map[models.Kind]map[models.ID]string {
	t.Helper()
	state := make(map[models.Kind]map[models.ID]string, models.Kinds)
	for kind, sql := range map[models.Kind]string{
		models.KindAIJob: "SELECT id, concat_ws(' ', status, progress, attempts, version) AS state FROM ai_jobs",
		models.KindVideoMetadata: `SELECT video_id AS id, concat_ws(' ', view_count, like_count, comment_count, remix_count, glitch_count,
			owner_id, version, deleted_at) AS state FROM video_metadata`,
		models.KindInbox: `SELECT user_id AS id, concat_ws(' ', last_number, unread_like, unread_comment, unread_remix, unread_follow,
			unread_ai_job, unread_system, version) AS state FROM inboxes WHERE last_number > 0`,
		models.KindBlocks: "SELECT user_id AS id, concat_ws(' ', blocks_version) AS state FROM inboxes WHERE blocks_version > 0",
	} {
		var rows []struct {
			ID    models.ID
			State string
		}
		if err := h.Read.Raw(sql).Scan(&rows).Error; err != nil {
			t.Error(err)
		}
		state[kind] = map[models.ID]string{}
		for _, row := range rows {
			state[kind][row.ID] = row.State
		}
	}
	return state
}

// during collects the hints of a write, and fails the test unless they are just what it has changed, and were told when
// that could be read.
func (h *hinted) during(t *testing.T, what string, write func() error) error {
	t.Helper()
	h.told, h.order, h.seen = hints{}, nil, map[models.Kind]map[models.ID]string{}
	before := h.state(t)
	err := write()
	changed := hints{}
	for kind, after := range h.state(t) {
		for _, id := range slices.SortedFunc(maps.Keys(after), models.ID.Compare) {
			if after[id] != before[kind][id] {
				changed[kind] = append(changed[kind], id)
			}
		}
		for _, id := range h.told[kind] {
			same(t, fmt.Sprintf("%s: kind %d, %v at the moment of the hint", what, kind, id), after[id], h.seen[kind][id])
		}
	}
	same(t, what+": what has changed, and what was told", changed, h.told)
	if slices.Index(h.order, models.KindBlocks) > 0 {
		t.Errorf("%s: kinds are told in the order %v", what, h.order)
	}
	return err
}

// write is one of the store's, which tells what it hints at the first time. The second time it hints at nothing.
type write struct {
	name string
	run  func(ctx context.Context) (hints, error)
}

func (h *hinted) said(t *testing.T, writes []write) {
	t.Helper()
	for _, w := range writes {
		var want hints
		for _, what := range []string{w.name, w.name + " again"} {
			err := h.during(t, what, func() (err error) {
				want, err = w.run(t.Context())
				return err
			})
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if what != w.name {
				want = hints{}
			}
			same(t, what, want, h.told)
		}
	}
}

func TestHintsOfJobs(t *testing.T) {
	t.Parallel()
	onHinted(t, func(t *testing.T, h *hinted) {
		h.users(t, 1, 20)
		for n := 101; n <= 106; n++ {
			h.job(t, n, 20, n, models.AIJobStatusQueued)
		}
		start := func(owner int, key string) func(context.Context) (hints, error) {
			return func(ctx context.Context) (hints, error) {
				job, _, err := h.StartAIJob(ctx, id(owner), store.NewAIJob{Kind: models.AIJobKindRemix, IdempotencyKey: &key})
				return hints{models.KindAIJob: {job.ID}}, err
			}
		}
		worker := id(9)
		report := func(want hints, reports ...store.AIJobReport) func(context.Context) (hints, error) {
			return func(ctx context.Context) (hints, error) {
				_, err := h.ReportAIJobs(ctx, worker, reports)
				return want, err
			}
		}
		sweep := func(want hints) func(context.Context) (hints, error) {
			return func(ctx context.Context) (hints, error) { return want, h.SweepLeases(ctx) }
		}
		h.said(t, []write{
			{"ClaimAIJobs", func(ctx context.Context) (hints, error) {
				_, err := h.ClaimAIJobs(ctx, worker, nil, 100, time.Hour)
				return hints{models.KindAIJob: ids(101, 102, 103, 104, 105, 106)}, err
			}},
			{"StartAIJob", start(20, "key")},
			{"StartAIJob without the credits", start(1, "key")},
			{"CancelAIJobs", func(ctx context.Context) (hints, error) {
				_, err := h.CancelAIJobs(ctx, id(20), ids(101, 102, 999))
				return hints{models.KindAIJob: ids(101, 102)}, err
			}},
			{"ReportAIJobs of progress", report(hints{models.KindAIJob: ids(103, 104)}, going(103, 10), going(103, 20), going(104, 20), going(105, 0), going(999, 5))},
			{"ReportAIJobs of less", report(hints{}, going(103, 15), going(101, 50))},
			{"ReportAIJobs of ends", report(hints{models.KindAIJob: ids(103, 104, 105), models.KindInbox: ids(20)}, completed(103), failed(104, nil), going(105, 1))},
		})
		h.loseLeases(t, 1, id(105))
		h.said(t, []write{{"SweepLeases", sweep(hints{models.KindAIJob: ids(105)})}})
		h.loseLeases(t, 3, id(106))
		h.said(t, []write{{"SweepLeases for the last time", sweep(hints{models.KindAIJob: ids(106), models.KindInbox: ids(20)})}})
	})
}

func TestHintsOfVideos(t *testing.T) {
	t.Parallel()
	onHinted(t, func(t *testing.T, h *hinted) {
		h.users(t, 1, 2)
		h.video(t, 13, 1, 1)
		h.video(t, 14, 1, 1)
		h.video(t, 15, 1, 1)
		h.views(t, 15, 1<<53-1)
		upsert := func(want hints, videos ...store.VideoUpsert) func(context.Context) (hints, error) {
			return func(ctx context.Context) (hints, error) {
				_, err := h.UpsertVideos(ctx, videos)
				return want, err
			}
		}
		record := func(want hints, events ...store.Activity) func(context.Context) (hints, error) {
			return func(ctx context.Context) (hints, error) {
				_, err := h.RecordActivity(ctx, id(9), fmt.Sprint(events), events)
				return want, err
			}
		}
		moderated := func(want hints, what int, numbers ...int) func(context.Context) (hints, error) {
			return func(ctx context.Context) (hints, error) {
				_, err := moderate(ctx, h.Store, what, id(9), ids(numbers...))
				return want, err
			}
		}
		of := func(numbers ...int) hints { return hints{models.KindVideoMetadata: ids(numbers...)} }
		h.said(t, []write{
			{"UpsertVideos", upsert(of(11, 12), store.VideoUpsert{ID: id(12), OwnerID: id(1)}, store.VideoUpsert{ID: id(11), OwnerID: id(1)}, store.VideoUpsert{ID: id(13), OwnerID: id(1), Title: "T"})},
			{"UpsertVideos with another title", upsert(hints{}, store.VideoUpsert{ID: id(12), OwnerID: id(1), Title: "U"})},
			{"UpsertVideos of another owner", upsert(of(12), store.VideoUpsert{ID: id(11), OwnerID: id(1)}, store.VideoUpsert{ID: id(12), OwnerID: id(2), Title: "U"})},
			{"RecordActivity", record(of(12, 13), did(13, models.VideoActivityKindView, 1), did(12, models.VideoActivityKindLike, 2), did(99, models.VideoActivityKindView, 1))},
			{"RecordActivity of nothing", record(hints{}, did(13, models.VideoActivityKindLike, 2), did(13, models.VideoActivityKindUnlike, 2), did(11, models.VideoActivityKindUnlike, 1), did(15, models.VideoActivityKindView, 1))},
			{"DeleteVideos", moderated(of(12, 14), 2, 12, 14, 99)},
			{"ReportVideos", moderated(hints{}, 3, 11, 13)},
			{"DismissReports", moderated(hints{}, 1, 13)},
			{"DeleteVideos, one anew", moderated(of(11), 2, 12, 14, 11)},
			{"RestoreVideos", moderated(of(11, 12, 14), 0, 11, 12, 13, 14, 99)},
		})
	})
}

func TestHintsOfInboxes(t *testing.T) {
	t.Parallel()
	onHinted(t, func(t *testing.T, h *hinted) {
		h.users(t, 1, 2, 3, 4, 5)
		h.block(t, 4, 5, 1)
		var sent []*models.SendNotificationResult
		send := func(want hints, batchID string, notifications ...models.Notification) func(context.Context) (hints, error) {
			return func(ctx context.Context) (_ hints, err error) {
				sent, err = h.SendNotifications(ctx, id(9), batchID, notifications)
				return want, err
			}
		}
		to := func(recipient, actor int) models.Notification {
			return models.Notification{RecipientID: id(recipient), ActorID: new(id(actor)), Category: models.NotificationCategoryLike, Title: "N"}
		}
		blocks := func(want hints, change func(context.Context, models.ID, []models.ID) error, blocker int, numbers ...int) func(context.Context) (hints, error) {
			return func(ctx context.Context) (hints, error) { return want, change(ctx, id(blocker), ids(numbers...)) }
		}
		block := func(ctx context.Context, blocker models.ID, ids []models.ID) error {
			_, err := h.BlockUsers(ctx, blocker, ids)
			return err
		}
		unblock := func(ctx context.Context, blocker models.ID, ids []models.ID) error {
			_, err := h.UnblockUsers(ctx, blocker, ids)
			return err
		}
		inboxes := func(numbers ...int) hints { return hints{models.KindInbox: ids(numbers...)} }
		h.said(t, []write{
			// User 4 has blocked 5, and nobody knows 99.
			{"SendNotifications", send(inboxes(1, 2), "a", to(2, 5), to(1, 5), to(1, 3), to(4, 5), to(99, 5), to(1, 5))},
			{"SendNotifications that nobody gets", send(hints{}, "b", to(4, 5), to(99, 5))},
			{"BlockUsers with something unread", blocks(hints{models.KindBlocks: ids(1), models.KindInbox: ids(1)}, block, 1, 3, 1, 99)},
			{"BlockUsers, one anew", blocks(hints{models.KindBlocks: ids(1)}, block, 1, 3, 2)},
			{"BlockUsers with nothing unread", blocks(hints{models.KindBlocks: ids(3)}, block, 3, 1, 2)},
			{"BlockUsers of nobody", blocks(hints{}, block, 2, 2, 99)},
			{"UnblockUsers with something unread", blocks(hints{models.KindBlocks: ids(1), models.KindInbox: ids(1)}, unblock, 1, 3, 4)},
			{"UnblockUsers with nothing unread", blocks(hints{models.KindBlocks: ids(3)}, unblock, 3, 1)},
			{"SendNotifications anew", send(inboxes(1, 2, 3), "c", to(1, 5), to(2, 5), to(3, 5))},
			{"MarkNotificationsRead", func(ctx context.Context) (hints, error) {
				_, _, err := h.MarkNotificationsRead(ctx, id(1), []models.ID{sent[0].Notification.ID, sent[1].Notification.ID, id(99)})
				return inboxes(1), err
			}},
			{"MarkAllNotificationsRead of what there is not", func(ctx context.Context) (hints, error) {
				_, _, err := h.MarkAllNotificationsRead(ctx, id(1), new(models.NotificationCategorySystem), nil)
				return hints{}, err
			}},
			{"MarkAllNotificationsRead", func(ctx context.Context) (hints, error) {
				_, _, err := h.MarkAllNotificationsRead(ctx, id(1), nil, nil)
				return inboxes(1), err
			}},
		})
	})
}

// TestWritesWithoutHints change nothing that anybody watches.
func TestWritesWithoutHints(t *testing.T) {
	t.Parallel()
	onHinted(t, func(t *testing.T, h *hinted) {
		h.users(t, 1)
		h.video(t, 11, 1, 1)
		h.said(t, []write{
			{"UpsertUsers", func(ctx context.Context) (hints, error) {
				_, err := h.UpsertUsers(ctx, []models.User{told(1, "now"), told(2, "new")})
				return hints{}, err
			}},
			{"GrantCredits", func(ctx context.Context) (hints, error) {
				_, err := h.GrantCredits(ctx, id(9), "batch", grants(5, 1, 2, 99))
				return hints{}, err
			}},
			{"RefreshRanking", func(ctx context.Context) (hints, error) { return hints{}, h.RefreshRanking(ctx) }},
			{"ForgetBatches", func(ctx context.Context) (hints, error) { return hints{}, h.ForgetBatches(ctx) }},
		})
	})
}

// TestFailedWritesHintAtNothing, however much of them had been done.
func TestFailedWritesHintAtNothing(t *testing.T) {
	t.Parallel()
	onHinted(t, func(t *testing.T, h *hinted) {
		h.users(t, 1)
		h.job(t, 101, 1, 1, models.AIJobStatusQueued)
		h.job(t, 102, 1, 2, models.AIJobStatusQueued)
		ctx := t.Context()
		must(store.New(h.DB.DB).ClaimAIJobs(ctx, id(9), nil, 1, time.Hour))(t) // A store without hints tells nobody.
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		h.Exec(t, "ALTER TABLE notifications RENAME TO lost")
		for name, write := range map[string]func() error{
			"a report whose news cannot be sent": func() error {
				_, err := h.ReportAIJobs(ctx, id(9), []store.AIJobReport{completed(101)})
				return err
			},
			"a claim that comes too late": func() error {
				_, err := h.ClaimAIJobs(canceled, id(9), nil, 1, time.Hour)
				return err
			},
			"videos of nobody's": func() error {
				_, err := h.UpsertVideos(ctx, []store.VideoUpsert{{ID: id(11), OwnerID: id(1)}, {ID: id(12), OwnerID: id(99)}})
				return err
			},
		} {
			if err := h.during(t, name, write); err == nil {
				t.Errorf("%s: no error", name)
			}
			same(t, name, hints{}, h.told)
		}
	})
}
