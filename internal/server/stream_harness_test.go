package server

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

const (
	asEvents   = "Accept: text/event-stream"
	asPayloads = "Accept: multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9"
)

// channels are the sources of subscriptions by their text.
type channels struct {
	values map[string]chan string
	// joined and left are told of each subscription.
	joined, left chan string
}

func newChannels() *channels {
	return &channels{values: map[string]chan string{"a": make(chan string), "b": make(chan string)}, joined: make(chan string, 100), left: make(chan string, 100)}
}

func (c *channels) source(ctx context.Context, text string) (<-chan string, error) {
	switch text {
	case "refused", "panics", "endless":
		return sources(ctx, text)
	case "hangs":
		<-ctx.Done()
		return nil, ctx.Err()
	case "down":
		return nil, &gqlerror.Error{Message: "down", Extensions: map[string]any{"code": models.CodeServiceUnavailable}}
	}
	c.joined <- text
	context.AfterFunc(ctx, func() { c.left <- text })
	return c.values[text], nil
}

// told waits for what is told over a channel, or until that is closed.
func told[T any](t *testing.T, what string, over <-chan T) (news T) {
	t.Helper()
	select {
	case news = <-over:
	case <-time.After(patience):
		t.Fatal("nobody tells that " + what)
	}
	return news
}

// give has somebody take a value.
func give[T any](t *testing.T, to chan<- T, value T) {
	t.Helper()
	select {
	case to <- value:
	case <-time.After(patience):
		t.Fatalf("nobody takes %v", value)
	}
}

// streaming is a server of subscriptions to channels.
func streaming(t *testing.T, drain time.Duration, change func(*Options), bound func(*bounds)) (*running, *channels) {
	t.Helper()
	c := newChannels()
	options, _ := testOptions(t)
	options.Executor = newStreamExecutor(c.source)
	if change != nil {
		change(&options)
	}
	return serve(t, drain, options, bound), c
}

// opened is an answer that comes in pieces.
type opened struct {
	t        *testing.T
	response *http.Response
	body     *bufio.Reader
	close    context.CancelFunc
}

// open asks for the subscription to a text by POST.
func (r *running) open(t *testing.T, text string, headers ...string) *opened {
	t.Helper()
	// Longer than any one thing that is waited for: an answer that ends because of this has more to tell than the client's haste.
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	t.Cleanup(cancel)
	body := strings.NewReader(`{"query":"subscription { echo(text: \"` + text + `\") }"}`)
	request, err := http.NewRequestWithContext(ctx, "POST", "http://"+r.address+"/graphql", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Add(name, value)
	}
	response, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return &opened{t, response, bufio.NewReader(response.Body), cancel}
}

// expect reads exactly the text.
func (o *opened) expect(want string) {
	o.t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(o.body, got)
	if err != nil || string(got) != want {
		o.t.Fatalf("got %q (%v), want %q", got[:n], err, want)
	}
}

// rest reads to the end. An error means that the answer was cut.
func (o *opened) rest() (string, error) {
	o.t.Helper()
	text, err := io.ReadAll(o.body)
	return string(text), err
}

// expectCut wants nothing more but the broken connection.
func (o *opened) expectCut() {
	o.t.Helper()
	if text, err := o.rest(); !errors.Is(err, io.ErrUnexpectedEOF) || text != "" {
		o.t.Errorf("the stream goes on with %q (%v)", text, err)
	}
}

// A part of a multipart body, up to and with the delimiter after it.
func part(text string) string {
	return "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n" + text + "\r\n--graphql"
}

// has reports whether so many streams are open.
func (s *streams) has(count int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) == count
}
