package graph

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"reelgraph/models"
)

// stranger is the n-th of many callers.
func stranger(n int) models.Party {
	var caller models.Caller
	binary.BigEndian.PutUint64(caller.ID[:], uint64(n)+1)
	return models.PartyOf(&caller, netip.Addr{})
}

// TestBucketsAreBounded has more callers come than there are buckets. Those that were seen last keep theirs.
func TestBucketsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewRateLimit(1)
		for n := range 300_000 {
			if missing := l.takeOne(stranger(n)); missing > 0 {
				t.Fatalf("the first operation of the %d. misses %d", n, missing)
			}
			if n%1000 == 0 && n > 0 && l.takeOne(stranger(0)) == 0 {
				t.Fatalf("the first caller, whom %d others came after, has points again", n)
			}
		}
		if got := l.buckets.Len(); got != maxBuckets {
			t.Errorf("%d buckets", got)
		}
		if l.takeOne(stranger(299_999)) == 0 || l.takeOne(stranger(1)) != 0 {
			t.Error("a bucket was dropped before an older one")
		}
	})
}

// TestFullBucketsAreForgotten has callers stay away until their buckets must be full.
func TestFullBucketsAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewRateLimit(10)
		for n := range 100 {
			l.takeAll(stranger(n), 1000)
		}
		<-time.After(2*time.Minute - time.Microsecond)
		l.takeOne(stranger(100))
		if got := l.buckets.Len(); got != 101 {
			t.Errorf("%d buckets are left that are not full", got)
		}
		<-time.After(time.Microsecond)
		for n := range 100 {
			l.takeOne(stranger(101 + n))
		}
		if got := l.buckets.Len(); got != 101 {
			t.Errorf("%d buckets", got)
		}
		for range 10 {
			if missing := l.takeOne(stranger(0)); missing > 0 {
				t.Fatalf("a bucket that is forgotten misses %d", missing)
			}
		}
		if l.takeOne(stranger(0)) == 0 {
			t.Error("a bucket that is forgotten holds more than others")
		}
	})
}

func BenchmarkRateLimit(b *testing.B) {
	l := NewRateLimit(1 << 31)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		l.takeOne(stranger(n % 1000))
		l.takeAll(stranger(n%1000), 100)
	}
}
