package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// instance is a server in a process of its own.
type instance struct {
	addresses
	process *exec.Cmd
	stdin   io.Closer
}

// startInstance starts a server on a database, and waits until it listens.
func startInstance(ctx context.Context, database string, with setup, collector string) (*instance, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(with)
	if err != nil {
		return nil, err
	}
	i := &instance{process: exec.CommandContext(ctx, self, "serve", "-database", database, "-collector", collector, "-setup", string(text))} //nolint:gosec // it is this program
	i.process.Stderr = os.Stderr
	if i.stdin, err = i.process.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := i.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	i.process.Cancel = i.stdin.Close // which ends it
	if err := i.process.Start(); err != nil {
		return nil, err
	}
	if err := json.NewDecoder(stdout).Decode(&i.addresses); err != nil {
		_ = i.end()
		return nil, fmt.Errorf("the server %q did not start: %w", with.Name, err)
	}
	return i, nil
}

func (i *instance) end() error {
	_ = i.stdin.Close()
	timer := time.AfterFunc(10*time.Second, func() { _ = i.process.Process.Kill() })
	defer timer.Stop()
	return i.process.Wait()
}

// profile writes what the server's processors do for a time, at least a second, to a file.
func (i *instance) profile(ctx context.Context, during time.Duration, name string) error {
	path := fmt.Sprintf("/debug/pprof/profile?seconds=%d", max(1, int(during.Seconds())))
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+i.Debug+path, nil) //nolint:gosec // it is this program's own server
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r) //nolint:gosec // it is this program's own server
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	file, err := os.Create(name) //nolint:gosec // whoever runs this names it
	if err != nil {
		return err
	}
	_, err = io.Copy(file, answer.Body)
	return errors.Join(err, file.Close())
}
