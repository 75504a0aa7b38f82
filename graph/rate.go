package graph

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// DefaultRateLimit lets one client ask for the counters of 100 videos every 5 s and for 100 jobs every 2 s at the same time,
// with all that can be selected of them and two objects deep below: that is 155,400 points a minute. What is left over is for
// whatever else it asks.
const DefaultRateLimit = 200_000

const (
	// point is one in the unit that RateLimit counts in: each microsecond gives back as many units as there are points a
	// minute, so that whole numbers are exact.
	point = int64(time.Minute / time.Microsecond)
	// refill is after how many microseconds any bucket is full: a minute for its debt, and another for itself.
	refill = 2 * point
	// maxBuckets bounds the memory for buckets, to some 25 MB.
	maxBuckets = 100_000
)

// RateLimit lets each party spend so many points of cost a minute. It has a bucket of as many, into which they come back
// evenly. An operation runs while there is a whole point in it, and takes what it costs even where that is more than is
// left: the next ones wait until the debt has been paid and a point is back, a minute at most. Workers and services
// are not limited.
//
// The first point is taken before the document is parsed, by who reads it from a request before even that is read, since
// all of that is work too; the rest when its cost is known.
//
// It is a part of the executor that Options give it to. A nil RateLimit limits nobody.
type RateLimit struct {
	perMinute int64
	began     time.Time

	mu sync.Mutex
	// buckets are those of the parties seen last. One that is missing is full.
	buckets *simplelru.LRU[models.Party, bucket]
}

// bucket holds units as of some microseconds after the limit began. Below 0 they are debt.
type bucket struct{ units, asOf int64 }

var (
	_ graphql.OperationParameterMutator = (*RateLimit)(nil)
	_ graphql.OperationContextMutator   = (*RateLimit)(nil)
)

// NewRateLimit makes a limit of so many points a minute, nil for 0.
func NewRateLimit(perMinute int) *RateLimit {
	if perMinute == 0 {
		return nil
	}
	buckets, err := simplelru.NewLRU[models.Party, bucket](maxBuckets, nil)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &RateLimit{perMinute: int64(perMinute), began: time.Now(), buckets: buckets}
}

// ExtensionName is the name among the executor's extensions.
func (*RateLimit) ExtensionName() string { return "RateLimit" }

// Validate accepts every schema.
func (*RateLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters admits the operation, unless models.IsAdmitted says that this has been done.
func (l *RateLimit) MutateOperationParameters(ctx context.Context, _ *graphql.RawParams) *gqlerror.Error {
	if models.IsAdmitted(ctx) {
		return nil
	}
	return l.Admit(ctx)
}

// Admit takes a point from the caller of ctx for an operation of theirs, or refuses it with RATE_LIMITED where none is left.
func (l *RateLimit) Admit(ctx context.Context) *gqlerror.Error {
	if l == nil || unlimited(ctx) {
		return nil
	}
	missing := l.takeOne(models.PartyFrom(ctx))
	if missing <= 0 {
		return nil
	}
	perSecond := l.perMinute * int64(time.Second/time.Microsecond)
	seconds := int((missing + perSecond - 1) / perSecond)
	return &gqlerror.Error{
		Message:    fmt.Sprintf("No points are left, of %d a minute. Try again in %d s.", l.perMinute, seconds),
		Extensions: map[string]any{"code": string(models.CodeRateLimited), "limit": int(l.perMinute), "retryAfter": seconds},
	}
}

// MutateOperationContext takes what the operation costs beyond the point that it has paid.
func (l *RateLimit) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	cost, known := operation.Stats.GetExtension(models.CostStats).(*models.Cost)
	if !known || cost.Requested <= 1 || unlimited(ctx) {
		return nil
	}
	l.takeAll(models.PartyFrom(ctx), int64(cost.Requested)-1)
	return nil
}

func unlimited(ctx context.Context) bool {
	caller := models.CallerFrom(ctx)
	return caller.Has(models.RoleWorker) || caller.Has(models.RoleService)
}

// takeOne takes a point where there is one, else it takes nothing and tells how many units that one misses.
func (l *RateLimit) takeOne(party models.Party) (missing int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(party)
	if b.units < point {
		return point - b.units
	}
	b.units -= point
	l.buckets.Add(party, b)
	return 0
}

// takeAll takes points, into debt where they are not there.
func (l *RateLimit) takeAll(party models.Party, points int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(party)
	full := l.perMinute * point
	b.units = max(b.units-min(points, 2*l.perMinute)*point, point-full)
	l.buckets.Add(party, b)
}

// bucket is the party's as of now. The limit's mu is held.
func (l *RateLimit) bucket(party models.Party) bucket {
	now, full := time.Since(l.began).Microseconds(), l.perMinute*point
	b, known := l.buckets.Get(party)
	if !known {
		l.forgetFull(now)
		return bucket{units: full, asOf: now}
	}
	return bucket{units: min(b.units+min(now-b.asOf, refill)*l.perMinute, full), asOf: now}
}

// forgetFull forgets up to two buckets that are full by now, and so more than come to be.
func (l *RateLimit) forgetFull(now int64) {
	for range 2 {
		if _, b, found := l.buckets.GetOldest(); !found || now-b.asOf < refill {
			return
		}
		l.buckets.RemoveOldest()
	}
}
