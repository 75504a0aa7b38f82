package graph_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/graph"
	"reelgraph/models"
)

// paying is a platform without a database whose callers have so many points a minute.
func paying(points int) *platform {
	return limited(0).with(func(o *graph.Options) { o.MaxComplexity, o.RateLimit = 1000, graph.NewRateLimit(points) })
}

// from is the context of an anonymous request from an address.
func from(address string) context.Context {
	return models.WithAddress(context.Background(), netip.MustParseAddr(address))
}

// by is the context of a user's request.
func by(caller *models.Caller) context.Context {
	return models.WithCaller(from("192.0.2.1"), caller)
}

// worth is an operation that costs so many points.
func worth(points int) string {
	var text strings.Builder
	for n := range points {
		fmt.Fprintf(&text, " a%d: __typename", n)
	}
	return "{" + text.String() + " }"
}

// tries runs an operation once. Where it is refused for the rate, wait is after how many seconds to come back,
// else 0.
func (p *platform) tries(ctx context.Context, t testing.TB, query string) (response *graphql.Response, wait int) {
	t.Helper()
	handler, ctx := p.handle(ctx, t, request{query: query})
	response = handler(ctx)
	if len(response.Errors) > 0 && response.Errors[0].Extensions["code"] == "RATE_LIMITED" {
		if response.Data != nil || len(response.Errors) > 1 || len(response.Extensions) > 0 {
			t.Errorf("refused, and yet %s, %v, %v", response.Data, response.Errors, response.Extensions)
		}
		wait = response.Errors[0].Extensions["retryAfter"].(int)
		if wait < 1 {
			t.Errorf("come back in %d s", wait)
		}
	}
	return response, wait
}

// expect runs operations of so many points, each with the wait that it must be refused with, 0 where it must run.
func (p *platform) expect(ctx context.Context, t testing.TB, points int, waits ...int) {
	t.Helper()
	for i, want := range waits {
		if _, wait := p.tries(ctx, t, worth(points)); wait != want {
			t.Fatalf("the %d. of %d points: wait %d s, not %d", i+1, points, wait, want)
		}
	}
}

func TestPointsAreSpentAndComeBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, ctx := paying(60), from("192.0.2.1")
		for range 60 {
			p.expect(ctx, t, 1, 0)
		}
		response, _ := p.tries(ctx, t, "{ __typename }")
		err := response.Errors[0]
		equal(t, "extensions", map[string]any{"code": "RATE_LIMITED", "limit": 60, "retryAfter": 1}, err.Extensions)
		equal(t, "message", "No points are left, of 60 a minute. Try again in 1 s.", err.Message)
		<-time.After(time.Second - time.Microsecond)
		p.expect(ctx, t, 1, 1, 1)
		<-time.After(time.Microsecond)
		p.expect(ctx, t, 1, 0, 1)
		// No more come back than there may be.
		<-time.After(time.Hour)
		p.expect(ctx, t, 59, 0)
		p.expect(ctx, t, 1, 0, 1)
	})
}

// TestDebt is about operations that cost more than is left.
func TestDebt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, ctx := paying(60), from("192.0.2.1")
		p.expect(ctx, t, 100, 0, 41, 41)
		<-time.After(40*time.Second + 999*time.Millisecond)
		p.expect(ctx, t, 1, 1)
		<-time.After(time.Millisecond)
		// While one whole point is left, whatever it costs; and no debt is greater than what a minute pays.
		p.expect(ctx, t, 1000, 0, 60)
		<-time.After(60*time.Second - time.Microsecond)
		p.expect(ctx, t, 1, 1)
		<-time.After(time.Microsecond)
		p.expect(ctx, t, 1, 0, 1)
	})
}

// TestWaitIsEnough comes back when it is told to, at rates that no whole number of microseconds fits.
func TestWaitIsEnough(t *testing.T) {
	t.Parallel()
	for _, points := range []int{1, 7, 59, 61, 997, 1 << 31} {
		t.Run(fmt.Sprint(points), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, ctx := paying(points), from("192.0.2.1")
				for n := range 200 {
					_, wait := p.tries(ctx, t, worth(1+n*37%100))
					if wait == 0 {
						continue
					}
					<-time.After(time.Duration(wait) * time.Second)
					if _, again := p.tries(ctx, t, worth(1)); again > 0 {
						t.Fatalf("told to wait %d s, then another %d", wait, again)
					}
				}
			})
		})
	}
}

// TestRefusalsCostOnePoint is about operations that are not run.
func TestRefusalsCostOnePoint(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request request
		code    string
	}{
		"no GraphQL":         {request{query: "{"}, "GRAPHQL_PARSE_FAILED"},
		"unknown fields":     {request{query: "{ a b c d }"}, "GRAPHQL_VALIDATION_FAILED"},
		"too costly":         {request{query: worth(1001)}, "COMPLEXITY_LIMIT_EXCEEDED"},
		"no such operation":  {request{query: "query A { __typename }", operationName: "B"}, "GRAPHQL_VALIDATION_FAILED"},
		"an unknown hash":    {request{extensions: map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": strings.Repeat("a", 64)}}}, "PERSISTED_QUERY_NOT_FOUND"},
		"too long to check":  {request{query: "{ " + strings.Repeat("...F ", 2000) + " } fragment F on Query { " + strings.Repeat("a: __typename ", 900) + "}"}, "COMPLEXITY_LIMIT_EXCEEDED"},
		"what no limit asks": {request{query: "{ __typename }"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, ctx := paying(60), from("192.0.2.1")
				for range 60 {
					handler, ctx := p.handle(ctx, t, test.request)
					var code any = ""
					if errs := handler(ctx).Errors; len(errs) > 0 {
						code = errs[0].Extensions["code"]
					}
					equal(t, "code", any(test.code), code)
				}
				// Without a point nothing is looked at.
				handler, ctx := p.handle(ctx, t, test.request)
				equal(t, "code", any("RATE_LIMITED"), handler(ctx).Errors[0].Extensions["code"])
			})
		})
	}
}

// TestParties is about who shares points with whom.
func TestParties(t *testing.T) {
	t.Parallel()
	known := func(n int, address string) context.Context { return models.WithCaller(from(address), user(n)) }
	for name, test := range map[string]struct {
		one, other context.Context
		share      bool
	}{
		"one user at two addresses":            {known(0, "192.0.2.1"), known(0, "192.0.2.2"), true},
		"one user with two tokens":             {by(user(0)), by(user(0, models.RoleAdmin)), true},
		"two users at one address":             {known(0, "192.0.2.1"), known(1, "192.0.2.1"), false},
		"a user and nobody":                    {known(0, "192.0.2.1"), from("192.0.2.1"), false},
		"one address":                          {from("192.0.2.1"), from("192.0.2.1"), true},
		"two addresses":                        {from("192.0.2.1"), from("192.0.2.2"), false},
		"one site of IPv6":                     {from("2001:db8:1:2::1"), from("2001:db8:1:2:ffff::2"), true},
		"two sites of IPv6":                    {from("2001:db8:1:2::1"), from("2001:db8:1:3::1"), false},
		"one address, in the notation of IPv6": {from("192.0.2.1"), from("::ffff:192.0.2.1"), true},
		"two, in the notation of IPv6":         {from("::ffff:192.0.2.1"), from("::ffff:192.0.2.2"), false},
		"one address in two zones":             {from("fe80::1%eth0"), from("fe80::1%eth1"), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := paying(10)
				p.expect(test.one, t, 10, 0, 6)
				want := 0
				if test.share {
					want = 6
				}
				_, wait := p.tries(test.other, t, worth(1))
				equal(t, "wait", want, wait)
			})
		})
	}
}

func TestManyCallersDoNotShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := paying(5)
		for n := range 10 {
			p.expect(by(user(n)), t, 5, 0, 12)
		}
	})
}

// TestUnlimited is about who has no limit, and where there is none.
func TestUnlimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, test := range map[string]struct {
			points int
			ctx    context.Context
			want   int
		}{
			"a worker":             {1, by(user(0, models.RoleWorker)), 0},
			"a service":            {1, by(user(0, models.RoleAdmin, models.RoleService)), 0},
			"an administrator":     {1, by(user(0, models.RoleAdmin)), 60},
			"nobody, with a limit": {1, from("192.0.2.1"), 60},
			"nobody, with none":    {0, from("192.0.2.1"), 0},
		} {
			p := paying(test.points)
			p.expect(test.ctx, t, 1, 0)
			_, wait := p.tries(test.ctx, t, worth(500))
			equal(t, name, test.want, wait)
		}
	})
}

// TestPointsAreSpentOnce has many ask at once.
func TestPointsAreSpentOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, ctx := paying(100), from("192.0.2.1")
		var ran atomic.Int32
		var all sync.WaitGroup
		for range 300 {
			all.Go(func() {
				if _, wait := p.tries(ctx, t, "{ __typename }"); wait == 0 {
					ran.Add(1)
				}
			})
		}
		all.Wait()
		equal(t, "run", 100, int(ran.Load()))
	})
}

// TestEventsCostNothing is about a subscription that takes the last point there is.
func TestEventsCostNothing(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 1)
		p.addVideos(t, 2, 1)
		service := user(0, models.RoleService)
		p = p.live(t, func(o *graph.Options) { o.RateLimit = graph.NewRateLimit(1) })
		s := p.subscribe(t, nil, `subscription { videosMetadataChanged(ids: `+quoted(series(videoID, 0, 2)...)+`) { viewCount } }`, nil)
		s.expect(t, `{"videosMetadataChanged":{"viewCount":0}}`, `{"videosMetadataChanged":{"viewCount":1}}`)
		equal(t, "another", "RATE_LIMITED", p.ask(t, nil, "{ __typename }", nil).code(t))
		p.data(t, service, `mutation { recordVideoActivity(batchId: "b", events: [{videoId: "`+videoID(0).String()+`", kind: VIEW, count: 41}]) { recordedCount } }`, nil)
		s.expect(t, `{"videosMetadataChanged":{"viewCount":41}}`)
	})
}

// TestDefaultRateLetsClientsPoll adds up what the polls of one client cost that has everything on its screen.
func TestDefaultRateLetsClientsPoll(t *testing.T) {
	t.Parallel()
	aMinute := 0
	for _, poll := range []struct {
		field string
		every time.Duration
	}{
		{"videosMetadata", 5 * time.Second},
		{"aiJobs", 2 * time.Second},
	} {
		for _, f := range queries("ids") {
			if f.Name == poll.field {
				selected := strings.ReplaceAll(everything(f.Type.Name(), 3), "{", "{ __typename")
				costs := cost(t, f.operation(map[string]string{"ids": quoted(series(videoID, 0, 100)...)}, selected), nil)
				aMinute += costs * int(time.Minute/poll.every)
				t.Logf("%s costs %d: %s", f.Name, costs, selected)
			}
		}
	}
	if aMinute > graph.DefaultRateLimit || aMinute < graph.DefaultRateLimit*3/4 {
		t.Errorf("%d points a minute, of %d", aMinute, graph.DefaultRateLimit)
	}
	t.Logf("%d points a minute, of %d", aMinute, graph.DefaultRateLimit)
}
