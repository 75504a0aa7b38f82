package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reelgraph/models"
)

func TestStreamsToTheLetter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ accept, media, open, first, second, end string }{
		"events": {
			asEvents, "text/event-stream", ":\n\n", "event: next\nid: 1\ndata: {\"data\":{\"echo\":\"<1>\"}}\n\n",
			"event: next\nid: 2\ndata: {\"data\":{\"echo\":\"2\"}}\n\n", "event: complete\ndata:\n\n",
		},
		"payloads": {
			asPayloads, `multipart/mixed;boundary="graphql";subscriptionSpec=1.0`, "--graphql", part(`{"payload":{"data":{"echo":"<1>"}}}`),
			part(`{"payload":{"data":{"echo":"2"}}}`), "--\r\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, c := streaming(t, patience, nil, nil)
			o := r.open(t, "a", test.accept, "Accept-Encoding: gzip")
			// The client is told before anything has come.
			for name, want := range map[string]string{
				"Content-Type": test.media, "Cache-Control": "private, no-store", "X-Accel-Buffering": "no",
				"X-Content-Type-Options": "nosniff", "Content-Encoding": "", "Content-Length": "", "No-Gzip-Compression": "",
			} {
				if got := o.response.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if o.response.StatusCode != 200 {
				t.Errorf("status %d", o.response.StatusCode)
			}
			o.expect(test.open)
			give(t, c.values["a"], "<1>")
			o.expect(strings.NewReplacer("<", `\u003c`, ">", `\u003e`).Replace(test.first))
			give(t, c.values["a"], "2")
			o.expect(test.second)
			close(c.values["a"])
			o.expect(test.end)
			if text, err := o.rest(); text != "" || err != nil {
				t.Errorf("after the end: %q, %v", text, err)
			}
		})
	}
}

// TestStreamsOfNothing end well too, and a multipart body has a part.
func TestStreamsOfNothing(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{asEvents: ":\n\n:\n\nevent: complete\ndata:\n\n", asPayloads: "--graphql" + part("{}") + "--\r\n"} {
		r, c := streaming(t, patience, nil, nil)
		close(c.values["a"])
		o := r.open(t, "a", accept)
		if text, err := o.rest(); text != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", accept, text, err, want)
		}
	}
}

func TestAnswersAsEvents(t *testing.T) {
	t.Parallel()
	r, _ := streaming(t, patience, nil, nil)
	url := "http://" + r.address
	event := func(data string) string {
		return ":\n\nevent: next\nid: 1\ndata: " + data + "\n\nevent: complete\ndata:\n\n"
	}
	for name, test := range map[string]struct{ accept, query, want string }{
		"query":            {asEvents, `{ echo(text: "a") }`, event(`{"data":{"echo":"a"}}`)},
		"mutation":         {asEvents, `mutation { echo(text: "a") }`, event(`{"data":{"echo":"a"}}`)},
		"deferred":         {asEvents, `{ ... @defer { echo(text: "a") } }`, event(`{"data":{"echo":"a"}}`)},
		"error of a field": {asEvents, `{ fails }`, event(`{"errors":[{"message":"a field failed"}],"data":{"fails":null}}`)},
		"parse": {asEvents, `{`, event(`{"errors":[{"message":"Expected Name, found \u003cEOF\u003e",` +
			`"locations":[{"line":1,"column":2}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}`)},
		"refused subscription": {asEvents, `subscription { echo(text: "refused") }`, event(`{"errors":[{"message":"not this one","extensions":{"code":"BAD_USER_INPUT"}}]}`)},
		"refused, payloads": {
			asPayloads, `subscription { echo(text: "refused") }`,
			"--graphql" + part(`{"payload":{"errors":[{"message":"not this one","extensions":{"code":"BAD_USER_INPUT"}}]}}`) + "--\r\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, body := query(t, url, test.query, test.accept)
			want := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(test.want)
			if response.StatusCode != 200 || body != want {
				t.Errorf("status %d, %q, want %q", response.StatusCode, body, want)
			}
		})
	}
	// EventSource cannot do but GET.
	response, body := call(t, "GET", url+"/graphql?query={__typename}", "", asEvents)
	if want := event(`{"data":{"__typename":"Query"}}`); body != want || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("GET: %q %v", body, response.Header)
	}
}

func TestStreamsThatAreNot(t *testing.T) {
	t.Parallel()
	r, _ := streaming(t, patience, nil, nil)
	url := "http://" + r.address
	for name, test := range map[string]struct {
		accept, query string
		status        int
		code, retry   string
	}{
		"JSON alone":                {asJSON, `subscription { echo(text: "a") }`, 406, "BAD_USER_INPUT", ""},
		"the database is down":      {asEvents, `subscription { echo(text: "down") }`, 503, "SERVICE_UNAVAILABLE", "1"},
		"down, payloads":            {asPayloads, `subscription { echo(text: "down") }`, 503, "SERVICE_UNAVAILABLE", "1"},
		"a resolver panics":         {asEvents, `subscription { echo(text: "panics") }`, 500, "INTERNAL_SERVER_ERROR", ""},
		"not understood":            {asPayloads, `subscription { nothing }`, 400, "GRAPHQL_VALIDATION_FAILED", ""},
		"query of a lister":         {"Accept: application/graphql-response+json, application/json, text/event-stream, multipart/mixed", "{ __typename }", 200, "", ""},
		"query for payloads alone":  {"Accept: multipart/mixed;subscriptionSpec=1.0", "{ __typename }", 406, "BAD_USER_INPUT", ""},
		"answer that is not JSON":   {asEvents, "{ unprintable }", 500, "INTERNAL_SERVER_ERROR", ""},
		"a mutation, payloads":      {asPayloads, `mutation { echo(text: "a") }`, 200, "", ""},
		"a subscription by its kin": {"Accept: multipart/mixed;subscriptionSpec=2.0", `subscription { echo(text: "a") }`, 406, "BAD_USER_INPUT", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, body := query(t, url, test.query, test.accept)
			_, code, _, _ := firstError(t, body)
			if response.StatusCode != test.status || code != test.code || response.Header.Get("Retry-After") != test.retry {
				t.Errorf("status %d %s, Retry-After %q", response.StatusCode, body, response.Header.Get("Retry-After"))
			}
		})
	}
	response, _ := call(t, "HEAD", url+`/graphql?query=subscription{echo(text:"a")}`, "", asEvents)
	if response.StatusCode != 405 || response.Header.Get("Allow") != "GET, POST" {
		t.Errorf("HEAD: %d %v", response.StatusCode, response.Header)
	}
}

func TestStreamsAreKeptAlive(t *testing.T) {
	t.Parallel()
	r, c := streaming(t, patience, nil, func(b *bounds) {
		b.beat = 40 * time.Millisecond
		// What holds for a request does not hold for a stream.
		b.request, b.response = 100*time.Millisecond, 100*time.Millisecond
	})
	for accept, want := range map[string][3]string{
		asEvents:   {":\n\n", ":\n\n", "event: next\nid: 1\ndata: {\"data\":{\"echo\":\"x\"}}\n\n"},
		asPayloads: {"--graphql", part("{}"), part(`{"payload":{"data":{"echo":"x"}}}`)},
	} {
		o := r.open(t, "a", accept)
		o.expect(want[0])
		for range 5 {
			o.expect(want[1])
		}
		o.close()
		told(t, "the client went away", c.left)
	}
}

func TestStreamsAreCutWhenTheTokenExpires(t *testing.T) {
	t.Parallel()
	options, log := testOptions(t)
	c := newChannels()
	options.Executor = newStreamExecutor(c.source)
	s := New(options)
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := &models.Caller{ID: models.NewID(), ExpiresAt: time.Now().Add(400 * time.Millisecond)}
		s.ServeHTTP(w, r.WithContext(models.WithCaller(r.Context(), caller)))
	}))
	t.Cleanup(listener.Close)
	r := &running{address: strings.TrimPrefix(listener.URL, "http://")}
	for accept, open := range map[string]string{asEvents: ":\n\n", asPayloads: "--graphql"} {
		o := r.open(t, "a", accept)
		o.expect(open)
		o.expectCut()
		told(t, "the subscription has ended", c.left)
	}
	listener.Close()
	// What is cut is in the access log, and no error.
	if text := log.String(); strings.Count(text, `"status":200`) != 2 || strings.Contains(text, "ERROR") {
		t.Errorf("the log: %s", text)
	}
}

func TestStreamsThatDoNotBegin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		options, _ := testOptions(t)
		options.Executor = newStreamExecutor(newChannels().source)
		request := httptest.NewRequest("GET", "/graphql?query="+url.QueryEscape(`subscription { echo(text: "hangs") }`), nil)
		request.Header.Set("Accept", "text/event-stream")
		began, answer := time.Now(), httptest.NewRecorder()
		New(options).ServeHTTP(answer, request)
		if took := time.Since(began); answer.Code != 503 || took != requestTimeout {
			t.Errorf("%d after %s", answer.Code, took)
		}
	})
}

func TestStreamsDeferNothing(t *testing.T) {
	t.Parallel()
	url, _ := start(t, func(o *Options) { o.Executor = newStreamExecutor(sources) })
	_, body := query(t, url, `subscription { ... @defer { echo(text: "x") } }`, asEvents)
	const event = "data: {\"data\":{\"echo\":\"x\"}}\n\n"
	if want := ":\n\nevent: next\nid: 1\n" + event + "event: next\nid: 2\n" + event + "event: complete\ndata:\n\n"; body != want {
		t.Errorf("%q", body)
	}
}

// A request that was let in just before the server drains is refused as those after it are.
func TestStreamsDoNotBeginWhileTheServerDrains(t *testing.T) {
	t.Parallel()
	options, _ := testOptions(t)
	options.Executor = newStreamExecutor(sources)
	s := New(options)
	s.streams.drain(t.Context(), 0)
	request := httptest.NewRequest("GET", "/graphql?query="+url.QueryEscape(`subscription { echo(text: "x") }`), nil)
	request.Header.Set("Accept", "text/event-stream")
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	if _, code, _, _ := firstError(t, answer.Body.String()); answer.Code != 503 || code != "SERVICE_UNAVAILABLE" || answer.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %s %v", answer.Code, answer.Body, answer.Header())
	}
}

func TestDrainCutsStreams(t *testing.T) {
	t.Parallel()
	r, c := streaming(t, time.Second, nil, nil)
	first, second := r.open(t, "a", asEvents), r.open(t, "b", asPayloads)
	first.expect(":\n\n")
	second.expect("--graphql")
	began := time.Now()
	r.stop()
	told(t, "a stream is cut", c.left)
	// Between the two the server still says that it goes.
	response, err := http.Get("http://" + r.address + "/readyz")
	if err != nil || response.StatusCode != 503 {
		t.Fatalf("/readyz: %v %v", response, err)
	}
	response.Body.Close()
	first.expectCut()
	second.expectCut()
	if err := r.end(t); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("two streams are cut within %s of 800ms", took)
	}
}

func TestDrainDoesNotWaitForClientsThatDoNotRead(t *testing.T) {
	t.Parallel()
	r, c := streaming(t, time.Second, nil, nil)
	r.open(t, "a", asEvents)
	large := strings.Repeat("reel ", 50_000)
	for blocked := false; !blocked; {
		select {
		case c.values["a"] <- large:
		case <-time.After(100 * time.Millisecond):
			blocked = true // the server waits for its client
		}
	}
	r.stop()
	if err := r.end(t); err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestClientsThatDoNotReadAreCut(t *testing.T) {
	t.Parallel()
	r, c := streaming(t, patience, nil, func(b *bounds) { b.write = time.Second })
	slow, quick := r.open(t, "endless", asEvents), r.open(t, "a", asEvents)
	quick.expect(":\n\n")
	for number := 1; r.server.streams.has(2); number++ {
		give(t, c.values["a"], "x") // nobody else waits for the slow one
		quick.expect(fmt.Sprintf("event: next\nid: %d\ndata: {\"data\":{\"echo\":\"x\"}}\n\n", number))
	}
	if text, err := slow.rest(); err == nil {
		t.Errorf("the slow stream ends well after %d bytes", len(text))
	}
}

func TestStreamsOfACallerAreLimited(t *testing.T) {
	t.Parallel()
	r, c := streaming(t, patience, func(o *Options) { o.MaxStreams = 1 }, nil)
	first := r.open(t, "a", asEvents)
	first.expect(":\n\n")
	signedIn, _ := token(t, time.Hour)
	for name, test := range map[string]struct {
		headers []string
		status  int
	}{
		"another of the address": {[]string{asPayloads}, 429},
		"one of a user":          {[]string{asEvents, "Authorization: Bearer " + signedIn}, 200},
	} {
		o := r.open(t, "b", test.headers...)
		if o.response.StatusCode != test.status {
			t.Errorf("%s: %d", name, o.response.StatusCode)
		}
		if test.status == 200 {
			continue
		}
		body, _ := o.rest()
		if _, code, _, _ := firstError(t, body); code != "RATE_LIMITED" || o.response.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s %v", name, body, o.response.Header)
		}
	}
	// Sockets count too, once they have greeted.
	dial(t, "http://"+r.address, modern).play("> "+initMessage, "x 1013 RATE_LIMITED: "+tooManyStreams.message)
	first.close()
	told(t, "the first has left", c.left)
	// It is told a moment before it has left.
	until(t, "there is room for another", func() bool { return r.open(t, "a", asEvents).response.StatusCode == 200 })
}
