package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"reelgraph/bench/rig"
)

// server is one side, in a process of its own.
type server struct {
	*rig.Process
	side, address string
}

// servers are all that are compared.
type servers struct {
	by map[string]*server
	// debug is where ours has its profiles, if they are asked for.
	debug string
	// pgo names the profile that all are built with, or is "off".
	pgo string
	// gogc and limit are how ours collects garbage, as the environment says it, and connections how many it has to the database: peers have the same.
	gogc, limit string
	connections int
	folder      string
}

// startServers builds and starts ours, and then the peers that are asked for. All stand still until they are resumed.
func startServers(ctx context.Context, o *options, f *fixture) (*servers, error) {
	folder, err := os.MkdirTemp("", "reelgraph-bench-")
	if err != nil {
		return nil, err
	}
	s := &servers{by: map[string]*server{}, folder: folder}
	if err := s.start(ctx, o, f); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *servers) start(ctx context.Context, o *options, f *fixture) error {
	if err := s.choosePGO(ctx, o.pgo); err != nil {
		return err
	}
	program, err := s.build(ctx, "reelgraph", "reelgraph")
	if err != nil {
		return err
	}
	// The limit is looked up and counted, and never reached.
	environment := []string{"DATABASE_URL=" + f.URL, "JWT_SECRET=" + secret, "LISTEN_ADDR=127.0.0.1:0", "LOG_LEVEL=warn", "RATE_LIMIT=" + strconv.Itoa(math.MaxInt32)}
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} { // to try others than the program's own
		if value := os.Getenv(name); value != "" {
			environment = append(environment, name+"="+value)
		}
	}
	if o.profile != "" {
		if s.debug, err = freeAddress(ctx); err != nil {
			return err
		}
		environment = append(environment, "PPROF_ADDR="+s.debug)
	}
	if err := s.launch(o, ours, exec.CommandContext(ctx, program), environment); err != nil { //nolint:gosec // it has just been built
		return err
	}
	if err := s.learn(ctx); err != nil {
		return err
	}
	if err := f.standStill(ctx, s.by[ours]); err != nil || len(o.sides) == 1 {
		return err
	}
	if program, err = s.peers(ctx); err != nil {
		return err
	}
	environment = append(os.Environ(), "GOGC="+s.gogc, "GOMEMLIMIT="+s.limit)
	for _, side := range o.sides {
		if side == ours {
			continue
		}
		command := exec.CommandContext(ctx, program, "serve", "-side", side, "-database", f.URL, "-connections", strconv.Itoa(s.connections)) //nolint:gosec // it is this program
		if err := s.launch(o, side, command, environment); err != nil {
			return err
		}
		if err := f.standStill(ctx, s.by[side]); err != nil {
			return err
		}
	}
	return nil
}

// launch starts one on the server's core, where processes can have one.
func (s *servers) launch(o *options, side string, command *exec.Cmd, environment []string) error {
	command.Env = environment
	var line string
	var process *rig.Process
	start := func() (err error) {
		process, line, err = rig.Start(command)
		return err
	}
	var err error
	if o.pin {
		err = rig.OnCore(serverCore, start)
	} else {
		err = start()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", side, err)
	}
	_, address, _ := strings.Cut(strings.TrimSpace(line), "http://")
	s.by[side] = &server{Process: process, side: side, address: address}
	return nil
}

// learn asks ours how it collects garbage and how many connections it has.
func (s *servers) learn(ctx context.Context) error {
	metrics, err := rig.Fetch(ctx, "http://"+s.by[ours].address+"/metrics")
	if err != nil {
		return err
	}
	percent, limit := sum(metrics, "go_gc_gogc_percent"), sum(metrics, "go_gc_gomemlimit_bytes")
	s.connections = int(sum(metrics, "reelgraph_db_connections_max"))
	s.gogc, s.limit = strconv.Itoa(int(percent)), "off"
	if percent >= math.MaxInt32 || percent <= 0 {
		s.gogc = "off"
	}
	if limit < math.MaxInt64 {
		s.limit = fmt.Sprintf("%.0fB", limit)
	}
	if s.connections == 0 {
		return errors.New("/metrics does not tell of the pool")
	}
	return nil
}

// choosePGO finds the profile beside the program's source, unless another is asked for.
func (s *servers) choosePGO(ctx context.Context, asked string) error {
	s.pgo = asked
	if asked != "auto" {
		return nil
	}
	module, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "reelgraph").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	s.pgo = filepath.Join(strings.TrimSpace(string(module)), "default.pgo")
	if _, err := os.Stat(s.pgo); errors.Is(err, os.ErrNotExist) {
		s.pgo = "off"
	}
	return nil
}

// peers is this program, built as ours is.
func (s *servers) peers(ctx context.Context) (string, error) {
	if s.pgo == "off" {
		return os.Executable()
	}
	return s.build(ctx, "peers", "reelgraph/bench/compare")
}

func (s *servers) build(ctx context.Context, name, room string) (string, error) {
	program := filepath.Join(s.folder, name)
	built, err := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-pgo", s.pgo, "-o", program, room).CombinedOutput() //nolint:gosec // a folder of its own
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, built)
	}
	return program, nil
}

func (s *servers) end() {
	for _, server := range s.by {
		_ = server.End() // What they have said is on standard error.
	}
	_ = os.RemoveAll(s.folder) //nolint:gosec // a folder of its own
}

// standStill pauses a server where it has no transaction open, which would hold rows, and dead versions of them, against whoever is measured next.
func (f *fixture) standStill(ctx context.Context, s *server) error {
	for range 1000 {
		if err := s.Pause(); err != nil {
			return err
		}
		var busy int
		err := f.pool.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()`).Scan(&busy)
		if err != nil || busy == 0 {
			return err
		}
		if err := errors.Join(s.Resume(), pause(ctx, 10*time.Millisecond)); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s never stands still", s.side)
}

// statements is how many SQL statements a server has run.
func (s *server) statements(ctx context.Context) (int64, error) {
	if s.side == ours {
		metrics, err := rig.Fetch(ctx, "http://"+s.address+"/metrics")
		return int64(sum(metrics, "reelgraph_sql_statements_total")), err
	}
	text, err := rig.Fetch(ctx, "http://"+s.address+"/statements")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}

// sum adds up all values of one of Prometheus' metrics.
func sum(metrics []byte, name string) (total float64) {
	for line := range strings.Lines(string(metrics)) {
		rest, found := strings.CutPrefix(line, name)
		if !found || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' '):]), 64)
		if err == nil {
			total += value
		}
	}
	return total
}

// freeAddress is one where nothing listens.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
