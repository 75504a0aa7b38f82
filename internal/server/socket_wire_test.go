package server

import (
	"io"
	"net"
	"testing"
)

// Clients of graphql-transport-ws take 1002 for the end of all attempts: it is for those who break the rules, and not
// for those whose connection breaks.
func TestSocketEnds(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, nil)
	ack := "\x81" + string(rune(len(ackMessage))) + ackMessage
	for name, test := range map[string]struct {
		sent string
		code int // 0 where nothing is said
	}{
		"at once":                   {"", 0},
		"in a header":               {"\x81", 0},
		"in a mask":                 {"\x81\x85ab", 0},
		"in a message":              {"\x81\x85mask{", 0},
		"between fragments":         {"\x01\x81mask{", 0},
		"in a pong":                 {"\x8a\x85maskab", 0},
		"in a ping":                 {"\x89\x85maskab", 0},
		"no mask":                   {"\x81\x01{", 1002},
		"reserved bits":             {"\xc1\x81mask{", 1002},
		"an unknown kind":           {"\x83\x81mask{", 1002},
		"a continuation of nothing": {"\x80\x81mask{", 1002},
		"a large ping":              {"\x89\xfe\x01\x00mask", 1002},
		"a ping in fragments":       {"\x09\x80mask", 1002},
		"a close of one byte":       {"\x88\x81maskx", 1002},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, reader := rawClient(t, url, rawText(initMessage))
			got := make([]byte, len(ack))
			if _, err := io.ReadFull(reader, got); err != nil || string(got) != ack {
				t.Fatalf("%q %v", got, err)
			}
			_, _ = io.WriteString(conn, test.sent)
			if test.code != 0 {
				if code, _ := readClose(t, reader); code != test.code {
					t.Errorf("closed with %d", code)
				}
				return
			}
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(reader); len(rest) > 0 || err != nil {
				t.Errorf("told %q, %v", rest, err)
			}
		})
	}
}

func TestPongsAreTakenOffFrames(t *testing.T) {
	t.Parallel()
	const pong, filled = "\x8a\x80mask", "\x8a\x83maskabc"
	for name, test := range map[string][2]string{
		"nothing":           {"", ""},
		"one":               {pong, ""},
		"several":           {pong + filled + pong, ""},
		"before a message":  {filled + "\x81\x80mask", "\x81\x80mask"},
		"behind a message":  {"\x81\x80mask" + pong, "\x81\x80mask" + pong},
		"cut in its header": {pong + "\x8a\x83ma", "\x8a\x83ma"},
		"cut in its end":    {pong + "\x8a\x83maskab", "\x8a\x83maskab"},
		// The library refuses these.
		"without a mask": {"\x8a\x03abcdefgh", "\x8a\x03abcdefgh"},
		"too long":       {"\x8a\xfemaskabc", "\x8a\xfemaskabc"},
		"a fragment":     {"\x0a\x80mask", "\x0a\x80mask"},
		"reserved bits":  {"\xca\x80mask", "\xca\x80mask"},
	} {
		if got := string(withoutPong([]byte(test[0]))); got != test[1] {
			t.Errorf("%s: %q is left, not %q", name, got, test[1])
		}
	}
}
