package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain has the test be its own server, as the benchmark is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestBenchmark runs all of it, in small: the program misses nothing, whatever the transport.
func TestBenchmark(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	args := []string{"-sockets", "20", "-updates", "100", "-batch", "5", "-workers", "2", "-finish", "20", "-for", "1s", "-idle", "10ms"}
	if err := run(t.Context(), args, os.Getenv("TEST_DATABASE_URL"), nil, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "| updates reported") {
		t.Error(out.String())
	}
}

func TestDelays(t *testing.T) {
	t.Parallel()
	var d delays
	for n := range 200 {
		d = append(d, time.Duration(n+1))
	}
	for percent, want := range map[float64]time.Duration{0: 1, 50: 101, 99: 199, 100: 200} {
		if got := d.at(percent); got != want {
			t.Errorf("at %v: %d, not %d", percent, got, want)
		}
	}
	if delays(nil).at(50) != 0 {
		t.Error("nothing takes some time")
	}
}
