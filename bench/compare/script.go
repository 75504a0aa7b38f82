package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"

	"reelgraph/models"
)

// script is what clients send, again and again from the beginning.
type script struct {
	requests []request
	// probes are requests that are compared with the database too, and not measured.
	probes []request
	// field is the one that is asked for.
	field string
	// good is in every good answer, and begins the answers to reads.
	good []byte
	// counts is what a request counts for.
	counts int64
}

// request is one that is sent, made before anything is measured.
type request struct {
	text []byte
	// stamp is where in the text there are stampDigits for a number that no two calls share, 0 where there are none.
	stamp int
	// ids are those of a read.
	ids []models.ID
	// events are those of activity, and acknowledged how often their call has been answered.
	events       []event
	acknowledged *atomic.Int64
}

// event is one more in a counter of a video.
type event struct {
	video models.ID
	kind  models.VideoActivityKind
}

const (
	videosOperation = "PollVideos"
	jobsOperation   = "PollJobs"
	videosQuery     = "query PollVideos($ids: [ID!]!) { videosMetadata(ids: $ids) { id viewCount likeCount commentCount remixCount glitchCount } }"
	jobsQuery       = "query PollJobs($ids: [ID!]!) { aiJobs(ids: $ids) { id kind status progress resultUrl error } }"
	activityQuery   = "mutation Record($batchId: ID!, $events: [VideoActivityInput!]!) { recordVideoActivity(batchId: $batchId, events: $events) { recordedCount } }"
)

func videosScript(f *fixture, choose choice) *script {
	return readScript("videosMetadata", videosOperation, videosQuery, "", f.videos, choose)
}

func jobsScript(f *fixture, choose choice) *script {
	s := readScript("aiJobs", jobsOperation, jobsQuery, f.ownerToken, f.jobs, choose)
	s.probes = []request{{text: post(f.ownerToken, jobsOperation, jobsQuery, map[string]any{"ids": f.strangers}), ids: f.strangers}}
	return s
}

func readScript(field, operation, query, token string, of []models.ID, choose choice) *script {
	s := &script{field: field, good: []byte(`{"data":{"` + field + `":[`), counts: 1}
	for range scripted {
		var ids []models.ID
		for _, place := range choose() {
			ids = append(ids, of[place])
		}
		s.requests = append(s.requests, request{text: post(token, operation, query, map[string]any{"ids": ids}), ids: ids})
	}
	return s
}

// eventsEach is how many events a call has.
const eventsEach = 20

// stampDigits are replaced in every call.
const stampDigits = "00000000000000000000"

var kinds = []models.VideoActivityKind{
	// Views are the most of what happens.
	models.VideoActivityKindView, models.VideoActivityKindView, models.VideoActivityKindView, models.VideoActivityKindView,
	models.VideoActivityKindLike, models.VideoActivityKindComment, models.VideoActivityKindRemix, models.VideoActivityKindGlitch,
}

// activityScript has things happen to videos, evenly.
func activityScript(f *fixture, videos []models.ID, r *rand.Rand) *script {
	s := &script{field: "recordVideoActivity", good: fmt.Appendf(nil, `"recordedCount":%d}`, eventsEach), counts: eventsEach}
	type input struct {
		VideoID models.ID                `json:"videoId"`
		Kind    models.VideoActivityKind `json:"kind"`
		Count   int                      `json:"count"`
	}
	for range scripted {
		call := request{acknowledged: new(atomic.Int64)}
		var inputs []input
		for range eventsEach {
			e := event{videos[r.IntN(len(videos))], kinds[r.IntN(len(kinds))]}
			call.events = append(call.events, e)
			inputs = append(inputs, input{e.video, e.kind, 1})
		}
		call.text = post(f.serviceToken, "Record", activityQuery, map[string]any{"batchId": stampDigits, "events": inputs})
		call.stamp = bytes.Index(call.text, []byte(stampDigits))
		s.requests = append(s.requests, call)
	}
	return s
}

// post is a request as the clients of a browser's page send it.
func post(token, operation, query string, variables map[string]any) []byte {
	body, _ := json.Marshal(map[string]any{"operationName": operation, "query": query, "variables": variables}) //nolint:errchkjson // ids and text
	var text strings.Builder
	text.WriteString("POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
		"Accept: application/graphql-response+json, application/json;q=0.9\r\n")
	if token != "" {
		text.WriteString("Authorization: Bearer " + token + "\r\n")
	}
	fmt.Fprintf(&text, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(text.String())
}
