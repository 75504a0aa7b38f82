package rig

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Process is a program that runs until it is ended.
type Process struct {
	PID int

	command *exec.Cmd
	stdin   io.Closer
	ended   chan struct{}
	err     error // set when ended is closed
}

// Start starts a program and gives the first line that it prints, when it is ready. When this process ends, however it does, so does the
// program's standard input.
func Start(command *exec.Cmd) (*Process, string, error) {
	p := &Process{command: command, ended: make(chan struct{})}
	command.Stderr = os.Stderr
	var err error
	if p.stdin, err = command.StdinPipe(); err != nil {
		return nil, "", err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := command.Start(); err != nil {
		return nil, "", err
	}
	p.PID = command.Process.Pid
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		p.err = command.Wait()
		close(p.ended)
	}()
	if err != nil {
		return nil, "", fmt.Errorf("%s did not start: %w", command.Path, errors.Join(err, p.End()))
	}
	return p, first, nil
}

// Pause has the process do nothing until Resume.
func (p *Process) Pause() error { return p.command.Process.Signal(syscall.SIGSTOP) }

// Resume has it go on, whether or not it was paused.
func (p *Process) Resume() error { return p.command.Process.Signal(syscall.SIGCONT) }

// End asks the process to end, and kills it if that takes too long.
func (p *Process) End() error {
	_ = p.stdin.Close()
	_ = p.command.Process.Signal(syscall.SIGTERM) // It may have ended already.
	_ = p.Resume()
	timer := time.AfterFunc(20*time.Second, func() { _ = p.command.Process.Kill() })
	defer timer.Stop()
	<-p.ended
	return p.err
}

// UntilAbandoned ends with ctx, or with standard input: so do programs that Start has started, and that nobody is left to end.
func UntilAbandoned(ctx context.Context, stdin io.Reader) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		cancel()
	}()
	return ctx, cancel
}

// Fetch reads what a server answers to GET, which must be 200.
func Fetch(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", r.URL.Path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// Profile writes what a server's processors do for a time, at least a second, to a file. debug is where its /debug/pprof/ is.
func Profile(ctx context.Context, debug string, during time.Duration, name string) error {
	profile, err := Fetch(ctx, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", debug, max(1, int(during.Seconds()))))
	if err != nil {
		return err
	}
	return os.WriteFile(name, profile, 0o644) //nolint:gosec // whoever runs this names it, and others may read it
}
