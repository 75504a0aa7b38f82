package rig

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// CPU is what the threads of a process have used since they began, in user and system mode.
func CPU(pid int) (time.Duration, error) {
	tasks, err := os.ReadDir(proc(pid, "task"))
	if err != nil {
		return 0, err
	}
	var used time.Duration
	for _, task := range tasks {
		text, err := os.ReadFile(proc(pid, "task/"+task.Name()+"/schedstat"))
		if gone(err) {
			continue
		}
		if err != nil {
			return 0, err
		}
		var nanoseconds int64
		if _, err := fmt.Sscan(string(text), &nanoseconds); err != nil {
			return 0, err
		}
		used += time.Duration(nanoseconds)
	}
	return used, nil
}

// TreeCPU is what a process of one thread and its children have used, those that have ended included.
func TreeCPU(pid int) (time.Duration, error) {
	family, err := Family(pid)
	if err != nil {
		return 0, err
	}
	used, err := endedChildren(pid)
	for _, member := range family {
		own, fault := CPU(member)
		if !gone(fault) {
			err = errors.Join(err, fault)
		}
		used += own
	}
	return used, err
}

// Family are a process of one thread, and its children.
func Family(pid int) ([]int, error) {
	text, err := os.ReadFile(proc(pid, "task/"+strconv.Itoa(pid)+"/children"))
	if err != nil {
		return nil, err
	}
	family := []int{pid}
	for field := range strings.FieldsSeq(string(text)) {
		child, err := strconv.Atoi(field)
		if err != nil {
			return nil, err
		}
		family = append(family, child)
	}
	return family, nil
}

// Parent is the process that has started another.
func Parent(pid int) (int, error) {
	fields, err := stat(pid)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(fields[1])
}

// tick is what the kernel counts processors in for programs, on every machine.
const tick = 10 * time.Millisecond

// endedChildren is what the children have used whose end the process has seen.
func endedChildren(pid int) (used time.Duration, err error) {
	fields, err := stat(pid)
	if err != nil {
		return 0, err
	}
	for _, field := range fields[13:15] {
		ticks, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		used += time.Duration(ticks) * tick
	}
	return used, nil
}

// stat are the fields of /proc/PID/stat from the third, its state: the second is the program's name, and may have blanks.
func stat(pid int) ([]string, error) {
	text, err := os.ReadFile(proc(pid, "stat"))
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])), nil
}

// ForgetPeak has PeakMemory count from now on.
func ForgetPeak(pid int) error { return os.WriteFile(proc(pid, "clear_refs"), []byte("5"), 0) }

// PeakMemory is the most that a process has had resident since ForgetPeak, in bytes.
func PeakMemory(pid int) (bytes int64, err error) {
	text, err := os.ReadFile(proc(pid, "status"))
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(text), "VmHWM:")
	if _, err := fmt.Sscan(rest, &bytes); !found || err != nil {
		return 0, errors.New("/proc/PID/status has no VmHWM")
	}
	return bytes << 10, nil // it is told in kB
}

func proc(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

// gone reports whether a file of /proc is not there since its process or thread has ended.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNoProcess) }
