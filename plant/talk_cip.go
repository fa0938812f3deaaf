package plant

import (
	"github.com/davylamp/davy/plant/frame"
)

// cipTalk reads tags of a Logix controller: connected (a class 3 connection to the message
// router, all tags in one packet) or, as older panels do, each request on its own.
type cipTalk struct {
	tags      []quantity
	connected bool
	session   uint32
	context   uint64
	sequence  uint16
	open3     frame.Connection
}

func (t *cipTalk) open(s *session, at int64) (int64, bool) {
	t.session, t.context, t.sequence = uint32(s.chance.next()), s.chance.next(), 0
	at, ok := s.conn.exchange(at, frame.EnipRegister(nil, 0, t.context), frame.EnipRegister(nil, t.session, t.context))
	if !ok || !t.connected {
		return at, ok
	}
	t.open3 = frame.Connection{ToTarget: uint32(s.chance.next()), ToOriginator: uint32(s.chance.next()), Serial: uint16(s.chance.next()),
		Vendor: 0x4d, OriginatorSerial: s.client.ip * 31, Interval: 4_000_000, SizeToTarget: 504, SizeToOriginator: 504, Path: frame.MessagePath(0)}
	return t.unconnected(s, at+s.chance.span(2e6, 6e6), frame.CipOpen(nil, t.open3), frame.CipOpened(nil, t.open3))
}

// unconnected carries one exchange outside a connection.
func (t *cipTalk) unconnected(s *session, at int64, ask, answer []byte) (int64, bool) {
	t.context++
	return s.conn.exchange(at, frame.EnipUnconnected(nil, t.session, t.context, ask), frame.EnipUnconnected(nil, t.session, t.context, answer))
}

// say carries one exchange the way the session talks.
func (t *cipTalk) say(s *session, at int64, ask, answer []byte) (int64, bool) {
	if !t.connected {
		return t.unconnected(s, at, frame.CipThrough(nil, 0, ask), answer)
	}
	t.sequence++
	return s.conn.exchange(at, frame.EnipConnected(nil, t.session, t.open3.ToTarget, t.sequence, ask),
		frame.EnipConnected(nil, t.session, t.open3.ToOriginator, t.sequence, answer))
}

func (t *cipTalk) cycle(s *session, at int64) (int64, bool) {
	var asks, answers [][]byte
	for _, q := range t.tags {
		pt := s.server.point(q)
		tag := pt.tag(pt.bits(s.w.vat.look(at, q)))
		asks, answers = append(asks, frame.CipRead(nil, tag)), append(answers, frame.CipReadReply(nil, tag))
	}
	if len(asks) == 1 {
		return t.say(s, at, asks[0], answers[0])
	}
	return t.say(s, at, frame.CipBundle(nil, false, asks...), frame.CipBundle(nil, true, answers...))
}

// set writes a tag; the process follows.
func (t *cipTalk) set(s *session, at int64, q quantity, v float64) (int64, bool) {
	pt := s.server.point(q)
	at, ok := t.say(s, at, frame.CipWrite(nil, pt.tag(pt.bits(v))), frame.CipReply(nil, frame.CipWriteTag, nil))
	if ok {
		s.w.vat.v[q] = v
	}
	return at, ok
}

// identify asks the controller's identity object.
func (t *cipTalk) identify(s *session, at int64) (int64, bool) {
	return t.unconnected(s, at, frame.CipThrough(nil, 0, frame.CipIdentify(nil)), frame.CipIdentity(nil, s.server.identity))
}

// leave closes the connection and the session.
func (t *cipTalk) leave(s *session, at int64) int64 {
	if t.connected {
		at, _ = t.unconnected(s, at, frame.CipClose(nil, t.open3), frame.CipClosed(nil, t.open3))
	}
	return s.conn.close(at + s.chance.span(1e6, 5e6))
}
