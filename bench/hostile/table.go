package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// tableOf is a table of Markdown.
func tableOf(rows []row) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| input\t| times\t| answered\t| with KiB at most\t| CPU ms each\t| memory MiB more\t| honest client: worst ms\t| errors / polls\t|")
	fmt.Fprintln(w, "|---\t|---:\t|---\t|---:\t|---:\t|---:\t|---:\t|---:\t|")
	for _, r := range rows {
		fmt.Fprintf(w, "| %s\t| %d\t| %s\t| %d\t| %.2f\t| %.1f\t| %d\t| %d / %d\t|\n", r.name, r.times, told(r.verdicts), (r.largest+1023)>>10,
			r.each.Seconds()*1000, float64(max(0, r.growth))/(1<<20), r.honest.worst/time.Millisecond, r.honest.errors, r.honest.polls)
	}
	_ = w.Flush() // a strings.Builder takes everything
	return text.String()
}

// told are the verdicts, each with how often it came where there are several.
func told(verdicts map[string]int) string {
	names := slices.Sorted(maps.Keys(verdicts))
	if len(names) > 1 {
		for i, name := range names {
			names[i] = fmt.Sprintf("%d × %s", verdicts[name], name)
		}
	}
	return strings.Join(names, ", ")
}

func faults(rows []row) error {
	var all []error
	for _, r := range rows {
		all = append(all, r.fault)
	}
	return errors.Join(all...)
}

// The marks that the table stands between.
const (
	firstMark = "<!-- made by bench/hostile -->\n"
	lastMark  = "<!-- end of what bench/hostile made -->\n"
)

// writeBetweenMarks replaces what a file has between its marks.
func writeBetweenMarks(name, table string) error {
	content, err := os.ReadFile(name) //nolint:gosec // whoever runs this names it
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(content), firstMark)
	_, after, ends := strings.Cut(rest, lastMark)
	if !begins || !ends {
		return fmt.Errorf("%s has no marks %q and %q", name, firstMark, lastMark)
	}
	return os.WriteFile(name, []byte(before+firstMark+table+lastMark+after), 0o644) //nolint:gosec // it is there already
}
