package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
)

// socket is a hostile client's end of a WebSocket.
type socket struct {
	net.Conn
	reader *bufio.Reader
}

const (
	handshake = "GET /graphql HTTP/1.1\r\nHost: server\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
	greeting = `{"type":"connection_init"}`
)

// The frames of WebSocket, and the bit that says that a message ends with this one.
const (
	frameMore  = 0x0
	frameText  = 0x1
	frameClose = 0x8
	framePing  = 0x9
	framePong  = 0xa
	frameLast  = 0x80
)

// openSocket opens a socket, and reads no answer but that of the handshake.
func openSocket(ctx context.Context, t *target) (*socket, error) {
	conn, err := t.dial(ctx)
	if err != nil {
		return nil, err
	}
	s := &socket{conn, bufio.NewReaderSize(conn, 512)}
	if _, err = io.WriteString(conn, handshake); err == nil {
		err = s.awaitOpen()
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

// awaitOpen reads the answer to the handshake.
func (s *socket) awaitOpen() error {
	answer, err := http.ReadResponse(s.reader, nil)
	if err != nil {
		return err
	}
	_ = answer.Body.Close() // that of a handshake is empty
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("no socket is opened: %s", answer.Status)
	}
	return nil
}

// frame is one frame with a mask of zeros, which changes nothing.
func frame(kind byte, payload string) []byte {
	b := []byte{kind}
	switch length := len(payload); {
	case length < 126:
		b = append(b, 0x80|byte(length))
	case length <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(length))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(length))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

// text is a message.
func text(payload string) []byte { return frame(frameLast|frameText, payload) }

// next reads a frame.
func (s *socket) next() (kind byte, payload []byte, err error) {
	var header [2]byte
	if _, err := io.ReadFull(s.reader, header[:]); err != nil {
		return 0, nil, err
	}
	length := uint64(header[1])
	if length > 125 {
		long := make([]byte, map[uint64]int{126: 2, 127: 8}[length])
		if _, err := io.ReadFull(s.reader, long); err != nil {
			return 0, nil, err
		}
		length = binary.BigEndian.Uint64(append(make([]byte, 8-len(long), 8), long...))
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(s.reader, payload)
	return header[0] &^ frameLast, payload, err
}

// verdict reads until the socket ends, or until it is told the answer to an operation where first says so.
func (s *socket) verdict(first bool) (string, error) {
	for {
		kind, payload, err := s.next()
		if err != nil {
			return ended(err)
		}
		switch {
		case kind == frameClose && len(payload) < 2:
			return "close", nil
		case kind == frameClose:
			return fmt.Sprint("close ", binary.BigEndian.Uint16(payload)), nil
		case kind == frameText && first:
			if told := answered(payload); told != "" {
				return told, nil
			}
		}
	}
}

// answered is the verdict on a message that is about an operation, empty for any other.
func answered(message []byte) string {
	var m struct {
		Type    string
		Payload json.RawMessage
	}
	if json.Unmarshal(message, &m) != nil || m.Type == "connection_ack" || m.Type == "ping" || m.Type == "pong" {
		return ""
	}
	if m.Type == "error" {
		return "error " + codeOf([]byte(`{"errors":`+string(m.Payload)+`}`))
	}
	return m.Type
}

// talk opens a socket, sends frames and tells how that ends. What is answered is read meanwhile.
func (t *target) talk(ctx context.Context, first bool, frames ...[]byte) (string, error) {
	s, err := openSocket(ctx, t)
	if err != nil {
		return "", err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = s.Write(bytes.Join(frames, nil))
	}()
	defer func() {
		_ = s.Close()
		<-done
	}()
	return s.verdict(first)
}

// subscribe is the message that runs an operation.
func subscribe(id int, document, variables string) []byte {
	quoted, err := json.Marshal(document)
	if err != nil {
		panic(err) // a string always is JSON
	}
	return text(fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":{"query":%s,"variables":%s}}`, id, quoted, variables))
}
