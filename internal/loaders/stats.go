package loaders

// Stats tell what a Gatherer does, the counts since it was made.
type Stats struct {
	// Kind is counters, videos, users, jobs or queue_positions.
	Kind string
	// Asked are the ids that were asked for, each as often as it was; Refused the asks that found too much waiting.
	Asked, Refused uint64
	// Waiting are the asks whose read has not begun, and Reading the reads that have and not ended.
	Waiting, Reading int
}

// counts are those of Stats, under the gatherer's lock.
type counts struct{ asked, refused uint64 }

// Stats tells what each gatherer does.
func (s *Shared) Stats() []Stats {
	return []Stats{
		s.metadata.stats("counters"), s.videos.stats("videos"), s.users.stats("users"), s.jobs.stats("jobs"), s.positions.stats("queue_positions"),
	}
}

// Observe has observe told of each read when it begins: the kind as in Stats, how many ids are read, and how many asks share it. It must be
// called before the first read.
func (s *Shared) Observe(observe func(kind string, ids, asks int)) {
	of := func(kind string) func(int, int) {
		return func(ids, asks int) { observe(kind, ids, asks) }
	}
	s.metadata.observe, s.videos.observe, s.users.observe = of("counters"), of("videos"), of("users")
	s.jobs.observe, s.positions.observe = of("jobs"), of("queue_positions")
}

func (g *Gatherer[V]) stats(kind string) Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := Stats{Kind: kind, Asked: g.count.asked, Refused: g.count.refused, Reading: g.running}
	for _, b := range g.waiting {
		s.Waiting += b.asks
	}
	return s
}
