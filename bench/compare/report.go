package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"reelgraph/bench/rig"
)

// The ratios that are told, ours divided by another's.
const (
	serverCPU   = "serverCpuVsHandler"
	postgresCPU = "postgresCpuVsHandler"
	rps         = "rpsVsHandler"
	rpsGorm     = "rpsVsGormIn"
	events      = "eventsVsUpdateEach"
)

// ratio is how ours compares with another in a figure.
type ratio struct {
	name, against string
	of            func(figures) float64
}

var ratios = []ratio{
	{serverCPU, handler, func(f figures) float64 { return f.CPU }},
	{postgresCPU, handler, func(f figures) float64 { return f.Postgres }},
	{rps, handler, func(f figures) float64 { return f.Rate }},
	{rpsGorm, gormIn, func(f figures) float64 { return f.Rate }},
	{"rpsVsEach", each, func(f figures) float64 { return f.Rate }},
	{events, updateEach, func(f figures) float64 { return f.Rate }},
}

// spread is the ratio in all rounds, and false where the two have not met.
func (r *result) spread(of ratio) (rig.Spread, bool) {
	a, b := r.turns[ours], r.turns[of.against]
	all := make([]float64, 0, len(a))
	for i := range min(len(a), len(b)) {
		all = append(all, of.of(a[i])/of.of(b[i]))
	}
	return rig.SpreadOf(all), len(all) > 0
}

// figure is one of a side's in all rounds.
func (r *result) figure(side string, of func(figures) float64) rig.Spread {
	var all []float64
	for _, f := range r.turns[side] {
		all = append(all, of(f))
	}
	return rig.SpreadOf(all)
}

// inRatios are the loads whose ratios have a place of their own in the file of results.
var inRatios = []string{"videos1Uniform", "videos20Uniform", "videos100Uniform", "videos20Hot", "jobs20", "activityHot"}

// resultsJSON is the file of results.
func (b *bench) resultsJSON() ([]byte, error) {
	type byName map[string]any
	medians, spreads, all := byName{}, byName{}, byName{}
	for _, r := range b.results {
		named, spread := map[string]float64{}, map[string]rig.Spread{}
		for _, ratio := range ratios {
			if s, met := r.spread(ratio); met {
				named[ratio.name], spread[ratio.name] = readable(s.Median), readableSpread(s)
			}
		}
		if slices.Contains(inRatios, r.name) {
			medians[r.name] = named
		}
		spreads[r.name] = spread
		sides := byName{}
		for side := range r.turns {
			sides[side] = r.spreads(side)
		}
		all[r.name] = sides
	}
	text, err := json.MarshalIndent(byName{"ratios": medians, "spreads": spreads, "figures": all, "fsyncsPerSecond": b.cluster.fsyncs}, "", "  ")
	return append(text, '\n'), err
}

// spreads are all figures of a side, by their names.
func (r *result) spreads(side string) map[string]rig.Spread {
	values := map[string][]float64{}
	for _, f := range r.turns[side] {
		text, _ := json.Marshal(f) //nolint:errchkjson // numbers
		var named map[string]float64
		_ = json.Unmarshal(text, &named)
		for name, value := range named {
			values[name] = append(values[name], value)
		}
	}
	spreads := map[string]rig.Spread{}
	for name, all := range values {
		spreads[name] = readableSpread(rig.SpreadOf(all))
	}
	return spreads
}

// readable has as many digits as say something.
func readable(figure float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(figure, 'g', 4, 64), 64)
	return rounded
}

func readableSpread(s rig.Spread) rig.Spread {
	return rig.Spread{Median: readable(s.Median), Least: readable(s.Least), Most: readable(s.Most)}
}

// report tells everything as Markdown.
func (b *bench) report() string {
	var text strings.Builder
	text.WriteString(b.setting())
	b.writeRatios(&text)
	b.writeFigures(&text)
	return text.String()
}

// setting says on what, and how.
func (b *bench) setting() string {
	cores := "The server is alone on one core; PostgreSQL and the clients share another."
	if !b.pin {
		cores = "**Server, PostgreSQL and clients share all cores (" + b.unpinned + "): the figures are worth little.**"
	}
	profile := "without a profile"
	if b.servers.pgo != "off" {
		profile = "with the same profile (PGO)"
	}
	durable := "keeps what it has promised"
	if !b.cluster.durable {
		durable = "**does not wait for the disk**"
	}
	return fmt.Sprintf("%s; %s, PostgreSQL %s, which %s (%.0f fsyncs of 8 KiB a second). %d videos and jobs, %d connections (activity: 64), %d rounds of %s a side after %s of warming. "+
		"%s All Go servers are built %s and run with GOGC=%s, GOMEMLIMIT=%s and at most %d connections to the database.\n\n",
		machine(), runtime.Version(), b.cluster.version, durable, b.cluster.fsyncs, len(b.fixture.videos), b.connections, b.rounds, b.each, b.warm,
		cores, profile, b.servers.gogc, b.servers.limit, b.servers.connections)
}

func machine() string {
	processor := "an unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, found := strings.Cut(string(text), "model name"); found {
			line, _, _ := strings.Cut(rest, "\n")
			processor = strings.TrimLeft(line, "\t :")
		}
	}
	var system unix.Utsname
	_ = unix.Uname(&system) // It cannot fail.
	return fmt.Sprintf("%d cores of %s, %s %s", runtime.NumCPU(), processor, unix.ByteSliceToString(system.Sysname[:]), unix.ByteSliceToString(system.Release[:]))
}

// writeRatios tells how ours compares.
func (b *bench) writeRatios(text *strings.Builder) {
	text.WriteString("Ours divided by theirs: medians, in parentheses the least and the most of all rounds, and what is wanted.\n\n" +
		"| | server CPU, by hand | | PostgreSQL CPU, by hand | | requests a second, by hand | | … GORM with IN | | … a select an id |\n" +
		"|---|---:|---|---:|---|---:|---|---:|---|---:|\n")
	for _, r := range b.results {
		if r.events {
			continue
		}
		text.WriteString("| " + r.told)
		for _, ratio := range ratios[:5] {
			text.WriteString(" | " + b.cell(r, ratio))
			if ratio.against != each {
				text.WriteString(" | " + r.wanted[ratio.name])
			}
		}
		text.WriteString(" |\n")
	}
	text.WriteString("\n")
	for _, r := range b.results {
		if s, met := r.spread(ratios[5]); met {
			fmt.Fprintf(text, "- %s, calls of %d events, events a second against one UPDATE each: %.1f (%.1f–%.1f); wanted %s.\n",
				r.told, eventsEach, s.Median, s.Least, s.Most, orNothing(r.wanted[events]))
		}
		if r.name == "lone" && len(r.turns[handler]) > 0 {
			b.writeLone(text, r)
		}
	}
	var peak float64
	for _, r := range b.results {
		peak = max(peak, r.figure(ours, func(f figures) float64 { return f.Peak }).Most)
	}
	fmt.Fprintf(text, "- Memory of ours at most: %.1f MiB; wanted ≤ 40.\n\n", peak)
}

func orNothing(wanted string) string {
	if wanted == "" {
		return "nothing"
	}
	return wanted
}

// writeLone tells how much longer a lone request waits for ours than for the handler.
func (b *bench) writeLone(text *strings.Builder, r *result) {
	more := func(of func(figures) float64) rig.Spread {
		var all []float64
		for i, f := range r.turns[ours] {
			all = append(all, of(f)-of(r.turns[handler][i]))
		}
		return rig.SpreadOf(all)
	}
	p50, p99 := more(func(f figures) float64 { return f.P50 }), more(func(f figures) float64 { return f.P99 })
	fmt.Fprintf(text, "- A lone request takes longer than by hand by %.3f ms (%.3f–%.3f) at the median, %.3f ms (%.3f–%.3f) at p99; wanted ≤ 0.3.\n",
		p50.Median, p50.Least, p50.Most, p99.Median, p99.Least, p99.Most)
}

func (b *bench) cell(r *result, of ratio) string {
	s, met := r.spread(of)
	if !met {
		return ""
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", s.Median, s.Least, s.Most)
}

// writeFigures tells what every side has shown.
func (b *bench) writeFigures(text *strings.Builder) {
	text.WriteString("Medians of all rounds; of activity, an event counts as a request, and the times are those of calls.\n\n" +
		"| load | server | requests a second | p50 / p99, ms | server CPU a request, µs | PostgreSQL CPU, µs | peak memory, MiB | statements a request |\n" +
		"|---|---|---:|---:|---:|---:|---:|---:|\n")
	for _, r := range b.results {
		for _, side := range b.sidesOf(r.load) {
			median := func(of func(figures) float64) float64 { return r.figure(side, of).Median }
			fmt.Fprintf(text, "| %s | %s | %.0f | %.2f / %.2f | %.1f | %.1f | %.1f | %.3f |\n", r.told, told[side],
				median(func(f figures) float64 { return f.Rate }),
				median(func(f figures) float64 { return f.P50 }), median(func(f figures) float64 { return f.P99 }),
				median(func(f figures) float64 { return f.CPU }), median(func(f figures) float64 { return f.Postgres }),
				median(func(f figures) float64 { return f.Peak }), median(func(f figures) float64 { return f.Statements }))
		}
	}
}
