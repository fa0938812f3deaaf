// Package opcua reads OPC UA over TCP by name: endpoints, security, sessions, which service
// is called on which node and how it was answered, and what applications say of
// themselves. Values, and everything that is encrypted, are left alone; passwords are
// passed over.
package opcua

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is OPC UA's binary protocol over TCP.
var Protocol = protocol.Protocol{
	Name:       "opcua",
	Industrial: true,
	Spaces:     []*davy.Space{&endpoint, &node, &user, &application},
	Over:       []protocol.Layer{protocol.TCP},
	Ports:      []uint16{4840, 4841, 48010, 48020, 48030, 48040, 48050, 53530, 62541},
	Probe:      probe,
	New:        func() protocol.Dissector { return new(dissector) },
}

const (
	headLength = 8 // type, chunk, size (OPC 10000-6, 7.1.2.2)
	// held is how much of a chunk is waited for; the rest is passed over.
	held = 16 << 10
	// maxChunk is more than any chunk is seen to be: buffers are agreed on in HEL and ACK.
	maxChunk = 64 << 20
)

// messageTypes are the first three letters of a chunk, and who sends them.
var messageTypes = [...]struct {
	mark string
	from protocol.Role
}{
	{"HEL", protocol.FromClient}, {"ACK", protocol.FromServer}, {"ERR", protocol.FromServer}, {"RHE", protocol.FromServer},
	{"OPN", protocol.Unknown}, {"MSG", protocol.Unknown}, {"CLO", protocol.FromClient},
}

func typeOf(b []byte) int {
	for i := range messageTypes {
		if string(b[:3]) == messageTypes[i].mark {
			return i
		}
	}
	return -1
}

// probe knows a chunk by its type, its chunk letter and a size that fits.
func probe(p *protocol.Peek) protocol.Guess {
	b := p.Bytes
	if len(b) < headLength {
		return protocol.Guess{}
	}
	r := wire.NewReader(b[4:])
	size := int(r.U32LE())
	i := typeOf(b)
	if i < 0 || b[3] != 'F' && b[3] != 'C' && b[3] != 'A' || i != 5 && i != 4 && b[3] != 'F' || size < headLength || size > maxChunk {
		return protocol.Guess{}
	}
	g := protocol.Guess{Confidence: protocol.Certain, From: messageTypes[i].from}
	switch {
	case i == 0 && (size < 32 || size > 32+4096), i == 1 && size != 28, i == 5 && size < 24, i == 6 && size < 24:
		return protocol.Guess{}
	case i == 4 || i == 5:
		// The service's number tells who asks, where it is not encrypted.
		if h, ok := openChunk(b[:min(len(b), size)], i == 4); ok {
			if s := serviceOf(h.typeID); s != nil {
				if g.From = protocol.FromClient; s.reply(h.typeID) {
					g.From = protocol.FromServer
				}
			}
		}
	}
	return g
}

type side struct {
	skip    uint32 // rest of a chunk too long to hold
	chained bool   // a message of several chunks goes on
	request uint32 // its request id
}

type dissector struct {
	sides   [2]side // the client's, the server's
	secure  bool    // the channel was opened with a security policy
	pending protocol.Pending
	text    []byte
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	i := 0
	if c.Dir == protocol.FromServer {
		i = 1
	}
	s := &d.sides[i]
	if c.Resync {
		*s = side{}
	}
	if n := int(s.skip); n > 0 {
		n = min(n, len(b))
		s.skip -= uint32(n)
		return n, 0
	}
	if len(b) < headLength {
		return 0, headLength
	}
	r := wire.NewReader(b[4:])
	size := int(r.U32LE())
	kind := typeOf(b)
	if kind < 0 || size < headLength || size > maxChunk {
		m := c.Begin("opcua", i == 1)
		m.Verb, m.Op, m.Defect = davy.Other, "chunk", davy.ReservedValue
		if size > maxChunk {
			m.Defect = davy.Oversized
		}
		c.Emit()
		return -1, 0
	}
	want := min(size, held)
	if len(b) < want {
		return 0, want
	}
	s.skip = uint32(size - want)
	d.chunk(c, s, kind, b[:want], size > want, i == 1)
	return want, 0
}

func (d *dissector) Reset() {
	d.sides, d.secure = [2]side{}, false
	d.pending.Reset()
}

const stateVersion = 1

func (d *dissector) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	for _, s := range d.sides {
		w.Uvarint(uint64(s.skip))
		w.Bool(s.chained)
		w.U32(s.request)
	}
	w.Bool(d.secure)
	d.pending.Append(&w)
	return w.B
}

func (d *dissector) LoadState(b []byte) error {
	d.Reset()
	r := wire.NewReader(b)
	if r.U8() != stateVersion {
		return errors.New("unknown version")
	}
	for i := range d.sides {
		d.sides[i] = side{uint32(min(r.Uvarint(), maxChunk)), r.Bool(), r.U32()}
	}
	d.secure = r.Bool()
	d.pending.Load(&r, protocol.Names{Spaces: []*davy.Space{&endpoint, &node, &user, &application}, Op: func(code uint32) string {
		if s := serviceOf(code); s != nil {
			return s.op
		}
		return ""
	}})
	if r.Short() || r.Len() > 0 {
		d.Reset()
		return errors.New("cut short")
	}
	return nil
}
