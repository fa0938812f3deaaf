package packet

import (
	"fmt"
	"testing"

	"github.com/davylamp/davy"
)

// deaf is a Taker that reads all and keeps nothing.
type deaf struct{ bytes, opened, closed, gaps, defects int }

func (k *deaf) Open(*Conversation, *Packet)                { k.opened++ }
func (k *deaf) Close(*Conversation, Reason)                { k.closed++ }
func (k *deaf) Datagram(_ *Conversation, _ int, p *Packet) { k.bytes += len(p.Payload) }
func (k *deaf) Stream(_ *Conversation, _ int, b []byte, _ *Arrival) (int, int) {
	k.bytes += len(b)
	return len(b), 0
}
func (k *deaf) Gap(*Conversation, int, uint32, *Arrival)         { k.gaps++ }
func (k *deaf) Defect(*Conversation, int, davy.Defect, *Arrival) { k.defects++ }

// polling makes the packets of n connections that ask and answer in turn, one packet at a
// time, in one reused Packet as the decoder fills it: order says which connection is next.
type polling struct {
	p       Packet
	seq     [][2]uint32
	payload []byte
	i       uint32
	reply   bool
	order   func(i uint32) uint32
}

func newPolling(n, payload int) *polling {
	g := &polling{seq: make([][2]uint32, n), payload: make([]byte, payload)}
	g.order = func(i uint32) uint32 { return i % uint32(n) }
	return g
}

func (g *polling) next() *Packet {
	c := g.order(g.i)
	p := &g.p
	p.Kind, p.IPProto, p.Flags, p.Payload = TCPSegment, 6, ACK|PSH, g.payload
	client, server := davy.AddrOf4(0x0a000000+c>>4, 0), davy.AddrOf4(0x0a800000+c>>6, 0)
	port := uint16(40000 + c&1023)
	p.Time += 500
	p.Origin.Frame++
	s := &g.seq[c]
	if !g.reply {
		p.Src, p.Dst, p.SrcPort, p.DstPort = client, server, port, 502
		p.Seq, p.Ack = s[0], s[1]
		s[0] += uint32(len(g.payload))
	} else {
		p.Src, p.Dst, p.SrcPort, p.DstPort = server, client, 502, port
		p.Seq, p.Ack = s[1], s[0]
		s[1] += uint32(len(g.payload))
		g.i++
	}
	g.reply = !g.reply
	return p
}

// BenchmarkTake is one plain segment of polling: "walk" is making the packets alone, to be
// taken off the others.
func BenchmarkTake(b *testing.B) {
	for _, size := range []int{12, 250, 1460} {
		b.Run(fmt.Sprintf("walk/conversations=40000/payload=%d", size), func(b *testing.B) {
			g := newPolling(40000, size)
			var sum uint32
			for b.Loop() {
				sum += g.next().Seq
			}
		})
		for _, n := range []int{8, 200, 40000, 1000000} {
			if n == 1000000 && size > 12 {
				continue
			}
			b.Run(fmt.Sprintf("take/conversations=%d/payload=%d", n, size), func(b *testing.B) {
				g, k := newPolling(n, size), &deaf{}
				table := NewTable(TableConfig{Conversations: n, Buffered: 1 << 30})
				for range 4 * n {
					table.Take(g.next(), k)
				}
				b.ReportAllocs()
				for b.Loop() {
					table.Take(g.next(), k)
				}
				if st := table.Stats(); st.Conversations != uint64(n) || st.Gaps+st.OutOfOrder+st.HeldInVain > 0 {
					b.Fatalf("%+v", st)
				}
			})
		}
	}
}

// BenchmarkDatagram is the lookup alone: UDP, cyclic and in the order of a generator of
// full period, which no cache foresees.
func BenchmarkDatagram(b *testing.B) {
	for _, n := range []int{8, 1 << 15, 1 << 20} {
		for _, order := range []string{"cyclic", "random"} {
			b.Run(fmt.Sprintf("%s/conversations=%d", order, n), func(b *testing.B) {
				g, k := newPolling(n, 12), &deaf{}
				if order == "random" {
					g.order = func(i uint32) uint32 { return (i*1664525 + 1013904223) * 2654435761 >> 7 % uint32(n) }
				}
				table := NewTable(TableConfig{Conversations: n})
				take := func() {
					p := g.next()
					p.Kind, p.IPProto = UDPDatagram, 17
					table.Take(p, k)
				}
				for range 4 * n {
					take()
				}
				b.ReportAllocs()
				for b.Loop() {
					take()
				}
			})
		}
	}
}

// BenchmarkTurnover opens, uses and closes connections in a full table: the cost of a
// short connection of eight packets.
func BenchmarkTurnover(b *testing.B) {
	table, k := NewTable(TableConfig{Conversations: 10000}), &deaf{}
	p := &Packet{Kind: TCPSegment, IPProto: 6}
	var n uint32
	connection := func() { takeConnection(table, k, p, n); n++ }
	for range 30000 {
		connection()
	}
	b.ReportAllocs()
	for b.Loop() {
		connection()
	}
}

var request, answer = []byte("a request of the client"), []byte("an answer of the server")

func takeConnection(table *Table, k Taker, p *Packet, n uint32) {
	client, server := davy.AddrOf4(0x0a000000+n>>10&0xffff, 0), davy.AddrOf4(0x0a800001, 0)
	port := uint16(1024 + n&1023)
	isn := n * 2654435761
	step := func(dir int, flags uint8, seq, ack uint32, data []byte) {
		p.Time += 1e5
		p.Origin.Frame++
		p.Src, p.Dst, p.SrcPort, p.DstPort = client, server, port, 502
		if dir == 1 {
			p.Src, p.Dst, p.SrcPort, p.DstPort = server, client, 502, port
		}
		p.Flags, p.Seq, p.Ack, p.Payload = flags, isn+seq, isn+ack, data
		table.Take(p, k)
	}
	a, z := 1+uint32(len(request)), 1+uint32(len(answer))
	step(0, SYN, 0, 0, nil)
	step(1, SYN|ACK, 0, 1, nil)
	step(0, ACK, 1, 1, nil)
	step(0, ACK, 1, 1, request)
	step(1, ACK, 1, a, answer)
	step(0, FIN|ACK, a, z, nil)
	step(1, FIN|ACK, z, a+1, nil)
	step(0, ACK, a+1, z+1, nil)
}

// TestNoAllocations: in the steady state a packet costs no allocation: plain, in parts,
// out of order, held for the other leg, retransmitted, of connections that come and go.
func TestNoAllocations(t *testing.T) {
	check := func(name string, step func()) {
		t.Helper()
		for range 3000 {
			step()
		}
		if n := testing.AllocsPerRun(2000, step); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	table, k := NewTable(TableConfig{Conversations: 300}), &deaf{}
	g := newPolling(100, 12)
	check("plain", func() { table.Take(g.next(), k) })
	check("datagrams", func() {
		p := g.next()
		p.Kind, p.IPProto = UDPDatagram, 17
		table.Take(p, k)
	})
	var n uint32
	p := &Packet{Kind: TCPSegment, IPProto: 6, Time: g.p.Time}
	check("connections", func() { takeConnection(table, k, p, n); n++ })

	h, half := newPolling(100, 40), &halves{}
	h.p.Time = p.Time
	check("parts of messages", func() { table.Take(h.next(), half) })
	four := make([]Packet, 4)
	check("out of order", func() {
		for i := range four {
			if i == 2 {
				h.i-- // the same connection again
			}
			four[i] = *h.next()
		}
		for _, i := range [...]int{3, 2, 0, 1, 0, 2} {
			table.Take(&four[i], half)
		}
	})
	if st := table.Stats(); st.OutOfOrder == 0 || st.Held == 0 || st.Retransmitted == 0 || half.asked < 1000 {
		t.Errorf("not what was meant to be counted: %+v", st)
	}
}

// halves is a Taker that reads every second time only.
type halves struct {
	deaf
	asked int
}

func (k *halves) Stream(_ *Conversation, _ int, b []byte, _ *Arrival) (int, int) {
	if k.asked++; k.asked%2 == 0 {
		return len(b), 0
	}
	return len(b) / 3, len(b) + 10
}
