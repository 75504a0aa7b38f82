package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

const (
	// patience is how long an answer may take.
	patience = 10 * time.Second
	// maxAnswer bounds an answer: prompts are the longest that is in one.
	maxAnswer = 4 << 20
	// maxPause bounds, in paces, how long is waited while nothing works.
	maxPause = 30
)

// Client is who asks the server.
type Client struct {
	// Endpoint is the URL of the GraphQL endpoint.
	Endpoint string
	// Token says as whom.
	Token string
	// Pace is how often something is done.
	Pace time.Duration
	// Transport carries the requests; nil stands for one that uses no proxy.
	Transport http.RoundTripper
	// Log is told when it begins to fail, and when that is over.
	Log *slog.Logger
}

// run takes turns, one for each time that ready says so, a pace apart and less often while they fail.
// It is over when ready says no, or ctx has ended.
func (c *Client) run(ctx context.Context, who string, ready func(context.Context) bool, turn func(context.Context) error) {
	if c.Transport == nil {
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		c.Transport = transport
	}
	pause, failing := c.Pace, false
	for ready(ctx) {
		began := time.Now()
		err := turn(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			if failing {
				c.Log.InfoContext(ctx, "a part of the demo works again", "part", who)
			}
			pause = c.Pace
		default:
			if !failing {
				c.Log.WarnContext(ctx, "a part of the demo cannot work, and goes on trying", "part", who, "error", err)
			}
			pause = min(2*pause, maxPause*c.Pace)
		}
		failing = err != nil
		select {
		case <-time.After(pause - time.Since(began)):
		case <-ctx.Done():
		}
	}
}

// ask has the server run an operation, and reads what it answers into data.
func (c *Client) ask(ctx context.Context, operation string, variables map[string]any, data any) error {
	body, err := json.Marshal(map[string]any{"query": operation, "variables": variables})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.Token)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.Transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	answer := struct {
		Data   any
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}{Data: data}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("an answer with status %d that is none of GraphQL's: %w", response.StatusCode, err)
	}
	if len(answer.Errors) > 0 {
		return fmt.Errorf("%s: %s", answer.Errors[0].Extensions.Code, answer.Errors[0].Message)
	}
	return nil
}
