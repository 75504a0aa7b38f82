package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"reelgraph/models"
)

func TestChoices(t *testing.T) {
	t.Parallel()
	for name, choose := range map[string]choice{
		"uniform": uniform(rand.New(rand.NewPCG(1, 1)), 500, 20),
		"zipf":    zipf(rand.New(rand.NewPCG(1, 1)), 500, 20),
	} {
		times := make([]int, 500)
		for range 2000 {
			places := choose()
			if sorted := slices.Sorted(slices.Values(places)); len(places) != 20 || len(slices.Compact(sorted)) != 20 {
				t.Fatalf("%s: %v are not 20 different ones", name, places)
			}
			for _, place := range places {
				times[place]++
			}
		}
		if slices.Contains(times, 0) {
			t.Errorf("%s: some are never chosen", name)
		}
		first, hundredth := times[0], times[99]
		if hot := first > 5*hundredth; hot != (name == "zipf") {
			t.Errorf("%s: the first is chosen %d times, the hundredth %d times", name, first, hundredth)
		}
	}
	if got := uniform(rand.New(rand.NewPCG(1, 1)), 3, 20)(); len(got) != 3 {
		t.Errorf("%v of 3", got)
	}
}

// TestRatios: ours divided by theirs round by round, and the median of that.
func TestRatios(t *testing.T) {
	t.Parallel()
	r := &result{load: &loads[0], turns: map[string][]figures{
		ours: {{2, 1, 1, 2, 1, 1, 1}, {4, 1, 1, 4, 1, 1, 1}, {2, 1, 1, 9, 1, 1, 1}}, handler: {{1, 1, 1, 4, 1, 1, 1}, {1, 1, 1, 4, 1, 1, 1}, {1, 1, 1, 3, 1, 1, 1}},
	}}
	b := &bench{cluster: &cluster{}, results: []*result{r}}
	text, err := b.resultsJSON()
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Ratios  map[string]map[string]float64
		Spreads map[string]map[string]struct{ Median, Least, Most float64 }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	named := file.Ratios["videos1Uniform"]
	if named[serverCPU] != 1 || named[rps] != 2 {
		t.Errorf("the ratios are %v", named)
	}
	if _, there := named[rpsGorm]; there {
		t.Error("ours has not met GORM")
	}
	if s := file.Spreads["videos1Uniform"][serverCPU]; s.Least != 0.5 || s.Most != 3 {
		t.Errorf("the spread is %v", s)
	}
}

func TestSum(t *testing.T) {
	t.Parallel()
	const metrics = "# HELP a_total x\n# TYPE a_total counter\na_total{method=\"x y\",error=\"false\"} 3\na_total{method=\"z\"} 4.5e+01\na_total_created 7\na_tot 9\nb 1\n"
	for name, want := range map[string]float64{"a_total": 48, "b": 1, "c": 0} {
		if got := sum([]byte(metrics), name); got != want {
			t.Errorf("%s is %v, not %v", name, got, want)
		}
	}
}

// TestGenerator sends every request whole, with a number of its own, and takes in answers of both kinds.
func TestGenerator(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen, calls, enough := map[string]bool{}, 0, make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Variables struct{ BatchID string } }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if id := body.Variables.BatchID; seen[id] || len(id) != len(stampDigits) {
			t.Errorf("%q has come before, or is too short", id)
		}
		seen[body.Variables.BatchID] = true
		if calls++; calls == 100 {
			close(enough)
		}
		answer := `{"data":{"recordVideoActivity":{"recordedCount":20}}}`
		if len(seen)%2 == 0 {
			answer += strings.Repeat(" ", 100_000) // which comes in chunks
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	d := &drive{script: activityScript(&fixture{serviceToken: "x"}, []models.ID{models.NewID()}, rand.New(rand.NewPCG(1, 1))), stamp: 1_700_000_000_000_000_000}
	d.measured.Store(true)
	got, err := d.run(t.Context(), server.Listener.Addr().String(), 3, func(ctx context.Context) error {
		select {
		case <-enough:
		case <-ctx.Done():
		}
		return ctx.Err()
	})
	var acknowledged int64
	for _, r := range d.requests {
		acknowledged += r.acknowledged.Load()
	}
	if err != nil || got.all < 100 || got.counted != got.all || int64(len(seen)) != got.all || acknowledged != got.all {
		t.Errorf("%d answered, %d counted, %d acknowledged, %d seen, %v", got.all, got.counted, acknowledged, len(seen), err)
	}
}

// TestGeneratorStops at an answer that is not good, whatever its status.
func TestGeneratorStops(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 16\r\n\r\n" + `{"data":{"a":1}}`:        "a bad answer",
		"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + `{"errors":[{"message":"No"}],"data":nil}`: "a bad answer",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nnever\r\n0\r\n\r\n":               "a bad answer",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n":                                               "invalid syntax",
		"": "EOF",
	} {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1<<10))
			_, _ = conn.Write([]byte(answer))
			conn.Close()
		}()
		d := &drive{script: &script{requests: []request{{text: post("", "A", "{a}", nil)}}, good: []byte(`{"data":{"a"`)}}
		_, err = d.run(t.Context(), listener.Addr().String(), 1, func(ctx context.Context) error { <-ctx.Done(); return nil })
		listener.Close()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, not %s", answer, err, want)
		}
	}
}

// TestPost has a body of the length that it says.
func TestPost(t *testing.T) {
	t.Parallel()
	text := post("t", videosOperation, videosQuery, map[string]any{"ids": []models.ID{{}}})
	head, body, _ := bytes.Cut(text, []byte("\r\n\r\n"))
	if !bytes.Contains(head, []byte("Content-Length: "+strconv.Itoa(len(body)))) || !bytes.Contains(head, []byte("Authorization: Bearer t\r\n")) || !json.Valid(body) {
		t.Errorf("%s", text)
	}
}

func TestParseIDs(t *testing.T) {
	t.Parallel()
	const id = "0B1C2D3E-4f50-4617-8293-a4b5c6d7e8f9"
	if ids, err := parseIDs([]string{id, id}); err != nil || len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("%v, %v", ids, err)
	}
	for _, texts := range [][]string{{"x"}, {"{" + id + "}"}, slices.Repeat([]string{id}, 101)} {
		if _, err := parseIDs(texts); err == nil {
			t.Errorf("%v are taken", texts)
		}
	}
}
