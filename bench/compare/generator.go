package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// drive is one server being asked by all connections, with as little as possible: it shares its core with the database.
type drive struct {
	*script
	next atomic.Int64
	// stamp is the number of the first call, larger than that of any call before.
	stamp int64
	// measured says that answers count now, and over that clients are to stop.
	measured, over atomic.Bool
}

// asked is what the clients have seen.
type asked struct {
	// all are the requests answered in all, counted those while it was measured.
	all, counted int64
	latencies    []time.Duration
}

// run has a server asked by so many connections until during returns, which says when it is measured.
func (d *drive) run(ctx context.Context, address string, connections int, during func(context.Context) error) (asked, error) {
	clients := make([]*client, connections)
	for i := range clients {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return asked{}, err
		}
		defer func() { _ = conn.Close() }()
		clients[i] = &client{drive: d, conn: conn, answers: bufio.NewReaderSize(conn, 64<<10), latencies: make([]time.Duration, 0, 1<<13)}
	}
	group, working := errgroup.WithContext(ctx)
	for _, c := range clients {
		group.Go(c.work)
	}
	err := during(working)
	d.over.Store(true)
	err = errors.Join(group.Wait(), err)
	var total asked
	for _, c := range clients {
		total.all += c.all
		total.counted += int64(len(c.latencies))
		total.latencies = append(total.latencies, c.latencies...)
	}
	return total, err
}

// client is one connection with one request at a time.
type client struct {
	*drive
	conn      net.Conn
	answers   *bufio.Reader
	renewal   time.Time // of the connection's deadline
	sent      []byte    // the request, where it is stamped
	all       int64
	latencies []time.Duration
}

// patience is how long an answer may take at least before the run fails.
const patience = 15 * time.Second

func (c *client) work() error {
	for !c.over.Load() {
		n := c.next.Add(1) - 1
		r := &c.requests[n%int64(len(c.requests))]
		began := time.Now()
		if began.After(c.renewal) {
			c.renewal = began.Add(patience)
			if err := c.conn.SetDeadline(began.Add(2 * patience)); err != nil {
				return err
			}
		}
		if _, err := c.conn.Write(c.stamped(r, n)); err != nil {
			return err
		}
		if err := c.read(); err != nil {
			return err
		}
		if c.measured.Load() {
			c.latencies = append(c.latencies, time.Since(began))
		}
		if c.all++; r.acknowledged != nil {
			r.acknowledged.Add(1)
		}
	}
	return nil
}

// stamped is the request with its number in it, if it is to have one.
func (c *client) stamped(r *request, n int64) []byte {
	if r.stamp == 0 {
		return r.text
	}
	c.sent = append(c.sent[:0], r.text...)
	for at, left := r.stamp+len(stampDigits)-1, c.stamp+n; left > 0; at, left = at-1, left/10 {
		c.sent[at] = byte('0' + left%10)
	}
	return c.sent
}

// read takes in one answer, which must be a good one.
func (c *client) read() error {
	status, err := c.answers.ReadSlice('\n')
	if err != nil {
		return err
	}
	good := bytes.HasPrefix(status, []byte("HTTP/1.1 200 "))
	length, chunked := 0, false
	for {
		line, err := c.answers.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, found := bytes.CutPrefix(line, []byte("Content-Length: ")); found {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		} else if bytes.Equal(line, []byte("Transfer-Encoding: chunked\r\n")) {
			chunked = true
		}
	}
	if chunked {
		return c.readChunks(good)
	}
	return c.readPart(length, good)
}

// readPart takes in a body or a chunk. Where that is not good, it is an error with the beginning of it.
func (c *client) readPart(length int, good bool) error {
	body, err := c.answers.Peek(min(length, c.answers.Size()))
	if err != nil {
		return err
	}
	if !good || !bytes.Contains(body[:min(len(body), 100)], c.good) {
		return fmt.Errorf("a bad answer: %.300q", body)
	}
	_, err = c.answers.Discard(length)
	return err
}

// readChunks takes in a body in chunks, and looks at the first.
func (c *client) readChunks(good bool) error {
	for first := true; ; first = false {
		line, err := c.answers.ReadSlice('\n')
		if err != nil {
			return err
		}
		length, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 31)
		if err != nil {
			return err
		}
		if first {
			err = c.readPart(int(length), good)
		} else {
			_, err = c.answers.Discard(int(length))
		}
		if err != nil {
			return err
		}
		if _, err := c.answers.Discard(len("\r\n")); err != nil || length == 0 {
			return err
		}
	}
}
