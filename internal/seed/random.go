package seed

import (
	"iter"
	"math/bits"
	"math/rand/v2"
	"time"

	"reelgraph/models"
)

// Every number here comes from 64-bit integers: floating point may differ in its last digit from
// one processor to the next, and the rows must not.

// table keys the random numbers of one table.
type table uint64

const (
	tableUsers table = iota + 1
	tableVideos
	tableJobs
	tableNotifications
	tableActions
)

// dice are the random numbers of one row.
type dice struct{ rand.PCG }

// roll gives the numbers of a row. They depend on the seed, the table and the row alone.
func roll(seed uint64, of table, row int) *dice {
	return &dice{*rand.NewPCG(mix(seed^mix(uint64(of))), mix(uint64(row)))}
}

// mix spreads x over all 64 bits and maps no two numbers to one (SplitMix64's finalizer).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// id makes a UUID of version 4.
func (d *dice) id() models.ID {
	var id models.ID
	high, low := d.Uint64(), d.Uint64()
	for i := range 8 {
		id[i], id[8+i] = byte(high>>(8*i)), byte(low>>(8*i))
	}
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

// below is evenly one of 0 … n-1.
func (d *dice) below(n int) int { return int(scale(d.Uint64(), uint64(n))) }

// within is evenly some whole number of microseconds from 0 up to span.
func (d *dice) within(span time.Duration) time.Duration {
	return time.Duration(scale(d.Uint64(), uint64(span/time.Microsecond)+1)) * time.Microsecond
}

func (d *dice) chance(percent int) bool { return d.below(100) < percent }

// skewed is one of 0 … n-1, the lower the likelier: the first hundredth of them comes up in a
// fifth of the throws, whatever n is.
func (d *dice) skewed(n int) int {
	x := d.Uint64()
	return int(scale(scale(scale(x, x), x), uint64(n)))
}

// tail is a count with a tail as Zipf's law has it: ten times as many are ten times as rare.
func (d *dice) tail() int64 {
	const most = 20
	return int64(400+d.below(400)) << min(bits.TrailingZeros64(d.Uint64()), most)
}

func pick[T any](d *dice, from []T) T { return from[d.below(len(from))] }

// scale is of·share, with share as a fraction of 2^64.
func scale(share, of uint64) uint64 {
	high, _ := bits.Mul64(share, of)
	return high
}

// timeline puts the rows of a table into an order in time. A row's place is a fraction of 2^64, 0 being
// now, and does not depend on how many rows there are: it is the row's number, stirred, with its bits
// reversed (van der Corput's sequence). So the first 2^k rows have one row in each 2^k-th part of
// the line, for every k, and which row that is can be computed: the rows of any number can be gone
// through in time's order, and one of a certain age be found, without a list of them.
type timeline struct {
	multiplier, inverse, offset uint64
	// reach is the place that no row goes beyond.
	reach uint64
}

func newTimeline(seed uint64, of table, reach uint64) timeline {
	d := roll(seed, of, -1)
	t := timeline{multiplier: d.Uint64() | 1, offset: d.Uint64(), reach: reach}
	// Newton's method: each step doubles the number of right bits, of which an odd number has three.
	t.inverse = t.multiplier
	for range 5 {
		t.inverse *= 2 - t.multiplier*t.inverse
	}
	return t
}

// place is where a row is.
func (t timeline) place(row int) uint64 {
	return scale(bits.Reverse64(uint64(row)*t.multiplier+t.offset), t.reach)
}

// inPart is the one row below 2^k whose place is in the given 2^k-th part of the line.
func (t timeline) inPart(part uint64, k int) int {
	stirred := bits.Reverse64(part) >> (64 - k)
	return int((stirred - t.offset) * t.inverse & (1<<k - 1))
}

// oldestFirst goes through the first n rows, from the oldest to the newest.
func (t timeline) oldestFirst(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		if n == 0 {
			return
		}
		k := bits.Len64(uint64(n - 1))
		for part := uint64(1) << k; part > 0; part-- {
			if row := t.inPart(part-1, k); row < n && !yield(row) {
				return
			}
		}
	}
}

// older is one of the first n rows that is older than a place, or the oldest of those that it
// chooses from where none is. n is at least 1.
func (t timeline) older(d *dice, place uint64, n int) int {
	k := bits.Len64(uint64(n)) - 1
	parts := uint64(1) << k
	first := parts - 1
	if place < t.reach {
		unscaled, _ := bits.Div64(place, 0, t.reach)
		first = min(first, unscaled>>(64-k)+1)
	}
	return t.inPart(first+uint64(d.below(int(parts-first))), k)
}

// window is how far back the rows go.
const window = 90 * 24 * time.Hour

// ago is how long ago a place is, in whole microseconds: the nearer to now, the more rows there are.
func ago(place uint64) time.Duration {
	curve := place/16 + scale(place, place)/16*15
	return time.Duration(scale(curve, uint64(window/time.Microsecond))) * time.Microsecond
}
