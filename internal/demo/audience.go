package demo

import (
	"context"
	"crypto/rand"
	"slices"
	"time"
)

const (
	// stay is how long the audience goes on after the app was last opened.
	stay = 10 * time.Minute
	// shownAtOnce is how many videos the app's lists show first.
	shownAtOnce = 20
	// watched is how many of them are watched in a turn.
	watched = 6
	// maxViews is how often one of those is viewed in a turn, at most.
	maxViews = 9
)

// rarities are what people do beside viewing: one in so many of those who are watching a video in a turn.
var rarities = []struct {
	kind string
	one  int
}{{"LIKE", 2}, {"COMMENT", 8}, {"REMIX", 30}}

// Audience has something happen to the videos that the app shows first, for ten minutes after somebody has
// opened it: their counters move a little with every turn.
type Audience struct {
	// Client has a token with the role SERVICE, and its Pace is the time from one turn to the next.
	Client
	// Opened tells that somebody has opened the app.
	Opened <-chan struct{}
	// Spared are the ids of videos that nothing shall happen to.
	Spared []string
	// Dice gives one of 0 to n-1.
	Dice func(n int) int

	leaves time.Time
}

// Run watches whenever there is somebody to see it, until ctx ends.
func (a *Audience) Run(ctx context.Context) { a.run(ctx, "audience", a.ready, a.turn) }

// ready says yes while somebody may be looking. Else it waits until the app is opened; when ctx has ended it says no.
func (a *Audience) ready(ctx context.Context) bool {
	if time.Now().Before(a.leaves) {
		select {
		case <-a.Opened:
			a.leaves = time.Now().Add(stay)
		default:
		}
		return ctx.Err() == nil
	}
	select {
	case <-a.Opened:
		a.leaves = time.Now().Add(stay)
		return true
	case <-ctx.Done():
		return false
	}
}

// turn has some of the videos that are shown first watched.
func (a *Audience) turn(ctx context.Context) error {
	videos, err := a.shown(ctx)
	if err != nil {
		return err
	}
	events := a.events(videos)
	if len(events) == 0 {
		return nil
	}
	return a.ask(ctx, `mutation($batchId: ID!, $events: [VideoActivityInput!]!) {
		recordVideoActivity(batchId: $batchId, events: $events) { recordedCount }
	}`, map[string]any{"batchId": "audience-" + rand.Text(), "events": events}, new(struct{}))
}

// shown are the ids of the videos that the app's lists begin with, without those that are spared.
func (a *Audience) shown(ctx context.Context) ([]string, error) {
	type list struct{ Nodes []struct{ ID string } }
	var answer struct{ Feed, TrendingVideos list }
	err := a.ask(ctx, `query($first: Int!) {
		feed(first: $first) { nodes { id } }
		trendingVideos(first: $first) { nodes { id } }
	}`, map[string]any{"first": shownAtOnce}, &answer)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, video := range slices.Concat(answer.Feed.Nodes, answer.TrendingVideos.Nodes) {
		if !slices.Contains(a.Spared, video.ID) && !slices.Contains(ids, video.ID) {
			ids = append(ids, video.ID)
		}
	}
	return ids, nil
}

// event is a VideoActivityInput.
type event struct {
	VideoID string `json:"videoId"`
	Kind    string `json:"kind"`
	Count   int    `json:"count"`
}

// events are what happens in a turn: some videos, by chance, are viewed, and a few of these liked and more.
func (a *Audience) events(videos []string) []event {
	var events []event
	for range min(watched, len(videos)) {
		at := a.Dice(len(videos))
		video := videos[at]
		videos = slices.Delete(videos, at, at+1)
		events = append(events, event{video, "VIEW", 1 + a.Dice(maxViews)})
		for _, rare := range rarities {
			if a.Dice(rare.one) == 0 {
				events = append(events, event{video, rare.kind, 1})
			}
		}
	}
	return events
}
