package server

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"time"

	"reelgraph/models"
)

// endless is a body without an end that counts what was taken of it.
type endless struct{ taken int64 }

func (s *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	s.taken += int64(len(p))
	return len(p), nil
}

func TestLargeBodyIsCutEarly(t *testing.T) {
	t.Parallel()
	r, _, _ := run(t, time.Second, nil)
	const size = 100 << 20
	for name, header := range map[string]string{
		"chunked":         "Transfer-Encoding: chunked\r\n\r\n" + "6400000\r\n", // one chunk of 100 MiB
		"declared":        "Content-Length: 104857600\r\n\r\n",
		"form":            "Content-Length: 104857600\r\n\r\n",
		"asking to close": "Content-Length: 104857600\r\nConnection: close\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, media := "HTTP/1.1 413 ", "application/json"
			if name == "form" {
				want, media = "HTTP/1.1 415 ", "multipart/form-data"
			}
			conn := r.dial(t)
			body := &endless{}
			cut := make(chan struct{})
			go func() {
				defer close(cut)
				_, _ = io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: "+media+"\r\n"+header)
				_, _ = io.CopyN(conn, body, size)
			}()
			line, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil || !strings.HasPrefix(line, want) {
				t.Errorf("the answer is %q, %v", line, err)
			}
			<-cut
			if body.taken > size/2 {
				t.Errorf("%d bytes were taken", body.taken)
			}
		})
	}
}

// A client that sends all of its request before it reads must find the answer there.
func TestRefusalReachesClientsThatSendFirst(t *testing.T) {
	t.Parallel()
	r, _, _ := run(t, time.Second, nil)
	conn := r.dial(t)
	request := "POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 3000000\r\n\r\n"
	if _, err := io.WriteString(conn, request+strings.Repeat(" ", 3_000_000)); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(conn); err != nil || !strings.Contains(string(text), string(models.CodePayloadTooLarge)) {
		t.Errorf("%q, %v", text, err)
	}
}

func TestClientThatAsksBeforeItSends(t *testing.T) {
	t.Parallel()
	r, _, _ := run(t, time.Second, nil)
	conn := r.dial(t)
	if _, err := io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 3000000\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if text := readAll(t, conn); !strings.HasPrefix(text, "HTTP/1.1 413 ") {
		t.Errorf("got %q", text)
	}
}
