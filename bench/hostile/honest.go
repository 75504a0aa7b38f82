package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// pollEvery is how often the honest client asks.
const pollEvery = 50 * time.Millisecond

// honest is a client that polls the counters of 20 videos, as a page of a feed does.
type honest struct {
	polls, errors int
	worst         time.Duration
	// failure is the first error.
	failure error

	stop, stopped chan struct{}
}

// poll begins to poll, until it is told to stop.
func poll(s *server) *honest {
	h := &honest{stop: make(chan struct{}), stopped: make(chan struct{})}
	client := &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}
	go func() {
		defer close(h.stopped)
		defer client.CloseIdleConnections()
		next := time.NewTicker(pollEvery)
		defer next.Stop()
		for {
			select {
			case <-h.stop:
				return
			case <-next.C:
				h.once(client, s)
			}
		}
	}()
	return h
}

// end has the client stop when it has been answered.
func (h *honest) end() {
	close(h.stop)
	<-h.stopped
}

func (h *honest) once(client *http.Client, s *server) {
	began := time.Now()
	err := pollOnce(client, s)
	h.polls++
	h.worst = max(h.worst, time.Since(began))
	if err != nil {
		h.errors++
		if h.failure == nil {
			h.failure = err
		}
	}
}

func pollOnce(client *http.Client, s *server) error {
	var answer struct {
		VideosMetadata []*struct{ ViewCount *int }
	}
	ids, err := json.Marshal(s.videos)
	if err != nil {
		return err
	}
	const document = "query Poll($ids: [ID!]!) { videosMetadata(ids: $ids) { viewCount likeCount commentCount } }"
	if err := ask(context.Background(), client, s.address, s.token, document, `{"ids":`+string(ids)+`}`, &answer); err != nil {
		return err
	}
	if len(answer.VideosMetadata) != len(s.videos) {
		return fmt.Errorf("%d of %d videos are answered", len(answer.VideosMetadata), len(s.videos))
	}
	for _, video := range answer.VideosMetadata {
		if video == nil || video.ViewCount == nil {
			return fmt.Errorf("a video is missing")
		}
	}
	return nil
}

// newestVideos are the ids of those that are polled.
func newestVideos(ctx context.Context, address string) ([]string, error) {
	var answer struct {
		Feed struct{ Nodes []struct{ ID string } }
	}
	if err := ask(ctx, http.DefaultClient, address, "", "{ feed(first: 20) { nodes { id } } }", "{}", &answer); err != nil {
		return nil, err
	}
	var ids []string
	for _, node := range answer.Feed.Nodes {
		ids = append(ids, node.ID)
	}
	if len(ids) != 20 {
		return nil, fmt.Errorf("the feed has %d videos", len(ids))
	}
	return ids, nil
}

// ask runs an operation that must be answered without errors.
func ask(ctx context.Context, client *http.Client, address, token, document, variables string, data any) error {
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	body := `{"query":` + string(text) + `,"variables":` + variables + `}`
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/graphql", strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	whole, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	answer := struct {
		Data   any
		Errors json.RawMessage
	}{Data: data}
	if err := json.NewDecoder(bytes.NewReader(whole)).Decode(&answer); err != nil || response.StatusCode != http.StatusOK || answer.Errors != nil {
		return fmt.Errorf("answered with %s: %.300s", response.Status, whole)
	}
	return nil
}
