package events_test

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"reelgraph/internal/events"
	"reelgraph/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long something that must come may take.
const patience = 20 * time.Second

// started is a NATS server on a free port, or on that of options.
func started(t testing.TB, options server.Options) *server.Server {
	t.Helper()
	options.Host, options.NoLog, options.NoSigs = "127.0.0.1", true, true
	if options.Port == 0 {
		options.Port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&options)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { stop(s) })
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	return s
}

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// stopped is the address of a server that has stopped.
func stopped(t testing.TB) *net.TCPAddr {
	t.Helper()
	s := started(t, server.Options{})
	address, _ := s.Addr().(*net.TCPAddr)
	stop(s)
	return address
}

// listen is a place that instances connect to, and accept a connection of theirs, on which nobody says anything.
func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

func accept(t testing.TB, listener net.Listener) net.Conn {
	t.Helper()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// until polls the state of something that has no signal to wait for.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("in vain: %s", what)
		}
	}
}

// listening waits until so many instances receive hints.
func listening(t testing.TB, s *server.Server, count int) {
	t.Helper()
	until(t, "instances receive hints", func() bool {
		found, err := s.Subsz(&server.SubszOptions{Subscriptions: true, Test: "reelgraph.changes.inbox"})
		return err == nil && found.Total == count
	})
}

// hint is one call of local.
type hint struct {
	kind models.Kind
	ids  []models.ID
}

// instance is a Bus with what it was told of, and its log.
type instance struct {
	*events.Bus
	told chan hint
	log  *logged
}

func connected(t testing.TB, url string) *instance {
	t.Helper()
	return connectedWith(t, url, 10_000)
}

// connectedWith is an instance that can be told of so many hints before it has to wait.
func connectedWith(t testing.TB, url string, room int) *instance {
	t.Helper()
	i := &instance{told: make(chan hint, room), log: &logged{lines: make(chan string, 10_000)}}
	local := func(kind models.Kind, ids []models.ID) { i.told <- hint{kind, slices.Clone(ids)} }
	bus, err := events.Connect(url, local, slog.New(i.log))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	i.Bus = bus
	return i
}

func receive[T any](t testing.TB, from <-chan T) (next T) {
	t.Helper()
	select {
	case next = <-from:
	case <-time.After(patience):
		t.Fatal("nothing comes")
	}
	return next
}

// logged is a log whose lines can be waited for.
type logged struct{ lines chan string }

func (*logged) Enabled(context.Context, slog.Level) bool { return true }
func (l *logged) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l *logged) WithGroup(string) slog.Handler          { return l }

func (l *logged) Handle(ctx context.Context, record slog.Record) error {
	var text strings.Builder
	if err := slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}).Handle(ctx, record); err != nil {
		return err
	}
	l.lines <- text.String()
	return nil
}

// left are the lines that nobody has waited for so far.
func (l *logged) left() (lines []string) {
	for len(l.lines) > 0 {
		lines = append(lines, <-l.lines)
	}
	return lines
}

// want waits for a line, of which those at level debug do not count unless they are wanted.
func (l *logged) want(t *testing.T, level, text string) string {
	t.Helper()
	line := receive(t, l.lines)
	for level != "DEBUG" && strings.Contains(line, "level=DEBUG") {
		line = receive(t, l.lines)
	}
	if !strings.Contains(line, "level="+level) || !strings.Contains(line, text) {
		t.Errorf("the log says %q, want %s and %q", line, level, text)
	}
	return line
}

// raw is a client that knows nothing of hints.
func raw(t testing.TB, s *server.Server) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

func id(n int) models.ID { return models.ID{14: byte(n >> 8), 15: byte(n)} }

// numbered are the ids from to to, without the latter.
func numbered(from, to int) (ids []models.ID) {
	for n := from; n < to; n++ {
		ids = append(ids, id(n))
	}
	return ids
}
