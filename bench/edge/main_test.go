package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain has the test be its own servers, as the benchmark is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestBenchmark makes all comparisons, in small, and looks at the answers of all sides.
func TestBenchmark(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "README.md")
	const before, after = "before\n<!-- made by bench/edge -->\n", "<!-- end of what bench/edge made -->\nafter\n"
	if err := os.WriteFile(file, []byte(before+"old\n"+after), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	args := []string{"-rounds", "1", "-for", "20ms", "-warm", "0", "-connections", "2", "-videos", "100", "-out", file}
	if err := run(t.Context(), args, os.Getenv("TEST_DATABASE_URL"), nil, &out); err != nil {
		t.Fatal(err)
	}
	for _, c := range comparisons {
		if !strings.Contains(out.String(), "| "+c.told+" |") {
			t.Errorf("%s is not told of", c.name)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != before+"\n"+out.String()+"\n"+after {
		t.Errorf("the file has %s, %v", text, err)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	r := &result{comparison: comparison{told: "a / b", wanted: 1.3}}
	for _, cpu := range []time.Duration{time.Second, 3 * time.Second, 2 * time.Second} {
		r.turns = append(r.turns, [2]turn{
			{requests: 1000, cpu: cpu, took: time.Second}, {requests: 500, cpu: time.Second, took: time.Second},
		})
	}
	text := table(&options{rounds: 3, each: time.Second, connections: 2}, []*result{r})
	const want = "\n| a / b | 2000 (1000–3000) | 2000 (2000–2000) | 1000 | 500 | 1.00 (0.50–1.50) | ≤ 1.3 |\n"
	if !strings.HasSuffix(text, want) {
		t.Errorf("\n got %s\nwant …%s", text, want)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"-only nothing", "-rounds 0", "-connections 0", "-videos 3", "-for 0s", "measure"} {
		if _, err := parseOptions(strings.Fields(args)); err == nil {
			t.Errorf("%s is taken", args)
		}
	}
}
