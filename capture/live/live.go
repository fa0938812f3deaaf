// Package live is the door through which packets come in from network interfaces: by
// AF_PACKET sockets whose packets the kernel puts into a ring of shared memory
// (TPACKET_V3), so that nothing is copied and nothing allocated per packet. It needs Linux,
// and CAP_NET_RAW while it opens its sockets.
//
// It hands on frames as they were on the wire: the VLAN tag that the kernel takes off is put
// back, and the packets of several interfaces come in the order of their time stamps. An interface
// that goes down or vanishes is told, and read again when it is back. Where nothing comes it
// says once a second how far time has come.
//
// It never sends: its sockets have no ring to send by, and it makes none of the calls that
// do. DropCapabilities takes from the process what it needed to open them.
package live

import "github.com/davylamp/davy/capture"

// Config says what is captured.
type Config struct {
	Interfaces []string
	Filter     string // in tcpdump's words (see capture/filter); "" for everything
	// RingBytes is the memory for packets not fetched yet, for each interface; 0: 64 MiB. Where
	// the kernel does not give so much it is less.
	RingBytes   int
	Promiscuous bool // also what is addressed to others: what a mirror port shows
	// Tell is called, from within Fill, when an interface goes down, vanishes or comes back.
	Tell func(Event)
}

// Event is a change of an interface.
type Event struct {
	Interface string
	Up        bool // it is read
	Text      string
}

// InterfaceStats are an interface's counters since Open.
type InterfaceStats struct {
	Name    string
	Packets uint64 // handed on
	Drops   uint64 // that the kernel had no room for: Fill was not called soon enough
	Freezes uint64 // times that the ring was full
	Up      bool
}

// Limits.
const (
	// blockBytes is a piece of the ring: handed over when full, or retireMillis after its first packet.
	blockBytes   = 256 << 10
	retireMillis = 30
	// holdNanos is how long a packet waits for an earlier one of another interface: the kernel
	// hands a block over within two of its periods.
	holdNanos = (2*retireMillis + 20) * 1e6
	// waitNanos is how long Fill waits for a packet.
	waitNanos = 90e6
	// lookNanos is how often the interfaces' state and counters are looked at.
	lookNanos = 250e6
	// tickNanos is how far behind the machine's clock time is told where no packet comes: what was
	// received before that has been handed on.
	tickNanos = 250e6
	// batchBytes bounds a batch so that, with its headers, a ring's segment gives it back whole.
	batchBytes = 3 << 20
	// snap leaves room for the VLAN tag.
	snap = capture.MaxPacket - tagLen
	// tagLen is what a VLAN tag takes.
	tagLen = 4
)
