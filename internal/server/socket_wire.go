package server

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// wire is the connection under a socket. It bounds each write in time, whoever writes: a client that reads
// nothing is cut. And it lets the socket wait for what comes with little on the stack, which is what most
// sockets do most of the time.
type wire struct {
	net.Conn
	patience time.Duration
	// reader is the library's; what it has not taken yet is in early, and that mostly in buffer.
	reader *bufio.Reader
	early  []byte
	buffer [readBufferBytes]byte
	// heard says that something has come since it was last set to false.
	heard atomic.Bool
	// broken says that nothing more will come or go.
	broken atomic.Bool
	// stuck says that a write took longer than it may.
	stuck atomic.Bool
	// mu keeps a writer from moving the deadline of another.
	mu sync.Mutex
}

// await waits until there is a message to read, or the beginning of one. What the client answers to pings, which
// is all that most clients say, ends here: the library would take it and go on waiting, deep in its stack.
func (w *wire) await() error {
	for w.reader.Buffered() == 0 {
		w.early = withoutPong(w.early)
		if len(w.early) > 0 {
			break
		}
		n, err := w.read(w.buffer[:])
		if n == 0 {
			return err
		}
		w.early = w.buffer[:n]
	}
	return nil
}

// withoutPong takes the pongs off the beginning of frames, as far as they are whole and as they should be.
func withoutPong(frames []byte) []byte {
	for len(frames) >= 6 && frames[0] == framePong && frames[1] >= 0x80 && frames[1] <= 0x80+125 {
		end := 6 + int(frames[1]-0x80) // behind two bytes of header, and four of mask
		if len(frames) < end {
			break
		}
		frames = frames[end:]
	}
	return frames
}

func (w *wire) Read(p []byte) (int, error) {
	if len(w.early) > 0 {
		n := copy(p, w.early)
		w.early = w.early[n:]
		return n, nil
	}
	return w.read(p)
}

func (w *wire) read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n > 0 {
		w.heard.Store(true)
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		w.broken.Store(true)
	}
	return n, err
}

// interrupt ends what waits for the client, and gives a write no more than the time.
func (w *wire) interrupt(limit time.Duration) {
	now := time.Now()
	_ = w.SetReadDeadline(now)
	_ = w.SetWriteDeadline(now.Add(limit))
}

// Write writes all of p. It closes the connection where it cannot: half of a frame makes nonsense of
// whatever would follow.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.SetWriteDeadline(time.Now().Add(w.patience)); err != nil {
		return 0, err
	}
	n, err := w.Conn.Write(p)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			w.stuck.Store(true)
		}
		w.broken.Store(true)
		_ = w.Close()
	}
	return n, err
}

// The first bytes of the frames that are written here, text and ping, and of the one that is read here. The
// library sees to all others.
const (
	frameText = 0x81
	framePing = 0x89
	framePong = 0x8a
)

// frameHeadroom is what the largest header of a frame takes.
const frameHeadroom = 10

// newFrame is a buffer for the payload of a frame, which is appended to it.
func newFrame() *bytes.Buffer {
	buf := borrowBuffer()
	var room [frameHeadroom]byte
	buf.Write(room[:])
	return buf
}

// sealed puts the header before the payload of a frame from newFrame, so that one write carries both: the
// library's would need a buffer for each socket, or two writes.
func sealed(buf *bytes.Buffer, kind byte) []byte {
	frame := buf.Bytes()
	switch length := len(frame) - frameHeadroom; {
	case length <= 125:
		frame = frame[frameHeadroom-2:]
		frame[1] = byte(length) //nolint:gosec // it fits
	case length <= 0xffff:
		frame = frame[frameHeadroom-4:]
		frame[1] = 126
		binary.BigEndian.PutUint16(frame[2:], uint16(length))
	default:
		frame[1] = 127
		binary.BigEndian.PutUint64(frame[2:], uint64(length))
	}
	frame[0] = kind
	return frame
}

const (
	// readBufferBytes is small, since a socket has it for all its life: what is larger is read past it.
	readBufferBytes = 256
	// writeBufferBytes holds the largest frame that the library writes.
	writeBufferBytes = 128
)

// upgrade stands between the library's handshake and net/http. It hands out buffers smaller than
// net/http's, and keeps the library from answering a request that it refuses.
type upgrade struct {
	http.ResponseWriter
	patience time.Duration
	wire     *wire // once the connection is taken over
	refused  int   // the status of a refusal
}

func (u *upgrade) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		u.ResponseWriter.WriteHeader(status)
		return
	}
	u.refused = status
}

// Write drops what the library says of a refusal, which is in its error too.
func (u *upgrade) Write(p []byte) (int, error) { return len(p), nil }

// Hijack takes the connection over.
func (u *upgrade) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(u.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, err := buffered.Peek(buffered.Reader.Buffered())
	if err != nil {
		return nil, nil, err
	}
	u.wire = &wire{Conn: conn, patience: u.patience, early: bytes.Clone(early)}
	u.wire.heard.Store(true)
	u.wire.reader = bufio.NewReaderSize(u.wire, 0) // it has the wire's buffer behind it
	return u.wire, bufio.NewReadWriter(u.wire.reader, bufio.NewWriterSize(u.wire, writeBufferBytes)), nil
}
