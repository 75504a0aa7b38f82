package main

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// maxUnsent is how much of what was written may wait in the kernel until the network takes it, in bytes.
const maxUnsent = 64 << 10

// boundUnsent has connections of a listening socket take no more than maxUnsent ahead of the network. By default the kernel
// takes megabytes: a client on a slow network would be sent states that have long been newer ones.
func boundUnsent(_, _ string, socket syscall.RawConn) error {
	var fault error
	err := socket.Control(func(descriptor uintptr) {
		fault = unix.SetsockoptInt(int(descriptor), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent) //nolint:gosec // a descriptor is a small number
	})
	if err != nil {
		return err
	}
	return fault
}
