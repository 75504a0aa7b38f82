package server

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"reelgraph/internal/auth"
)

// pairs is a listener whose connections are made in this process, so that ports do not run out.
type pairs struct {
	waiting chan net.Conn
	closed  chan struct{}
}

func (p *pairs) Accept() (net.Conn, error) {
	select {
	case conn := <-p.waiting:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pairs) Close() error {
	close(p.closed)
	return nil
}

func (p *pairs) Addr() net.Addr { return &net.UnixAddr{Net: "unix"} }

// dial connects a client, whose end can be closed for writing alone.
func (p *pairs) dial(t *testing.T) *net.UnixConn {
	t.Helper()
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	var conns [2]*net.UnixConn
	for i, end := range ends {
		file := os.NewFile(uintptr(end), "")
		conn, err := net.FileConn(file)
		_ = file.Close() // it was for the copy that conn has
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = conn.(*net.UnixConn)
	}
	p.waiting <- conns[0]
	return conns[1]
}

// FuzzSocketFrames sends whole connections' worth of bytes behind a handshake. Whatever they are, what comes back is frames
// as a server may send them, and the connection's end.
func FuzzSocketFrames(f *testing.F) {
	verifier, err := auth.New(f.Context(), auth.Config{Secret: secret})
	if err != nil {
		f.Fatal(err)
	}
	options := Options{Verifier: verifier, Executor: newStreamExecutor(sources), MaxStreams: 1 << 20, Logger: slog.New(slog.DiscardHandler)}
	listener := &pairs{make(chan net.Conn), make(chan struct{})}
	served := &http.Server{Handler: New(options), ReadHeaderTimeout: patience}
	go func() { _ = served.Serve(listener) }()
	f.Cleanup(func() { _ = served.Close() })

	greeting := rawText(initMessage)
	for _, frames := range [][][]byte{
		{}, {greeting}, {greeting, rawText(subscription("1", "x"))}, {greeting, rawText(subscription("1", "silent")), rawText(`{"id":"1","type":"complete"}`)},
		{greeting, rawText(`{"type":"ping","payload":{}}`), {0x89, 0x81, 1, 2, 3, 4, 5}, {0x8a, 0x80, 0, 0, 0, 0}, {0x88, 0x80, 0, 0, 0, 0}},
		{greeting, greeting}, {rawText(subscribe("1", "{ a }"))}, {{0x01, 0x80, 0, 0, 0, 0}, {0x80, 0x80, 0, 0, 0, 0}}, {{0x82, 0x81, 0, 0, 0, 0, 'x'}},
		{{0xc1, 0x80, 0, 0, 0, 0}}, {{0x81, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0}}, {{0x81, 0xff, 0xff, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0}},
		{{0x81, 0x81, 0, 0, 0, 0, 0xff}}, {{0x88, 0x82, 0, 0, 0, 0, 0, 1}}, {{0x81, 0x01, '{'}}, {greeting, {0x81, 0xfe, 0xff}},
	} {
		for _, legacy := range []bool{false, true} {
			f.Add(legacy, bytes.Join(frames, nil))
		}
	}
	f.Fuzz(func(t *testing.T, old bool, frames []byte) {
		protocol := modern
		if old {
			protocol = legacy
		}
		conn := listener.dial(t)
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(patience))
		go func() { // what is left of it when the server has closed its end has nowhere to go
			fmt.Fprint(conn, "GET /graphql HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
				"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: "+protocol+"\r\n\r\n"+string(frames))
			_ = conn.CloseWrite()
		}()
		reader := bufio.NewReader(conn)
		response, err := http.ReadResponse(reader, nil)
		if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%v %v", response, err)
		}
		for {
			if err := readFrame(t, reader); err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("the connection ends with %v", err)
				}
				return
			}
		}
	})
}

// readFrame reads a frame that the server has sent, and fails unless it may send that.
func readFrame(t *testing.T, reader *bufio.Reader) error {
	t.Helper()
	var header [2]byte
	if _, err := io.ReadFull(reader, header[:]); err != nil {
		return err
	}
	length := uint64(header[1])
	switch length {
	case 126:
		var long [2]byte
		if _, err := io.ReadFull(reader, long[:]); err != nil {
			return err
		}
		length = uint64(binary.BigEndian.Uint16(long[:]))
	case 127:
		var long [8]byte
		if _, err := io.ReadFull(reader, long[:]); err != nil {
			return err
		}
		length = binary.BigEndian.Uint64(long[:])
	}
	if length > 1<<20 {
		t.Fatalf("a frame of %d bytes", length)
	}
	payload := make([]byte, length)
	if _, err := io.ReadFull(reader, payload); err != nil {
		return err
	}
	switch header[0] {
	case frameText:
		if !json.Valid(payload) {
			t.Errorf("said %q", payload)
		}
	case framePing, framePong:
	case 0x88:
		if length == 1 || length > 125 {
			t.Errorf("closed with %q", payload)
		}
	default:
		t.Errorf("a frame begins with %x", header)
	}
	return nil
}
