package server

import (
	"net/netip"
	"slices"
	"strings"
)

// clientAddress is the address that a request comes from: its peer's, or what proxies that are trusted say of whom they speak
// for. Nothing but limits may ask for it.
//
// It walks from the peer back along forwarded, to which each proxy has added at the end whom it was asked by,
// for as long as the address that it has come to is a trusted proxy's: what stands before that, anybody may have
// written. An entry that is no address ends the walk too; an empty one is none (RFC 9110, 5.6.1). The zero Addr stands for a peer without an address.
func clientAddress(peer string, forwarded []string, proxies []netip.Prefix) netip.Addr {
	from, _ := netip.ParseAddrPort(peer)
	address := plain(from.Addr())
	entries := strings.Join(forwarded, ",")
	for more := entries != ""; more && isWithin(proxies, address); {
		comma := strings.LastIndexByte(entries, ',')
		entry := strings.TrimSpace(entries[comma+1:])
		if more = comma >= 0; more {
			entries = entries[:comma]
		}
		if entry == "" {
			continue
		}
		hop, ok := parseHop(entry)
		if !ok {
			break
		}
		address = hop
	}
	return address
}

func isWithin(networks []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(address) })
}

// parseHop reads an address as proxies write it: with or without a port, one of IPv6 with or without brackets, which a port
// needs.
func parseHop(text string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		if strings.HasSuffix(text, "]") {
			text += ":0"
		}
		var withPort netip.AddrPort
		withPort, err = netip.ParseAddrPort(text)
		address = withPort.Addr()
	}
	return plain(address), err == nil
}

// plain is the one spelling of an address: an IPv4 address that is written as one of IPv6 is one of IPv4, and zones do not
// count.
func plain(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }
