// Package mqtt reads MQTT 3.1, 3.1.1 and 5: who logs in under which client id, what is
// published to which topic, what is subscribed. Passwords are passed over. What payloads
// mean (Sparkplug B and the like) is not its matter.
package mqtt

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is MQTT over TCP.
var Protocol = protocol.Protocol{
	Name:   "mqtt",
	Spaces: []*davy.Space{&topics, &clients},
	Over:   []protocol.Layer{protocol.TCP},
	Ports:  []uint16{1883},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(dissector) },
}

// Packet types (MQTT 5.0, 2.1.2; 3.1.1 has the same but AUTH).
const (
	connect     = 1
	connAck     = 2
	publish     = 3
	pubAck      = 4
	pubComp     = 7
	subscribe   = 8
	subAck      = 9
	unsubscribe = 10
	unsubAck    = 11
	pingRequest = 12
	pingReply   = 13
	disconnect  = 14
	auth        = 15
)

var operations = [16]struct {
	op    string
	verb  davy.Verb
	quiet bool
}{
	connect: {"connect", davy.Connect, false}, connAck: {"connack", davy.Connect, false}, publish: {"publish", davy.Write, false},
	pubAck: {"puback", davy.Other, true}, 5: {"pubrec", davy.Other, true}, 6: {"pubrel", davy.Other, true},
	pubComp: {"pubcomp", davy.Other, true}, subscribe: {"subscribe", davy.Subscribe, false},
	subAck: {"suback", davy.Subscribe, true}, unsubscribe: {"unsubscribe", davy.Subscribe, false},
	unsubAck: {"unsuback", davy.Subscribe, true}, pingRequest: {"ping", davy.Diagnose, true},
	pingReply: {"ping reply", davy.Diagnose, true}, disconnect: {"disconnect", davy.Connect, false},
	auth: {"auth", davy.Authenticate, false},
}

// Spaces: topics, and filters over them.
var (
	topics  = davy.Space{Name: "topic", Text: func(dst []byte, o *davy.Object) []byte { return named(dst, "topic ", o.Name) }}
	clients = davy.Space{Name: "mqtt client", Text: func(dst []byte, o *davy.Object) []byte { return named(dst, "client ", o.Name) }}
)

func named(dst []byte, what string, name []byte) []byte {
	if dst = append(dst, what...); len(name) == 0 {
		return append(dst, "(none)"...) // MQTT 5: a topic alias, or a client id that the server chooses
	}
	return davy.AppendClean(dst, name)
}

type dissector struct {
	version uint8     // 3, 4 (3.1.1) or 5; 0 while not known
	skip    [2]uint32 // rest of a publication too long to hold, from the client, from the server
	pending protocol.Pending
}

// frame reads the fixed header: type, flags, and the length of what follows.
func frame(b []byte) (kind, flags uint8, head, length int, ok bool) {
	if len(b) < 2 {
		return 0, 0, 0, 0, len(b) == 0 || b[0]>>4 != 0
	}
	kind, flags, head = b[0]>>4, b[0]&15, 1
	for shift := 0; head < len(b) && head < 5; shift += 7 {
		c := b[head]
		head++
		if length |= int(c&0x7f) << shift; c < 0x80 {
			return kind, flags, head, length, validFlags(kind, flags)
		}
	}
	return kind, flags, 0, 0, head < 5 && validFlags(kind, flags)
}

// validFlags holds the flags that each type prescribes (MQTT 5.0, 2.1.3). Version 3.1 let
// clients set DUP and QoS on more types than its followers.
func validFlags(kind, flags uint8) bool {
	switch kind {
	case 0:
		return false
	case publish:
		return flags&6 != 6
	case 6, subscribe, unsubscribe:
		return flags&^8 == 2
	}
	return flags == 0
}

// probe is certain of CONNECT and CONNACK and takes other packets by their form.
func probe(p *protocol.Peek) protocol.Guess {
	kind, flags, head, length, ok := frame(p.Bytes)
	if !ok || head == 0 {
		return protocol.Guess{}
	}
	body := p.Bytes[head:]
	r := wire.NewReader(body)
	whole := len(body) >= length
	if whole && len(body) > length {
		if _, _, _, _, ok := frame(body[length:]); !ok {
			return protocol.Guess{} // what follows is no packet
		}
	}
	switch kind {
	case connect:
		if name := r.Bytes(int(min(r.U16(), 8))); string(name) == "MQTT" || string(name) == "MQIsdp" {
			return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
		}
	case connAck:
		if whole && length >= 2 && length < 512 && body[0] < 2 && (length == 2 && body[1] < 6 || length > 2 && int(body[2])+3 == length) {
			return protocol.Guess{Confidence: protocol.Possible, From: protocol.FromServer}
		}
	case publish:
		if n := int(r.U16()); n > 0 && n+2 <= length && isTopic(body[2:min(len(body), 2+n)]) {
			return protocol.Guess{Confidence: protocol.Possible}
		}
	case subscribe, unsubscribe:
		r.Skip(2)
		if n := int(r.U16()); whole && n > 0 && n+4 <= length {
			return protocol.Guess{Confidence: protocol.Possible, From: protocol.FromClient}
		}
	case pingRequest, pingReply, disconnect:
		if length == 0 && flags == 0 {
			g := protocol.Guess{Confidence: protocol.Possible, From: protocol.FromClient}
			if kind == pingReply {
				g.From = protocol.FromServer
			}
			return g
		}
	case pubAck, 5, 6, pubComp:
		if length >= 2 && length < 64 {
			return protocol.Guess{Confidence: protocol.Possible}
		}
	case subAck, unsubAck:
		if length >= 2 && length < 512 {
			return protocol.Guess{Confidence: protocol.Possible, From: protocol.FromServer}
		}
	}
	return protocol.Guess{}
}

// isTopic holds that a topic has no control characters and no wildcards.
func isTopic(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c == '+' || c == '#' || c == 0x7f {
			return false
		}
	}
	return true
}

// maxHeld is the longest packet that is waited for; of a longer publication the topic and
// the beginning of the payload are read and the rest is passed over.
const maxHeld = 60 << 10

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	side := 0
	if c.Dir == protocol.FromServer {
		side = 1
	}
	if c.Resync {
		d.skip[side] = 0
	}
	if n := int(d.skip[side]); n > 0 {
		n = min(n, len(b))
		d.skip[side] -= uint32(n)
		return n, 0
	}
	kind, flags, head, length, ok := frame(b)
	if !ok {
		m := c.Begin("mqtt", side == 1)
		m.Verb, m.Op, m.Code, m.Defect = davy.Other, "packet", uint32(b[0]), davy.ReservedValue
		c.Emit()
		return -1, 0
	}
	if head == 0 {
		return 0, len(b) + 1
	}
	held := min(head+length, maxHeld)
	if kind != publish && head+length > maxHeld {
		m := c.Begin("mqtt", side == 1)
		m.Verb, m.Op, m.Defect = operations[kind].verb, operations[kind].op, davy.Oversized
		c.Emit()
		return -1, 0
	}
	if len(b) < held {
		return 0, held
	}
	d.packet(c, kind, flags, b[head:held], side == 1)
	if rest := head + length - held; rest > 0 {
		d.skip[side] = uint32(rest)
	}
	return held, 0
}

func (d *dissector) Reset() {
	d.version, d.skip = 0, [2]uint32{}
	d.pending.Reset()
}

const stateVersion = 1

func (d *dissector) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	w.U8(d.version)
	w.Uvarint(uint64(d.skip[0]))
	w.Uvarint(uint64(d.skip[1]))
	d.pending.Append(&w)
	return w.B
}

func (d *dissector) LoadState(b []byte) error {
	d.Reset()
	r := wire.NewReader(b)
	if r.U8() != stateVersion {
		return errors.New("unknown version")
	}
	d.version = r.U8()
	d.skip[0], d.skip[1] = uint32(r.Uvarint()), uint32(r.Uvarint())
	d.pending.Load(&r, protocol.Names{Spaces: []*davy.Space{&topics, &clients}, Op: func(code uint32) string { return operations[code&15].op }})
	if r.Short() || r.Len() > 0 {
		d.Reset()
		return errors.New("cut short")
	}
	return nil
}
