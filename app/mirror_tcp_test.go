package app

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

// readings are n read requests, one behind the other.
func readings(n int) (b []byte) {
	for i := range n {
		b = frame.ModbusRead(b, uint16(i+1), 1, frame.ReadHolding, uint16(i), 4)
	}
	return b
}

// TestJumbo: a frame of 9,000 bytes is read like any other.
func TestJumbo(t *testing.T) {
	c := newTape()
	k := c.dial(hmi, plc, 50001, 502)
	k.say(0, readings(740)) // 8,880 bytes
	k.segment(1, frame.ACK, nil)
	got := c.analyzed(t, Options{})
	if n := judged(got.messages); n != 740 || got.sum.Gaps > 0 || got.sum.Undecoded > 0 {
		t.Errorf("%d messages, %d gaps, %d undecoded", n, got.sum.Gaps, got.sum.Undecoded)
	}
}

// TestOffloadedLength: a host that leaves segmentation to its network hardware is captured
// with frames of 64 KiB, or with more than the IP header can say, which is then 0.
func TestOffloadedLength(t *testing.T) {
	for _, x := range []struct {
		messages int
		length   bool // the IP header tells it
	}{{5000, true}, {5000, false}, {5450, true}, {5800, false}, {7000, false}} {
		c := newTape()
		k := c.dial(hmi, plc, 50001, 502)
		k.poll(1, 0)
		s := k.say(0, readings(x.messages))
		if !x.length {
			s.data[16], s.data[17], s.data[24], s.data[25] = 0, 0, 0, 0
			s.data[50], s.data[51] = 0, 0
		}
		k.segment(1, frame.ACK, nil)
		k.poll(1, 0)
		got := c.analyzed(t, Options{})
		if n := judged(got.messages); n != x.messages+4 || got.sum.Gaps > 0 || got.sum.Undecoded > 0 {
			t.Errorf("%d bytes, length told: %v: %d messages, want %d; %d gaps, %d undecoded", 12*x.messages, x.length, n, x.messages+4, got.sum.Gaps, got.sum.Undecoded)
		}
		for _, r := range got.messages {
			if r["defect"] != nil {
				t.Errorf("%v", r)
			}
		}
	}
}

// unfilled leaves a TCP checksum as the host's stack hands it to the hardware: the sum of
// the pseudo header alone.
func unfilled(s *shot) { binary.BigEndian.PutUint16(s.data[50:], 0x1234) }

// TestChecksumsNeverFilledIn: a host whose checksums are mostly wrong is captured before its
// hardware fills them in; they say nothing, and its packets are used.
func TestChecksumsNeverFilledIn(t *testing.T) {
	base := newTape()
	chat(base)
	want := base.analyzed(t, Options{})
	c := newTape()
	chat(c)
	for i := range c.shots {
		if davy.MACOf(c.shots[i].data[6:]) == hmi.mac {
			unfilled(&c.shots[i])
		}
	}
	got := c.analyzed(t, Options{})
	same(t, want, got, false)
	if judged(got.messages) != talkMessages || got.sum.BadChecksums != 0 {
		t.Errorf("%d messages, %d packets not used", judged(got.messages), got.sum.BadChecksums)
	}
}

// TestOneWrongChecksum: a host that fills its checksums in sends one that is wrong: the
// receiver will drop it, so it is not read either, but counted.
func TestOneWrongChecksum(t *testing.T) {
	for _, what := range []string{"tcp", "ip"} {
		c := newTape()
		k := c.dial(hmi, plc, 50001, 502)
		k.poll(20, 0)
		write := frame.ModbusWriteOne(nil, 7, 1, frame.WriteRegister, 10, 77)
		s := k.say(0, write)
		if what == "tcp" {
			s.data[50] ^= 0x55
		} else {
			s.data[24] ^= 0x55
		}
		k.seq[0] -= uint32(len(write)) // never received: the number is used again
		k.poll(20, 0)
		got := c.analyzed(t, Options{})
		if got.sum.BadChecksums != 1 {
			t.Errorf("%s: %d wrong checksums counted", what, got.sum.BadChecksums)
		}
		if count(got.messages, "verb", "write") > 0 || judged(got.messages) != 80 {
			t.Errorf("%s: %d messages, %d writes", what, judged(got.messages), count(got.messages, "verb", "write"))
		}
		for _, f := range got.findings {
			if d := f.text("detector"); d == "D29" || d == "D33" {
				t.Errorf("%s: %v", what, f)
			}
		}
	}
}

// TestKeepAlives: one byte of garbage at a number that was used already moves nothing.
func TestKeepAlives(t *testing.T) {
	for _, garbage := range []string{"", "\x00", "\xff"} {
		c := newTape()
		k := c.dial(hmi, plc, 50001, 502)
		k.poll(3, 0)
		for dir := range 2 {
			for range 3 {
				c.wait(10 * time.Second)
				k.seq[dir]--
				k.segment(dir, frame.ACK, []byte(garbage))
				k.seq[dir] += uint32(1 - len(garbage))
				k.segment(1-dir, frame.ACK, nil)
				k.poll(1, 0)
			}
		}
		got := c.analyzed(t, Options{})
		if n := judged(got.messages); n != 18 || got.sum.Gaps > 0 {
			t.Errorf("%q: %d messages, %d gaps", garbage, n, got.sum.Gaps)
		}
		for _, r := range got.messages {
			if r["defect"] != nil {
				t.Errorf("%q: %v", garbage, r)
			}
		}
	}
}

// TestClientByContent: a conversation joined in its middle has the same client as one seen
// from its SYN, whoever speaks first and whatever the ports are.
func TestClientByContent(t *testing.T) {
	id := frame.Identity{Vendor: 1, Kind: 14, Product: 55, Major: 20, Minor: 11, Serial: 0xc0ffee, Name: "1756-L61"}
	for _, x := range []struct {
		protocol    string
		ask, answer []byte
	}{
		{"modbus", frame.ModbusRead(nil, 3, 1, frame.ReadHolding, 0, 4), frame.ModbusWords(nil, 3, 1, frame.ReadHolding, []uint16{1, 2, 3, 4})},
		{"modbus", frame.ModbusWriteOne(nil, 3, 1, frame.WriteCoil, 0, 0xff00), frame.ModbusException(nil, 3, 1, frame.WriteCoil, 3)},
		{"s7", frame.S7ReadJob(nil, 9, []frame.S7Item{{Block: 1, Offset: 0, Length: 2}}), frame.S7ReadReply(nil, 9, [][]byte{{1, 2}})},
		{"s7", frame.S7Query(nil, 9, frame.S7GroupCPU, frame.S7ReadSZL, frame.SZL(0x11, 0)), frame.S7Answer(nil, 9, frame.S7GroupCPU, frame.S7ReadSZL, 0, frame.SZLList(0x11, 0, frame.SZLModule(1, "6ES7 315-2EH14-0AB0", 3, 2)))},
		{"cip", frame.EnipUnconnected(nil, 77, 1, frame.CipIdentify(nil)), frame.EnipUnconnected(nil, 77, 1, frame.CipIdentity(nil, id))},
	} {
		for _, ports := range [][2]uint16{{50001, 502}, {50001, 102}, {50001, 44818}, {1030, 60123}, {60123, 1030}} {
			for first := range 2 {
				c := newTape()
				k := c.join(hmi, plc, ports[0], ports[1])
				if first == 1 {
					k.say(1, x.answer)
				}
				for range 4 {
					k.ask(x.ask, x.answer)
				}
				got := c.analyzed(t, Options{})
				// Setting a coil is answered by the same bytes: alone, on ports that say nothing,
				// it is anybody's. What comes next tells.
				either := ports == [2]uint16{1030, 60123} && first == 0
				for i, r := range got.messages {
					if p := r.text("protocol"); p == x.protocol && r.text("client") != "10.1.0.5:"+itoa(int(ports[0])) && !(either && i == 0 && r.text("op") == "write single coil") {
						t.Errorf("%s on port %d, first %d: the client is taken to be %s: %v", x.protocol, ports[1], first, r.text("client"), r)
					}
				}
				if n := count(got.messages, "protocol", x.protocol); n < 7 {
					t.Errorf("%s on port %d, first %d: %d messages", x.protocol, ports[1], first, n)
				}
			}
		}
	}
}

// TestNoNewLink: a link that Davy learned is not new because it was joined in the middle, was
// idle for a day, or had to make room and came back.
func TestNoNewLink(t *testing.T) {
	learn := Learn{Span: time.Hour}
	quiet := func(t *testing.T, got *result, new int) {
		t.Helper()
		n := 0
		for _, f := range got.findings {
			if f.text("severity") != "info" && f.text("detector") != "D46" {
				n++
				t.Logf("%s %s: %s", f.text("detector"), f.text("severity"), f.text("seen"))
			}
		}
		if n != new {
			t.Errorf("%d findings above info, want %d", n, new)
		}
	}
	t.Run("joined in the middle", func(t *testing.T) {
		c := newTape()
		k := c.join(hmi, plc, 50001, 502)
		k.say(1, frame.ModbusWords(nil, 3, 1, frame.ReadHolding, []uint16{1, 2, 3, 4}))
		k.poll(20, 0)
		c.wait(2 * time.Hour)
		k.poll(3, 0)
		k.bye()
		k = c.dial(hmi, plc, 50002, 502)
		k.poll(3, 0)
		k.bye()
		k = c.join(hmi, plc, 50003, 502) // its beginning was not seen
		k.say(1, frame.ModbusWords(nil, 3, 1, frame.ReadHolding, []uint16{1, 2, 3, 4}))
		k.poll(3, 0)
		got := c.analyzed(t, Options{Learn: learn})
		quiet(t, got, 0)
		if len(got.links) != 1 {
			t.Errorf("%d links: %v", len(got.links), got.links)
		}
	})
	t.Run("idle for a day", func(t *testing.T) {
		c := newTape()
		k := c.dial(hmi, plc, 50001, 502)
		idle := c.dial(hmi, s7plc, 50002, 102)
		idle.ask(frame.CotpConnect(nil, false, 0x100, 0x102), frame.CotpConnect(nil, true, 0x100, 0x102))
		idle.ask(frame.S7ReadJob(nil, 1, []frame.S7Item{{Block: 1, Length: 2}}), frame.S7ReadReply(nil, 1, [][]byte{{1, 2}}))
		for range 60 { // the sensor hears something all the time
			k.poll(1, 0)
			c.wait(30 * time.Minute)
		}
		idle.ask(frame.S7ReadJob(nil, 2, []frame.S7Item{{Block: 1, Length: 2}}), frame.S7ReadReply(nil, 2, [][]byte{{1, 2}}))
		got := c.analyzed(t, Options{Learn: learn})
		quiet(t, got, 0)
	})
	t.Run("evicted and seen again", func(t *testing.T) {
		c := newTape()
		for round := range 4 {
			for i := range 12 { // of one pair of addresses, so of one shard
				k := c.dial(hmi, plc, uint16(50000+100*round+i), uint16(2000+i))
				k.poll(2, 0)
				k.bye()
			}
			c.wait(40 * time.Minute)
		}
		got := c.analyzed(t, Options{Learn: learn, Ceiling: 4})
		if got.sum.Lost["links"] == 0 {
			t.Fatal("no link was evicted: the test proves nothing")
		}
		if count(got.findings, "detector", "D11") != count(got.findings, "detector", "D11", "severity", "info") {
			quiet(t, got, 0)
		}
	})
	t.Run("a link that is new", func(t *testing.T) { // the same, only that it really is
		c := newTape()
		k := c.dial(hmi, plc, 50001, 502)
		k.poll(5, 0)
		c.wait(2 * time.Hour)
		k.poll(5, 0)
		k = c.dial(hmi, s7plc, 50002, 502)
		k.poll(5, 0)
		got := c.analyzed(t, Options{Learn: learn})
		if !slices.ContainsFunc(got.findings, func(f row) bool { return f.text("detector") == "D11" && f.text("severity") != "info" }) {
			t.Errorf("not found: %v", got.findings)
		}
	})
}
