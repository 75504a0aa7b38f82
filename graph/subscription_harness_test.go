package graph_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/graph"
	"reelgraph/internal/live"
	"reelgraph/internal/store"
	"reelgraph/models"
)

// onLivePlatforms is onPlatforms with subscriptions that are told of what mutations change.
func onLivePlatforms(t *testing.T, test func(t *testing.T, p *platform)) {
	t.Helper()
	onPlatforms(t, func(t *testing.T, p *platform) { test(t, p.live(t)) })
}

// live is the platform with a hub that runs for as long as the test, and with other options as changed.
func (p *platform) live(t *testing.T, changes ...func(*graph.Options)) *platform {
	t.Helper()
	var hub *live.Hub
	nouns := store.New(p.DB.DB, store.WithHints(func(kind models.Kind, ids []models.ID) { hub.Changed(kind, ids) }))
	hub = live.New(graph.LiveReads(nouns), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { hub.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return p.with(func(o *graph.Options) {
		o.Store, o.Live = nouns, hub
		for _, change := range changes {
			change(o)
		}
	})
}

// subscription is one that runs.
type subscription struct {
	handler graphql.ResponseHandler
	ctx     context.Context
	// stop ends it, as a client does.
	stop context.CancelFunc
	// coming is what has been asked for and not taken.
	coming chan *graphql.Response
}

// subscribe begins a subscription as a transport does.
func (p *platform) subscribe(t testing.TB, caller *models.Caller, query string, variables map[string]any) *subscription {
	t.Helper()
	ctx := graphql.StartOperationTrace(models.WithRequestID(context.Background(), requestID))
	if caller != nil {
		ctx = models.WithCaller(ctx, caller)
	}
	ctx, cancel := context.WithCancel(ctx)
	t.Cleanup(cancel)
	operation, refused := p.executor.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: throughJSON(t, variables)})
	if refused != nil {
		t.Fatalf("%s: %v", query, refused)
	}
	s := &subscription{stop: cancel}
	s.handler, s.ctx = p.executor.DispatchOperation(ctx, operation)
	return s
}

// patience is more than anything that is awaited may take.
const patience = 10 * time.Second

// next waits for a response; false when there is none any more.
func (s *subscription) next(t testing.TB) (answer, bool) {
	t.Helper()
	response, came := s.within(patience)
	if !came {
		t.Fatal("nothing came")
	}
	if response == nil {
		return answer{}, false
	}
	result := answer{Errors: response.Errors, Raw: string(response.Data)}
	if len(response.Data) > 0 {
		if err := json.Unmarshal(response.Data, &result.Data); err != nil {
			t.Fatalf("%s: %v", response.Data, err)
		}
	}
	return result, true
}

// within waits for a response no longer than d.
func (s *subscription) within(d time.Duration) (response *graphql.Response, came bool) {
	if s.coming == nil {
		coming := make(chan *graphql.Response, 1)
		s.coming = coming
		go func() { coming <- s.handler(s.ctx) }()
	}
	select {
	case response := <-s.coming:
		s.coming = nil
		return response, true
	case <-time.After(d):
		return nil, false
	}
}

// raw is the data of the next response, which has no errors.
func (s *subscription) raw(t testing.TB) string {
	t.Helper()
	got, ok := s.next(t)
	if !ok || got.Errors != nil {
		t.Fatal("ended, or failed:", got.Errors)
	}
	return got.Raw
}

// expect holds the next responses against data.
func (s *subscription) expect(t testing.TB, want ...string) {
	t.Helper()
	for _, data := range want {
		if got := s.raw(t); got != data {
			t.Fatalf("%s, want %s", got, data)
		}
	}
}

// expectEnd holds that the subscription has ended by itself.
func (s *subscription) expectEnd(t testing.TB) {
	t.Helper()
	if got, ok := s.next(t); ok || s.ctx.Err() != nil {
		t.Fatal("has not ended by itself:", got)
	}
}

// quiet is long enough for what comes at once to have come.
const quiet = 150 * time.Millisecond

// expectQuiet holds that nothing comes.
func (s *subscription) expectQuiet(t testing.TB) {
	t.Helper()
	if got, came := s.within(quiet); came {
		t.Fatalf("something came: %s", got.Data)
	}
}
