package cip

import (
	"math/bits"
	"net/netip"
	"strconv"

	"github.com/davylamp/davy"
)

// The ways to name a device behind an address. Port 1 is the backplane of a rack (CIP Vol.
// 1, 3-7.3.1), so that one hop over it is a slot. A longer route is kept in 63 bits where
// it fits: each hop is a bit for its form, four for the port, and 8 for the link address or
// 32 for an IPv4 address; else only its hash tells it from others.
var (
	SlotPath      = davy.PathKind{Name: "cip slot", Text: slotText}
	RoutePath     = davy.PathKind{Name: "cip route", Text: routeText}
	LongRoutePath = davy.PathKind{Name: "cip long route", Text: longRouteText}
)

// Paths are all of them, for those who load saved paths.
func Paths() []*davy.PathKind {
	return []*davy.PathKind{&SlotPath, &RoutePath, &LongRoutePath}
}

const backplane = 1

// route is a list of hops. The zero value is the device itself.
type route struct {
	hops int
	slot uint16 // 1 + the link of the first hop where that is the backplane
	bits uint64 // below a leading 1
	full bool   // the hops do not fit in bits
	hash uint64
}

// hop adds a hop: through port, to the link address (a byte, or text).
func (r *route) hop(port uint16, link []byte) {
	if r.hops == 0 {
		r.bits = 1
	}
	r.hops++
	r.hash = davy.Mix(r.hash^uint64(port), davy.HashBytes(1, link))
	switch ip, text := linkIP(link); {
	case len(link) == 1 && port < 15:
		if r.hops == 1 && port == backplane {
			r.slot = 1 + uint16(link[0])
		}
		r.push(13, uint64(port)<<8|uint64(link[0]))
	case text && port < 15:
		r.push(37, 1<<36|uint64(port)<<32|uint64(ip))
	default:
		r.full = true
	}
}

func (r *route) push(width int, v uint64) {
	if bits.Len64(r.bits)+width > 64 {
		r.full = true
		return
	}
	r.bits = r.bits<<width | v
}

// linkIP reads a link address that is an IPv4 address as text, which may end in zeros.
func linkIP(link []byte) (uint32, bool) {
	for len(link) > 0 && link[len(link)-1] == 0 {
		link = link[:len(link)-1]
	}
	var ip uint32
	part, digits, dots := uint32(0), 0, 0
	for _, c := range link {
		switch {
		case c >= '0' && c <= '9' && digits < 3:
			part, digits = part*10+uint32(c-'0'), digits+1
		case c == '.' && digits > 0 && dots < 3 && part < 256:
			ip, part, digits, dots = ip<<8|part, 0, 0, dots+1
		default:
			return 0, false
		}
	}
	return ip<<8 | part, dots == 3 && digits > 0 && part < 256
}

// path is the route as messages carry it.
func (r *route) path() davy.Path {
	switch {
	case r.hops == 0:
		return davy.Path{}
	case r.hops == 1 && r.slot > 0:
		return davy.Path{Kind: &SlotPath, Number: uint64(r.slot - 1)}
	case r.full:
		return davy.Path{Kind: &LongRoutePath, Number: r.hash >> 32}
	}
	return davy.Path{Kind: &RoutePath, Number: r.bits}
}

// joinRoute adds a route to the path that a message already came by.
func joinRoute(first davy.Path, then *route) davy.Path {
	if then.hops == 0 {
		return first
	}
	if first.Kind == nil {
		return then.path()
	}
	var r route
	switch first.Kind {
	case &SlotPath:
		r.hop(backplane, []byte{byte(first.Number)})
	case &RoutePath:
		r.bits, r.hops = first.Number, 2
	default:
		r.full, r.hops = true, 2
	}
	r.hash = davy.Mix(first.Hash(), then.hash)
	r.hops += then.hops
	if then.full || r.full {
		r.full = true
	} else {
		width := bits.Len64(then.bits) - 1
		r.push(width, then.bits&^(1<<width))
	}
	return r.path()
}

func slotText(dst []byte, number uint64) []byte {
	return strconv.AppendUint(append(dst, "slot "...), number, 10)
}

func routeText(dst []byte, number uint64) []byte {
	dst = append(dst, "route "...)
	left := bits.Len64(number) - 1
	for first := true; left > 0; first = false {
		if !first {
			dst = append(dst, ',')
		}
		left--
		ip := number>>left&1 == 1
		left -= 4
		dst = append(strconv.AppendUint(dst, number>>left&15, 10), ',')
		if ip {
			left -= 32
			v := uint32(number >> left)
			dst = netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}).AppendTo(dst)
		} else {
			left -= 8
			dst = strconv.AppendUint(dst, number>>left&255, 10)
		}
	}
	return dst
}

func longRouteText(dst []byte, number uint64) []byte {
	dst = append(dst, "long route #"...)
	return strconv.AppendUint(dst, number, 16)
}
