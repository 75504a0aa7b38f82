package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMain has the test be its own peers, as the benchmark is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestBenchmark measures everything, in small: it compares the answers of all sides with SQL, and the counters with what was acknowledged.
func TestBenchmark(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	results, profile, readme := filepath.Join(folder, "results.json"), filepath.Join(folder, "cpu.pprof"), filepath.Join(folder, "README.md")
	const before, after = "before\n<!-- made by bench/compare -->\n", "<!-- end of what bench/compare made -->\nafter\n"
	if err := os.WriteFile(readme, []byte(before+after), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	args := []string{
		"-rounds", "1", "-for", "50ms", "-warm", "0", "-connections", "2", "-videos", "300", "-pin=false", "-pgo", "off",
		"-json", results, "-out", readme, "-profile", profile,
	}
	if err := run(t.Context(), args, os.Getenv("TEST_DATABASE_URL"), nil, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, l := range loads {
		for _, side := range l.sides {
			if !strings.Contains(out.String(), "| "+l.told+" | "+told[side]+" |") {
				t.Errorf("%s of %s is not told of", l.name, side)
			}
		}
	}
	if text, err := os.ReadFile(readme); err != nil || string(text) != before+"\n"+out.String()+"\n"+after {
		t.Errorf("the file has %s, %v", text, err)
	}
	if made, err := os.Stat(profile); err != nil || made.Size() == 0 {
		t.Errorf("there is no profile: %v", err)
	}
	text, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	checkRatios(t, text)
}

// checkRatios looks for every ratio that readers of the file count on, and for none that is not above 0.
func checkRatios(t *testing.T, text []byte) {
	t.Helper()
	var file struct{ Ratios map[string]map[string]float64 }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for load, named := range file.Ratios {
		for name, value := range named {
			if !(value > 0) {
				t.Errorf("%s of %s is %v", name, load, value)
			}
		}
	}
	for _, load := range inRatios {
		names := []string{"serverCpuVsHandler", "postgresCpuVsHandler", "rpsVsHandler", "rpsVsGormIn"}
		if load == "activityHot" {
			names = []string{"eventsVsUpdateEach"}
		}
		for _, name := range names {
			if _, there := file.Ratios[load][name]; !there {
				t.Errorf("there is no %s of %s", name, load)
			}
		}
	}
	if len(file.Ratios) != len(inRatios) {
		t.Errorf("the loads are %v", file.Ratios)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"-only nothing", "-sides nobody", "-rounds 0", "-rounds -1", "-connections 0", "-videos 3", "-for 0s", "-warm -1s", "measure",
	} {
		if _, err := parseOptions(strings.Fields(args)); err == nil {
			t.Errorf("%s is taken", args)
		}
	}
	o, err := parseOptions(strings.Fields("-sides handler -rounds 0 -profile x"))
	if err != nil || !slices.Contains(o.sides, ours) {
		t.Errorf("ours is left out: %v, %v", o, err)
	}
	if run(t.Context(), nil, "", nil, io.Discard, io.Discard) == nil {
		t.Error("there is no database")
	}
}
