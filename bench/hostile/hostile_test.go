package main

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const (
	// maxGrowth is how much memory the server may take more for an input, and maxTogether for the thousand connections that
	// are open at once.
	maxGrowth, maxTogether = 96 << 20, 128 << 20
	// maxAnswer is how large an answer may be, to requests of 1 MB.
	maxAnswer = 2 << 20
)

// TestHostileClients sends every input that tells its end within seconds, to the real program: each is answered or cut as
// it should be, an honest client is served meanwhile, and the memory stays bounded.
func TestHostileClients(t *testing.T) {
	t.Parallel()
	if err := raiseFileLimit(); err != nil {
		t.Fatal(err)
	}
	s, err := startServer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	together(t, s)
	for _, a := range attacks() {
		if a.few == 0 || a.crowd {
			continue
		}
		r, err := measure(t.Context(), s, a, a.few)
		switch {
		case err != nil:
			t.Errorf("%s: %v", a.name, err)
		case r.fault != nil:
			t.Error(r.fault)
		case r.growth > maxGrowth:
			t.Errorf("%s: the server takes %d KiB more", a.name, r.growth>>10)
		case r.largest > maxAnswer:
			t.Errorf("%s: an answer has %d KiB", a.name, r.largest>>10)
		}
	}
	if !s.alive() {
		t.Fatalf("the server has died: %s", s.log.Bytes())
	}
	s.stop() // which ends the log
	if log := s.log.String(); strings.Contains(log, `"panic"`) || strings.Contains(log, "internal error") {
		t.Errorf("the server's log: %.2000s", log)
	}
}

// together sends at once what waits more than it works.
func together(t *testing.T, s *server) {
	t.Helper()
	resident, _, err := s.memory()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.forgetPeak(); err != nil {
		t.Fatal(err)
	}
	client := poll(s)
	var running sync.WaitGroup
	for _, a := range attacks() {
		if a.few > 0 && a.crowd {
			running.Go(func() {
				verdicts, _, err := throw(t.Context(), s.address, a, a.few)
				if err := cmp.Or(err, fault(a, verdicts, &honest{})); err != nil {
					t.Errorf("%s: %v", a.name, err)
				}
			})
		}
	}
	running.Wait()
	if client.end(); client.errors > 0 {
		t.Errorf("%d of %d polls of an honest client failed: %v", client.errors, client.polls, client.failure)
	}
	if _, peak, err := s.memory(); err != nil || peak-resident > maxTogether {
		t.Errorf("the server takes %d KiB more, %v", (peak-resident)>>10, err)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "README.md")
	rows := []row{
		{name: "a", times: 1, verdicts: map[string]int{"200": 1}, honest: &honest{polls: 2}},
		{name: "b", times: 3, verdicts: map[string]int{"cut": 2, "200": 1}, growth: 3 << 19, largest: 1025, honest: &honest{}},
	}
	for _, content := range []string{"", "before\n" + firstMark, lastMark + firstMark} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if writeBetweenMarks(name, "") == nil {
			t.Errorf("%q has marks", content)
		}
	}
	if err := os.WriteFile(name, []byte("before\n"+firstMark+"old\n"+lastMark+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeBetweenMarks(name, tableOf(rows)); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(content), "\n")
	want := strings.Fields("| b | 3 | 1 × 200, 2 × cut | 2 | 0.00 | 1.5 | 0 | 0 / 0 |")
	if len(lines) != 9 || lines[0] != "before" || lines[7] != "after" || strings.Join(strings.Fields(lines[5]), " ") != strings.Join(want, " ") {
		t.Errorf("%s", content)
	}
}
