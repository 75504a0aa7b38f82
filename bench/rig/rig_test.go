package rig_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reelgraph/bench/rig"
)

func TestSpreadOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		figures []float64
		want    rig.Spread
	}{
		{nil, rig.Spread{}},
		{[]float64{2}, rig.Spread{Median: 2, Least: 2, Most: 2}},
		{[]float64{9, 1, 5}, rig.Spread{Median: 5, Least: 1, Most: 9}},
		{[]float64{4, 1, 8, 2}, rig.Spread{Median: 3, Least: 1, Most: 8}},
	} {
		given := append([]float64{}, test.figures...)
		if diff := cmp.Diff(test.want, rig.SpreadOf(given)); diff != "" {
			t.Errorf("%v: %s", test.figures, diff)
		}
		if !cmp.Equal(given, append([]float64{}, test.figures...)) {
			t.Errorf("%v is in another order now", given)
		}
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var all []time.Duration
	for n := range 200 {
		all = append(all, time.Duration(n+1))
	}
	for part, want := range map[float64]time.Duration{0: 1, 0.5: 101, 0.99: 199, 1: 200} {
		if got := rig.Percentile(all, part); got != want {
			t.Errorf("%v is %d, not %d", part, got, want)
		}
	}
	if rig.Percentile(nil, 0.5) != 0 {
		t.Error("nothing takes some time")
	}
}

func TestReplaceSection(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "README.md")
	const before, after = "before\n<!-- made by bench/a -->\n", "<!-- end of what bench/a made -->\nafter\n"
	if err := os.WriteFile(file, []byte(before+"old\n"+after), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rig.ReplaceSection(file, "bench/a", "new\n"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != before+"\nnew\n\n"+after {
		t.Errorf("the file has %s, %v", text, err)
	}
	if rig.ReplaceSection(file, "bench/b", "new\n") == nil {
		t.Error("there is no place for it")
	}
}

// TestProcess has a shell work, and sees it.
func TestProcess(t *testing.T) {
	t.Parallel()
	p, line, err := rig.Start(exec.CommandContext(t.Context(), "sh", "-c", "n=0; while [ $n -lt 50000 ]; do n=$((n+1)); done; echo done; exec cat"))
	if err != nil || line != "done\n" {
		t.Fatalf("it says %q, %v", line, err)
	}
	if parent, err := rig.Parent(p.PID); err != nil || parent != os.Getpid() {
		t.Errorf("its parent is %d, %v", parent, err)
	}
	own, err := rig.CPU(p.PID)
	whole, fault := rig.TreeCPU(p.PID)
	if err != nil || fault != nil || own <= 0 || whole < own {
		t.Errorf("it has used %v, %v with children, %v, %v", own, whole, err, fault)
	}
	if err := rig.ForgetPeak(p.PID); err != nil {
		t.Error(err)
	}
	if peak, err := rig.PeakMemory(p.PID); err != nil || peak < 1<<16 || peak > 1<<30 {
		t.Errorf("%d bytes at most, %v", peak, err)
	}
	if err := p.Pause(); err != nil {
		t.Error(err)
	}
	_ = p.End() // It is no success for cat to be told to end.
	if _, err := rig.CPU(p.PID); err == nil {
		t.Error("it has not ended")
	}
}

// TestTreeCPU counts what a child has used that has ended.
func TestTreeCPU(t *testing.T) {
	t.Parallel()
	p, _, err := rig.Start(exec.CommandContext(t.Context(), "sh", "-c", "(n=0; while [ $n -lt 200000 ]; do n=$((n+1)); done); echo done; exec cat"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.End() })
	own, err := rig.CPU(p.PID)
	whole, fault := rig.TreeCPU(p.PID)
	if err != nil || fault != nil || whole < own+10*time.Millisecond {
		t.Errorf("it has used %v, %v with children, %v, %v", own, whole, err, fault)
	}
}

func TestProcessThatDoesNotStart(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"exit 3", "exec 1>&-; exec sleep 60"} {
		if _, _, err := rig.Start(exec.CommandContext(t.Context(), "sh", "-c", command)); err == nil {
			t.Errorf("%s has started", command)
		}
	}
	if _, _, err := rig.Start(exec.CommandContext(t.Context(), filepath.Join(t.TempDir(), "none"))); err == nil {
		t.Error("there is no such program")
	}
}

// TestCores keeps processes on a core: what is started there, and what is pinned later.
func TestCores(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		if rig.OnCore(0, func() error { return nil }) == nil {
			t.Error("there are cores")
		}
		return
	}
	var p *rig.Process
	err := rig.OnCore(0, func() (err error) {
		p, _, err = rig.Start(exec.CommandContext(t.Context(), "sh", "-c", "echo; exec cat"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.End() })
	if got := cores(t, p.PID); got != "0" {
		t.Errorf("it has the cores %s", got)
	}
	other, _, err := rig.Start(exec.CommandContext(t.Context(), "sh", "-c", "echo; exec cat"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.End() })
	before := cores(t, other.PID)
	release, err := rig.Pin(0, func() ([]int, error) { return []int{other.PID}, nil })
	if err != nil {
		t.Fatal(err)
	}
	if got := cores(t, other.PID); got != "0" {
		t.Errorf("it has the cores %s", got)
	}
	if err := release(); err != nil || cores(t, other.PID) != before {
		t.Errorf("it has the cores %s, not %s as before, %v", cores(t, other.PID), before, err)
	}
}

// cores are those of a process, as 0-1.
func cores(t *testing.T, pid int) string {
	t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "Cpus_allowed_list:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
