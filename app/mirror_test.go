package app

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

// Each line of what a mirror port or a tap does to a capture has a capture here, and says
// what must come of it.

var (
	hmi    = stationAt("10.1.0.5", 0x0080_f401_0005)
	plc    = stationAt("10.1.0.10", 0x0080_f401_0010)
	s7plc  = stationAt("10.1.0.11", 0x001b_1b01_0011)
	logix  = stationAt("10.1.0.12", 0x0000_bc01_0012)
	far    = stationAt("10.2.0.7", 0x0080_f402_0007)
	router = stationAt("10.1.0.1", 0x0000_0c01_0001)
	uplink = davy.MAC(0x0000_0c02_0001) // the router's side towards far
)

// chat is a short, telling conversation: reads, a write, a refusal.
func chat(t *tape) {
	k := t.dial(hmi, plc, 50001, 502)
	k.poll(3, 100)
	k.ask(frame.ModbusWriteOne(nil, 7, 1, frame.WriteRegister, 10, 77), frame.ModbusWriteOne(nil, 7, 1, frame.WriteRegister, 10, 77))
	k.ask(frame.ModbusRead(nil, 8, 1, frame.ReadInput, 9000, 2), frame.ModbusException(nil, 8, 1, frame.ReadInput, 2))
	k.bye()
}

const talkMessages = 10

// copied adds a copy of each frame, changed by how, and later by wait.
func copied(t *tape, wait time.Duration, how func(shot) shot) {
	for _, s := range slices.Clone(t.shots) {
		c := how(shot{at: s.at + int64(wait), iface: s.iface, data: slices.Clone(s.data), wire: s.wire, link: s.link})
		t.shots = append(t.shots, c)
	}
}

// tagged puts a VLAN tag into a frame.
func tagged(s shot, tpid, tci uint16) shot {
	tag := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, tpid), tci)
	return widened(s, slices.Insert(s.data, 12, tag...))
}

// widened gives a frame its new bytes; one that was sliced stays so.
func widened(s shot, data []byte) shot {
	if s.wire > 0 {
		s.wire += len(data) - len(s.data)
	}
	s.data = data
	return s
}

// hopped is the frame on a router's other side: other MACs, one hop less.
func hopped(s shot, to, from davy.MAC) shot {
	if binary.BigEndian.Uint16(s.data[12:]) != frame.TypeIPv4 {
		return s
	}
	copy(s.data, ether(to, from, frame.TypeIPv4, nil))
	frame.Hop(s.data[14:])
	return s
}

// ring puts an HSR tag (IEC 62439-3, 5.3) before the EtherType: path, size, sequence.
func ring(s shot, path, seq uint16) shot {
	size := uint16(len(s.data) - 14 + 6)
	tag := binary.BigEndian.AppendUint16([]byte{0x89, 0x2f}, path<<12|size&0xfff)
	return widened(s, slices.Insert(s.data, 12, binary.BigEndian.AppendUint16(tag, seq)...))
}

// trailed appends a redundancy control trailer (IEC 62439-3, 4.2.7): sequence, LAN (a or b)
// and size, suffix. The size counts from behind the EtherType and VLAN tags on.
func trailed(s shot, lan, seq uint16) shot {
	size := len(s.data) - 14 + 6
	for at := 12; len(s.data) > at+2 && slices.Contains([]uint16{0x8100, 0x88a8}, binary.BigEndian.Uint16(s.data[at:])); at += 4 {
		size -= 4
	}
	b := binary.BigEndian.AppendUint16(slices.Clone(s.data), seq)
	b = binary.BigEndian.AppendUint16(b, lan<<12|uint16(size)&0xfff)
	return widened(s, binary.BigEndian.AppendUint16(b, 0x88fb))
}

// TestCopiesAreOne: whatever a mirror changes in a copy, within the window it is the same
// packet: counted, shown as a duplicate, judged once.
func TestCopiesAreOne(t *testing.T) {
	base := newTape()
	chat(base)
	want := base.analyzed(t, Options{})
	if n := judged(want.messages); n != talkMessages || want.sum.Duplicates != 0 {
		t.Fatalf("the capture itself: %d messages, %d duplicates", n, want.sum.Duplicates)
	}
	seq := uint16(0)
	for name, how := range map[string]func(shot) shot{
		"both directions of a port":   func(s shot) shot { return s },
		"another interface":           func(s shot) shot { s.iface = 1; return s },
		"in a VLAN":                   func(s shot) shot { return tagged(s, 0x8100, 30) },
		"in stacked VLANs":            func(s shot) shot { return tagged(tagged(s, 0x8100, 30), 0x88a8, 40) },
		"beyond a router":             func(s shot) shot { return hopped(s, 0x0080_f402_0099, uplink) },
		"beyond a router and in VLAN": func(s shot) shot { return tagged(hopped(s, 0x0080_f402_0099, uplink), 0x8100, 2) },
		"the ring's other way":        func(s shot) shot { seq++; return ring(s, 1, seq) },
		"the second LAN's":            func(s shot) shot { seq++; return trailed(s, 0xb, seq) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newTape()
			chat(c)
			n := len(c.shots)
			copied(c, 5*time.Millisecond, how)
			got := c.analyzed(t, Options{})
			if got.sum.Duplicates != uint64(n) || got.sum.Packets != uint64(2*n) {
				t.Errorf("%d duplicates of %d packets, want %d", got.sum.Duplicates, got.sum.Packets, n)
			}
			if judged(got.messages) != talkMessages || len(got.messages) != 2*talkMessages {
				t.Errorf("%d messages and %d duplicate rows", judged(got.messages), len(got.messages)-judged(got.messages))
			}
			if p := got.sum.Protocols["modbus"]; p != want.sum.Protocols["modbus"] {
				t.Errorf("counted %+v, want %+v", p, want.sum.Protocols["modbus"])
			}
			same(t, want, got, false)
			for i, f := range got.findings {
				if f["count"] != want.findings[i]["count"] {
					t.Errorf("judged twice: %v", f)
				}
			}
		})
	}
}

// TestSeveralVLANs: one frame in three VLANs is one packet.
func TestSeveralVLANs(t *testing.T) {
	c := newTape()
	chat(c)
	n := len(c.shots)
	for i := range c.shots {
		c.shots[i] = tagged(c.shots[i], 0x8100, 11)
	}
	first := slices.Clone(c.shots)
	for _, vlan := range []uint16{12, 13} {
		for _, s := range first {
			s.data = slices.Clone(s.data)
			s.data[15], s.at = byte(vlan), s.at+int64(vlan)*1e5
			c.shots = append(c.shots, s)
		}
	}
	got := c.analyzed(t, Options{})
	if got.sum.Duplicates != uint64(2*n) || judged(got.messages) != talkMessages {
		t.Errorf("%d duplicates, want %d; %d messages", got.sum.Duplicates, 2*n, judged(got.messages))
	}
}

// TestWindowOfCopies: later than --dedup it is not a copy but sent again; off, nothing is.
func TestWindowOfCopies(t *testing.T) {
	for _, x := range []struct {
		wait, window time.Duration
		messages     int
		duplicates   uint64
	}{
		{15 * time.Millisecond, 0, 2, 2}, // 0: the default, 20 ms
		{25 * time.Millisecond, 0, 4, 0},
		{25 * time.Millisecond, 30 * time.Millisecond, 2, 2},
		{15 * time.Millisecond, 10 * time.Millisecond, 4, 0},
		{time.Millisecond, -1, 4, 0},
	} {
		c := newTape()
		c.step = 100e6
		c.udp(hmi, logix, 50100, 44818, frame.EnipListIdentity(nil, 1))
		c.udp(logix, hmi, 44818, 50100, frame.EnipIdentity(nil, 1, logix.ip, frame.Identity{Vendor: 1, Kind: 14, Product: 55, Major: 20, Minor: 11, Serial: 0xc0ffee, Name: "1756-L61"}))
		copied(c, x.wait, func(s shot) shot { return s })
		got := c.analyzed(t, Options{Dedup: x.window})
		if n := judged(got.messages); n != x.messages || got.sum.Duplicates != x.duplicates {
			t.Errorf("%v later within %v: %d messages, %d duplicates; want %d and %d", x.wait, x.window, n, got.sum.Duplicates, x.messages, x.duplicates)
		}
	}
}

// TestCopyTeachesTheRouter: packets that are seen on both sides of a router name it, and its
// MAC is nobody else's.
func TestCopyTeachesTheRouter(t *testing.T) {
	for _, both := range []bool{false, true} {
		c := newTape()
		c.arp(plc, router)
		k := c.dial(far, plc, 50001, 502)
		k.poll(5, 0)
		k.bye()
		for i, s := range slices.Clone(c.shots) {
			if binary.BigEndian.Uint16(s.data[12:]) != frame.TypeIPv4 {
				continue
			}
			// c.shots[i] becomes the line's side, the copy stays or becomes the far one.
			other := shot{at: s.at - 1e5, data: slices.Clone(s.data), link: 1}
			if davy.MACOf(s.data[6:]) == far.mac {
				copy(other.data, ether(uplink, far.mac, frame.TypeIPv4, nil))
				c.shots[i] = hopped(s, plc.mac, router.mac)
			} else {
				copy(s.data, ether(router.mac, plc.mac, frame.TypeIPv4, nil))
				other = hopped(other, far.mac, uplink)
				other.at = s.at + 1e5
			}
			if both {
				c.shots = append(c.shots, other)
			}
		}
		got := c.analyzed(t, Options{})
		for _, a := range got.assets {
			addresses, macs := list(a, "addresses"), list(a, "macs")
			switch {
			case slices.Contains(addresses, "10.1.0.1"):
				if (a.text("kind") == davy.KindRouter) != both {
					t.Errorf("both sides seen: %v, and 10.1.0.1 is %q: %v", both, a.text("kind"), a)
				}
			case slices.Contains(macs, router.mac.String()) && (both || !slices.Equal(addresses, []string{"10.2.0.7"})):
				t.Errorf("both sides seen: %v; the router's MAC is taken for %v's", both, addresses)
			}
		}
		if n := judged(got.messages); n != 12 {
			t.Errorf("both sides seen: %v: %d messages", both, n)
		}
	}
}

// list is a row's list of texts.
func list(r row, key string) (out []string) {
	l, _ := r[key].([]any)
	for _, v := range l {
		s, _ := v.(string)
		out = append(out, s)
	}
	return out
}

// TestVLANZero: a tag that carries a priority alone is no VLAN, also where addresses are told
// apart by their VLAN.
func TestVLANZero(t *testing.T) {
	prefix, _ := hmi.addr().IP().Prefix(16)
	site := &davy.Site{Networks: []davy.Network{{Prefix: prefix, Scope: "vlan"}}}
	base := newTape()
	chat(base)
	want := base.analyzed(t, Options{Site: site})
	c := newTape()
	chat(c)
	for i := range c.shots {
		if i%2 == 0 { // the PLC's side sends its frames with a priority
			c.shots[i] = tagged(c.shots[i], 0x8100, uint16(frame.PriorityOnly))
		}
	}
	got := c.analyzed(t, Options{Site: site})
	same(t, want, got, false)
	if judged(got.messages) != talkMessages || got.sum.Conversations != 1 {
		t.Errorf("%d messages in %d conversations", judged(got.messages), got.sum.Conversations)
	}
	// A real VLAN does tell them apart there.
	other := newTape()
	chat(other)
	for i := range other.shots {
		other.shots[i] = tagged(other.shots[i], 0x8100, 7)
	}
	if got := other.analyzed(t, Options{Site: site}); got.assets[0].text("scope") != "vlan 7" {
		t.Errorf("scope %q", got.assets[0].text("scope"))
	}
}

// TestLegsOfATap: the two legs are two interfaces and one conversation, though the replies'
// leg runs up to 50 ms before the requests'.
func TestLegsOfATap(t *testing.T) {
	base := newTape()
	base.step = 7e6
	everyone(base)
	want := base.analyzed(t, Options{})
	for _, early := range []time.Duration{0, 20 * time.Millisecond, 49 * time.Millisecond} {
		c := newTape()
		c.step = 7e6
		everyone(c)
		for i := range c.shots {
			if davy.MACOf(c.shots[i].data[6:]) != hmi.mac {
				c.shots[i].iface = 1
				c.shots[i].at -= int64(early)
			}
		}
		got := c.analyzed(t, Options{})
		same(t, want, got, true)
		if got.sum.OneWay != want.sum.OneWay || got.sum.Conversations != want.sum.Conversations || got.sum.Gaps != 0 {
			t.Errorf("%v early: %d conversations, %d one-way, %d gaps", early, got.sum.Conversations, got.sum.OneWay, got.sum.Gaps)
		}
		if n, m := judged(got.messages), judged(want.messages); n != m {
			t.Errorf("%v early: %d messages, want %d", early, n, m)
		}
		for _, r := range got.messages {
			if r["defect"] != nil {
				t.Errorf("%v early: %v", early, r)
			}
		}
	}
}

// TestSlices: what the capture left out is a gap, and nobody's fault.
func TestSlices(t *testing.T) {
	c := newTape()
	k := c.dial(hmi, plc, 50001, 502)
	k.poll(2, 0)
	k.say(0, frame.ModbusRead(nil, 9, 1, frame.ReadHolding, 0, 100))
	s := k.say(1, frame.ModbusWords(nil, 9, 1, frame.ReadHolding, make([]uint16, 100)))
	s.wire, s.data = len(s.data), s.data[:96]
	k.poll(2, 0)
	u := c.udp(logix, hmi, 44818, 50100, frame.EnipIdentity(nil, 1, logix.ip, frame.Identity{Vendor: 1, Serial: 1, Name: strings.Repeat("x", 32)}))
	u.wire, u.data = len(u.data), u.data[:70]
	got := c.analyzed(t, Options{})
	for _, r := range got.messages {
		if r["defect"] != nil {
			t.Errorf("a slice is no defect: %v", r)
		}
	}
	if count(got.findings, "detector", "D33") > 0 {
		t.Errorf("judged: %v", got.findings)
	}
	if got.sum.Gaps == 0 || got.sum.GapBytes == 0 {
		t.Errorf("the gap is not counted: %d gaps, %d bytes", got.sum.Gaps, got.sum.GapBytes)
	}
	if n := count(got.messages, "protocol", "modbus"); n < 9 {
		t.Errorf("%d Modbus messages: what came after the slice is lost", n)
	}
}

// TestPadding: what fills a frame up to the least length is nobody's payload, whatever it is.
func TestPadding(t *testing.T) {
	c := newTape()
	k := c.join(hmi, plc, 50001, 502)
	for range 5 {
		k.ask(frame.ModbusRead(nil, 1, 1, frame.ReadHolding, 0, 1), frame.ModbusWords(nil, 1, 1, frame.ReadHolding, []uint16{5}))
		k.segment(0, frame.ACK, nil)
	}
	for i := range c.shots {
		b := c.shots[i].data
		for n := 14 + int(binary.BigEndian.Uint16(b[16:])); n < len(b); n++ {
			b[n] = 0xa5
		}
		if i%3 == 0 {
			c.shots[i].data = append(b, 0xde, 0xad, 0xbe, 0xef) // the check sequence was captured
		}
	}
	// The mirror's copy has other padding.
	copied(c, time.Millisecond, func(s shot) shot {
		end := 14 + int(binary.BigEndian.Uint16(s.data[16:]))
		s.data = s.data[:end]
		return s
	})
	got := c.analyzed(t, Options{})
	if n := judged(got.messages); n != 10 || got.sum.Duplicates != 15 || got.sum.Gaps > 0 {
		t.Errorf("%d messages, %d duplicates, %d gaps", n, got.sum.Duplicates, got.sum.Gaps)
	}
	for _, r := range got.messages {
		if r["defect"] != nil {
			t.Errorf("%v", r)
		}
	}
}
