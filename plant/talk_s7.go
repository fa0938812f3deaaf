package plant

import (
	"time"

	"github.com/davylamp/davy/plant/frame"
)

// s7Talk reads groups of items from an S7 controller.
type s7Talk struct {
	reads      [][]frame.S7Item
	ref        uint16
	clientTSAP uint16
	slot       uint16
}

// slotOf is where the processor sits in its rack.
func slotOf(plc *host) uint16 {
	if plc.station.Vendor == "S7-1500" {
		return 1
	}
	return 2
}

const s7PDU = 240 // bytes of a message that both sides agree on

func (t *s7Talk) open(s *session, at int64) (int64, bool) {
	tsap := 0x0100 | t.slot
	at, ok := s.conn.exchange(at, frame.CotpConnect(nil, false, t.clientTSAP, tsap), frame.CotpConnect(nil, true, t.clientTSAP, tsap))
	if !ok {
		return at, false
	}
	t.ref = 1
	return s.conn.exchange(at+s.chance.span(1e6, 4e6), frame.S7SetupJob(nil, t.ref, 1, 480), frame.S7SetupReply(nil, t.ref, 1, s7PDU))
}

func (t *s7Talk) cycle(s *session, at int64) (int64, bool) {
	ok := true
	for i, items := range t.reads {
		if i > 0 {
			at += s.chance.span(time.Millisecond, 3*time.Millisecond)
		}
		if at, ok = t.read(s, at, items); !ok {
			break
		}
	}
	return at, ok
}

func (t *s7Talk) read(s *session, at int64, items []frame.S7Item) (int64, bool) {
	t.ref++
	values := make([][]byte, len(items))
	for i, it := range items {
		values[i] = s.w.memory(s.server, at, it.Block, it.Offset, it.Length)
	}
	return s.conn.exchange(at, frame.S7ReadJob(nil, t.ref, items), frame.S7ReadReply(nil, t.ref, values))
}

// write writes bytes to a data block.
func (t *s7Talk) write(s *session, at int64, it frame.S7Item, value []byte) (int64, bool) {
	t.ref++
	return s.conn.exchange(at, frame.S7WriteJob(nil, t.ref, []frame.S7Item{it}, [][]byte{value}), frame.S7WriteReply(nil, t.ref, 1))
}

// set writes a quantity where the controller keeps it; the process follows.
func (t *s7Talk) set(s *session, at int64, q quantity, v float64) (int64, bool) {
	pt := s.server.point(q)
	value := []byte{byte(pt.bits(v) >> 24), byte(pt.bits(v) >> 16), byte(pt.bits(v) >> 8), byte(pt.bits(v))}
	value = value[4-pt.size():]
	at, ok := t.write(s, at, frame.S7Item{Block: pt.Block, Offset: pt.Place, Length: pt.size()}, value)
	if ok {
		s.w.vat.v[q] = v
	}
	return at, ok
}

// query asks for system data and gives the answer.
func (t *s7Talk) query(s *session, at int64, group, function uint8, ask, answer []byte) (int64, bool) {
	t.ref++
	return s.conn.exchange(at, frame.S7Query(nil, t.ref, group, function, ask), frame.S7Answer(nil, t.ref, group, function, byte(t.ref), answer))
}

// identify reads who the controller is, as an engineering tool does when it goes online.
func (t *s7Talk) identify(s *session, at int64) (int64, bool) {
	h := s.server
	version := func(marker byte, v string) uint16 { return uint16(marker)<<8 | uint16(v[1]-'0') }
	release := uint16(h.Firmware[3]-'0')<<8 | uint16(h.Firmware[5]-'0')
	name := "S7-300/PLC_" + h.Name[4:]
	if h.station.Vendor != "" {
		name = h.station.Vendor + "/PLC_" + h.Name[4:]
	}
	asks := []struct {
		id, index uint16
		answer    []byte
	}{
		{0x0011, 0, frame.SZLList(0x0011, 0, frame.SZLModule(1, h.Model+" ", 0, 3), frame.SZLModule(6, h.Model+" ", 0, 3),
			frame.SZLModule(7, "", version('V', h.Firmware), release))},
		{0x001c, 0, frame.SZLList(0x001c, 0, frame.SZLComponent(1, name), frame.SZLComponent(2, "PLC_"+h.Name[4:]),
			frame.SZLComponent(3, ""), frame.SZLComponent(4, "Original Siemens Equipment"), frame.SZLComponent(5, h.Serial))},
		{0x0424, 0, frame.SZLList(0x0424, 0, frame.SZLMode(!h.stopped))},
	}
	ok := true
	for _, a := range asks {
		if at, ok = t.query(s, at, frame.S7GroupCPU, frame.S7ReadSZL, frame.SZL(a.id, a.index), a.answer); !ok {
			return at, false
		}
		at += s.chance.span(2e6, 9e6)
	}
	return at, ok
}
