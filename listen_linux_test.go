package main

import (
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestConnectionsBoundWhatIsUnsent: the kernel holds no more for a client than that.
func TestConnectionsBoundWhatIsUnsent(t *testing.T) {
	t.Parallel()
	listener, err := listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := new(net.Dialer).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	raw, err := accepted.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	bound := 0
	err = raw.Control(func(descriptor uintptr) {
		bound, err = unix.GetsockoptInt(int(descriptor), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT)
	})
	if err != nil || bound != maxUnsent {
		t.Errorf("%d bytes may wait, %v", bound, err)
	}
}
