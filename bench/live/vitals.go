package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/pprof"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// vitals are what a server takes up at a moment.
type vitals struct {
	Goroutines int
	// Resident is the process's memory as the system counts it, Heap and Stack what Go has in use of it, in bytes.
	Resident, Heap, Stack uint64
	// CPU is what it has used since it began, and Statements what it has asked of the database.
	CPU        time.Duration
	Statements int64
}

// inspection answers what a server takes up, and profiles.
func inspection(statements *atomic.Int64) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/vitals", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("gc") {
			runtime.GC() // What pools hold is let go by the second one.
			debug.FreeOSMemory()
		}
		v, err := ownVitals()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		v.Statements = statements.Load()
		_ = json.NewEncoder(w).Encode(v)
	})
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	return mux
}

func ownVitals() (v vitals, err error) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	v = vitals{Goroutines: runtime.NumGoroutine(), Heap: memory.HeapInuse, Stack: memory.StackInuse, CPU: ownCPU()}
	v.Resident, err = ownResident()
	return v, err
}

// ownCPU is what this process has used.
func ownCPU() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0 // It never fails so.
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func ownResident() (bytes uint64, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(rest, &bytes); !found || err != nil {
		return 0, errors.New("/proc/self/status has no VmRSS")
	}
	return bytes << 10, nil // it is told in kB
}

// machineCPU is what all processes have used of all cores, and what they could have, in ticks.
func machineCPU() (used, all uint64) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	var kinds [8]uint64 // user, nice, system, idle, waiting for disks, interrupts of two kinds, stolen
	line, _, _ := strings.Cut(strings.TrimPrefix(string(text), "cpu "), "\n")
	for i := range kinds {
		_, _ = fmt.Sscan(strings.Fields(line)[i], &kinds[i])
		all += kinds[i]
	}
	return all - kinds[3] - kinds[4], all
}
