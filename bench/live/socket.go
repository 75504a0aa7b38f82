package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"
)

// socket is a client's end of a WebSocket that speaks graphql-transport-ws. It does no more than what it is for, so that
// ten thousand of them leave the machine to the server.
type socket struct {
	conn net.Conn
	// buf holds what was read and not taken yet, from begin to end.
	buf        []byte
	begin, end int
	// parts are those of a message whose last one has not come.
	parts []byte
}

// handshake's key is always the same, since no proxy is on the way.
const handshake = "GET /graphql HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"

// openSocket opens the n-th socket to a server, is let in by a token, and subscribes.
func openSocket(ctx context.Context, n int, server, token, subscribe string) (*socket, error) {
	// An address has some 28,000 ports towards a server.
	const perAddress = 20_000
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+n/perAddress))}, Timeout: 20 * time.Second} //nolint:gosec // n is not that large
	conn, err := dialer.DialContext(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	s := &socket{conn: conn, buf: make([]byte, 512)}
	if err := s.greet(server, token); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if err := s.say(subscribe); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

func (s *socket) greet(server, token string) error {
	if _, err := fmt.Fprintf(s.conn, handshake, server); err != nil {
		return err
	}
	for {
		if err := s.fill(); err != nil {
			return err
		}
		head, _, whole := bytes.Cut(s.buf[:s.end], []byte("\r\n\r\n"))
		if !whole {
			continue
		}
		if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) {
			return fmt.Errorf("no socket is opened: %.200q", s.buf[:s.end])
		}
		s.begin = len(head) + 4
		break
	}
	if err := s.say(`{"type":"connection_init","payload":{"authorization":"Bearer ` + token + `"}}`); err != nil {
		return err
	}
	for {
		message, err := s.next()
		if err != nil {
			return err
		}
		if isOfType(message, "connection_ack") {
			return nil
		}
	}
}

// isOfType reports whether a message is of a type, wherever in it that stands; nothing else here has a member of that name.
func isOfType(message []byte, kind string) bool {
	return bytes.Contains(message, []byte(`"type":"`+kind+`"`))
}

// The frames of WebSocket.
const (
	frameText  = 0x1
	frameClose = 0x8
	framePing  = 0x9
	framePong  = 0xa
	frameLast  = 0x80
	masked     = 0x80
)

// say sends a message.
func (s *socket) say(text string) error { return s.send(frameText, []byte(text)) }

// send masks with zeros, which changes nothing.
func (s *socket) send(kind byte, payload []byte) error {
	frame := make([]byte, 0, len(payload)+8)
	if len(payload) < 126 {
		frame = append(frame, frameLast|kind, masked|byte(len(payload))) //nolint:gosec // the condition says that it fits
	} else {
		frame = append(frame, frameLast|kind, masked|126)
		frame = binary.BigEndian.AppendUint16(frame, uint16(len(payload))) //nolint:gosec // nothing larger is ever said
	}
	frame = append(frame, 0, 0, 0, 0)
	_, err := s.conn.Write(append(frame, payload...))
	return err
}

// next is the next message; it stays good until the one after it. Pings of both kinds are answered on the way.
func (s *socket) next() ([]byte, error) {
	for {
		head, payload, err := s.frame()
		if err != nil {
			return nil, err
		}
		switch kind := head &^ frameLast; {
		case kind == frameClose && len(payload) >= 2:
			return nil, fmt.Errorf("closed with %d %s", binary.BigEndian.Uint16(payload), payload[2:])
		case kind == frameClose:
			return nil, errors.New("closed without a code")
		case kind == framePing:
			err = s.send(framePong, payload)
		case kind == framePong:
		case head&frameLast == 0:
			s.parts = append(s.parts, payload...)
		default:
			if len(s.parts) > 0 {
				payload = append(s.parts, payload...)
				s.parts = nil
			}
			if !isOfType(payload, "ping") {
				return payload, nil
			}
			err = s.say(`{"type":"pong"}`)
		}
		if err != nil {
			return nil, err
		}
	}
}

// frame reads one frame, of a server: it is not masked.
func (s *socket) frame() (head byte, payload []byte, err error) {
	if err := s.await(2); err != nil {
		return 0, nil, err
	}
	header, length := 2, int(s.buf[s.begin+1])
	if length == 126 {
		header = 4
		if err := s.await(header); err != nil {
			return 0, nil, err
		}
		length = int(binary.BigEndian.Uint16(s.buf[s.begin+2:]))
	} else if length > 126 {
		return 0, nil, errors.New("a frame is larger than anything that was asked for")
	}
	if err := s.await(header + length); err != nil {
		return 0, nil, err
	}
	head, payload = s.buf[s.begin], s.buf[s.begin+header:s.begin+header+length]
	s.begin += header + length
	return head, payload, nil
}

// await waits until so many bytes are there.
func (s *socket) await(count int) error {
	for s.end-s.begin < count {
		if err := s.fill(); err != nil {
			return err
		}
	}
	return nil
}

// fill reads some more.
func (s *socket) fill() error {
	if s.begin > 0 {
		s.end = copy(s.buf, s.buf[s.begin:s.end])
		s.begin = 0
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	n, err := s.conn.Read(s.buf[s.end:])
	s.end += n
	if n > 0 {
		return nil
	}
	return err
}

func (s *socket) close() { _ = s.conn.Close() }
