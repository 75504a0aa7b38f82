package models

import (
	"context"
	"net/netip"
)

// Party is whom limits count for, and may be compared: a user, or for anonymous callers the network that they come from. The
// zero Party is nobody who is known.
type Party struct {
	user    ID
	network netip.Addr
}

// siteBits is how much of an IPv6 address is given to a customer; the rest is the customer's own to choose, and to change.
const siteBits = 64

// PartyOf is the party of a caller, nil for an anonymous one, at an address. Only that of an anonymous caller counts.
func PartyOf(caller *Caller, address netip.Addr) Party {
	if caller != nil {
		return Party{user: caller.ID}
	}
	if address = address.Unmap().WithZone(""); address.Is6() {
		site, _ := address.Prefix(siteBits) // the bits are fewer than those of the address
		address = site.Addr()
	}
	return Party{network: address}
}

// PartyFrom is the party that the request of ctx counts for.
func PartyFrom(ctx context.Context) Party {
	request := RequestFrom(ctx)
	return PartyOf(request.Caller, request.Address)
}
