package rig

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Spread is what a figure came to in several rounds.
type Spread struct {
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
}

// SpreadOf is zero where nothing was measured. The median of an even number is the mean of the two in the middle.
func SpreadOf(figures []float64) Spread {
	n := len(figures)
	if n == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(figures))
	return Spread{(sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[0], sorted[n-1]}
}

// Percentile is what a part of what is sorted, as 0.99, is at most; 0 of nothing.
func Percentile(sorted []time.Duration, part float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
}

// ReplaceSection puts a report where a file of Markdown has the marks of a benchmark, as "bench/compare".
func ReplaceSection(name, benchmark, report string) error {
	begin, end := "<!-- made by "+benchmark+" -->\n", "<!-- end of what "+benchmark+" made -->\n"
	text, err := os.ReadFile(name) //nolint:gosec // whoever runs this names it
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(text), begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return fmt.Errorf("%s has no lines %s%s", name, begin, end)
	}
	return os.WriteFile(name, []byte(before+begin+"\n"+report+"\n"+end+after), 0o644) //nolint:gosec // a file to read
}
