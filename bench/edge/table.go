package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
)

// table tells what was measured, as Markdown.
func table(o *options, results []*result) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d rounds of %s a side, %d connections, %d cores, %s. CPU is the server's, user and system; figures are medians, and in parentheses the least and the most of all rounds.\n\n",
		o.rounds, o.each, o.connections, runtime.NumCPU(), runtime.Version())
	text.WriteString("| | CPU a request, µs | | requests a second | | CPU, ratio | wanted |\n|---|---:|---:|---:|---:|---:|---:|\n")
	for _, r := range results {
		wanted := ""
		if r.wanted > 0 {
			wanted = fmt.Sprintf("≤ %.1f", r.wanted)
		}
		ratios := r.each(func(t [2]turn) float64 { return float64(t[0].cpuEach()) / float64(max(t[1].cpuEach(), 1)) })
		fmt.Fprintf(&text, "| %s | %s | %s | %.0f | %.0f | %.2f (%.2f–%.2f) | %s |\n", r.told,
			r.micros(0), r.micros(1), median(r.rates(0)), median(r.rates(1)), median(ratios), ratios[0], ratios[len(ratios)-1], wanted)
	}
	return text.String()
}

// each are what a function gives for the rounds, from the least.
func (r *result) each(of func([2]turn) float64) []float64 {
	all := make([]float64, len(r.turns))
	for i, t := range r.turns {
		all[i] = of(t)
	}
	slices.Sort(all)
	return all
}

func (r *result) rates(side int) []float64 {
	return r.each(func(t [2]turn) float64 { return t[side].rate() })
}

// micros is a side's CPU a request.
func (r *result) micros(side int) string {
	all := r.each(func(t [2]turn) float64 { return float64(t[side].cpuEach()) / float64(time.Microsecond) })
	return fmt.Sprintf("%.0f (%.0f–%.0f)", median(all), all[0], all[len(all)-1])
}

// median is the middle of what is sorted, the mean of both where there are two.
func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
