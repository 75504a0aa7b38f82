package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/graph"
	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// BenchmarkPoll is what the executor takes for a poll, the read by PostgreSQL among it.
func BenchmarkPoll(b *testing.B) {
	p := newPlatform(testdb.PostgreSQL(b)).with(func(o *graph.Options) { o.Introspection = false })
	p.addUsers(b, 1)
	p.addVideos(b, 100, 1)
	var jobs []job
	for n := range 20 {
		jobs = append(jobs, job{n: n + 1, owner: 1})
	}
	p.addJobs(b, jobs...)
	const (
		videos = "query V($ids: [ID!]!) { videosMetadata(ids: $ids) { id viewCount likeCount commentCount remixCount glitchCount } }"
		polled = "query J($ids: [ID!]!) { aiJobs(ids: $ids) { id kind status progress resultUrl error } }"
	)
	for _, count := range []int{1, 20, 100} {
		b.Run(fmt.Sprintf("videos=%d", count), func(b *testing.B) { p.poll(b, videos, series(videoID, 1, count+1)) })
	}
	b.Run("jobs=20", func(b *testing.B) { p.poll(b, polled, series(jobID, 1, 21)) })
}

// poll runs one operation again and again, as user 1.
func (p *platform) poll(b *testing.B, query string, ids []any) {
	b.Helper()
	ctx := models.WithRequest(b.Context(), models.Request{ID: requestID, Caller: &models.Caller{ID: userID(1)}})
	b.ReportAllocs()
	for b.Loop() {
		ctx := graphql.StartOperationTrace(ctx)
		// What is read of a variable is written into it, so that each operation has its own.
		params := &graphql.RawParams{Query: query, Variables: map[string]any{"ids": slices.Clone(ids)}}
		operation, errs := p.executor.CreateOperationContext(ctx, params)
		if errs != nil {
			b.Fatal(errs)
		}
		next, ctx := p.executor.DispatchOperation(ctx, operation)
		if response := next(ctx); len(response.Errors) > 0 || len(response.Data) < len(ids)*50 {
			b.Fatalf("%s, errors %v", response.Data, response.Errors)
		}
	}
}
