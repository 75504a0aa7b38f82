package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"reelgraph/graph"
)

// documents are the operations of the manifest that PERSISTED_OPERATIONS names.
type documents struct {
	file string
	// trusted is nil where no file is named: any operation may run.
	trusted *graph.TrustedDocuments
	// hangups are the requests to read the file again. Where there is one, no such signal ends the process.
	hangups chan os.Signal
}

// openDocuments reads the manifest in file. Where that is empty, SIGHUP is left to end the process, as when its terminal closes.
func openDocuments(file string) (*documents, error) {
	if file == "" {
		return &documents{}, nil
	}
	manifest, err := readManifest(file)
	if err != nil {
		return nil, fmt.Errorf("PERSISTED_OPERATIONS: %w", err)
	}
	d := &documents{file: file, trusted: graph.NewTrustedDocuments(manifest), hangups: make(chan os.Signal, 1)}
	signal.Notify(d.hangups, syscall.SIGHUP)
	return d, nil
}

// keep reads the manifest again at every SIGHUP, until ctx ends. One with faults changes nothing.
func (d *documents) keep(ctx context.Context, log *slog.Logger) {
	if d.trusted == nil {
		return
	}
	defer signal.Stop(d.hangups)
	for {
		select {
		case <-d.hangups:
			d.reload(ctx, log)
		case <-ctx.Done():
			return
		}
	}
}

func (d *documents) reload(ctx context.Context, log *slog.Logger) {
	manifest, err := readManifest(d.file)
	if err != nil {
		log.ErrorContext(ctx, "PERSISTED_OPERATIONS was not read again: the operations stay as they were", "error", err)
		return
	}
	d.trusted.Replace(manifest)
	log.InfoContext(ctx, "PERSISTED_OPERATIONS was read again", "operations", manifest.Len())
}

// readManifest reads the manifest in a file. The error names the file, and every fault in it.
func readManifest(file string) (*graph.Manifest, error) {
	f, err := os.Open(file) //nolint:gosec // The operator names the file, and no request does.
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, graph.MaxManifestBytes+1))
	if err != nil {
		return nil, err
	}
	manifest, err := graph.ParseManifest(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return manifest, nil
}
