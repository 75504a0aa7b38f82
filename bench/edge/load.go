package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// turn is what one side has used in one round.
type turn struct {
	requests int64
	cpu      time.Duration // of the server
	took     time.Duration
}

func (t turn) cpuEach() time.Duration { return t.cpu / time.Duration(max(t.requests, 1)) }
func (t turn) rate() float64          { return float64(t.requests) / t.took.Seconds() }

// ask has a server asked for the same by all connections, and says what it took once it is warm. meanwhile is called then.
func ask(ctx context.Context, o *options, i *instance, r request, meanwhile func() error) (turn, error) {
	text, err := r.bytes(ctx, i.API)
	if err != nil {
		return turn{}, err
	}
	if r.known {
		r.status, r.objects = http.StatusNotModified, 0
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	asking, working := errgroup.WithContext(ctx)
	var done atomic.Int64
	for range o.connections {
		asking.Go(func() error { return r.repeat(working, i.API, text, &done) })
	}
	used, err := during(working, o, i.process.Process.Pid, &done, meanwhile)
	stop()
	return used, errors.Join(asking.Wait(), err)
}

// during measures, after some warming, what is done in a time.
func during(ctx context.Context, o *options, pid int, done *atomic.Int64, meanwhile func() error) (turn, error) {
	pause(ctx, o.warm)
	before, err := cpuOf(pid)
	if err != nil {
		return turn{}, err
	}
	began, first := time.Now(), done.Load()
	err = meanwhile()
	pause(ctx, o.each-time.Since(began))
	took, last := time.Since(began), done.Load()
	after, fault := cpuOf(pid)
	return turn{last - first, after - before, took}, errors.Join(err, fault)
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// repeat sends the request over one connection again and again, until ctx ends. An answer that is not as it should be
// ends it too.
func (r request) repeat(ctx context.Context, address string, text []byte, done *atomic.Int64) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	answers := bufio.NewReader(conn)
	for first := true; ctx.Err() == nil; first = false {
		if _, err := conn.Write(text); err != nil {
			return err
		}
		if err := r.read(answers, first); err != nil {
			return err
		}
		done.Add(1)
	}
	return nil
}

// read reads one answer, and looks at what it says if it is the first.
func (r request) read(from *bufio.Reader, first bool) error {
	answer, err := http.ReadResponse(from, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	into := io.Discard
	if first || answer.StatusCode != r.status {
		into = &body
	}
	if _, err := io.Copy(into, answer.Body); err != nil {
		return err
	}
	counters := max(strings.Count(body.String(), `"viewCount":`), strings.Count(body.String(), `"view_count":`), strings.Count(body.String(), `"status":`))
	if answer.StatusCode != r.status || first && counters != r.objects {
		return fmt.Errorf("%s is answered with %s and %d objects: %.300s", strings.SplitN(r.path, "?", 2)[0], answer.Status, counters, body.String())
	}
	return nil
}

// tick is what the kernel counts processors in for programs, on every machine.
const tick = 10 * time.Millisecond

// cpuOf is what a process has used since it began, in user and system mode.
func cpuOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	// The second field is the program's name, in parentheses; after it, user and system time are the 12th and 13th.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, fault := strconv.ParseInt(fields[11], 10, 64)
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick, errors.Join(fault, err)
}
