package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// get is a request for a path without a body; headers are "Name: value" lines.
func get(path string, headers ...string) string {
	return head("GET", path, headers...) + "\r\n"
}

// post is a request with JSON for a body.
func post(path, body string, headers ...string) string {
	headers = append(headers, "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body)))
	return head("POST", path, headers...) + "\r\n" + body
}

func head(method, path string, headers ...string) string {
	lines := append([]string{
		method + " " + path + " HTTP/1.1", "Host: server", "Connection: close", "Accept: application/graphql-response+json",
	}, headers...)
	return strings.Join(lines, "\r\n") + "\r\n"
}

// operation is a POST of a document, with variables where they are not empty.
func operation(document, variables string, headers ...string) string {
	text, err := json.Marshal(document)
	if err != nil {
		panic(err) // a string always is JSON
	}
	body := `{"query":` + string(text)
	if variables != "" {
		body += `,"variables":` + variables
	}
	return post("/graphql", body+"}", headers...)
}

// request sends one request, and tells how it is answered.
func (t *target) request(ctx context.Context, text string) (string, error) {
	return t.stream(ctx, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// stream is request for one that is written bit by bit. The answer is read meanwhile: it may come before all is written.
func (t *target) stream(ctx context.Context, write func(io.Writer) error) (string, error) {
	conn, err := t.dial(ctx)
	if err != nil {
		return "", err
	}
	done := make(chan struct{})
	go func() { // what cannot be written any more is told by what is read
		defer close(done)
		_ = write(conn)
	}()
	defer func() {
		_ = conn.Close()
		<-done
	}()
	return t.answer(bufio.NewReader(conn))
}

// answer reads an answer: its status, and the code of its first error where it has one.
func (t *target) answer(from *bufio.Reader) (string, error) {
	response, err := http.ReadResponse(from, nil)
	if err != nil {
		return ended(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil && response.StatusCode < http.StatusBadRequest {
		return ended(err) // else who is refused may not have read all before the connection was closed
	}
	t.largest.Store(max(t.largest.Load(), int64(len(body))))
	verdict := fmt.Sprint(response.StatusCode)
	if code := codeOf(body); code != "" {
		verdict += " " + code
	}
	return verdict, nil
}

// codeOf is the code of an answer's first error, or of a problem.
func codeOf(body []byte) string {
	var answer struct {
		Code   string
		Errors []struct{ Extensions struct{ Code string } }
	}
	if json.NewDecoder(bytes.NewReader(body)).Decode(&answer) == nil && len(answer.Errors) > 0 {
		return answer.Errors[0].Extensions.Code
	}
	return answer.Code
}

// ended is the verdict on a connection from which nothing more can be read.
func ended(err error) (string, error) {
	var slow net.Error
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return cut, nil
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return "neither answered nor cut", nil
	}
	return "", err
}

// drip writes what there is, and then a byte a second until the connection ends; it tells the verdict.
func (t *target) drip(ctx context.Context, beginning string) (string, error) {
	return t.stream(ctx, func(w io.Writer) error {
		if _, err := io.WriteString(w, beginning); err != nil {
			return err
		}
		second := time.NewTicker(time.Second)
		defer second.Stop()
		for {
			select {
			case <-second.C:
				if _, err := io.WriteString(w, "x"); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
}
