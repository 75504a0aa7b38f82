package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"reelgraph/bench/rig"
)

// The server has a core for itself; the database and the clients share another.
const (
	serverCore = iota
	othersCore
)

// cluster is PostgreSQL's, on this machine.
type cluster struct {
	postmaster int
	version    string
	// durable says that a commit waits for the disk, and fsyncs how often a second this can be waited for.
	durable bool
	fsyncs  float64
	release func() error
}

// findCluster finds the processes of a database's cluster, and keeps them and this process on a core while it is measured.
func findCluster(ctx context.Context, f *fixture, o *options) (*cluster, error) {
	c := &cluster{}
	var backend int
	var folder string
	err := f.pool.QueryRow(ctx, "SELECT pg_backend_pid(), current_setting('server_version'), current_setting('data_directory'), "+
		"current_setting('fsync')::bool AND current_setting('synchronous_commit') <> 'off'").Scan(&backend, &c.version, &folder, &c.durable)
	if err != nil {
		return nil, err
	}
	if c.postmaster, err = rig.Parent(backend); err != nil {
		return nil, fmt.Errorf("PostgreSQL must run on this machine: %w", err)
	}
	if c.fsyncs, err = fsyncRate(folder, o.each); err != nil {
		return nil, err
	}
	if !o.pin {
		return c, nil
	}
	c.release, err = rig.Pin(othersCore, func() ([]int, error) {
		family, err := rig.Family(c.postmaster)
		return append(family, os.Getpid()), err
	})
	if err == nil {
		runtime.GOMAXPROCS(1)
	}
	return c, err
}

func (c *cluster) letGo() {
	if c.release != nil {
		_ = c.release() // It ends, or is somebody's who looks after it.
		runtime.GOMAXPROCS(0)
	}
}

// fsyncRate is how many pages of 8 KiB a second can be appended to a file of the cluster's and be safe on the disk, measured for at most a second.
func fsyncRate(folder string, during time.Duration) (float64, error) {
	file, err := os.CreateTemp(folder, "fsync-")
	if errors.Is(err, os.ErrPermission) {
		file, err = os.CreateTemp("", "fsync-") // where clusters are that belong to benchmarks
	}
	if err != nil {
		return 0, err
	}
	defer func() { _ = errors.Join(file.Close(), os.Remove(file.Name())) }()
	page, began, written := make([]byte, 8<<10), time.Now(), 0
	for time.Since(began) < min(during, time.Second) {
		if _, err := file.Write(page); err != nil {
			return 0, err
		}
		if err := rig.Datasync(file); err != nil {
			return 0, err
		}
		written++
	}
	return float64(written) / time.Since(began).Seconds(), nil
}
