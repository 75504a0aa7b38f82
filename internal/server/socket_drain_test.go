package server

import (
	"context"
	"net"
	"testing"
	"time"
)

func TestSocketsDrain(t *testing.T) {
	t.Parallel()
	held, release := make(chan struct{}, 2), make(chan struct{})
	schema := newTestSchema()
	schema.fields["waits"] = func(context.Context, map[string]any) (any, error) {
		held <- struct{}{}
		<-release
		return "waited", nil
	}
	url, s, _ := startSockets(t, func(s *sockets) { s.executor = newExecutorOf(&streamSchema{schema, sources}) })
	idle, watching, busy := dial(t, url, modern), greeted(t, url), greeted(t, url)
	watching.play("> "+subscription("1", "silent"), `> {"type":"ping"}`, `< {"type":"pong"}`)
	busy.play("> "+subscription("1", "silent"), "> "+subscribe("2", "{ waits }"), "> "+subscribe("3", "{ waits }"))
	<-held
	<-held

	drained := make(chan struct{})
	go func() {
		defer close(drained)
		s.streams.drain(context.Background(), 0)
	}()
	idle.expectClose(1001, "Going away")
	watching.expectClose(1001, "Going away")
	if _, response, err := tryDial(t, url, modern); err == nil {
		t.Errorf("let in while draining: %v", response)
	}
	// What is new is answered by nothing but the close, what runs gets to its end.
	busy.play("> "+subscribe("4", "{ __typename }"), `> {"id":"3","type":"complete"}`, `> {"type":"ping"}`, `< {"type":"pong"}`)
	close(release)
	busy.play(`< {"type":"next","id":"2","payload":{"data":{"waits":"waited"}}}`, `< {"type":"complete","id":"2"}`, "x 1001 Going away")
	<-drained
}

func TestServerDrainsItsSockets(t *testing.T) {
	t.Parallel()
	options, _ := testOptions(t)
	options.Executor = newStreamExecutor(sources)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- New(options).Serve(ctx, listener, patience) }()

	url := "http://" + listener.Addr().String()
	text, _ := token(t, time.Hour)
	watching := greeted(t, url, "Authorization: Bearer "+text, "Accept-Encoding: gzip")
	watching.play("> "+subscription("1", "x"), `< {"type":"next","id":"1","payload":{"data":{"echo":"x"}}}`,
		`< {"type":"next","id":"1","payload":{"data":{"echo":"x"}}}`, `< {"type":"complete","id":"1"}`,
		"> "+subscription("1", "silent"), `> {"type":"ping"}`, `< {"type":"pong"}`)
	stop()
	watching.expectClose(1001, "Going away")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
