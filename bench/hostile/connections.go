package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// connections are clients that are slow, silent or many.
func connections() []attack {
	const times, few = 1000, 100
	query := "/graphql?query=%7B__typename%7D"
	drip := func(name, beginning string, want ...string) attack {
		return attack{name: name, times: times, few: few, want: want, crowd: true, send: func(ctx context.Context, t *target, _ int) (string, error) {
			return t.drip(ctx, beginning)
		}}
	}
	return []attack{
		drip("headers of a byte a second", "GET /graphql HTTP/1.1\r\nHost: server\r\nX-Slow: ", cut),
		drip("a request line of a byte a second", "GET /", "400", cut),
		drip("bodies of a byte a second", head("POST", "/graphql", "Content-Type: application/json", "Content-Length: 1000")+"\r\n{", "408 BAD_USER_INPUT"),
		drip("bodies of a byte a second below /v1", head("POST", "/v1/videos/batch-metadata", "Content-Type: application/json", "Content-Length: 1000")+"\r\n{", "408 BAD_USER_INPUT"),
		drip("bodies of a byte a second, to where none is read", head("POST", "/nothing", "Content-Length: 1000")+"\r\n{", "404 NOT_FOUND"),
		{name: "connections on which nothing is said", times: 5000, few: 300, want: []string{cut}, crowd: true, send: func(ctx context.Context, t *target, _ int) (string, error) {
			return t.request(ctx, "")
		}},
		{name: "connections that stay after a request", times: 5000, few: 300, want: []string{kept}, crowd: true, send: func(ctx context.Context, t *target, _ int) (string, error) {
			conn, err := t.dial(ctx)
			if err != nil {
				return "", err
			}
			defer func() { _ = conn.Close() }()
			if _, err := io.WriteString(conn, strings.Replace(get(query), "Connection: close\r\n", "", 1)); err != nil {
				return "", err
			}
			verdict, err := t.answer(bufio.NewReader(conn))
			t.stay(ctx)
			if verdict != "200" {
				return verdict, err
			}
			return kept, nil
		}},
		{name: "1,000 requests in one go", times: 10, few: 2, want: []string{"200"}, send: pipelined},
		{name: "1,000 requests in one go, whose answers nobody reads", times: 100, want: []string{cut}, crowd: true, send: unread},
	}
}

// pipelined sends many requests before it reads an answer.
func pipelined(ctx context.Context, t *target, _ int) (string, error) {
	conn, err := t.dial(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	one := strings.Replace(get("/graphql?query=%7B__typename%7D"), "Connection: close\r\n", "", 1)
	if _, err := io.WriteString(conn, strings.Repeat(one, 1000)); err != nil {
		return "", err
	}
	reader := bufio.NewReader(conn)
	for range 999 {
		if verdict, err := t.answer(reader); verdict != "200" {
			return verdict, err
		}
	}
	return t.answer(reader)
}

// unread sends requests with large answers and reads none, until nothing more can be sent.
func unread(ctx context.Context, t *target, _ int) (string, error) {
	conn, err := t.dial(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	one := strings.Replace(operation("{"+numbered(100, " a#: feed(first: 100) { nodes { id title } }")+" }", ""), "Connection: close\r\n", "", 1)
	for {
		if _, err := io.WriteString(conn, one); err != nil {
			return ended(err)
		}
	}
}

// sockets are those of WebSocket.
func sockets() []attack {
	const megabyte = 1 << 20
	greet := text(greeting)
	end := frame(frameLast|frameClose, "\x03\xe8")
	const changed = "subscription S($ids: [ID!]!) { videosMetadataChanged(ids: $ids) { viewCount } }"
	say := func(name string, times int, first bool, frames [][]byte, want ...string) attack {
		return attack{name: name, times: times, few: min(times, 3), want: want, send: func(ctx context.Context, t *target, _ int) (string, error) {
			return t.talk(ctx, first, frames...)
		}}
	}
	return []attack{
		{name: "sockets that do not greet", times: 5000, few: 300, want: []string{"close 4408"}, crowd: true, send: func(ctx context.Context, t *target, _ int) (string, error) {
			return t.talk(ctx, false)
		}},
		{name: "sockets that greet and are idle", times: 5000, few: 300, want: []string{kept}, crowd: true, send: func(ctx context.Context, t *target, _ int) (string, error) {
			return t.watch(ctx, greet)
		}},
		{name: "sockets of one address", times: 1500, want: []string{kept, "close 1013"}, crowd: true, send: func(ctx context.Context, t *target, _ int) (string, error) {
			return (&target{address: t.address, from: 2, gathered: t.gathered}).watch(ctx, greet)
		}},
		{name: "sockets with 100 subscriptions to 100 unknown ids each", times: 50, few: 5, want: []string{kept}, crowd: true, send: func(ctx context.Context, t *target, _ int) (string, error) {
			frames := [][]byte{greet}
			for n := range 100 {
				frames = append(frames, subscribe(n, changed, `{"ids":`+ids(100)+`}`))
			}
			return t.watch(ctx, frames...)
		}},
		say("a first message of 1 MB", 50, false, [][]byte{text(`{"type":"` + strings.Repeat("x", megabyte))}, "close 1009"),
		say("messages of 1 MB that are none", 50, false, [][]byte{greet, text(strings.Repeat("[", megabyte-1))}, "close 4400"),
		say("a message larger than 1 MB", 50, false, [][]byte{greet, text(strings.Repeat("x", megabyte+1))}, "close 1009"),
		say("a message that never ends", 20, false, [][]byte{greet, frame(frameText, "x"), repeated(frame(frameMore, strings.Repeat("x", 60_000)), 50)}, "close 1009"),
		say("a message in 10,000 fragments", 50, true, append([][]byte{greet, frame(frameText, "")}, fragments(`{"id":"1","type":"subscribe","payload":{"query":"{ __typename }"}}`, 10_000)...), "next"),
		say("200,000 empty fragments", 20, false, [][]byte{greet, frame(frameText, ""), repeated(frame(frameMore, ""), 200_000), frame(frameLast|frameMore, "x")}, "close 4400"),
		say("10,000 pings", 50, false, [][]byte{greet, repeated(frame(frameLast|framePing, strings.Repeat("x", 125)), 10_000), end}, "close 1000"),
		say("10,000 pings of the protocol", 50, false, [][]byte{greet, repeated(text(`{"type":"ping"}`), 10_000), end}, "close 1000"),
		say("10,000 pongs of the protocol", 50, false, [][]byte{greet, repeated(text(`{"type":"pong"}`), 10_000), end}, "close 1000"),
		say("10,000 greetings", 50, false, [][]byte{repeated(greet, 10_000)}, "close 4429"),
		say("10,000 subscriptions", 20, false, append(append([][]byte{greet}, many(10_000, changed, `{"ids":`+ids(1)+`}`)...), end), "close 1000"),
		say("10,000 operations that are malformed", 20, false, append(append([][]byte{greet}, many(10_000, "{", "{}")...), end), "close 1000"),
		say("messages that are not UTF-8", 50, false, [][]byte{greet, text("\xff\xfe")}, "close 1007"),
		say("frames of reserved kinds", 50, false, [][]byte{greet, frame(0x83, "x")}, "close 1002"),
		say("a frame that says it has 2^63 bytes", 50, false, [][]byte{greet, {0x81, 0xff, 0xff, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0}}, "close 1002", cut),
		{name: "sockets that do not read what they ask for", times: 100, want: []string{cut}, crowd: true, send: func(ctx context.Context, t *target, _ int) (string, error) {
			s, err := openSocket(ctx, t)
			if err != nil {
				return "", err
			}
			defer func() { _ = s.Close() }()
			ask := subscribe(1, "{"+numbered(100, " a#: feed(first: 100) { nodes { id title } }")+" }", "{}")
			_, err = s.Write(greet)
			for err == nil {
				_, err = s.Write(ask)
			}
			return ended(err)
		}},
	}
}

// watch opens a socket, sends frames and stays with the rest of the crowd.
func (t *target) watch(ctx context.Context, frames ...[]byte) (string, error) {
	s, err := openSocket(ctx, t)
	if err != nil {
		return "", err
	}
	defer func() { _ = s.Close() }()
	ended := make(chan string, 1)
	go func() {
		verdict, err := s.verdict(true)
		if err != nil {
			verdict = err.Error()
		}
		ended <- verdict
	}()
	for _, f := range frames {
		if _, err = s.Write(f); err != nil {
			break
		}
	}
	t.stay(ctx)
	select {
	case verdict := <-ended:
		return verdict, nil
	default:
	}
	if err != nil {
		return "", fmt.Errorf("write to a socket that is open: %w", err)
	}
	return kept, nil
}

func repeated(frame []byte, times int) []byte {
	return []byte(strings.Repeat(string(frame), times))
}

// fragments are a message in frames of a byte each, with empty ones before up to count.
func fragments(message string, count int) [][]byte {
	frames := [][]byte{repeated(frame(frameMore, ""), count-len(message))}
	for n := range message {
		kind := byte(frameMore)
		if n == len(message)-1 {
			kind |= frameLast
		}
		frames = append(frames, frame(kind, message[n:n+1]))
	}
	return frames
}

// many are operations with ids of their own.
func many(count int, document, variables string) [][]byte {
	frames := make([][]byte, count)
	for n := range frames {
		frames[n] = subscribe(n, document, variables)
	}
	return frames
}
