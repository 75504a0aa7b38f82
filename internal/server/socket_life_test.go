package server

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"reelgraph/models"
)

func TestSocketHandshake(t *testing.T) {
	t.Parallel()
	url, s, _ := startSockets(t, func(s *sockets) { s.origins = []string{"https://app.example", "http://other.example:8000"} })
	host := strings.TrimPrefix(url, "http://")
	for name, test := range map[string]struct {
		method, body string
		headers      []string // those of a good handshake where they do not say otherwise
		status       int
		code         string
	}{
		"good":               {"GET", "", nil, 101, ""},
		"own origin":         {"GET", "", []string{"Origin: http://" + host}, 101, ""},
		"own, behind TLS":    {"GET", "", []string{"Origin: https://" + host}, 101, ""},
		"allowed origin":     {"GET", "", []string{"Origin: https://app.example"}, 101, ""},
		"its capitals":       {"GET", "", []string{"Origin: https://APP.example"}, 101, ""},
		"with its port":      {"GET", "", []string{"Origin: http://other.example:8000"}, 101, ""},
		"without its port":   {"GET", "", []string{"Origin: http://other.example"}, 403, "FORBIDDEN"},
		"other scheme":       {"GET", "", []string{"Origin: http://app.example"}, 403, "FORBIDDEN"},
		"subdomain":          {"GET", "", []string{"Origin: https://x.app.example"}, 403, "FORBIDDEN"},
		"foreign origin":     {"GET", "", []string{"Origin: https://evil.example"}, 403, "FORBIDDEN"},
		"no origin at all":   {"GET", "", []string{"Origin: null"}, 403, "FORBIDDEN"},
		"two origins":        {"GET", "", []string{"Origin: https://app.example", "Origin: https://evil.example"}, 403, "FORBIDDEN"},
		"gzip is accepted":   {"GET", "", []string{"Accept-Encoding: gzip"}, 101, ""},
		"a body":             {"GET", "x", nil, 400, "BAD_USER_INPUT"},
		"POST":               {"POST", "", nil, 405, "BAD_USER_INPUT"},
		"no connection":      {"GET", "", []string{"Connection: close"}, 426, "BAD_USER_INPUT"},
		"old version":        {"GET", "", []string{"Sec-WebSocket-Version: 8"}, 400, "BAD_USER_INPUT"},
		"key of wrong size":  {"GET", "", []string{"Sec-WebSocket-Key: AAAA"}, 400, "BAD_USER_INPUT"},
		"another's upgrade":  {"GET", "", []string{"Upgrade: h2c"}, 426, "BAD_USER_INPUT"},
		"compression offers": {"GET", "", []string{"Sec-WebSocket-Extensions: permessage-deflate"}, 101, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request, err := http.NewRequestWithContext(t.Context(), test.method, url+"/graphql", strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range map[string]string{
				"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
				"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": modern,
			} {
				request.Header.Set(name, value)
			}
			set := map[string]bool{}
			for _, line := range test.headers {
				name, value, _ := strings.Cut(line, ": ")
				if !set[name] {
					request.Header.Del(name)
				}
				set[name] = true
				request.Header.Add(name, value)
			}
			transport := &http.Transport{DisableCompression: true}
			defer transport.CloseIdleConnections()
			response, err := transport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != test.status {
				t.Fatalf("status %d, want %d", response.StatusCode, test.status)
			}
			if test.status == 101 {
				if response.Header.Get("Sec-WebSocket-Protocol") != modern || response.Header.Get("Sec-WebSocket-Extensions") != "" {
					t.Errorf("headers %v", response.Header)
				}
				return
			}
			if _, code, _, _ := firstError(t, bodyOf(response)); code != test.code {
				t.Errorf("code %s, want %s", code, test.code)
			}
		})
	}
	t.Cleanup(func() {
		until(t, "refused sockets are counted", func() bool {
			s.streams.mu.Lock()
			defer s.streams.mu.Unlock()
			return len(s.streams.open) == 0 && len(s.streams.callers) == 0
		})
	})
}

func TestSocketSubprotocols(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, nil)
	for _, offered := range []string{"", "mqtt"} {
		dial(t, url, offered).expectClose(4406, "Subprotocol not acceptable")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"mqtt", legacy, modern}})
	if err != nil || conn.Subprotocol() != modern {
		t.Fatalf("%v", err)
	}
	_ = conn.CloseNow()
}

func TestSocketGreetingTimeout(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, func(s *sockets) { s.bounds.greeting = 200 * time.Millisecond })
	let := greeted(t, url)
	silent := dial(t, url, modern)
	silent.play(`> {"type":"ping"}`, `< {"type":"pong"}`)
	silent.expectClose(4408, "Connection initialisation timeout")
	let.play(`> {"type":"ping"}`, `< {"type":"pong"}`)
}

func TestSocketBinary(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, nil)
	c := greeted(t, url)
	if err := c.conn.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	c.expectClose(4400, "Messages must be text, not binary.")
}

func TestSocketMessageSizes(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, nil)
	c := greeted(t, url)
	whole := subscribe("1", "{ __typename }")
	for _, length := range []int{125, 126, 256, 257, 4096, 65535, 65536, maxBodyBytes} {
		c.send(whole + strings.Repeat(" ", length-len(whole)))
		c.play(`< {"type":"next","id":"1","payload":{"data":{"__typename":"Query"}}}`, `< {"type":"complete","id":"1"}`)
	}
	// What is sent has a header for each of three sizes.
	around := len(`{"type":"next","id":"1","payload":{"data":{"echo":""}}}`)
	for _, length := range []int{around, 125, 126, 65535, 65536} {
		text := strings.Repeat("x", length-around)
		c.play("> "+subscribe("1", `{ echo(text: "`+text+`") }`),
			`< {"type":"next","id":"1","payload":{"data":{"echo":"`+text+`"}}}`, `< {"type":"complete","id":"1"}`)
	}
	c.send(whole + strings.Repeat(" ", maxBodyBytes-len(whole)+1))
	c.expectClose(websocket.StatusMessageTooBig, "A message must not be larger than 1048576 bytes.")
}

// A client need not wait for the answer to its handshake, nor send one frame a packet.
func TestSocketEarlyFrames(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, nil)
	frames := [][]byte{rawText(initMessage)}
	for range 500 {
		frames = append(frames, rawText(`{"type":"pong"}`), []byte{0x8a, 0x80, 0, 0, 0, 0})
	}
	conn, reader := rawClient(t, url, append(frames, rawText("x"))...)
	if code, _ := readClose(t, reader); code != 4400 {
		t.Errorf("closed with %d", code)
	}
	_, _ = conn.Write([]byte{0x88, 0x80, 0, 0, 0, 0})
}

func TestSocketSlowMessage(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, func(s *sockets) { s.bounds.message = 50 * time.Millisecond })
	conn, reader := rawClient(t, url)
	// A message in fragments, with a pause after the first, and pings meanwhile.
	fragment := rawText(`{"type":`)
	fragment[0] = 0x01
	_, _ = conn.Write(fragment)
	_, _ = conn.Write([]byte{0x89, 0x80, 0, 0, 0, 0})
	if code, reason := readClose(t, reader); code != 1013 || !strings.Contains(reason, "too long") {
		t.Errorf("%d %s", code, reason)
	}
}

func TestSocketOperationLimit(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, nil)
	c := greeted(t, url)
	for i := range 100 {
		c.send(subscription(fmt.Sprint(i), "silent"))
	}
	beyond := `< {"type":"error","id":"more","payload":[{"message":"At most 100 operations may run on one socket.","extensions":{"code":"RATE_LIMITED"}}]}`
	c.play("> "+subscribe("more", "{ __typename }"), beyond, "> "+subscription("more", "silent"), beyond,
		`> {"id":"7","type":"complete"}`, "> "+subscribe("more", "{ __typename }"), `< {"type":"next","id":"more","payload":{"data":{"__typename":"Query"}}}`)
}

func TestSocketsPerCaller(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, func(s *sockets) { s.streams = newStreams(2) })
	text, _ := token(t, time.Hour)
	other, _ := token(t, time.Hour)
	as := func(token string) string {
		return `{"type":"connection_init","payload":{"authorization":"Bearer ` + token + `"}}`
	}
	// As long as nobody knows whose they are, they take no place: neither the address's, nor the user's in a header.
	silent := []*client{dial(t, url, modern), dial(t, url, modern), dial(t, url, modern)}
	header := "Authorization: Bearer " + text
	first := dial(t, url, modern, header)
	dial(t, url, modern, header)
	const full = "x 1013 RATE_LIMITED: There are as many open sockets and event streams of this caller as there may be."
	first.play("> "+initMessage, "< "+ackMessage)
	greeted(t, url).play("> "+subscribe("1", "{ caller }"), `< {"type":"next","id":"1","payload":{"data":{"caller":null}}}`)
	silent[0].play("> "+initMessage, "< "+ackMessage)
	silent[1].play("> "+initMessage, full)
	silent[2].play("> "+as(text), "< "+ackMessage)
	dial(t, url, modern).play("> "+as(text), full)
	dial(t, url, modern, header).play("> "+initMessage, full)
	dial(t, url, modern, header).play("> "+as(other), "< "+ackMessage)
	dial(t, url, legacy).play("> "+initMessage, `< {"type":"connection_error","payload":{"message":"`+tooManyStreams.message+`"}}`, full)
	_ = first.conn.Close(websocket.StatusNormalClosure, "")
	until(t, "a place is free again", func() bool {
		c := dial(t, url, modern, header)
		c.send(initMessage)
		got, _ := c.receive()
		return got == ackMessage
	})
}

func TestSocketPanics(t *testing.T) {
	t.Parallel()
	url, _, log := startSockets(t, nil)
	c := greeted(t, url, "X-Request-Id: r-7")
	for _, text := range []string{subscription("1", "panics"), subscribe("1", "{ panics }"), subscribe("1", "{ unprintable }")} {
		c.play("> "+text, `< {"type":"error","id":"1","payload":[{"message":"Internal server error.","extensions":{"code":"INTERNAL_SERVER_ERROR","requestId":"r-7"}}]}`)
	}
	c.play("> "+subscribe("1", "{ __typename }"), `< {"type":"next","id":"1","payload":{"data":{"__typename":"Query"}}}`)
	for _, want := range []string{"the sky falls", `"requestId":"r-7"`, "could not be written"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s", want)
		}
	}
}

func TestSocketOperationsEnd(t *testing.T) {
	t.Parallel()
	began, ended := make(chan context.Context, 1), make(chan string, 1)
	url, _, log := startSockets(t, func(s *sockets) {
		s.executor = newStreamExecutor(func(ctx context.Context, text string) (<-chan string, error) {
			began <- ctx
			context.AfterFunc(ctx, func() { ended <- text })
			return nil, nil
		})
	})
	text, caller := token(t, time.Hour)
	for way, end := range map[string]func(*client){
		"stopped":      func(c *client) { c.send(`{"id":"1","type":"complete"}`) },
		"closed":       func(c *client) { _ = c.conn.Close(websocket.StatusNormalClosure, "") },
		"disconnected": func(c *client) { _ = c.conn.CloseNow() },
		"broken": func(c *client) {
			c.send("x")
			_, _ = c.receive()
		},
	} {
		c := greeted(t, url, "Authorization: Bearer "+text, "X-Request-Id: r-8")
		c.send(subscription("1", way))
		ctx := told(t, way+" has begun", began)
		if _, bounded := ctx.Deadline(); bounded || models.RequestIDFrom(ctx) != "r-8" || models.CallerFrom(ctx).ID != caller.ID {
			t.Errorf("the context is not the operation's")
		}
		end(c)
		if got := told(t, way+" has ended", ended); got != way {
			t.Errorf("%s ended, not %s", got, way)
		}
	}
	until(t, "each loss has its name in the log", func() bool {
		return strings.Contains(log.String(), `"reason":"closed by the client","code":1000`) &&
			strings.Contains(log.String(), `"reason":"connection lost"`) && strings.Contains(log.String(), `"reason":"bad message","code":4400`)
	})
}

func TestSocketQueriesAreBounded(t *testing.T) {
	t.Parallel()
	schema := newTestSchema()
	schema.fields["waits"] = func(ctx context.Context, _ map[string]any) (any, error) {
		deadline, bounded := ctx.Deadline()
		return bounded && time.Until(deadline) <= requestTimeout, nil
	}
	url, _, _ := startSockets(t, func(s *sockets) { s.executor = newTestExecutor(schema) })
	greeted(t, url).play("> "+subscribe("1", "{ waits }"), `< {"type":"next","id":"1","payload":{"data":{"waits":true}}}`)
}

// A subscription that does not begin in time is refused, and not just cut.
func TestSocketSubscriptionsThatDoNotBegin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		options, _ := testOptions(t)
		here, there := net.Pipe()
		defer here.Close()
		s := (&sockets{
			executor: newStreamExecutor(newChannels().source), streams: newStreams(1), log: options.Logger,
		}).newSocket(httptest.NewRequest("GET", "/graphql", nil), nil)
		s.wire, s.spoken, s.letIn = &wire{Conn: there, patience: patience}, protocols[0], true
		m, _, fault := s.spoken.parseMessage([]byte(subscription("1", "hangs")))
		if fault != "" {
			t.Fatal(fault)
		}
		began := time.Now()
		s.start(m)
		frame := make([]byte, 1000)
		n, err := here.Read(frame)
		want := `{"type":"error","id":"1","payload":[{"message":"` + unavailable.message + `","extensions":{"code":"SERVICE_UNAVAILABLE"}}]}`
		if took := time.Since(began); err != nil || string(frame[4:n]) != want || took != requestTimeout {
			t.Errorf("%q, %v after %s", frame[:n], err, took)
		}
		s.running.Wait()
		if s.lost.Load() != nil || len(s.operations) != 0 {
			t.Error("the socket does not live on without the operation")
		}
		s.cancel()
	})
}

func TestSocketWithoutSignOfLife(t *testing.T) {
	t.Parallel()
	url, _, log := startSockets(t, func(s *sockets) { s.bounds.heartbeat, s.bounds.patience = 20*time.Millisecond, 400*time.Millisecond })
	lively := greeted(t, url)
	told := make(chan error, 1)
	go func() { // answers pings by reading
		_, err := lively.receive()
		told <- err
	}()
	// It sends nothing, and does not even answer pings: these are the last it is sent.
	_, reader := rawClient(t, url)
	if sent, err := io.ReadAll(reader); err != nil || !strings.HasPrefix(string(sent), "\x89\x00\x89\x00") || len(sent)%2 != 0 {
		t.Errorf("%q %v", sent, err)
	}
	lively.send(`{"type":"ping"}`)
	if err := <-told; err != nil {
		t.Errorf("a client that answers pings is cut: %v", err)
	}
	until(t, "the loss has its name", func() bool { return strings.Contains(log.String(), "no sign of life") })
}

func TestSocketThatDoesNotRead(t *testing.T) {
	t.Parallel()
	url, _, log := startSockets(t, func(s *sockets) { s.bounds.patience, s.bounds.heartbeat = 2*time.Second, 50*time.Millisecond })
	_, reader := rawClient(t, url, rawText(initMessage), rawText(subscription("1", "endless")))
	other := greeted(t, url)
	for range 100 {
		other.play("> "+subscribe("1", "{ __typename }"), `< {"type":"next","id":"1","payload":{"data":{"__typename":"Query"}}}`, `< {"type":"complete","id":"1"}`)
	}
	if strings.Contains(log.String(), "socket closed") {
		t.Error("others wait as long as the client is not cut")
	}
	until(t, "the client is cut", func() bool { return strings.Contains(log.String(), `"reason":"client does not read"`) })
	_, _ = io.Copy(io.Discard, reader) // what was on its way, and then the end
}

// Not parallel, since it counts the goroutines of the process.
func TestSocketGoroutines(t *testing.T) { //nolint:paralleltest // see above
	began := make(chan struct{}, 50)
	url, _, _ := startSockets(t, func(s *sockets) {
		s.executor = newStreamExecutor(func(context.Context, string) (<-chan string, error) {
			began <- struct{}{}
			return nil, nil
		})
	})
	before := runtime.NumGoroutine()
	const sockets = 50
	for range sockets {
		rawClient(t, url, rawText(initMessage), rawText(subscription("1", "x")))
		told(t, "the subscription has begun", began)
	}
	until(t, "no more than 2 goroutines a socket", func() bool { return runtime.NumGoroutine()-before <= 2*sockets })
}

// A connection that is refused before anybody knows whose it is must not stay open, whatever its client does.
func TestSocketLeaksNoConnection(t *testing.T) {
	t.Parallel()
	url, s, _ := startSockets(t, nil)
	for _, text := range []string{`{"type":"connection_init","payload":1}`, `{"type":"connection_init","payload":{"authorization":"x"}}`, "x"} {
		conn, reader := rawClient(t, url, rawText(text))
		readClose(t, reader)
		_, _ = conn.Write([]byte{0x88, 0x80, 0, 0, 0, 0})
		if n, err := io.Copy(io.Discard, reader); n != 0 || err != nil {
			t.Errorf("%s: %d bytes and %v instead of the end", text, n, err)
		}
	}
	until(t, "none is counted", func() bool {
		s.streams.mu.Lock()
		defer s.streams.mu.Unlock()
		return len(s.streams.open) == 0
	})
}
