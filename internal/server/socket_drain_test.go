package server

import (
	"context"
	"testing"
	"time"
)

// waitingSchema has { waits } say so on held, and then wait for release, or until it may run no longer.
func waitingSchema() (schema *testSchema, held, release chan struct{}) {
	schema, held, release = newTestSchema(), make(chan struct{}, 100), make(chan struct{})
	schema.fields["waits"] = func(ctx context.Context, _ map[string]any) (any, error) {
		held <- struct{}{}
		select {
		case <-release:
			return "waited", nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return schema, held, release
}

func TestSocketsDrain(t *testing.T) {
	t.Parallel()
	schema, held, release := waitingSchema()
	url, s, _ := startSockets(t, func(s *sockets) { s.executor = newExecutorOf(&streamSchema{schema, sources}) })
	idle, watching, busy := dial(t, url, modern), greeted(t, url), greeted(t, url)
	watching.play("> "+subscription("1", "silent"), `> {"type":"ping"}`, `< {"type":"pong"}`)
	busy.play("> "+subscription("1", "silent"), "> "+subscribe("2", "{ waits }"), "> "+subscribe("3", "{ waits }"))
	told(t, "a query runs", held)
	told(t, "the other query runs", held)

	drained := make(chan struct{})
	go func() {
		defer close(drained)
		s.streams.drain(t.Context(), 0)
	}()
	idle.expectClose(1001, "Going away")
	watching.expectClose(1001, "Going away")
	if _, response, err := tryDial(t, url, modern); err == nil || response.StatusCode != 503 {
		t.Errorf("while draining: %v", response)
	}
	// What is new is answered by nothing but the close, what runs gets to its end.
	busy.play("> "+subscribe("4", "{ __typename }"), `> {"id":"3","type":"complete"}`, `> {"type":"ping"}`, `< {"type":"pong"}`)
	close(release)
	busy.play(`< {"type":"next","id":"2","payload":{"data":{"waits":"waited"}}}`, `< {"type":"complete","id":"2"}`, "x 1001 Going away")
	told(t, "the sockets have drained", drained)
}

// A socket whose turn to be closed is far off begins nothing any more either, and goes away when it is asked to.
func TestSocketsBeginNothingWhileTheServerDrains(t *testing.T) {
	t.Parallel()
	schema, held, release := waitingSchema()
	url, s, _ := startSockets(t, func(s *sockets) { s.executor = newExecutorOf(&streamSchema{schema, sources}) })
	all := []*client{greeted(t, url), greeted(t, url), greeted(t, url)}
	for _, c := range all {
		c.play("> " + subscribe("1", "{ waits }"))
		told(t, "a query runs", held)
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		s.streams.drain(t.Context(), time.Hour)
	}()
	until(t, "the server drains", s.streams.draining.Load)
	for _, c := range all {
		c.play("> "+subscribe("2", "{ __typename }"), "> "+subscription("3", "x"), `> {"type":"ping"}`, `< {"type":"pong"}`)
	}
	close(release)
	for _, c := range all {
		c.play(`< {"type":"next","id":"1","payload":{"data":{"waits":"waited"}}}`, `< {"type":"complete","id":"1"}`, "x 1001 Going away")
	}
	told(t, "the sockets have drained", drained)
}

func TestServerDrainsItsSockets(t *testing.T) {
	t.Parallel()
	options, _ := testOptions(t)
	options.Executor = newStreamExecutor(sources)
	r := serve(t, patience, options, nil)
	text, _ := token(t, time.Hour)
	watching := greeted(t, "http://"+r.address, "Authorization: Bearer "+text, "Accept-Encoding: gzip")
	watching.play("> "+subscription("1", "x"), `< {"type":"next","id":"1","payload":{"data":{"echo":"x"}}}`,
		`< {"type":"next","id":"1","payload":{"data":{"echo":"x"}}}`, `< {"type":"complete","id":"1"}`,
		"> "+subscription("1", "silent"), `> {"type":"ping"}`, `< {"type":"pong"}`)
	r.stop()
	watching.expectClose(1001, "Going away")
	if err := r.end(t); err != nil {
		t.Error(err)
	}
}
