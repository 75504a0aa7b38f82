// Package metrics counts and times what the program does, for Prometheus. The rooms below know nothing of it: they are given functions to
// call where every value counts, and asked for their own counts when somebody looks.
//
// Every label has a bounded set of values, whatever clients send.
package metrics

import (
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Options are what Metrics are made of.
type Options struct {
	// Version is that of the program.
	Version string
	// Knows reports whether an operation of this name is one of the trusted documents, which have labels of their own; nil where there are none.
	Knows func(name string) bool
	// Logger gets a line for each operation at level debug, and what goes wrong when somebody looks.
	Logger *slog.Logger
}

// Metrics are those of one process. They are safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	log      *slog.Logger
	knows    func(string) bool

	meters        found[outcome, meter]
	requestMeters found[answered, requestMeter]
	fieldMeters   found[string, prometheus.Observer]

	operations        *prometheus.CounterVec
	operationDuration *prometheus.HistogramVec
	cost              *prometheus.CounterVec
	fieldIDs          *prometheus.HistogramVec

	requests        *prometheus.CounterVec
	requestDuration *prometheus.HistogramVec

	statements        *prometheus.CounterVec
	rows              *prometheus.CounterVec
	statementDuration *prometheus.HistogramVec

	readIDs  *prometheus.HistogramVec
	readAsks *prometheus.HistogramVec
	lag      *prometheus.HistogramVec
}

var (
	// durations fit what takes from half a millisecond to the longest that a request may.
	durations = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}
	// batches fit what may be asked for together.
	batches = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}
	// lags fit what subscribers are promised: at once, or within two seconds.
	lags = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 1.5, 2, 5}
)

// New makes Metrics in which nothing has been counted but the process itself.
func New(options Options) *Metrics {
	registry := prometheus.NewRegistry()
	m := &Metrics{
		registry: registry, log: options.Logger, knows: options.Knows,

		operations: counter(registry, "operations_total", "GraphQL operations answered, refused or, as subscriptions, begun, by name (bounded), kind and the code of the first error.",
			"operation", "kind", "code"),
		operationDuration: histogram(registry, "operation_duration_seconds", "Time until the (first) answer of an operation, or until a subscription had begun.", durations, "operation", "kind"),
		cost:              counter(registry, "operation_cost_points_total", "Cost points of the operations that were run.", "kind"),
		fieldIDs:          histogram(registry, "field_ids", "Ids that one root field was asked for.", batches, "field"),

		requests:        counter(registry, "http_requests_total", "HTTP requests by route, method and status.", "route", "method", "status"),
		requestDuration: histogram(registry, "http_request_duration_seconds", "Time until the answer to an HTTP request began.", durations, "route"),

		statements:        counter(registry, "sql_statements_total", "SQL statements, BEGIN and COMMIT among them, by the method of the store that ran them, and whether they failed.", "method", "error"),
		rows:              counter(registry, "sql_rows_total", "Rows that SQL statements gave or changed.", "method"),
		statementDuration: histogram(registry, "sql_statement_duration_seconds", "Time that SQL statements took, with the wait for a connection: that of a transaction is in its BEGIN.", durations, "method"),

		readIDs:  histogram(registry, "shared_read_ids", "Distinct ids of one read that is shared among requests.", batches, "kind"),
		readAsks: histogram(registry, "shared_read_asks", "How many asks shared one read.", batches, "kind"),
		lag:      histogram(registry, "live_lag_seconds", "Time from a hint, a look that was due, or a new watcher until all watchers knew the state.", lags, "kind"),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: namespace + "build_info", Help: "1, labeled with the version of the program and of Go."}, []string{"version", "go"})
	build.WithLabelValues(options.Version, runtime.Version()).Set(1)
	registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

const namespace = "reelgraph_"

func counter(registry *prometheus.Registry, name, help string, labels ...string) *prometheus.CounterVec {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: namespace + name, Help: help}, labels)
	registry.MustRegister(vec)
	return vec
}

func histogram(registry *prometheus.Registry, name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: namespace + name, Help: help, Buckets: buckets}, labels)
	registry.MustRegister(vec)
	return vec
}

// Handler answers with all metrics, in the format that is asked for. What cannot be collected is left out, and told to the log.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:           slog.NewLogLogger(m.log.Handler(), slog.LevelWarn),
		ErrorHandling:      promhttp.ContinueOnError,
		DisableCompression: true, // All answers are compressed in one place.
	})
}

// Statement counts a SQL statement of a method of the store. rows is -1 where that is unknown.
func (m *Metrics) Statement(method string, took time.Duration, rows int64, err error) {
	failed := "false"
	if err != nil {
		failed = "true"
	}
	m.statements.WithLabelValues(method, failed).Inc()
	m.statementDuration.WithLabelValues(method).Observe(took.Seconds())
	if rows > 0 {
		m.rows.WithLabelValues(method).Add(float64(rows))
	}
}

// SharedRead counts a read of ids that so many asks share.
func (m *Metrics) SharedRead(kind string, ids, asks int) {
	m.readIDs.WithLabelValues(kind).Observe(float64(ids))
	m.readAsks.WithLabelValues(kind).Observe(float64(asks))
}

// LiveLag counts a read after which the watchers of a kind knew what they had to be told, after a while.
func (m *Metrics) LiveLag(kind string, behind time.Duration) {
	m.lag.WithLabelValues(kind).Observe(behind.Seconds())
}
