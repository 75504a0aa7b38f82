//go:build !linux

package rig

import (
	"errors"
	"os"
)

var (
	errNoProcess = errors.New("no such process")
	errNoCores   = errors.New("processes cannot be kept on a core here")
)

// OnCore is refused.
func OnCore(int, func() error) error { return errNoCores }

// Pin is refused.
func Pin(int, func() ([]int, error)) (release func() error, err error) { return nil, errNoCores }

// Datasync waits until what was written to a file is on the disk.
func Datasync(file *os.File) error { return file.Sync() }
