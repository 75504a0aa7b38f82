package server

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/klauspost/compress/gzhttp"
)

// line is an answer that comes piece by piece. Each piece is sent at once, uncompressed, and within a time
// of its own.
type line struct {
	w       http.ResponseWriter
	control *http.ResponseController
	// media and open begin the answer.
	media, open string
	limit       time.Duration
	// ctx ends with the line: when its client goes away or takes too long, when it is cut, and when it is
	// closed. A write that hangs then fails.
	ctx context.Context
	cut context.CancelFunc
	// unwatch stops what makes it fail, or else tells that unhung will be closed when that has been done.
	unwatch func() bool
	unhung  chan struct{}

	// mu is held by whoever writes, and guards what follows.
	mu     sync.Mutex
	opened bool
	closed bool
	// beats keeps the line alive; nil where nothing does.
	beats *time.Timer
	every time.Duration
}

// newLine makes a line that is not open yet.
func newLine(ctx context.Context, w http.ResponseWriter, media, open string, limit time.Duration) *line {
	l := &line{w: w, control: http.NewResponseController(w), media: media, open: open, limit: limit, unhung: make(chan struct{})}
	l.ctx, l.cut = context.WithCancel(ctx)
	l.unwatch = context.AfterFunc(l.ctx, func() {
		_ = l.control.SetWriteDeadline(time.Now())
		close(l.unhung)
	})
	return l
}

// keepAlive opens the line soon, if nothing else does, and from then on sends the sign of life whenever nothing
// else has been sent for as long as every.
func (l *line) keepAlive(sign string, every time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.every = every
	l.beats = time.AfterFunc(opening, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		switch {
		case l.closed:
		case l.opened:
			l.write([]byte(sign))
		default:
			l.write(nil)
		}
	})
}

// opening is how long a stream's first answer may take before its client is told that there will be one. Until
// then it can still be refused by an HTTP status.
const opening = 10 * time.Millisecond

// send sends a piece, and reports false where the line has been cut.
func (l *line) send(piece []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write(piece)
}

// write is send for whoever holds mu.
func (l *line) write(piece []byte) bool {
	// An error means that there are no deadlines here.
	_ = l.control.SetWriteDeadline(time.Now().Add(l.limit))
	if l.ctx.Err() != nil {
		return false
	}
	if !l.opened {
		l.begin()
	}
	_, err := l.w.Write(piece)
	if err == nil {
		err = l.control.Flush()
	}
	if err != nil {
		l.cut()
		return false
	}
	if l.beats != nil {
		l.beats.Reset(l.every)
	}
	return true
}

func (l *line) begin() {
	l.opened = true
	header := l.w.Header()
	header.Set("Content-Type", l.media)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Accel-Buffering", "no")
	header.Set(gzhttp.HeaderNoCompression, "1")
	l.w.WriteHeader(http.StatusOK)
	_, _ = l.w.Write([]byte(l.open)) // what follows meets the same error
}

// unopened closes the line if it is not open yet, and reports whether it was not.
func (l *line) unopened() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = l.closed || !l.opened
	return !l.opened
}

// close ends the use of the response, which belongs to the next request soon.
func (l *line) close() {
	l.mu.Lock()
	l.closed = true
	if l.beats != nil {
		l.beats.Stop()
	}
	l.mu.Unlock()
	if !l.unwatch() {
		<-l.unhung
	}
	l.cut()
}
