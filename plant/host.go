package plant

import (
	"net/netip"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

// network is a segment: stations on it reach each other without a router.
type network struct {
	Name, Zone, Kind string // Kind is ot, it or internet
	Level            string
	Prefix           netip.Prefix
	tag              frame.VLAN
	port             int // of the sensor; -1 where it has none
}

// stack is how a kind of machine speaks IP and TCP.
type stack struct {
	ttl        uint8
	synWindow  uint16
	window     uint16
	scale      uint8
	mss        uint16
	timestamps bool
	think      time.Duration // to answer a request
	delay      time.Duration // before an acknowledgement goes out on its own
	memory     time.Duration // of a neighbour's MAC
}

var (
	windows   = stack{ttl: 128, synWindow: 64240, window: 1026, scale: 8, mss: 1460, think: 2e6, delay: 45e6, memory: 8 * time.Minute}
	linux     = stack{ttl: 64, synWindow: 64240, window: 502, scale: 7, mss: 1460, timestamps: true, think: 1e6, delay: 40e6, memory: 10 * time.Minute}
	simatic   = stack{ttl: 30, synWindow: 8192, window: 8192, mss: 1460, think: 6e6, delay: 180e6, memory: 20 * time.Minute}
	logix     = stack{ttl: 64, synWindow: 4000, window: 4000, mss: 1460, think: 4e6, delay: 150e6, memory: 20 * time.Minute}
	modicon   = stack{ttl: 64, synWindow: 4380, window: 4380, mss: 1460, think: 8e6, delay: 190e6, memory: 15 * time.Minute}
	appliance = stack{ttl: 64, synWindow: 5840, window: 5840, mss: 1460, think: 5e6, delay: 100e6, memory: 20 * time.Minute}
	faraway   = stack{ttl: 52, synWindow: 65535, window: 512, scale: 7, mss: 1440, timestamps: true, think: 28e6, delay: 40e6, memory: time.Hour}
)

// host is a machine with an address.
type host struct {
	Name, Kind, Vendor, Model, Firmware, Serial string
	Critical, Owner                             string
	Speaks                                      string // protocols, for the list of assets
	net                                         *network
	ip                                          uint32
	mac                                         davy.MAC
	stack                                       *stack
	points                                      []point
	identity                                    frame.Identity // where it speaks CIP
	station                                     frame.Station  // where it speaks PROFINET
	stopped                                     bool           // a controller that was told to stop

	outages []outage
	trouble []span // when its link is bad
	slow    []span // when its link is slow
	stories []story
	drift   []offset // its clock's error
	port    uint16
	ipID    uint16
}

type span struct{ from, to int64 }

func (s span) holds(at int64) bool { return at >= s.from && at < s.to }

// outage is a time in which nothing reaches the host: a pulled cable, or, with reboot, a
// restart that also ends its connections.
type outage struct {
	span
	reboot bool
}

// story is a time in which whatever the host sends and receives belongs to a label.
type story struct {
	span
	label *Label
}

// offset is by how much a host's clock is wrong in a time.
type offset struct {
	span
	ns int64
}

func (h *host) addr() netip.Addr {
	return netip.AddrFrom4([4]byte{byte(h.ip >> 24), byte(h.ip >> 16), byte(h.ip >> 8), byte(h.ip)})
}

// up reports whether the host is there at that time.
func (h *host) up(at int64) bool {
	for _, o := range h.outages {
		if o.holds(at) {
			return false
		}
	}
	return true
}

// boots counts how often the host has restarted until then.
func (h *host) boots(at int64) int {
	n := 0
	for _, o := range h.outages {
		if o.reboot && at >= o.to {
			n++
		}
	}
	return n
}

func within(list []span, at int64) bool {
	for _, s := range list {
		if s.holds(at) {
			return true
		}
	}
	return false
}

// ephemeral is the next port for a connection from the host.
func (h *host) ephemeral() uint16 {
	if h.port < 49152 || h.port >= 65000 {
		h.port = 49152 + uint16(h.mac%977)
	}
	h.port += 1 + h.port%3
	return h.port
}

// header is the IP header of the host's next packet to that address.
func (h *host) header(to uint32) frame.IP {
	h.ipID++
	return frame.IP{Src: h.ip, Dst: to, ID: h.ipID, TTL: h.stack.ttl}
}
