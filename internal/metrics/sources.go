package metrics

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"reelgraph/internal/database"
	"reelgraph/internal/events"
	"reelgraph/internal/live"
	"reelgraph/internal/loaders"
	"reelgraph/internal/server"
	"reelgraph/internal/store"
)

const (
	// queueKept is for how long what the queue was like is told again, and queueTimeout how long it may take to find out.
	queueKept    = 5 * time.Second
	queueTimeout = time.Second
)

// Sources are the rooms that count for themselves, and are asked when somebody looks. Those that are nil are left out.
type Sources struct {
	Live   func() []live.Stats
	Shared func() []loaders.Stats
	Server func() server.Stats
	Hints  func() events.Stats
	Pools  func() []database.PoolStats
	// Queue is asked every 5 seconds at most, and has a second. Its metrics are absent where it fails.
	Queue func(context.Context) ([]store.QueueState, error)
}

// Collect has the sources asked from now on. Each source is given once, by one call or another.
func (m *Metrics) Collect(sources Sources) {
	m.registry.MustRegister(&collector{Sources: sources, log: m.log})
}

// collector asks the sources.
type collector struct {
	Sources
	log *slog.Logger

	// mu is held while the queue is asked for, so that those who look at once ask once.
	mu    sync.Mutex
	queue []store.QueueState
	asked time.Time
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+name, help, labels, nil)
}

var (
	liveObjects    = desc("live_objects", "Objects that are watched.", "kind")
	liveWatchers   = desc("live_watchers", "Watchers of objects: subscriptions, and signed-in watchers of counters once more by their inbox.", "kind")
	liveReads      = desc("live_reads_total", "Reads of watched objects.", "kind")
	liveRead       = desc("live_read_objects_total", "Objects that were read because they are watched.", "kind")
	liveHanded     = desc("live_deliveries_total", "States and notifications that were handed to watchers.", "kind")
	liveSuperseded = desc("live_superseded_total", "States that a watcher was never handed, since there was a newer one when it came for it.", "kind")

	sharedAsked   = desc("shared_read_asked_ids_total", "Ids that shared reads were asked for.", "kind")
	sharedRefused = desc("shared_read_refused_total", "Asks that were refused since too much waited for the database.", "kind")
	sharedWaiting = desc("shared_read_waiting_asks", "Asks whose shared read has not begun.", "kind")
	sharedReading = desc("shared_reads_running", "Shared reads that run.", "kind")

	sockets          = desc("sockets_open", "WebSockets that are open.")
	eventStreams     = desc("event_streams_open", "Subscriptions by server-sent events or multipart that are open.")
	socketOperations = desc("socket_operations_running", "Operations that run on WebSockets, mostly subscriptions.")

	hints     = desc("hint_ids_total", "Ids of changed objects, by what became of the hint: published here, sent to other instances, received from them, or lost.", "event")
	dropped   = desc("hint_messages_dropped_total", "Messages with hints of other instances that were thrown away since this one was too slow for them; absent without NATS.")
	connected = desc("nats_connected", "1 while NATS is there, absent where it is not used.")

	poolInUse  = desc("db_connections_in_use", "Connections to the database that are in use.", "pool")
	poolIdle   = desc("db_connections_idle", "Connections to the database that are idle.", "pool")
	poolMax    = desc("db_connections_max", "Most connections to the database that there may be.", "pool")
	poolWaits  = desc("db_connection_waits_total", "How often there was no idle connection to the database.", "pool")
	poolWaited = desc("db_connection_wait_seconds_total", "Time that was spent waiting for a connection to the database.", "pool")

	queueJobs   = desc("queue_jobs", "AI jobs that have not finished, counted up to 100,000.", "kind", "status")
	queueOldest = desc("queue_oldest_age_seconds", "Age of the job that has been queued longest, 0 where none is.", "kind")
)

// Describe leaves open what there will be.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// sink takes what is collected.
type sink chan<- prometheus.Metric

func (s sink) gauge(d *prometheus.Desc, value float64, labels ...string) {
	s <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func (s sink) count(d *prometheus.Desc, value uint64, labels ...string) {
	s <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
}

// Collect asks all sources.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	s := sink(to)
	if c.Live != nil {
		collectLive(s, c.Live())
	}
	if c.Shared != nil {
		collectShared(s, c.Shared())
	}
	if c.Server != nil {
		open := c.Server()
		s.gauge(sockets, float64(open.Sockets))
		s.gauge(eventStreams, float64(open.EventStreams))
		s.gauge(socketOperations, float64(open.SocketOperations))
	}
	if c.Hints != nil {
		collectHints(s, c.Hints())
	}
	if c.Pools != nil {
		collectPools(s, c.Pools())
	}
	if c.Queue != nil {
		c.collectQueue(s)
	}
}

func collectLive(s sink, kinds []live.Stats) {
	for _, k := range kinds {
		s.gauge(liveObjects, float64(k.Objects), k.Kind)
		s.gauge(liveWatchers, float64(k.Watchers), k.Kind)
		s.count(liveReads, k.Reads, k.Kind)
		s.count(liveRead, k.Read, k.Kind)
		s.count(liveHanded, k.Handed, k.Kind)
		s.count(liveSuperseded, k.Superseded, k.Kind)
	}
}

func collectShared(s sink, kinds []loaders.Stats) {
	for _, k := range kinds {
		s.count(sharedAsked, k.Asked, k.Kind)
		s.count(sharedRefused, k.Refused, k.Kind)
		s.gauge(sharedWaiting, float64(k.Waiting), k.Kind)
		s.gauge(sharedReading, float64(k.Reading), k.Kind)
	}
}

func collectHints(s sink, carried events.Stats) {
	s.count(hints, carried.Published, "published")
	s.count(hints, carried.Sent, "sent")
	s.count(hints, carried.Received, "received")
	s.count(hints, carried.Lost, "lost")
	if !carried.NATS {
		return
	}
	s.count(dropped, carried.Dropped)
	there := 0.0
	if carried.Connected {
		there = 1
	}
	s.gauge(connected, there)
}

func collectPools(s sink, pools []database.PoolStats) {
	for _, p := range pools {
		s.gauge(poolInUse, float64(p.InUse), p.Name)
		s.gauge(poolIdle, float64(p.Idle), p.Name)
		s.gauge(poolMax, float64(p.Max), p.Name)
		s.count(poolWaits, uint64(max(0, p.Waits)), p.Name)
		s <- prometheus.MustNewConstMetric(poolWaited, prometheus.CounterValue, p.Waited.Seconds(), p.Name)
	}
}

func (c *collector) collectQueue(s sink) {
	for _, k := range c.queueNow() {
		s.gauge(queueJobs, float64(k.Queued), string(k.Kind), "QUEUED")
		s.gauge(queueJobs, float64(k.Processing), string(k.Kind), "PROCESSING")
		age := 0.0
		if k.Oldest != nil {
			// Clocks may differ a little.
			age = max(0, time.Since(*k.Oldest).Seconds())
		}
		s.gauge(queueOldest, age, string(k.Kind))
	}
}

// queueNow is what the queue is like, or was a moment ago; nothing where it cannot be told.
func (c *collector) queueNow() []store.QueueState {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.asked.IsZero() && time.Since(c.asked) < queueKept {
		return c.queue
	}
	ctx, cancel := context.WithTimeout(context.Background(), queueTimeout)
	defer cancel()
	queue, err := c.Queue(ctx)
	if err != nil {
		c.log.DebugContext(ctx, "the queue's metrics cannot be told", "error", err)
	}
	c.queue, c.asked = queue, time.Now()
	return c.queue
}
