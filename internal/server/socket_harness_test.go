package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"go.uber.org/goleak"

	"reelgraph/internal/auth"
	"reelgraph/models"
)

const (
	modern = "graphql-transport-ws"
	legacy = "graphql-ws"

	initMessage = `{"type":"connection_init"}`
	ackMessage  = `{"type":"connection_ack"}`
)

// No socket, stream or request leaves a goroutine behind. Connections that a test's HTTP client keeps are none
// of the server's.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// streamSchema is a testSchema whose subscription echo(text) is a function of the text. It sends what
// comes over the channel, and has finished when that is closed.
type streamSchema struct {
	*testSchema
	source func(ctx context.Context, text string) (<-chan string, error)
}

func (s *streamSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation.Operation != ast.Subscription {
		return s.testSchema.Exec(ctx)
	}
	field := graphql.CollectFields(operation, operation.Operation.SelectionSet, nil)[0]
	if field.IsDeferred() { // gqlgen would leave it out, and never deliver it
		panic("what is deferred is lost")
	}
	values, err := s.source(ctx, field.ArgumentMap(operation.Variables)["text"].(string))
	if err != nil {
		graphql.AddError(ctx, err)
		return func(context.Context) *graphql.Response { return nil }
	}
	return func(ctx context.Context) *graphql.Response {
		select {
		case value, ok := <-values:
			if !ok {
				return nil
			}
			data, _ := json.Marshal(map[string]string{field.Alias: value})
			return &graphql.Response{Data: data}
		case <-ctx.Done():
			return nil
		}
	}
}

// sources are subscriptions by their text: "silent" never sends anything, "refused" and "panics" do as they
// say, "endless" sends a large text again and again, and every other text is sent twice and has then finished.
func sources(ctx context.Context, text string) (<-chan string, error) {
	values := make(chan string, 2)
	switch text {
	case "silent":
	case "refused":
		return nil, models.BadInput("text", "not this one")
	case "panics":
		panic("the sky falls")
	case "endless":
		large := strings.Repeat("reel ", 20_000)
		go func() {
			for {
				select {
				case values <- large:
				case <-ctx.Done():
					return
				}
			}
		}()
	default:
		values <- text
		values <- text
		close(values)
	}
	return values, nil
}

func newStreamExecutor(source func(context.Context, string) (<-chan string, error)) *executor.Executor {
	return newExecutorOf(&streamSchema{newTestSchema(), source})
}

func newExecutorOf(schema graphql.ExecutableSchema) *executor.Executor {
	e := executor.New(schema)
	e.Use(extension.AutomaticPersistedQuery{Cache: graphql.MapCache[string]{}})
	return e
}

// startSockets serves sockets as changed, and ends them with the test.
func startSockets(t *testing.T, change func(*sockets)) (url string, s *sockets, log *logged) {
	t.Helper()
	options, log := testOptions(t)
	s = &sockets{
		executor: newStreamExecutor(sources), verifier: options.Verifier,
		streams: newStreams(1000), log: options.Logger, bounds: defaultSocketBounds,
	}
	if change != nil {
		change(s)
	}
	handler := auth.Middleware(s.verifier, s.open)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.open(w, r, nil) }))
	around := &Server{log: s.log, routes: http.NewServeMux()}
	listener := httptest.NewServer(around.identified(nil, compressed(around.observed(crossOrigin(s.origins, handler)))))
	t.Cleanup(func() {
		listener.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if !s.streams.draining.Load() {
			s.streams.drain(ctx, 0)
		}
		select {
		case <-s.streams.empty:
		case <-ctx.Done():
			t.Error("a socket does not end")
		}
	})
	return listener.URL, s, log
}

// client is one end of a socket.
type client struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial opens a socket; headers are "Name: value" lines.
func dial(t *testing.T, url, subprotocol string, headers ...string) *client {
	t.Helper()
	c, response, err := tryDial(t, url, subprotocol, headers...)
	if err != nil {
		t.Fatalf("%v: %v", response, err)
	}
	return c
}

func tryDial(t *testing.T, url, subprotocol string, headers ...string) (*client, *http.Response, error) {
	t.Helper()
	options := &websocket.DialOptions{HTTPHeader: http.Header{}}
	if subprotocol != "" {
		options.Subprotocols = []string{subprotocol}
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		options.HTTPHeader.Add(name, value)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, url+"/graphql", options)
	if err != nil {
		return nil, response, err
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &client{t, conn}, response, nil
}

// greeted opens a socket and is let in.
func greeted(t *testing.T, url string, headers ...string) *client {
	t.Helper()
	c := dial(t, url, modern, headers...)
	c.send(initMessage)
	c.expect(ackMessage)
	return c
}

func (c *client) send(text string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatalf("send %.100s: %v", text, err)
	}
}

func (c *client) receive() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, data, err := c.conn.Read(ctx)
	return string(data), err
}

func (c *client) expect(want string) {
	c.t.Helper()
	got, err := c.receive()
	if err != nil || got != want {
		c.t.Fatalf("got %.300s (%v), want %s", got, err, want)
	}
}

// expectClose wants nothing but the close.
func (c *client) expectClose(code websocket.StatusCode, reason string) {
	c.t.Helper()
	got, err := c.receive()
	var closed websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != code || closed.Reason != reason {
		c.t.Fatalf("got %.300s (%v), want the close %d %q", got, err, code, reason)
	}
}

// play follows a script of lines: "> text" is sent, "< text" is expected, "x 4400 reason" is the close.
func (c *client) play(script ...string) {
	c.t.Helper()
	for _, line := range script {
		switch rest := line[2:]; line[0] {
		case '>':
			c.send(rest)
		case '<':
			c.expect(rest)
		case 'x':
			number, reason, _ := strings.Cut(rest, " ")
			code, _ := strconv.Atoi(number)
			c.expectClose(websocket.StatusCode(code), reason)
		}
	}
}

// rawClient opens a socket by hand, for a client that misbehaves, and sends frames right behind its handshake.
// What comes is read from reader.
func rawClient(t *testing.T, url string, frames ...[]byte) (conn net.Conn, reader *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(conn, "GET /graphql HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: "+modern+"\r\nAccept-Encoding: gzip\r\n\r\n"+
		string(bytes.Join(frames, nil)))
	reader = bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil || response.StatusCode != 101 {
		t.Fatalf("%v %v", response, err)
	}
	return conn, reader
}

// rawText is a text frame of less than 126 bytes as a client sends it, with a mask of zeros.
func rawText(text string) []byte {
	return append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...)
}

// readClose reads frames of less than 126 bytes until the close, and then the end of the connection.
func readClose(t *testing.T, reader *bufio.Reader) (code int, reason string) {
	t.Helper()
	for {
		header := make([]byte, 2)
		if _, err := io.ReadFull(reader, header); err != nil {
			t.Fatalf("no close: %v", err)
		}
		payload := make([]byte, header[1])
		if _, err := io.ReadFull(reader, payload); err != nil {
			t.Fatal(err)
		}
		if header[0] == 0x88 {
			return int(binary.BigEndian.Uint16(payload)), string(payload[2:])
		}
	}
}

// until waits for what no signal tells.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
		runtime.Gosched()
	}
}

// subscribe is the message that runs an operation of graphql-transport-ws.
func subscribe(id, query string) string {
	return fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":{"query":%q}}`, id, query)
}

func subscription(id, text string) string {
	return subscribe(id, fmt.Sprintf("subscription { echo(text: %q) }", text))
}

func token(t *testing.T, lives time.Duration) (text string, caller models.Caller) {
	t.Helper()
	caller = models.Caller{ID: models.NewID(), ExpiresAt: time.Now().Add(lives)}
	text, err := auth.Config{Secret: secret}.Sign(caller)
	if err != nil {
		t.Fatal(err)
	}
	return text, caller
}

func bodyOf(response *http.Response) string {
	body, _ := io.ReadAll(response.Body)
	return string(body)
}
