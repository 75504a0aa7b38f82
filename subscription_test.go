package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/nats-io/nats-server/v2/server"

	"reelgraph/internal/testdb"
)

// socket is a client of graphql-transport-ws.
type socket struct{ conn *websocket.Conn }

// dial opens a socket of somebody anonymous.
func dial(t *testing.T, p *program) *socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(p.url, "http")+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	s := &socket{conn}
	s.say(t, map[string]any{"type": "connection_init"})
	if m := s.hear(t); m.Type != "connection_ack" {
		t.Fatalf("greeted with %+v", m)
	}
	return s
}

func (s *socket) say(t *testing.T, message map[string]any) {
	t.Helper()
	text, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.conn.Write(t.Context(), websocket.MessageText, text); err != nil {
		t.Fatal(err)
	}
}

// watch subscribes to the counters of a video.
func (s *socket) watch(t *testing.T) {
	t.Helper()
	const query = `subscription { videosMetadataChanged(ids: ["` + someVideo + `"]) { viewCount } }`
	s.say(t, map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": query}})
}

type message struct {
	ID, Type string
	Payload  json.RawMessage
}

func (s *socket) hear(t *testing.T) message {
	t.Helper()
	m, err := s.next(t)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (s *socket) next(t *testing.T) (m message, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, text, err := s.conn.Read(ctx)
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	return m, err
}

func (s *socket) expect(t *testing.T, data string) {
	t.Helper()
	if m := s.hear(t); m.Type != "next" || string(m.Payload) != data {
		t.Fatalf("heard %s %s, want %s", m.Type, m.Payload, data)
	}
}

// viewed is what comes of that.
func viewed(count int) string {
	return fmt.Sprintf(`{"data":{"videosMetadataChanged":{"viewCount":%d}}}`, count)
}

// view counts a view through an instance.
func view(t *testing.T, p *program, token string, batch int) {
	t.Helper()
	p.mustAsk(t, token, fmt.Sprintf(`mutation { recordVideoActivity(batchId: "%d", events: [{videoId: %q, kind: VIEW}]) { recordedCount } }`, batch, someVideo))
}

// TestChangesThroughAnotherInstance come even where nothing tells of them, and where NATS does, many times sooner than
// they would be found.
func TestChangesThroughAnotherInstance(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	settings := serving(t, db)
	service := tokenFor(t, "--user", someone, "--role", "SERVICE")

	alone := dial(t, start(t, settings))
	alone.watch(t)
	alone.expect(t, viewed(0))

	broker, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	broker.Start()
	t.Cleanup(func() {
		broker.Shutdown()
		broker.WaitForShutdown()
	})
	connected := with(settings, map[string]string{"NATS_URL": broker.ClientURL()})
	writes, watches := start(t, connected), start(t, connected)
	eventually(t, "both instances are connected", func() bool { return broker.NumClients() == 2 })
	told := dial(t, watches)
	told.watch(t)
	told.expect(t, viewed(0))

	// Found by looks alone, each would take three quarters of a second on average.
	const changes = 30
	began := time.Now()
	for n := 1; n <= changes; n++ {
		view(t, writes, service, n)
		told.expect(t, viewed(n))
	}
	if took := time.Since(began); took > changes*400*time.Millisecond {
		t.Errorf("%d changes took %v: nobody has told of them", changes, took)
	}
	for last := ""; last != viewed(changes); {
		last = string(alone.hear(t).Payload)
	}
}

// TestFirstSignalClosesSockets: without a word that would say that the subscription has ended.
func TestFirstSignalClosesSockets(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	p, cmd := startCommand(t, with(serving(t, db), map[string]string{"DRAIN_TIMEOUT": "3s"}))
	var sockets []*socket
	for range 20 {
		s := dial(t, p)
		s.watch(t)
		s.expect(t, viewed(0))
		sockets = append(sockets, s)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for _, s := range sockets {
		if m, err := s.next(t); websocket.CloseStatus(err) != websocket.StatusGoingAway {
			t.Errorf("heard %+v, %v", m, err)
		}
	}
	<-p.ended
	if status := status(t, p.err); status != 0 {
		t.Errorf("the status is %d\n%s", status, p.stderr)
	}
}

// TestSecondSignalEndsAtOnceWithSockets: however long there would be for them.
func TestSecondSignalEndsAtOnceWithSockets(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	p, cmd := startCommand(t, with(serving(t, db), map[string]string{"DRAIN_TIMEOUT": "1h"}))
	first, second := dial(t, p), dial(t, p)
	for _, s := range []*socket{first, second} {
		s.watch(t)
		s.expect(t, viewed(0))
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "/readyz is 503", func() bool {
		status, _ := p.get(t, "/readyz")
		return status == 503
	})
	eventually(t, "a second signal has ended it", func() bool {
		_ = cmd.Process.Signal(syscall.SIGTERM) // The first may still have been an echo.
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	})
}
