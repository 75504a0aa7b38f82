package main

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxUnsent is how much of what was written may wait in the kernel until the network takes it, in bytes.
const maxUnsent = 64 << 10

// boundUnsent has a listener's connections take no more than maxUnsent ahead of the network. By default the kernel
// takes megabytes: a client on a slow network would be sent states that have long been newer ones.
func boundUnsent(listener net.Listener) net.Listener { return unhurried{listener} }

type unhurried struct{ net.Listener }

func (l unhurried) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if socket, ok := accepted.(syscall.Conn); ok {
		// A connection that knows no such bound is as good as any other.
		if raw, err := socket.SyscallConn(); err == nil {
			_ = raw.Control(func(descriptor uintptr) {
				_ = unix.SetsockoptInt(int(descriptor), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent)
			})
		}
	}
	return accepted, nil
}
