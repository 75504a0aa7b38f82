package main

import (
	"context"
	"encoding/json"
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
func startInstance(ctx context.Context, database, transport string) (*instance, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	i := &instance{process: exec.CommandContext(ctx, self, "serve", "-database", database, "-transport", transport)} //nolint:gosec // it is this program
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
		return nil, fmt.Errorf("the server did not start: %w", err)
	}
	return i, nil
}

func (i *instance) end() error {
	_ = i.stdin.Close()
	timer := time.AfterFunc(10*time.Second, func() { _ = i.process.Process.Kill() })
	defer timer.Stop()
	return i.process.Wait()
}

// vitals asks what the server takes up, when it has thrown away what it does not need where gc is true.
func (i *instance) vitals(ctx context.Context, gc bool) (v vitals, err error) {
	path := "/vitals"
	if gc {
		path += "?gc"
	}
	err = i.inspect(ctx, path, func(body io.Reader) error { return json.NewDecoder(body).Decode(&v) })
	return v, err
}

// profile writes one of the server's profiles to a file.
func (i *instance) profile(ctx context.Context, path, name string) error {
	return i.inspect(ctx, "/debug/pprof/"+path, func(body io.Reader) error {
		file, err := os.Create(name) //nolint:gosec // whoever runs this names it
		if err != nil {
			return err
		}
		if _, err := io.Copy(file, body); err != nil {
			_ = file.Close()
			return err
		}
		return file.Close()
	})
}

func (i *instance) inspect(ctx context.Context, path string, read func(io.Reader) error) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+i.Debug+path, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", path, answer.Status)
	}
	return read(answer.Body)
}
