// Package profinet reads PROFINET frames of EtherType 0x8892: DCP, by which stations are
// found, named, addressed and reset, item by item; and, by name, the cyclic data, alarms
// and clock frames that share the EtherType.
//
// Messages of DCP are of protocol "profinet"; everything else is "profinet-rt". The
// package does not know the layout of cyclic data, which the connection's set-up tells.
package profinet

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is PROFINET over Ethernet.
var Protocol = protocol.Protocol{
	Name:       "profinet",
	Also:       []string{rt},
	Industrial: true,
	Spaces:     []*davy.Space{&blocks, &frames, &slots},
	Over:       []protocol.Layer{protocol.Ethernet},
	EtherTypes: []uint16{0x8892},
	Probe:      probe,
	New:        func() protocol.Dissector { return new(dissector) },
}

const (
	dcp = "profinet"
	rt  = "profinet-rt"
)

type dissector struct {
	pending protocol.Pending
	set     setting // the last Set request that no reply has confirmed yet
	text    []byte  // scratch for values that are shown as text
	detail  []byte
}

// probe trusts the EtherType, which is PROFINET's alone: even a broken frame is its own.
func probe(p *protocol.Peek) protocol.Guess {
	r := wire.NewReader(p.Bytes)
	frame, service, kind := r.U16(), r.U8(), r.U8()
	if frame >= frameHello && frame <= frameIdentifyReply {
		if r.Short() || service < serviceGet || service > serviceHello {
			return protocol.Guess{Confidence: protocol.Likely}
		}
		if kind&1 == 1 {
			return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromServer}
		}
		return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
	}
	return protocol.Guess{Confidence: protocol.Likely}
}

// Frame identifiers (IEC 61158-6-10, FrameID coding).
const (
	frameHello           = 0xfefc
	frameGetSet          = 0xfefd
	frameIdentifyRequest = 0xfefe
	frameIdentifyReply   = 0xfeff
	frameAlarmHigh       = 0xfc01
	frameAlarmLow        = 0xfe01
)

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	frame := r.U16()
	switch {
	case r.Short():
		m := c.Begin(rt, c.Dir == protocol.FromServer)
		m.Verb, m.Op = davy.Other, "frame"
		if c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
		c.Emit()
	case frame >= frameHello && frame <= frameIdentifyReply:
		d.dcp(c, frame, &r)
	default:
		d.realTime(c, frame, b[2:])
	}
	return len(b), 0
}
