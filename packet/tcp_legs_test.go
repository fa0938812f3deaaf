package packet

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

// TestLateRequests: the leg of the requests is 20 ms late; each reply waits for its request,
// with its own frame and the time at which it was let go.
func TestLateRequests(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{stamps: true}, `
		1ms < SYN 500/101
		4ms < 501/105 "A;"
		14ms < 503/109 "B;"
		20ms > SYN 100
		22ms > 101/501
		23ms > 101/501 "a;.;"
		24ms < 505/113 "C;"
		33ms > 105/503 "b;.;"
		34ms < 507/117 "D;"
		43ms > 109/505 "c;.;"
		53ms > 113/507 "d;.;"
	`, `
		open by client
		> "a;" @6
		> ".;" @6
		< "A;" @2 at 23ms
		> "b;" @8
		> ".;" @8
		< "B;" @3 at 33ms
		> "c;" @10
		> ".;" @10
		< "C;" @7 at 43ms
		> "d;" @11
		> ".;" @11
		< "D;" @9 at 53ms
	`)
	if st := s.table.Stats(); st.Held != 4 || st.HeldInVain != 0 {
		t.Errorf("counts: %+v", st)
	}
}

// TestHoldEnds: the bytes that a reply acknowledges do not come for 50 ms; it goes on. After
// three that waited in vain over 150 ms none waits until the other side shows up again.
func TestHoldEnds(t *testing.T) {
	scripted(t, TableConfig{}, clerk{stamps: true}, shaken+`
		10ms > 101/501 "one;"
		11ms < 501/105 "1;"
		20ms < 503/109 "2;"
		30ms < 505/113 "3;"
		90ms < 507/117 "4;"
		140ms tick
		171ms < 507/117 "4;"
		200ms > 117/509 "five;"
		201ms < 509/122 "5;"
		300ms < 511/127 "6;"
		310ms > 122/511 "six6;"
	`, `
		open by client
		> "one;" @4
		< "1;" @5
		< "2;" @6 at 70ms
		< "3;" @7 at 80ms
		< "4;" @8 at 140ms
		> gap 12 @10
		> "five;" @10
		< "5;" @11
		> "six6;" @13
		< "6;" @12 at 310ms
	`)
}

// TestHoldOff: no waiting for another leg where the table is told so.
func TestHoldOff(t *testing.T) {
	scripted(t, TableConfig{Hold: -1}, clerk{}, `
		1ms < 501/105 "A;"
		2ms > 101/501 "a;.;"
	`, `
		open joined
		< "A;" @1
		> "a;" @2
		> ".;" @2
	`)
}

// TestNonsenseAcknowledged: an acknowledgement far from anything seen holds nothing back.
func TestNonsenseAcknowledged(t *testing.T) {
	scripted(t, TableConfig{}, clerk{stamps: true}, shaken+`
		4ms > 101/90000000 "one;"
		5ms > 105/3900000000 "two;"
	`, `
		open by client
		> "one;" @4
		> "two;" @5
	`)
}

// A dialogue is a connection between a client and a server as both of them see it: each
// segment with the moment at which it passes the mirror.
type dialogue struct {
	rng     *rand.Rand
	packets []*Packet
	now     int64
	next    [2]uint32
}

func (d *dialogue) send(dir int, flags uint8, payload string) {
	p := &Packet{Kind: TCPSegment, IPProto: 6, Src: davy.AddrOf4(1, 0), Dst: davy.AddrOf4(2, 0), SrcPort: 1025, DstPort: 502,
		Time: d.now, Seq: d.next[dir], Flags: flags, Payload: []byte(payload)}
	if dir == 1 {
		p.Src, p.Dst, p.SrcPort, p.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
	}
	if flags&ACK != 0 {
		p.Ack = d.next[1-dir]
	}
	d.next[dir] += uint32(len(payload))
	if flags&(SYN|FIN) != 0 {
		d.next[dir]++
	}
	d.packets = append(d.packets, p)
	d.now += 50e3 + d.rng.Int64N(3e6)
}

// say sends a text in segments; the other side may acknowledge in between.
func (d *dialogue) say(dir int, text string) {
	for text != "" {
		n := min(len(text), 1+d.rng.IntN(12))
		d.send(dir, ACK|PSH, text[:n])
		if text = text[n:]; d.rng.IntN(4) == 0 {
			d.send(1-dir, ACK, "")
		}
	}
}

// talk makes a dialogue of requests and replies, from the SYN on or from the middle.
func talk(seed uint64) []*Packet {
	d := &dialogue{rng: rand.New(rand.NewPCG(seed, 1)), now: 1e9}
	d.next = [2]uint32{d.rng.Uint32(), d.rng.Uint32()}
	if d.rng.IntN(3) > 0 {
		d.send(0, SYN, "")
		d.send(1, SYN|ACK, "")
		d.send(0, ACK, "")
		if d.rng.IntN(3) == 0 {
			d.say(1, "220 ready;")
		}
	}
	for i := range 3 + d.rng.IntN(12) {
		d.say(0, fmt.Sprintf("request %d%s;", i, strings.Repeat(".", d.rng.IntN(20))))
		d.say(1, fmt.Sprintf("reply %d%s;", i, strings.Repeat(".", d.rng.IntN(20))))
		if d.rng.IntN(3) == 0 {
			d.now += d.rng.Int64N(1e9)
		}
	}
	switch d.rng.IntN(3) {
	case 0:
		d.send(0, FIN|ACK, "")
		d.send(1, FIN|ACK, "")
		d.send(0, ACK, "")
	case 1:
		d.send(1, RST|ACK, "")
	}
	return d.packets
}

// shifted is the capture with direction dir's packets brought later (or earlier) by skew.
func shifted(packets []*Packet, dir int, skew time.Duration) []*Packet {
	var out []*Packet
	for _, p := range packets {
		q := *p
		if (q.DstPort == 502) == (dir == 0) {
			q.Time += int64(skew)
		}
		out = append(out, &q)
	}
	slices.SortStableFunc(out, func(a, b *Packet) int { return int(a.Time - b.Time) })
	for i, p := range out {
		p.Number = uint64(i + 1)
		p.Origin = davy.Origin{Stamp: p.Time, Frame: uint32(i + 1)}
	}
	return out
}

// told runs packets and gives back what the Taker was told, without frame numbers.
func told(t *testing.T, packets []*Packet) (string, Stats) {
	table, k := NewTable(TableConfig{}), &clerk{}
	for _, p := range packets {
		table.Take(p, k)
		if err := table.verify(); err != nil {
			t.Fatal(err)
		}
	}
	table.Flush(k)
	for i, line := range k.out {
		if at := strings.LastIndexByte(line, '@'); at > 0 {
			k.out[i] = line[:at]
		}
		if strings.HasPrefix(line, "open") {
			k.out[i] = "open"
		}
	}
	return strings.Join(k.out, "\n"), table.Stats()
}

// TestShiftedLegs: a capture whose legs are out of step by up to 45 ms tells the same, in
// the same order, as the one where they are in step; whether the connection was seen from
// its SYN or from its middle.
func TestShiftedLegs(t *testing.T) {
	for seed := range uint64(100) {
		packets := talk(seed)
		want, st := told(t, shifted(packets, 0, 0))
		if strings.Contains(want, "gap") || !strings.Contains(want, "reply 2") {
			t.Fatalf("seed %d: the capture in step is told wrongly:\n%s", seed, want)
		}
		for _, skew := range []time.Duration{1, 5, 20, 45, -1, -5, -20, -45} {
			for dir := range 2 {
				got, sk := told(t, shifted(packets, dir, skew*time.Millisecond))
				if got != want {
					t.Fatalf("seed %d, direction %d by %d ms:\n%s\n\nnot:\n%s", seed, dir, skew, got, want)
				}
				if sk.Conversations != st.Conversations || sk.Finished != st.Finished || sk.DroppedBytes != 0 {
					t.Fatalf("seed %d, direction %d by %d ms: %+v", seed, dir, skew, sk)
				}
			}
		}
	}
}
