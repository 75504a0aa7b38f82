package main

import (
	"net/http"
	"net/url"
	"testing"

	"reelgraph/internal/testdb"
)

// cached is what a GET without a token is answered with, as far as caches are concerned.
type cached struct {
	status       int
	control, tag string
}

// look asks by GET, and names the tag that it knows, if it knows one.
func (p *program) look(t *testing.T, query, token, known string) cached {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/graphql?query="+url.QueryEscape(query), nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if known != "" {
		request.Header.Set("If-None-Match", known)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return cached{response.StatusCode, response.Header.Get("Cache-Control"), response.Header.Get("ETag")}
}

func TestTagsAreThoseOfTheState(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		settings := serving(t, db)
		p, q := start(t, settings), start(t, settings)
		const feed = `{ feed { nodes { id title metadata { viewCount } owner { handle } } } }`
		before := p.look(t, feed, "", "")
		if before.status != 200 || before.control != "public, max-age=1" || before.tag == "" {
			t.Fatalf("a feed: %+v", before)
		}
		for name, instance := range map[string]*program{"the same": p, "the other": q} {
			if again := instance.look(t, feed, "", before.tag); again != (cached{304, before.control, before.tag}) {
				t.Errorf("%s instance: %+v, and before %+v", name, again, before)
			}
		}
		view(t, p, tokenFor(t, "--user", someone, "--role", "SERVICE"), 1)
		after := p.look(t, feed, "", before.tag)
		if after.status != 200 || after.control != before.control || after.tag == before.tag {
			t.Errorf("a feed with a view more: %+v, and before %+v", after, before)
		}
		if others := q.look(t, feed, "", ""); others != after {
			t.Errorf("the other instance: %+v, want %+v", others, after)
		}
	})
}

func TestWhatIsCached(t *testing.T) {
	t.Parallel()
	p := start(t, serving(t, testdb.SQLite(t)))
	token := tokenFor(t, "--user", someone)
	const video, aJob = `videos(ids: ["` + someVideo + `"])`, "myAIJobs(first: 1) { nodes { id } }"
	for query, public := range map[string]bool{
		"{ " + video + " { title owner { handle } } }":                  true,
		"{ feed { edges { cursor } } trendingVideos { nodes { id } } }": true,
		// They are null without a token.
		"{ videosMetadata(ids: []) { id } me { credits } }":                                  true,
		"{ feed { nodes { id } } ...f @skip(if: true) } fragment f on Query { " + aJob + "}": true,
		"{ feed { nodes { id } } ...f } fragment f on Query { " + aJob + "}":                 false,
		"{ " + aJob + " }": false,
		"{ " + video + ` { title } feed(after: "?") { nodes { id } } }`: false,
		"{ feed(first: 101) { nodes { id } } }":                         false,
		"{ feed { nothing } }":                                          false,
		"mutation { markAllNotificationsRead { markedCount } }":         false,
	} {
		want := cached{control: "private, no-store"}
		if public {
			want.control = "public, max-age=1"
		}
		anonymous := p.look(t, query, "", "")
		if anonymous.control != want.control || public != (anonymous.tag != "") {
			t.Errorf("%s: %+v", query, anonymous)
		}
		if signedIn := p.look(t, query, token, "*"); signedIn.control != "private, no-store" || signedIn.tag != "" || signedIn.status == 304 {
			t.Errorf("%s with a token: %+v", query, signedIn)
		}
	}
}
