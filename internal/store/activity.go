package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"reelgraph/internal/database"
	"reelgraph/models"
)

// Activity is one thing that happened to a video, or several of a kind.
type Activity struct {
	VideoID models.ID
	Kind    models.VideoActivityKind
	Count   int
}

// Recorded is what RecordActivity did.
type Recorded struct {
	// Count is how many entries of the list were counted now: those whose video is there.
	Count int
	// Duplicate says that an earlier call had counted them.
	Duplicate bool
	// Unknown are the videos that do not exist or are deleted, each once, in the order of the list. A
	// repeat has those of the first call.
	Unknown []models.ID
}

// RecordActivity counts events once, however often the same caller sends them under the same batchID: when
// it answers they are committed. Other content under a batchID that was used is BAD_USER_INPUT. Events of calls
// that come together are netted for each counter, which then stays from 0 to what clients can read exactly. After
// a SERVICE_UNAVAILABLE they may have been counted or not, and the same call again finds out. No events are an
// empty answer without a statement, and leave batchID free.
func (s *Store) RecordActivity(ctx context.Context, caller models.ID, batchID string, events []Activity) (Recorded, error) {
	if len(events) == 0 {
		return Recorded{}, nil
	}
	c := newActivityCall(caller, batchID, events)
	if err := s.activity.join(c, s.writeGroups); err != nil {
		return Recorded{}, err
	}
	return s.activity.await(ctx, c)
}

// activityCall is one call of RecordActivity.
type activityCall struct {
	claim
	// tallies are its events by video, in the order in which the list names the videos first.
	tallies []tally
	// done is closed when the call is answered, with recorded or err.
	done     chan struct{}
	recorded Recorded
	err      error
}

func newActivityCall(caller models.ID, batchID string, events []Activity) *activityCall {
	return &activityCall{
		claim:   claim{call{caller, "recordVideoActivity", batchID}, contentHash(contentOfActivity(events))},
		tallies: tallied(events),
		done:    make(chan struct{}),
	}
}

// tally is what events of one video come to.
type tally struct {
	video  models.ID
	events int
	deltas [len(counters)]int64
}

// counters are the columns of video_metadata that events count in.
var counters = [...]string{"view_count", "like_count", "comment_count", "remix_count", "glitch_count"}

func (t *tally) add(kind models.VideoActivityKind, count int64) {
	t.events++
	switch kind {
	case models.VideoActivityKindView:
		t.deltas[0] += count
	case models.VideoActivityKindLike:
		t.deltas[1] += count
	case models.VideoActivityKindUnlike:
		t.deltas[1] -= count
	case models.VideoActivityKindComment:
		t.deltas[2] += count
	case models.VideoActivityKindUncomment:
		t.deltas[2] -= count
	case models.VideoActivityKindRemix:
		t.deltas[3] += count
	case models.VideoActivityKindGlitch:
		t.deltas[4] += count
	default:
		panic("no counter counts " + kind)
	}
}

func tallied(events []Activity) []tally {
	var tallies []tally
	places := map[models.ID]int{}
	for _, e := range events {
		place, known := places[e.VideoID]
		if !known {
			place = len(tallies)
			places[e.VideoID] = place
			tallies = append(tallies, tally{video: e.VideoID})
		}
		tallies[place].add(e.Kind, int64(e.Count))
	}
	return tallies
}

// contentOfActivity is a text that tells lists of events apart, made without reflection: there may be many.
func contentOfActivity(events []Activity) []byte {
	text := make([]byte, 0, 32*len(events))
	for _, e := range events {
		text = append(text, e.VideoID[:]...)
		text = append(text, e.Kind...)
		text = strconv.AppendInt(text, int64(e.Count), 10)
		text = append(text, '\n')
	}
	return text
}

// recordActivity counts the events of calls in a transaction, and leaves in each call what it is to be
// answered: at most five statements, whatever the number of calls, events and videos.
func (s *Store) recordActivity(tx *transaction, calls []*activityCall) error {
	firsts := make(map[call]*activityCall, len(calls))
	claims := make([]claim, 0, len(calls))
	for _, c := range calls {
		c.recorded, c.err = Recorded{}, nil
		if firsts[c.call] == nil {
			firsts[c.call], claims = c, append(claims, c.claim)
		}
	}
	before, err := s.claimCalls(tx, claims)
	if err != nil {
		return err
	}
	fresh := make([]*activityCall, 0, len(claims))
	for _, c := range calls {
		if _, known := before[c.call]; !known && firsts[c.call] == c {
			fresh = append(fresh, c)
		}
	}
	if err := s.countActivity(tx, fresh); err != nil {
		return err
	}
	answers := map[call]string{}
	for _, c := range fresh {
		if len(c.recorded.Unknown) > 0 {
			answers[c.call] = unknownText(c.recorded.Unknown)
		}
	}
	for _, c := range calls {
		if e, known := before[c.call]; known {
			c.repeat(e)
		} else if first := firsts[c.call]; first != c {
			c.repeatOf(first)
		}
	}
	return s.rememberAnswers(tx, answers)
}

// unknownText is how the videos that a call did not know are remembered with its batch.
func unknownText(ids []models.ID) string {
	text, err := json.Marshal(ids)
	if err != nil {
		panic("ids have always a JSON form: " + err.Error())
	}
	return string(text)
}

// repeat answers a call that an earlier transaction has counted.
func (c *activityCall) repeat(e earlier) {
	if c.err = c.repeats(e); c.err != nil {
		return
	}
	c.recorded.Duplicate = true
	if e.answer != nil {
		c.err = json.Unmarshal([]byte(*e.answer), &c.recorded.Unknown)
	}
}

// repeatOf answers a call that is the same as another one of its group.
func (c *activityCall) repeatOf(first *activityCall) {
	if c.err = c.repeats(earlier{content: first.content}); c.err == nil {
		c.recorded = Recorded{Duplicate: true, Unknown: first.recorded.Unknown}
	}
}

// countActivity adds what calls come to together to the counters of those videos that are there.
func (s *Store) countActivity(tx *transaction, calls []*activityCall) error {
	if len(calls) == 0 {
		return nil
	}
	sums := map[models.ID]*tally{}
	var videos []models.ID
	for _, c := range calls {
		for _, t := range c.tallies {
			if _, known := sums[t.video]; !known {
				sums[t.video] = nil
				videos = append(videos, t.video)
			}
		}
	}
	known, err := s.lockCounters(tx, videos)
	if err != nil {
		return err
	}
	totals := make([]tally, len(known))
	for i, video := range known {
		totals[i].video = video
		sums[video] = &totals[i]
	}
	for _, c := range calls {
		for _, t := range c.tallies {
			sum := sums[t.video]
			if sum == nil {
				c.recorded.Unknown = append(c.recorded.Unknown, t.video)
				continue
			}
			c.recorded.Count += t.events
			for i, delta := range t.deltas {
				sum.deltas[i] += delta
			}
		}
	}
	return s.addToCounters(tx, totals)
}

// lockCounters locks the counters of videos until the transaction ends, and gives those of the videos that are
// there and not deleted. Where it waited for a lock, the row is judged as it is then.
func (s *Store) lockCounters(tx *transaction, videos []models.ID) (known []models.ID, err error) {
	err = tx.Raw("SELECT video_id FROM video_metadata WHERE ? AND deleted_at IS NULL ORDER BY video_id"+s.db.Lock(false),
		s.db.Any("video_id", videos)).Find(&known).Error
	return known, err
}

// addToCounters adds tallies, one a video, to counters that lockCounters has locked. A row of which no counter
// changes is not written.
func (s *Store) addToCounters(tx *transaction, tallies []tally) error {
	videos := make([]models.ID, 0, len(tallies))
	var deltas [len(counters)][]int64
	for i := range deltas {
		deltas[i] = make([]int64, 0, len(tallies))
	}
	for _, t := range tallies {
		if t.deltas == [len(counters)]int64{} {
			continue
		}
		videos = append(videos, t.video)
		for i, delta := range t.deltas {
			deltas[i] = append(deltas[i], delta)
		}
	}
	if len(videos) == 0 {
		return nil
	}
	least, greatest := "least", "greatest"
	if s.db.Dialect == database.SQLite {
		least, greatest = "min", "max"
	}
	columns := []database.Column{{Name: "counted_id", Values: videos}}
	var set, sums [len(counters)]string
	for i, counter := range counters {
		columns = append(columns, database.Column{Name: "more_" + counter, Values: deltas[i]})
		sums[i] = fmt.Sprintf("%s(%s(%s + more_%s, 0), %d)", least, greatest, counter, counter, maxCounter)
		set[i] = counter + " = " + sums[i]
	}
	var changed []models.ID
	err := tx.Raw(`
		UPDATE video_metadata SET `+strings.Join(set[:], ", ")+`, version = version + 1, updated_at = ?
		FROM ? WHERE video_id = counted_id
			AND (`+strings.Join(counters[:], ", ")+`) <> (`+strings.Join(sums[:], ", ")+`)
		RETURNING video_id`,
		s.db.Now(), s.db.Rows("counted", columns...)).Find(&changed).Error
	tx.Changed(models.KindVideoMetadata, changed...)
	return err
}

// maxCounter is the highest number that every client reads exactly.
const maxCounter = 1<<53 - 1
