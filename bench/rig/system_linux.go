package rig

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// errNoProcess is what reading of an ended process gives where its file was open in time.
const errNoProcess = syscall.ESRCH

// OnCore calls start with its thread on one core, where what it starts then lives: a Go program counts the cores that it may use when it
// begins. Where that is refused, start is not called.
func OnCore(core int, start func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	one := only(core)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	return errors.Join(start(), unix.SchedSetaffinity(0, &before))
}

// Pin keeps all threads of processes on one core until release is called. Threads and processes that they start are kept there too; pids
// tells of all that there are.
func Pin(core int, pids func() ([]int, error)) (release func() error, err error) {
	present, err := pids()
	if err != nil {
		return nil, err
	}
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(present[0], &before); err != nil {
		return nil, err
	}
	release = func() error {
		later, err := pids()
		return errors.Join(err, pinAll(&before, later))
	}
	one := only(core)
	if err := pinAll(&one, present); err != nil {
		return nil, errors.Join(err, release())
	}
	return release, nil
}

func only(core int) (set unix.CPUSet) {
	set.Set(core)
	return set
}

func pinAll(set *unix.CPUSet, pids []int) error {
	for _, pid := range pids {
		tasks, err := os.ReadDir(proc(pid, "task"))
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		for _, task := range tasks {
			thread, err := strconv.Atoi(task.Name())
			if err != nil {
				return err
			}
			if err := unix.SchedSetaffinity(thread, set); err != nil && !gone(err) {
				return err
			}
		}
	}
	return nil
}

// Datasync waits until what was written to a file is on the disk.
func Datasync(file *os.File) error { return unix.Fdatasync(int(file.Fd())) }
