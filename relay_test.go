package main

import (
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// relay stands between the server and PostgreSQL, and can fail in the ways of a network.
type relay struct {
	// url leads to the database by way of the relay.
	url string
	// address is where it listens, network and target are what it connects with.
	address, network, target string

	mu sync.Mutex
	// listener is nil while connections are refused.
	listener net.Listener
	// passing is closed while what is received is passed on.
	passing chan struct{}
	// broken is closed when the connections of now are cut.
	broken chan struct{}
}

func newRelay(t *testing.T, databaseURL string) *relay {
	t.Helper()
	config, err := pgconn.ParseConfig(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{address: "127.0.0.1:0", passing: make(chan struct{})}
	r.network, r.target = pgconn.NetworkAddress(config.Host, config.Port)
	r.mend(t)
	t.Cleanup(func() { r.cut(t) })
	query := u.Query()
	query.Del("host")
	query.Del("port")
	u.Host, u.RawQuery = r.address, query.Encode()
	r.url = u.String()
	return r
}

// cut ends every connection and refuses new ones.
func (r *relay) cut(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listener == nil {
		return
	}
	if err := r.listener.Close(); err != nil {
		t.Error(err)
	}
	r.listener = nil
	close(r.broken)
}

// hang goes on accepting connections, and passes nothing on.
func (r *relay) hang(*testing.T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.passing = make(chan struct{})
}

// mend takes connections again and passes on what they say.
func (r *relay) mend(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.passing:
	default:
		close(r.passing)
	}
	if r.listener != nil {
		return
	}
	listener, err := net.Listen("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	r.listener, r.address, r.broken = listener, listener.Addr().String(), make(chan struct{})
	go r.accept(listener, r.broken)
}

func (r *relay) accept(listener net.Listener, broken <-chan struct{}) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial(r.network, r.target)
		if err != nil {
			client.Close()
			continue
		}
		go func() {
			<-broken
			client.Close()
			server.Close()
		}()
		go r.pass(client, server, broken)
		go r.pass(server, client, broken)
	}
}

// pass copies one direction of a connection until either side ends.
func (r *relay) pass(from, to net.Conn, broken <-chan struct{}) {
	defer from.Close()
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		r.mu.Lock()
		passing := r.passing
		r.mu.Unlock()
		select {
		case <-passing:
		case <-broken:
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
