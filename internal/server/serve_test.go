package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for what should come at once.
const patience = 10 * time.Second

// running is a server under Serve.
type running struct {
	server  *Server
	address string
	stop    context.CancelFunc
	// ended has what Serve returns, and is closed then.
	ended chan error
}

// run serves on a port of its own. A request for { waits } says so on held and then waits
// for release.
func run(t *testing.T, drain time.Duration, change func(*bounds)) (r *running, held, release chan struct{}) {
	t.Helper()
	schema, held, release := waitingSchema()
	options, _ := testOptions(t)
	options.Playground = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 32<<20)) // more than the buffers of a connection hold
	})
	options.Executor = newTestExecutor(schema)
	return serve(t, drain, options, change), held, release
}

// serve runs a server with the options on a port of its own.
func serve(t *testing.T, drain time.Duration, options Options, change func(*bounds)) *running {
	t.Helper()
	s := New(options)
	if change != nil {
		change(&s.bounds)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &running{server: s, address: listener.Addr().String(), stop: stop, ended: make(chan error, 1)}
	go func() {
		defer close(r.ended)
		r.ended <- s.Serve(ctx, listener, drain)
	}()
	t.Cleanup(func() {
		stop()
		http.DefaultClient.CloseIdleConnections()
		_ = r.end(t) // what it says is some tests' alone to judge
	})
	return r
}

// end waits for Serve to return.
func (r *running) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.ended:
		return err
	case <-time.After(patience):
		t.Fatal("Serve does not return")
		return nil
	}
}

// dial opens a connection that is given up after patience.
func (r *running) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

type answer struct {
	response *http.Response
	body     string
	err      error
}

// waiting asks { waits } in the background.
func (r *running) waiting(t *testing.T, held chan struct{}) chan answer {
	t.Helper()
	came := make(chan answer, 1)
	go func() {
		response, err := http.Get("http://" + r.address + "/graphql?query={waits}")
		if err != nil {
			came <- answer{err: err}
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		came <- answer{response, string(body), err}
	}()
	select {
	case <-held:
	case <-time.After(patience):
		t.Fatal("the request does not arrive")
	}
	return came
}

func TestDrainServesUntilTheLastRequestEnds(t *testing.T) {
	t.Parallel()
	r, held, release := run(t, time.Hour, nil)
	first := r.waiting(t, held)
	if response, _ := call(t, "GET", "http://"+r.address+"/readyz", ""); response.StatusCode != 200 {
		t.Errorf("before the drain /readyz is %d", response.StatusCode)
	}
	r.stop()

	// While it runs, newcomers learn that the server is going, and nothing begins.
	for status := 200; status == 200; {
		ready, err := http.Get("http://" + r.address + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		ready.Body.Close()
		status = ready.StatusCode
		if status != 200 && (status != 503 || !ready.Close) {
			t.Errorf("/readyz is %d, with Connection: close %v", status, ready.Close)
		}
	}
	if response, body := call(t, "GET", "http://"+r.address+"/healthz", ""); response.StatusCode != 200 {
		t.Errorf("/healthz is %d %s", response.StatusCode, body)
	}
	for _, headers := range [][]string{{asGraphQL}, {"Accept: text/event-stream"}, {"Authorization: Bearer bad"}} {
		response, body := query(t, "http://"+r.address, "{ __typename }", headers...)
		_, code, _, _ := firstError(t, body)
		if response.StatusCode != 503 || code != "SERVICE_UNAVAILABLE" || response.Header.Get("Retry-After") == "" || !response.Close {
			t.Errorf("a late query with %s: %d %s %v", headers, response.StatusCode, body, response.Header)
		}
	}

	close(release)
	if got := <-first; got.err != nil || got.response.StatusCode != 200 || got.body != `{"data":{"waits":"waited"}}` {
		t.Errorf("the request that was running: %+v", got)
	}
	if err := r.end(t); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if conn, err := net.Dial("tcp", r.address); err == nil {
		conn.Close()
		t.Error("the listener is still open")
	}
}

func TestDrainOfAnIdleServer(t *testing.T) {
	t.Parallel()
	r, _, _ := run(t, time.Hour, nil)
	// A client keeps its connection.
	response, err := http.Get("http://" + r.address + "/healthz")
	if err != nil || response.StatusCode != 200 {
		t.Fatal(response, err)
	}
	response.Body.Close()
	r.stop()
	if err := r.end(t); err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestDrainCutsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	r, held, _ := run(t, 50*time.Millisecond, nil)
	first := r.waiting(t, held)
	r.stop()
	if err := r.end(t); err == nil || !strings.Contains(err.Error(), "cut: 1") {
		t.Errorf("Serve: %v", err)
	}
	if got := <-first; got.err == nil {
		t.Errorf("the request that was running: %+v", got)
	}
}

func TestDrainCutsSilentConnections(t *testing.T) {
	t.Parallel()
	r, _, _ := run(t, 50*time.Millisecond, nil)
	r.dial(t)
	call(t, "GET", "http://"+r.address+"/healthz", "") // accepted after the first
	r.stop()
	if err := r.end(t); err != nil {
		t.Errorf("nothing was asked on the connection, yet Serve says: %v", err)
	}
}

func TestServeTellsThatItsListenerFails(t *testing.T) {
	t.Parallel()
	options, _ := testOptions(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if err := New(options).Serve(t.Context(), listener, time.Hour); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
}

// readAll is what comes until the connection ends, by whichever way.
func readAll(t *testing.T, conn net.Conn) string {
	t.Helper()
	text, err := io.ReadAll(conn)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatalf("the connection is still open, having sent %q", text)
	}
	return string(text)
}

func TestSlowHeaderIsCut(t *testing.T) {
	t.Parallel()
	r, _, _ := run(t, time.Second, func(b *bounds) { b.header = 20 * time.Millisecond })
	conn := r.dial(t)
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow"); err != nil {
		t.Fatal(err)
	}
	readAll(t, conn)
}

func TestSlowBodyIsCut(t *testing.T) {
	t.Parallel()
	r, _, _ := run(t, time.Second, func(b *bounds) { b.request = 50 * time.Millisecond })
	conn := r.dial(t)
	if _, err := io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	if text := readAll(t, conn); !strings.HasPrefix(text, "HTTP/1.1 408 ") || !strings.Contains(text, "too long") {
		t.Errorf("got %q", text)
	}
}

func TestIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	r, _, _ := run(t, time.Second, func(b *bounds) { b.idle = 20 * time.Millisecond })
	conn := r.dial(t)
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if text := readAll(t, conn); !strings.HasSuffix(text, `{"status":"ok"}`) {
		t.Errorf("got %q", text)
	}
}

func TestClientThatDoesNotReadIsCut(t *testing.T) {
	t.Parallel()
	r, _, _ := run(t, patience/2, func(b *bounds) { b.response = time.Second })
	conn := r.dial(t)
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil { // the answer has begun
		t.Fatal(err)
	}
	r.stop()
	if err := r.end(t); err != nil {
		t.Errorf("the request was cut by the drain only: %v", err)
	}
}

func TestLongQueryStringIsRefused(t *testing.T) {
	t.Parallel()
	r, _, _ := run(t, time.Second, nil)
	for length, status := range map[int]int{40_000: 200, 80_000: 431} {
		response, err := http.Get("http://" + r.address + "/graphql?query={__typename}" + strings.Repeat("+", length))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != status {
			t.Errorf("%d characters: %d, want %d", length, response.StatusCode, status)
		}
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	r, _, _ := run(t, time.Second, func(b *bounds) { b.connections = 1 })
	const request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
	first, second := r.dial(t), r.dial(t)
	one := make([]byte, 1)
	for _, conn := range []net.Conn{first, second} {
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := first.Read(one); err != nil {
		t.Fatal(err)
	}
	_ = second.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := second.Read(one); err == nil {
		t.Error("the second connection is served beside the first")
	}
	first.Close()
	_ = second.SetReadDeadline(time.Now().Add(patience))
	if _, err := second.Read(one); err != nil {
		t.Errorf("the second connection is not served after the first: %v", err)
	}
}
