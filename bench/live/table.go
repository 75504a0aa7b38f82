package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// names say what the transports are.
var names = map[string]string{ours: "reelgraph", stock: "gqlgen's transport"}

// printTable prints what was measured, as a table of Markdown. Updates that were missed are an error.
func printTable(stdout io.Writer, o *options, columns []*figures) error {
	fmt.Fprintf(stdout, "%d sockets with one subscription of %d jobs each; %d updates a second, %d a call, for %s; %d cores.\n\n",
		o.sockets, jobsEach, o.updates, o.batch, o.load, runtime.NumCPU())
	t := table{columns: columns}
	t.add("", func(f *figures) string { return names[f.transport] })
	t.add("---", func(*figures) string { return "---:" })
	each := func(now, before uint64) string {
		return fmt.Sprintf("%.1f KiB", (float64(now)-float64(before))/1024/float64(o.sockets))
	}
	t.add("opened in", func(f *figures) string { return f.opening.Round(10 * time.Millisecond).String() })
	t.add("resident memory a subscription", func(f *figures) string { return each(f.openClean.Resident, f.beforeClean.Resident) })
	t.add("… without a garbage collection", func(f *figures) string { return each(f.open.Resident, f.before.Resident) })
	t.add("… after the load, without one", func(f *figures) string { return each(f.after.Resident, f.before.Resident) })
	t.add("heap a subscription", func(f *figures) string { return each(f.openClean.Heap, f.beforeClean.Heap) })
	t.add("stack a subscription", func(f *figures) string { return each(f.openClean.Stack, f.beforeClean.Stack) })
	t.add("goroutines a socket", func(f *figures) string {
		return fmt.Sprintf("%.2f", float64(f.openClean.Goroutines-f.beforeClean.Goroutines)/float64(o.sockets))
	})
	t.add("updates a second", func(f *figures) string { return fmt.Sprintf("%.0f", float64(f.reported)/f.load.took.Seconds()) })
	t.addDelays("delivery since the call was sent", func(f *figures) delays { return f.sent })
	t.addDelays("delivery since it was answered", func(f *figures) delays { return f.answered })
	t.addDelays("calls of reportAIJobs", func(f *figures) delays { return f.calls })
	t.add("a call began late by at most", func(f *figures) string { return milliseconds(f.latest) })
	t.add("updates reported", func(f *figures) string { return fmt.Sprint(f.reported) })
	t.add("… that came with a newer one alone", func(f *figures) string { return fmt.Sprint(f.merged) })
	t.add("… missed", func(f *figures) string { return fmt.Sprint(f.missed) })
	t.add("states no newer than the one before", func(f *figures) string { return fmt.Sprint(f.backwards) })
	t.add("subscriptions ended with their jobs", func(f *figures) string { return fmt.Sprint(f.ended) })
	t.add("… or wrongly, or not", func(f *figures) string { return fmt.Sprint(f.wronglyEnded) })
	t.addSpell("under load", func(f *figures) spell { return f.load })
	t.addSpell("while nothing changes", func(f *figures) spell { return f.quiet })
	if err := t.print(stdout); err != nil {
		return err
	}
	for _, f := range columns {
		if f.missed+f.backwards+f.wronglyEnded > 0 {
			return fmt.Errorf("%s: %d updates missed, %d states out of order, %d subscriptions wrongly ended or not",
				f.transport, f.missed, f.backwards, f.wronglyEnded)
		}
	}
	return nil
}

type table struct {
	columns []*figures
	rows    [][]string
}

func (t *table) add(name string, cell func(*figures) string) {
	row := []string{name}
	for _, f := range t.columns {
		row = append(row, cell(f))
	}
	t.rows = append(t.rows, row)
}

func (t *table) addDelays(name string, of func(*figures) delays) {
	t.add(name+": p50 / p95 / p99 / most", func(f *figures) string {
		d := of(f)
		return strings.Join([]string{milliseconds(d.at(50)), milliseconds(d.at(95)), milliseconds(d.at(99)), milliseconds(d.at(100))}, " / ")
	})
}

func (t *table) addSpell(name string, of func(*figures) spell) {
	share := func(used, took time.Duration) string { return fmt.Sprintf("%.2f", used.Seconds()/took.Seconds()) }
	t.add(name+": CPU seconds a second of the server / the clients", func(f *figures) string {
		return share(of(f).server, of(f).took) + " / " + share(of(f).client, of(f).took)
	})
	t.add("… of the machine, of all it has", func(f *figures) string { return fmt.Sprintf("%.0f %%", 100*of(f).machine) })
	t.add("… database statements a second", func(f *figures) string {
		return fmt.Sprintf("%.0f", float64(of(f).statements)/of(f).took.Seconds())
	})
}

func (t *table) print(stdout io.Writer) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 1, ' ', 0)
	for _, row := range t.rows {
		fmt.Fprintln(w, "| "+strings.Join(row, "\t| ")+"\t|")
	}
	return w.Flush()
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }
