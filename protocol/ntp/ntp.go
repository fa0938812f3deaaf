// Package ntp reads the Network Time Protocol by name: who asks for the time and who gives
// it at which stratum, and the control and private queries by which servers are abused. It
// does not judge the time.
package ntp

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is NTP, versions 1 to 4, and SNTP.
var Protocol = protocol.Protocol{
	Name:   "ntp",
	Spaces: []*davy.Space{&query},
	Over:   []protocol.Layer{protocol.UDP},
	Ports:  []uint16{123},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(dissector) },
}

// Modes (RFC 5905, figure 10; 6 is RFC 9327, 7 is ntpd's own).
const (
	modeActive    = 1
	modePassive   = 2
	modeClient    = 3
	modeServer    = 4
	modeBroadcast = 5
	modeControl   = 6
	modePrivate   = 7
)

var operations = [8]string{"reserved", "symmetric active", "symmetric passive", "time request", "time reply", "broadcast",
	"control", "private"}

const fixedLength = 48 // up to the transmit timestamp

// probe weighs the fields that an honest packet keeps within bounds. The structure is weak,
// so it takes the port, or a reply whose every field fits.
func probe(p *protocol.Peek) protocol.Guess {
	r := wire.NewReader(p.Bytes)
	first, stratum, poll, precision := r.U8(), r.U8(), r.U8(), int8(r.U8())
	delay, dispersion := r.U32(), r.U32()
	r.Skip(4) // reference id
	reference, origin, receive, transmit := r.U64(), r.U64(), r.U64(), r.U64()
	version, mode := first>>3&7, first&7
	if version == 0 || version > 4 || mode == 0 {
		return protocol.Guess{}
	}
	g := protocol.Guess{From: protocol.FromClient}
	if mode == modeControl || mode == modePrivate {
		if len(p.Bytes) < 8 || len(p.Bytes) > 512 && mode == modeControl || !ownPort(p) {
			return protocol.Guess{}
		}
		// Private packets have the response bit in the first byte, control ones in the second.
		if mode == modePrivate && first&0x80 != 0 || mode == modeControl && stratum&0x80 != 0 {
			g.From = protocol.FromServer
		}
		g.Confidence = protocol.Possible
		return g
	}
	if r.Short() || stratum > 16 || poll > 17 && poll != 0xfa || len(p.Bytes)%4 != 0 && len(p.Bytes) != fixedLength {
		return protocol.Guess{}
	}
	if mode == modeServer || mode == modePassive || mode == modeBroadcast {
		g.From = protocol.FromServer
	}
	g.Confidence = protocol.Possible
	small := delay>>16 < 16 && dispersion>>16 < 64 && precision < 0 && precision >= -32
	if mode == modeServer && small && stamp(transmit) && stamp(receive) && (stamp(reference) || reference == 0) && origin != 0 {
		g.Confidence = protocol.Likely
	}
	return g
}

// stamp reports whether a timestamp lies after 1990 (seconds since 1900) or in the era that
// begins in 2036.
func stamp(t uint64) bool { return t>>32 > 2840140800 || t>>32 != 0 && t>>32 < 1<<29 }

func ownPort(p *protocol.Peek) bool { return p.Sender.Port == 123 || p.Receiver.Port == 123 }

type dissector struct{ pending protocol.Pending }

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	first, stratum := r.U8(), r.U8()
	short := r.Short()
	mode := first & 7
	reply := mode == modeServer || mode == modePassive || mode == modeBroadcast ||
		mode == modeControl && stratum&0x80 != 0 || mode == modePrivate && first&0x80 != 0
	m := c.Begin("ntp", !short && reply)
	m.Verb, m.Op, m.Code = davy.Read, operations[mode], uint32(mode)
	switch {
	case short:
		m.Op, m.Defect = "ntp", davy.Truncated
	case first>>3&7 == 0 || first>>3&7 > 4 || mode == 0:
		m.Defect = davy.ReservedValue
	case mode == modeControl || mode == modePrivate:
		m.Verb = davy.Diagnose
		if mode == modePrivate {
			r.Skip(1)
			m.Code = uint32(r.U8()) // the request, such as 42: the list of recent clients
		} else {
			m.Code = uint32(stratum & 31) // the operation
		}
		m.Object = davy.Object{Space: &query, Index: uint64(m.Code), Area: uint32(mode)}
	default:
		d.time(c, m, mode, stratum, &r)
	}
	if c.Sliced > 0 {
		m.Defect = ""
	}
	c.Emit()
	return len(b), 0
}

// query is the space of control operations and private requests; Area is the mode.
var query = davy.Space{Name: "ntp query"}

func (d *dissector) time(c *protocol.Context, m *davy.Message, mode, stratum uint8, r *wire.Reader) {
	r.Skip(2 + 4 + 4)
	reference := r.Bytes(4)
	r.Skip(8)
	origin := r.U64()
	r.Skip(8)
	transmit := r.U64()
	if r.Short() {
		m.Defect = davy.Truncated
		return
	}
	m.Quiet = true
	switch {
	case mode == modeClient:
		if !c.Duplicate {
			d.pending.AskAgain(transmit, m)
		}
		return
	case stratum == 0 && mode == modeServer:
		// A kiss of death: the server refuses, and says why in four letters (RFC 5905, 7.4).
		m.Quiet = false
		m.Result = davy.Result{Told: true, Failed: true, Name: "kiss of death", Detail: reference}
	case mode == modeServer || mode == modeBroadcast:
		m.Result = davy.Result{Told: true}
		m.Value = davy.NumberValue(int64(stratum))
		if stratum < 16 {
			c.Tell(davy.AttrRole, ntpServer, "ntp", 80)
		}
	}
	if m.Reply && !c.Duplicate {
		if q := d.pending.Answer(origin); q != nil {
			m.Took = protocol.Took(m.Time, q.Time)
		}
	}
}

var ntpServer = []byte("NTP server")

func (d *dissector) Reset() { d.pending.Reset() }

func (d *dissector) AppendState(dst []byte) []byte { return d.pending.AppendState(dst) }

func (d *dissector) LoadState(b []byte) error { return d.pending.LoadState(b, protocol.Names{}) }
