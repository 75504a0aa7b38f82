package metrics

import "sync"

// found are the meters that have been found so far, of kinds of which there is a bounded number. Finding one by its labels takes
// longer than to count by it. The zero found is ready for use.
type found[K comparable, M any] struct {
	mu     sync.RWMutex
	meters map[K]M
}

// of is the meter of a kind, which is found once, or at times more often at first.
func (f *found[K, M]) of(kind K, find func(K) M) M {
	f.mu.RLock()
	meter, known := f.meters[kind]
	f.mu.RUnlock()
	if known {
		return meter
	}
	meter = find(kind)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.meters == nil {
		f.meters = map[K]M{}
	}
	f.meters[kind] = meter
	return meter
}
