// Package enip reads EtherNet/IP: the encapsulation on TCP and UDP port 44818 that carries
// CIP, and the implicit messages on UDP port 2222 that carry process data. What CIP says in
// it is read by package cip.
//
// It reads and tells. It judges nothing, opens nothing and keeps no clock.
package enip

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/protocol/cip"
	"github.com/davylamp/davy/wire"
)

// Protocol is EtherNet/IP.
var Protocol = protocol.Protocol{
	Name:       name,
	Also:       []string{"cip"},
	Industrial: true,
	Spaces:     append(cip.Spaces(), &Connection),
	Paths:      cip.Paths(),
	Over:       []protocol.Layer{protocol.TCP, protocol.UDP},
	Ports:      []uint16{44818, cip.IOPort},
	Probe:      probe,
	New:        func() protocol.Dissector { return new(conversation) },
}

const name = "enip"

// Defects of EtherNet/IP messages, beside the shared ones.
const (
	// NotOverUDP marks a command that the specification allows on TCP alone (CIP Vol. 2,
	// table 2-3.2).
	NotOverUDP davy.Defect = "not-allowed-over-udp"
	// NoData marks a command that carries CIP and came without it.
	NoData davy.Defect = "no-data-item"
)

// conversation is what is remembered of one TCP connection or UDP pair.
type conversation struct {
	cip     cip.Dialogue
	pending protocol.Pending
	io      flow
	text    []byte
}

// Dissect reads encapsulated messages, or a datagram of process data.
func (d *conversation) Dissect(c *protocol.Context, b []byte) (read, need int) {
	if c.Layer == protocol.UDP {
		if implicit(b) {
			d.implicit(c, b)
		} else {
			d.datagram(c, b)
		}
		return len(b), 0
	}
	if len(b) < headerSize {
		return 0, headerSize
	}
	h := readHeader(b)
	if h.length > maxData || !h.known() && h.options != 0 {
		m := h.begin(c, c.Dir == protocol.FromServer)
		if m.Defect = davy.UnknownCode; h.known() {
			m.Defect = davy.Oversized
		}
		c.Emit()
		return -1, 0
	}
	all := headerSize + int(h.length)
	if len(b) < all {
		return 0, all
	}
	d.message(c, &h, b[headerSize:all], "")
	return all, 0
}

// datagram reads an encapsulated message that came alone.
func (d *conversation) datagram(c *protocol.Context, b []byte) {
	if len(b) < headerSize {
		m := c.Begin(name, c.Dir == protocol.FromServer)
		m.Verb = davy.Other
		if c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
		c.Emit()
		return
	}
	h := readHeader(b)
	data, defect := b[headerSize:], davy.Defect("")
	switch n := int(h.length); {
	case len(data) > n:
		data, defect = data[:n], davy.LengthMismatch
	case len(data) < n && c.Sliced > 0:
		m := h.begin(c, h.reply(data, c.Dir)) // cut off by the capture: the header is all that can be told
		m.Quiet = false
		c.Emit()
		return
	case len(data) < n:
		defect = davy.Truncated
	}
	d.message(c, &h, data, defect)
}

// Reset makes it fit for another conversation.
func (d *conversation) Reset() {
	d.cip.Reset()
	d.pending.Reset()
	d.io.reset()
}

const stateVersion = 1

// AppendState saves what is remembered.
func (d *conversation) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	d.cip.AppendState(&w)
	d.pending.Append(&w)
	d.io.append(&w)
	return w.B
}

// LoadState reads what AppendState saved.
func (d *conversation) LoadState(b []byte) error {
	d.Reset()
	r := wire.NewReader(b)
	if v := r.U8(); v != stateVersion {
		return errors.New("a saved EtherNet/IP conversation has an unknown form")
	}
	err := d.cip.LoadState(&r)
	d.pending.Load(&r, protocol.Names{Op: func(code uint32) string { return commandOf(uint16(code)).op }})
	d.io.load(&r)
	if r.Short() && err == nil {
		err = errors.New("a saved EtherNet/IP conversation is cut short")
	}
	if err != nil {
		d.Reset()
	}
	return err
}
