package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"reelgraph/models"
)

// polled is how many objects a poll asks for.
const polled = 20

// The servers that are asked, each in a process of its own.
var (
	plain   = setup{Name: "plain"}
	whole   = setup{Name: "whole", Metrics: true, Limit: true} // as the program is, without a collector
	metered = setup{Name: "metrics", Metrics: true}
	limited = setup{Name: "limit", Limit: true}
	traced  = setup{Name: "traces", Traces: true}
)

// comparison is one of two sides, the first of which is told as a multiple of the second.
type comparison struct {
	name, told string
	// wanted is what the ratio should be at most, 0 where nothing is said.
	wanted float64
	sides  [2]side
}

// side is a request to a server.
type side struct {
	name    string
	server  setup
	request func(*fixture) request
}

var comparisons = []comparison{
	{
		"videos", "counters of 20 videos: REST / GraphQL", 1.3,
		[2]side{{"REST", whole, restVideos}, {"GraphQL", whole, pollVideos}},
	},
	{
		"jobs", "20 jobs, with a token: REST / GraphQL", 1.3,
		[2]side{{"REST", whole, restJobs}, {"GraphQL", whole, pollJobs}},
	},
	{
		"metrics", "GraphQL poll of 20 videos: metrics on / off", 0,
		[2]side{{"on", metered, pollVideos}, {"off", plain, pollVideos}},
	},
	{
		"traces", "… traces on, every request sampled / off", 0,
		[2]side{{"on", traced, pollVideos}, {"off", plain, pollVideos}},
	},
	{
		"limit", "… rate limit on / off", 0,
		[2]side{{"on", limited, pollVideos}, {"off", plain, pollVideos}},
	},
	{
		"conditional", "GET of 20 videos: 304 / whole answer", 0,
		[2]side{{"304", whole, getKnown}, {"200", whole, getVideos}},
	},
}

func names(list []comparison) []string {
	all := make([]string, len(list))
	for i, c := range list {
		all[i] = c.name
	}
	return all
}

const (
	videosQuery = "query PollVideos($ids: [ID!]!) { videosMetadata(ids: $ids) { id viewCount likeCount commentCount remixCount glitchCount } }"
	jobsQuery   = "query PollJobs($ids: [ID!]!) { aiJobs(ids: $ids) { id status progress resultUrl error } }"
)

func pollVideos(f *fixture) request { return post("/graphql", "", operation(videosQuery, f.videos)) }
func pollJobs(f *fixture) request   { return post("/graphql", f.token, operation(jobsQuery, f.jobs)) }

func restVideos(f *fixture) request {
	return post("/v1/videos/batch-metadata", "", map[string]any{"video_ids": f.videos})
}

func restJobs(f *fixture) request {
	return post("/v1/ai/jobs/batch-status", f.token, map[string]any{"job_ids": f.jobs})
}

func getVideos(f *fixture) request {
	body := operation(videosQuery, f.videos)
	variables, _ := json.Marshal(body["variables"]) //nolint:errchkjson // ids are text
	query := url.Values{"query": {videosQuery}, "variables": {string(variables)}}
	return request{method: http.MethodGet, path: "/graphql?" + query.Encode(), status: http.StatusOK, objects: polled}
}

func getKnown(f *fixture) request {
	r := getVideos(f)
	r.known = true
	return r
}

func operation(query string, ids []models.ID) map[string]any {
	return map[string]any{"query": query, "variables": map[string]any{"ids": ids}}
}

// request is what a side asks for, always the same.
type request struct {
	method, path, token, body string
	// status is that of a good answer, which tells of so many objects.
	status, objects int
	// known says that the client has the answer already, and names it.
	known bool
}

func post(path, token string, content map[string]any) request {
	body, _ := json.Marshal(content) //nolint:errchkjson // ids and text
	return request{method: http.MethodPost, path: path, token: token, body: string(body), status: http.StatusOK, objects: polled}
}

// bytes are the request as it is sent to a server, which is asked for the answer's tag where the client is to know that.
func (r request) bytes(ctx context.Context, address string) ([]byte, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\n", r.method, r.path, address)
	if r.token != "" {
		fmt.Fprintf(&text, "Authorization: Bearer %s\r\n", r.token)
	}
	if r.known {
		tag, err := r.tag(ctx, address)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&text, "If-None-Match: %s\r\n", tag)
	}
	if r.body != "" {
		fmt.Fprintf(&text, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(r.body))
	}
	return []byte(text.String() + "\r\n" + r.body), nil
}

// tag is the ETag of the answer.
func (r request) tag(ctx context.Context, address string) (string, error) {
	asked, err := http.NewRequestWithContext(ctx, r.method, "http://"+address+r.path, nil)
	if err != nil {
		return "", err
	}
	asked.Header.Set("Accept", "application/json")
	asked.Header.Set("Accept-Encoding", "identity")
	answer, err := http.DefaultClient.Do(asked)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	tag := answer.Header.Get("ETag")
	if tag == "" {
		return "", fmt.Errorf("the answer to %s has no ETag", r.method)
	}
	return tag, nil
}
