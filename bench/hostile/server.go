package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// server is the real program in a process of its own, on a SQLite database with a few things in it.
type server struct {
	address string // HOST:PORT
	videos  []string
	// token is the honest client's, and poll the CPU that each of its polls takes while nobody else asks.
	token string
	poll  time.Duration

	folder  string
	process *exec.Cmd
	log     bytes.Buffer
	// ended is closed when the process has ended.
	ended chan struct{}
}

const secret = "a secret for a server that is attacked"

// startServer builds the program, and starts it with nothing set but what must be, and introspection, which is one thing more
// to attack.
func startServer(ctx context.Context) (*server, error) {
	folder, err := os.MkdirTemp("", "reelgraph-hostile-")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder, ended: make(chan struct{})}
	if err := s.start(ctx); err != nil {
		s.stop()
		return nil, fmt.Errorf("%w\n%s", err, s.log.Bytes())
	}
	return s, nil
}

func (s *server) start(ctx context.Context) error {
	program := filepath.Join(s.folder, "reelgraph")
	if built, err := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, "reelgraph").CombinedOutput(); err != nil { //nolint:gosec // a folder of its own
		return fmt.Errorf("go build: %w\n%s", err, built)
	}
	command := func(args ...string) *exec.Cmd {
		c := exec.CommandContext(ctx, program, args...) //nolint:gosec // it has just been built
		c.Env = []string{"DATABASE_URL=sqlite:" + filepath.Join(s.folder, "db"), "JWT_SECRET=" + secret, "LISTEN_ADDR=127.0.0.1:0", "INTROSPECTION=on"}
		return c
	}
	if printed, err := command("seed", "--users", "20", "--videos", "200", "--jobs", "50", "--notifications", "50").CombinedOutput(); err != nil {
		return fmt.Errorf("seed: %w\n%s", err, printed)
	}
	token, err := command("token", "--user", "6ba7b810-9dad-41d1-80b4-00c04fd430c8", "--role", "SERVICE", "--ttl", "12h").Output()
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	s.token = strings.TrimSpace(string(token))
	s.process = command()
	s.process.Stderr = &s.log
	stdout, err := s.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.process.Start(); err != nil {
		s.process = nil
		return err
	}
	if s.address, err = listeningOn(stdout); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, stdout)
		_ = s.process.Wait()
		close(s.ended)
	}()
	if s.videos, err = newestVideos(ctx, s.address); err != nil {
		return err
	}
	return s.gauge()
}

// gauge measures what a poll takes.
func (s *server) gauge() error {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	before, err := s.cpu()
	if err != nil {
		return err
	}
	const polls = 300
	for range polls {
		if err := pollOnce(client, s); err != nil {
			return err
		}
	}
	after, err := s.cpu()
	s.poll = (after - before) / polls
	return err
}

var listening = regexp.MustCompile(`^reelgraph listens on http://(\S+)$`)

func listeningOn(stdout io.Reader) (string, error) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			return found[1], nil
		}
	}
	return "", errors.New("the server did not start")
}

// stop ends the server, however busy it is, and removes what it has left.
func (s *server) stop() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		if s.address != "" {
			<-s.ended
		}
	}
	_ = os.RemoveAll(s.folder)
}

// alive reports whether the process has not ended.
func (s *server) alive() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// forgetPeak has peak count from now on.
func (s *server) forgetPeak() error {
	return os.WriteFile(s.proc("clear_refs"), []byte("5"), 0)
}

func (s *server) proc(name string) string {
	return filepath.Join("/proc", strconv.Itoa(s.process.Process.Pid), name)
}

// memory is what the process takes up now, and the most that it has since forgetPeak, in bytes.
func (s *server) memory() (resident, peak int64, err error) {
	status, err := os.ReadFile(s.proc("status"))
	if err != nil {
		return 0, 0, err
	}
	for name, into := range map[string]*int64{"VmRSS:": &resident, "VmHWM:": &peak} {
		_, rest, found := strings.Cut(string(status), name)
		if _, err := fmt.Sscan(rest, into); !found || err != nil {
			return 0, 0, fmt.Errorf("/proc/PID/status has no %s", name)
		}
		*into <<= 10 // it is told in kB
	}
	return resident, peak, nil
}

// tick is the unit of times in /proc: 100 a second on whatever Linux Go runs on.
const tick = 10 * time.Millisecond

// cpu is what the process has used since it began.
func (s *server) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(s.proc("stat"))
	if err != nil {
		return 0, err
	}
	// The second field, the program's name, may have blanks; the 14th and 15th are user's and system's time.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var used time.Duration
	for _, field := range fields[11:13] {
		ticks, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		used += time.Duration(ticks) * tick
	}
	return used, nil
}
