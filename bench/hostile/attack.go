package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// attack is one kind of hostile input.
type attack struct {
	name string
	// times is how often it is sent, and few how often the tests send it, 0 where it takes longer than they may.
	times, few int
	// want are the verdicts that are right.
	want []string
	// crowd has all be sent at once, each by a client of its own.
	crowd bool
	// send sends it once and tells the verdict: how it was answered, or cut. n counts from 0.
	send func(ctx context.Context, t *target, n int) (verdict string, err error)
}

// The verdicts of clients that are not answered.
const (
	cut  = "cut"  // the server has ended the connection and said nothing
	kept = "kept" // the server still keeps the connection when the client has enough
)

// target is whom attacks are sent to.
type target struct {
	address string
	// from is the number of the address that all come from, 0 where each has its own.
	from    uint32
	clients atomic.Uint32
	// largest is the most bytes that an answer had.
	largest atomic.Int64
	// gathered is the crowd, where they come as one.
	gathered *gathering
}

// patience is how long a client waits for what it is told, or for its end.
const patience = 40 * time.Second

// dial connects to the server, each time from another address, so that none counts for another.
func (t *target) dial(ctx context.Context) (net.Conn, error) {
	n := t.from
	if n == 0 {
		n = firstAddress + t.clients.Add(1)%(1<<23)
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: binary.BigEndian.AppendUint32(nil, 127<<24+n)}, Timeout: patience}
	conn, err := dialer.DialContext(ctx, "tcp", t.address)
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(patience))
}

// firstAddress leaves the first of 127.0.0.0/8 to honest clients, and to those that choose theirs.
const firstAddress = 1 << 16

// gathering is a crowd that comes together.
type gathering struct {
	missing atomic.Int64
	// over is closed when all have been there for a while.
	over chan struct{}
	end  func()
}

// awhile is how long a crowd stays when all of it are there.
const awhile = 2 * time.Second

func newGathering(size int) *gathering {
	g := &gathering{over: make(chan struct{})}
	g.missing.Store(int64(size))
	g.end = sync.OnceFunc(func() { close(g.over) })
	return g
}

// stay waits until all of the crowd are there, and a while longer.
func (t *target) stay(ctx context.Context) {
	if t.gathered.missing.Add(-1) == 0 {
		time.AfterFunc(awhile, t.gathered.end)
	}
	select {
	case <-t.gathered.over:
	case <-ctx.Done():
	}
}

// atOnce is how many clients send what comes in no crowd.
const atOnce = 8

// throw sends an attack to an address so many times. It tells how often each verdict came, and how many bytes the largest
// answer had.
func throw(ctx context.Context, address string, a attack, times int) (verdicts map[string]int, largest int64, err error) {
	t, workers := &target{address: address}, min(atOnce, times)
	if a.crowd {
		t.gathered, workers = newGathering(times), times
	}
	var mu sync.Mutex
	verdicts = map[string]int{}
	var next atomic.Int64
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for n := next.Add(1) - 1; n < int64(times); n = next.Add(1) - 1 {
				verdict, failed := a.send(ctx, t, int(n))
				mu.Lock()
				verdicts[verdict]++
				err = cmp.Or(err, failed)
				mu.Unlock()
				if failed != nil && a.crowd {
					t.gathered.end() // the others would wait for it
				}
			}
		})
	}
	running.Wait()
	return verdicts, t.largest.Load(), cmp.Or(err, ctx.Err())
}

// row is what an attack has cost.
type row struct {
	name     string
	times    int
	verdicts map[string]int
	// each is the server's CPU for one without that for honest polls, growth what its memory has grown at most, in bytes.
	each   time.Duration
	growth int64
	// largest is the most bytes that an answer had.
	largest int64
	honest  *honest
	fault   error
}

// measure sends an attack while an honest client polls.
func measure(ctx context.Context, s *server, a attack, times int) (row, error) {
	r := row{name: a.name, times: times}
	if err := s.forgetPeak(); err != nil {
		return r, err
	}
	resident, _, err := s.memory()
	if err != nil {
		return r, err
	}
	before, err := s.cpu()
	if err != nil {
		return r, err
	}
	r.honest = poll(s)
	r.verdicts, r.largest, err = throw(ctx, s.address, a, times)
	r.honest.end()
	if err != nil {
		return r, err
	}
	after, err := s.cpu()
	if err != nil {
		return r, fmt.Errorf("the server has died: %w", err)
	}
	_, peak, err := s.memory()
	if err != nil {
		return r, err
	}
	r.each = max(0, after-before-time.Duration(r.honest.polls)*s.poll) / time.Duration(times)
	r.growth = peak - resident
	r.fault = fault(a, r.verdicts, r.honest)
	return r, nil
}

// fault is what is wrong with how an attack was answered, nil where nothing is.
func fault(a attack, verdicts map[string]int, h *honest) error {
	var wrong []string
	for verdict := range maps.Keys(verdicts) {
		if !slices.Contains(a.want, verdict) {
			wrong = append(wrong, verdict)
		}
	}
	switch {
	case len(wrong) > 0:
		slices.Sort(wrong)
		return fmt.Errorf("%s: answered with %s, and not with %s", a.name, strings.Join(wrong, "; "), strings.Join(a.want, " or "))
	case h.errors > 0:
		return fmt.Errorf("%s: %d of %d polls of an honest client failed: %w", a.name, h.errors, h.polls, h.failure)
	}
	return nil
}
