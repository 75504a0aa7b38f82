package events_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"reelgraph/internal/events"
	"reelgraph/models"
)

func TestHintsInTheProcess(t *testing.T) {
	t.Parallel()
	var told []hint
	bus := events.New(func(kind models.Kind, ids []models.ID) { told = append(told, hint{kind, ids}) })
	bus.Publish(models.KindAIJob, numbered(1, 3))
	bus.Publish(models.KindBlocks, numbered(3, 4))
	bus.Close()
	bus.Close()
	if s := bus.Stats(); s != (events.Stats{Published: 3}) {
		t.Errorf("it tells of %+v", s)
	}
	if fmt.Sprint(told) != fmt.Sprint([]hint{{models.KindAIJob, numbered(1, 3)}, {models.KindBlocks, numbered(3, 4)}}) {
		t.Errorf("told of %v", told)
	}
}

// TestHintsBetweenInstances: each is told of what the others publish, and of its own once, at once.
func TestHintsBetweenInstances(t *testing.T) {
	t.Parallel()
	s := started(t, server.Options{})
	a, b := connected(t, s.ClientURL()), connected(t, s.ClientURL())
	listening(t, s, 2)
	for kind := range models.Kind(models.Kinds) {
		want := hint{kind, numbered(int(kind), int(kind)+3)}
		a.Publish(want.kind, want.ids)
		select {
		case own := <-a.told:
			if diff := cmp.Diff(want, own, cmp.AllowUnexported(hint{})); diff != "" {
				t.Errorf("its own: %s", diff)
			}
		default:
			t.Error("Publish has returned, and local was told of nothing")
		}
		got := receive(t, b.told)
		slices.SortFunc(got.ids, models.ID.Compare)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(hint{})); diff != "" {
			t.Errorf("another's: %s", diff)
		}
		// What the server sends to a client keeps its order: had a's own come back, it would come before this.
		b.Publish(models.KindInbox, numbered(100, 101))
		receive(t, b.told)
		if next := receive(t, a.told); next.ids[0] != id(100) {
			t.Errorf("its own have come back: %v", next)
		}
	}
	// What was received has been sent.
	ids := uint64(3 * models.Kinds)
	want := events.Stats{Published: ids, Sent: ids, Received: models.Kinds, NATS: true, Connected: true}
	if diff := cmp.Diff(want, a.Stats()); diff != "" {
		t.Error(diff)
	}
}

// TestHintsAreGathered: what is published while others were just sent goes out together, in messages of bounded size.
func TestHintsAreGathered(t *testing.T) {
	t.Parallel()
	s := started(t, server.Options{})
	messages := make(chan *nats.Msg, 10_000)
	client := raw(t, s)
	if _, err := client.ChanSubscribe("reelgraph.changes.*", messages); err != nil {
		t.Fatal(err)
	}
	a := connected(t, s.ClientURL())
	listening(t, s, 2)
	const count, slow = 5000, 500
	began := time.Now()
	for n, id := range numbered(0, count) {
		a.Publish(models.KindAIJob, []models.ID{id, id})
		if n < slow { // Time enough for a message of its own.
			if err := client.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	seen := map[models.ID]int{}
	sent := 0
	for ; len(seen) < count; sent++ {
		message := receive(t, messages)
		if len(message.Data) > 16*1001 {
			t.Errorf("a message has %d bytes", len(message.Data))
		}
		for id := range slices.Chunk(message.Data[16:], 16) {
			seen[models.ID(id)]++
		}
	}
	for id, times := range seen {
		if times > 1 {
			t.Errorf("%v was sent %d times", id, times)
		}
	}
	if most := 2 + count/1000 + int(time.Since(began)/(5*time.Millisecond)); sent > most {
		t.Errorf("%d calls of Publish became %d messages, more than %d", count, sent, most)
	}
}

// TestBlocksGoFirst of what waits, since they decide what may be shown of the rest. All waits until there is a connection.
func TestBlocksGoFirst(t *testing.T) {
	t.Parallel()
	s := started(t, server.Options{})
	b := connected(t, s.ClientURL())
	listening(t, s, 1)
	listener := listen(t)
	a := connected(t, "nats://"+listener.Addr().String())
	conn := accept(t, listener)
	for kind := range models.Kind(models.Kinds) {
		a.Publish(kind, numbered(0, 1))
	}
	server, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	carry := func(to, from net.Conn) { _, _ = io.Copy(to, from) }
	go carry(server, conn)
	go carry(conn, server)
	var order []models.Kind
	for range models.Kinds {
		order = append(order, receive(t, b.told).kind)
	}
	if want := []models.Kind{models.KindBlocks, models.KindAIJob, models.KindVideoMetadata, models.KindInbox}; !slices.Equal(order, want) {
		t.Errorf("they come in the order %v, want %v", order, want)
	}
}

// TestAServerThatComesAndGoes: without it nothing waits, and the log has a line for each time that it goes and comes.
func TestAServerThatComesAndGoes(t *testing.T) {
	t.Parallel()
	address := stopped(t)
	// The other two never come: there are attempts enough that fail.
	url := fmt.Sprintf("nats://%v,nats://%v,nats://%v", address, stopped(t), stopped(t))
	a, b := connected(t, url), connected(t, url)
	for range 3 {
		for _, i := range []*instance{a, b} {
			i.log.want(t, "WARN", "NATS is away")
			if i.Stats().Connected {
				t.Error("it is connected, it says")
			}
			i.Publish(models.KindInbox, numbered(1, 2))
			if own := receive(t, i.told); own.ids[0] != id(1) {
				t.Errorf("its own: %v", own)
			}
		}
		s := started(t, server.Options{Port: address.Port})
		a.log.want(t, "INFO", "NATS is back")
		b.log.want(t, "INFO", "NATS is back")
		listening(t, s, 2)
		a.Publish(models.KindInbox, numbered(2, 3))
		receive(t, a.told)
		// Of what was published meanwhile nothing comes.
		if got := receive(t, b.told); got.ids[0] != id(2) {
			t.Errorf("another's: %v", got)
		}
		stop(s)
	}
	a.log.want(t, "WARN", "NATS is away")
	b.log.want(t, "WARN", "NATS is away")
	a.Close()
	b.Close()
	for _, line := range append(a.log.left(), b.log.left()...) {
		if !strings.Contains(line, "level=DEBUG") {
			t.Errorf("the log says more: %s", line)
		}
	}
}

// TestHintsThatComeTooFast are counted when they are thrown away.
func TestHintsThatComeTooFast(t *testing.T) {
	t.Parallel()
	s := started(t, server.Options{})
	a := connectedWith(t, s.ClientURL(), 0)
	listening(t, s, 1)
	client := raw(t, s)
	const waiting, more = 1024, 100
	for range waiting + 1 + more { // One is with local.
		if err := client.Publish("reelgraph.changes.inbox", append(make([]byte, 31), 7)); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "some are thrown away", func() bool { return a.Stats().Dropped > 0 })
	a.log.want(t, "WARN", "NATS does not carry all hints")
	for received := uint64(0); received < waiting; received = a.Stats().Received {
		receive(t, a.told)
	}
	if s := a.Stats(); s.Dropped > more+1 || s.Lost != 0 {
		t.Errorf("it tells of %+v", s)
	}
	go func() { // for what is still on its way
		for range a.told {
		}
	}()
	a.Close()
	close(a.told)
}

// TestMessagesThatAreNoHints harm nobody.
func TestMessagesThatAreNoHints(t *testing.T) {
	t.Parallel()
	s := started(t, server.Options{})
	a := connected(t, s.ClientURL())
	listening(t, s, 1)
	client := raw(t, s)
	bad := []struct {
		subject string
		bytes   int
	}{
		{"inbox", 0}, {"inbox", 1}, {"inbox", 16}, {"inbox", 31}, {"inbox", 33}, {"inbox", 16 * 1002}, {"inbox", 1 << 20}, {"video", 32}, {"\xff", 32},
	}
	for _, b := range bad {
		if err := client.Publish("reelgraph.changes."+b.subject, make([]byte, b.bytes)); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Publish("reelgraph.changes.inbox", append(make([]byte, 31), 7)); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, a.told); got.kind != models.KindInbox || !slices.Equal(got.ids, numbered(7, 8)) {
		t.Errorf("told of %v", got)
	}
	for range bad {
		a.log.want(t, "DEBUG", "no hint")
	}
	if left := a.log.left(); len(left) != 0 || len(a.told) != 0 {
		t.Errorf("told of %d more, the log says %q", len(a.told), left)
	}
}

// TestClose sends what was published just before.
func TestClose(t *testing.T) {
	t.Parallel()
	s := started(t, server.Options{})
	b := connected(t, s.ClientURL())
	for range 10 {
		a := connected(t, s.ClientURL())
		listening(t, s, 2)
		a.Publish(models.KindVideoMetadata, numbered(0, 1))
		receive(t, b.told) // The next ones are gathered now.
		for n := 1; n <= 100; n++ {
			a.Publish(models.KindVideoMetadata, numbered(n, n+1))
		}
		a.Close()
		a.Close()
		seen := map[models.ID]bool{}
		for len(seen) < 100 {
			for _, id := range receive(t, b.told).ids {
				seen[id] = true
			}
		}
		// Whoever publishes after that is heard here alone.
		a.Publish(models.KindVideoMetadata, numbered(200, 201))
		if len(a.told) != 102 {
			t.Errorf("local was told %d times", len(a.told))
		}
		if lines := a.log.left(); len(lines) != 0 {
			t.Errorf("the log says %q", lines)
		}
		listening(t, s, 1)
	}
}

// TestAServerThatSaysNothing holds up nobody.
func TestAServerThatSaysNothing(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	began := time.Now()
	bus, err := events.Connect("nats://"+listener.Addr().String(), func(models.Kind, []models.ID) {}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	conn := accept(t, listener)
	bus.Publish(models.KindAIJob, numbered(0, 5000))
	if took := time.Since(began); took > time.Second {
		t.Errorf("Connect and Publish took %v", took)
	}
	bus.Close()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("with Close it took %v", took)
	}
	// It has given up when it hangs up.
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Error(err)
	}
}

// TestTheURLIsASecret, for what it may hold, wherever something goes wrong.
func TestTheURLIsASecret(t *testing.T) {
	t.Parallel()
	secrets := []string{"hunter2", "alice", "t0ken"}
	s := started(t, server.Options{Username: "alice", Password: "another"})
	for _, address := range []string{s.Addr().String(), stopped(t).String(), "nowhere.invalid:4222"} {
		for _, user := range []string{"alice:hunter2@", "t0ken@"} {
			i := connected(t, "nats://"+user+address)
			lines := []string{i.log.want(t, "WARN", "NATS is away")}
			i.Close()
			for _, line := range append(lines, i.log.left()...) {
				for _, secret := range secrets {
					if strings.Contains(line, secret) {
						t.Errorf("the log says %s", line)
					}
				}
			}
		}
	}
	for _, url := range []string{"", ",", "alice:hunter2@host", "nats://", "nats://alice:hunter2@", "nats://alice:hunter2%zz@host", "http://alice:hunter2@host", "nats://host,ws://t0ken@other"} {
		bus, err := events.Connect(url, nil, slog.New(slog.DiscardHandler))
		if err == nil {
			bus.Close()
			t.Errorf("%q can be used", url)
			continue
		}
		for _, secret := range secrets {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error says %v", err)
			}
		}
	}
}

// TestCredentials: with the right ones, on any of several servers.
func TestCredentials(t *testing.T) {
	t.Parallel()
	s := started(t, server.Options{Username: "alice", Password: "hunter2"})
	url := "nats://" + stopped(t).String() + ", nats://alice:hunter2@" + s.Addr().String()
	a, b := connected(t, url), connected(t, url)
	listening(t, s, 2)
	a.Publish(models.KindBlocks, numbered(5, 6))
	if got := receive(t, b.told); got.kind != models.KindBlocks || got.ids[0] != id(5) {
		t.Errorf("told of %v", got)
	}
}

// TestAPermissionThatLacks is told once, however much is published.
func TestAPermissionThatLacks(t *testing.T) {
	t.Parallel()
	s := started(t, server.Options{Users: []*server.User{{
		Username: "alice", Password: "hunter2",
		Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{"reelgraph.>"}}},
	}}})
	a := connected(t, "nats://alice:hunter2@"+s.Addr().String())
	a.Publish(models.KindAIJob, numbered(1, 2))
	a.log.want(t, "WARN", "does not carry all hints")
	a.Publish(models.KindInbox, numbered(1, 2))
	a.log.want(t, "DEBUG", "does not carry all hints")
}

func BenchmarkPublish(b *testing.B) {
	s := started(b, server.Options{})
	for _, size := range []int{1, 100} {
		ids := numbered(0, size)
		nowhere := func(models.Kind, []models.ID) {}
		b.Run(fmt.Sprintf("in the process, %d ids", size), func(b *testing.B) {
			bus := events.New(nowhere)
			b.ReportAllocs()
			for b.Loop() {
				bus.Publish(models.KindVideoMetadata, ids)
			}
		})
		b.Run(fmt.Sprintf("over NATS, %d ids", size), func(b *testing.B) {
			bus, err := events.Connect(s.ClientURL(), nowhere, slog.New(slog.DiscardHandler))
			if err != nil {
				b.Fatal(err)
			}
			defer bus.Close()
			listening(b, s, 1)
			b.ReportAllocs()
			for b.Loop() {
				bus.Publish(models.KindVideoMetadata, ids)
			}
		})
	}
}
