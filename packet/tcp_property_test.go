package packet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

// reader is a Taker that reads as it pleases and holds what it is offered against the
// stream as it was sent.
type reader struct {
	t       *testing.T
	rng     *rand.Rand
	stream  []byte
	at      int
	offered int // of the unread bytes, those seen before
	need    int
	gaps    int
	defects int
}

func (r *reader) Stream(c *Conversation, dir int, b []byte, at *Arrival) (read, need int) {
	if !bytes.HasPrefix(r.stream[r.at:], b) {
		r.t.Fatalf("at byte %d: offered what was not sent there: %q", r.at, b)
	}
	if len(b) <= r.offered && r.offered > 0 || len(b) < r.need {
		r.t.Fatalf("at byte %d: asked again with %d bytes, after %d, where %d were wanted", r.at, len(b), r.offered, r.need)
	}
	if r.rng.IntN(3) > 0 {
		read = r.rng.IntN(len(b) + 1)
	}
	if left := len(b) - read; left > 0 && r.rng.IntN(2) == 0 {
		need = left + r.rng.IntN(200)
	}
	r.at += read
	r.offered, r.need = len(b)-read, min(need, len(r.stream)-r.at)
	if r.need <= r.offered {
		r.need = 0
	}
	return read, need
}

func (r *reader) Open(*Conversation, *Packet)                               {}
func (r *reader) Close(*Conversation, Reason)                               {}
func (r *reader) Datagram(*Conversation, int, *Packet)                      {}
func (r *reader) Gap(c *Conversation, dir int, n uint32, at *Arrival)       { r.gaps++ }
func (r *reader) Defect(c *Conversation, d int, f davy.Defect, at *Arrival) { r.defects++ }
func randomBytes(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// piece is what of a stream passes the mirror: a range of its bytes.
type piece struct {
	from, to int
	sort     int
}

// segmented cuts a stream at random, repeats parts of it and puts it out of order by a few
// places. Every byte comes at least once.
func segmented(rng *rand.Rand, n, disorder int) []piece {
	var out []piece
	for at := 0; at < n; {
		size := 1 + rng.IntN(60)
		if rng.IntN(10) == 0 {
			size = 1 + rng.IntN(1400)
		}
		to := min(n, at+size)
		out = append(out, piece{at, to, len(out) * 10})
		at = to
	}
	for i := range out {
		p := &out[i]
		p.sort += rng.IntN(1 + disorder*10)
		switch rng.IntN(8) {
		case 0: // again, later
			out = append(out, piece{p.from, p.to, p.sort + rng.IntN(200)})
		case 1: // another cut of the same bytes and those around them
			from := max(0, p.from-rng.IntN(100))
			out = append(out, piece{from, min(n, from+1+rng.IntN(200)), p.sort + rng.IntN(100)})
		}
	}
	slices.SortStableFunc(out, func(a, b piece) int { return a.sort - b.sort })
	return out
}

func (p piece) packet(isn uint32, stream []byte, i int) *Packet {
	return &Packet{Kind: TCPSegment, IPProto: 6, Src: davy.AddrOf4(1, 0), Dst: davy.AddrOf4(2, 0), SrcPort: 1, DstPort: 2, Flags: ACK,
		Seq: isn + 1 + uint32(p.from), Ack: 1, Payload: stream[p.from:p.to], Time: int64(i) * 1e5,
		Origin: davy.Origin{Stamp: int64(i) * 1e5, Frame: uint32(i + 1)}}
}

func shake(table *Table, isn uint32, k Taker) {
	p := piece{}.packet(isn, nil, 0)
	p.Seq, p.Flags = isn, SYN
	table.Take(p, k)
	table.Take(&Packet{Kind: TCPSegment, IPProto: 6, Src: p.Dst, Dst: p.Src, SrcPort: 2, DstPort: 1, Flags: SYN | ACK, Seq: 0, Ack: isn + 1}, k)
}

// TestAnySegmentation: however a stream is cut, repeated and put out of order, its bytes
// are offered in order, once, and never again without more behind them.
func TestAnySegmentation(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 2))
		stream := randomBytes(rng, 1+rng.IntN(20000))
		isn := rng.Uint32()
		if seed%2 == 0 {
			isn = -uint32(rng.IntN(len(stream) + 1)) // the numbers wrap on the way
		}
		table, r := NewTable(TableConfig{}), &reader{t: t, rng: rng, stream: stream}
		shake(table, isn, r)
		for i, p := range segmented(rng, len(stream), rng.IntN(30)) {
			table.Take(p.packet(isn, stream, i), r)
			if err := table.verify(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		if r.at+r.offered < len(stream) && r.need == 0 || r.gaps > 0 || r.defects > 0 {
			t.Fatalf("seed %d: %d of %d bytes offered, %d gaps, %d defects", seed, r.at+r.offered, len(stream), r.gaps, r.defects)
		}
	}
}

// first is what the receiver of these pieces has, if of each byte the first copy counts.
func first(n int, pieces []piece, copies [][]byte) []byte {
	out, have := make([]byte, n), make([]bool, n)
	for i, p := range pieces {
		for at := p.from; at < p.to; at++ {
			if !have[at] {
				out[at], have[at] = copies[i][at-p.from], true
			}
		}
	}
	return out
}

// TestFirstCopyWins: where copies differ the first one's bytes are handed on, and it is
// told that they differ, if and only if they do.
func TestFirstCopyWins(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 3))
		n := 200 + rng.IntN(5000)
		stream := randomBytes(rng, n)
		pieces := segmented(rng, n, rng.IntN(20))
		copies := make([][]byte, len(pieces))
		for i, p := range pieces {
			copies[i] = slices.Clone(stream[p.from:p.to])
			if p.to-p.from > 1 && rng.IntN(20) == 0 { // a single byte may be a keep-alive's
				copies[i][rng.IntN(p.to-p.from)] ^= 0x55
			}
		}
		want := first(n, pieces, copies)
		differ := false
		for i, p := range pieces {
			differ = differ || !bytes.Equal(copies[i], want[p.from:p.to])
		}
		table, r := NewTable(TableConfig{}), &reader{t: t, rng: rng, stream: want}
		shake(table, 0, r)
		for i, p := range pieces {
			q := p.packet(0, stream, i)
			q.Payload = copies[i]
			table.Take(q, r)
		}
		if r.at+r.offered < n && r.need == 0 || r.gaps > 0 {
			t.Fatalf("seed %d: %d of %d bytes offered, %d gaps", seed, r.at+r.offered, n, r.gaps)
		}
		if r.defects > 0 != differ {
			t.Fatalf("seed %d: differ %v, %d defects", seed, differ, r.defects)
		}
	}
}

// TestLoss: of messages, each in a segment of its own, some are lost by the mirror and all
// come a little out of order. All others are read, once and in order, each with its frame.
func TestLoss(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 4))
		var stream []byte
		var pieces []piece
		for i := range 100 {
			from := len(stream)
			stream = fmt.Appendf(stream, "message %d%s;", i, strings.Repeat("-", rng.IntN(30)))
			if i == 0 || rng.IntN(8) > 0 {
				pieces = append(pieces, piece{from, len(stream), i*10 + rng.IntN(25)})
			}
		}
		sent := slices.Clone(pieces)
		slices.SortStableFunc(pieces, func(a, b piece) int { return a.sort - b.sort })
		frame := map[int]int{}
		table, k := NewTable(TableConfig{}), &clerk{}
		shake(table, 7, k)
		for i, p := range pieces {
			frame[p.from] = i + 1
			q := p.packet(7, stream, i)
			q.Time = int64(i) * 10e6
			table.Take(q, k)
			if rng.IntN(2) == 0 { // the receiver has them all
				table.Take(&Packet{Kind: TCPSegment, IPProto: 6, Src: q.Dst, Dst: q.Src, SrcPort: 2, DstPort: 1, Flags: ACK, Seq: 1,
					Ack: q.Seq + uint32(len(q.Payload)), Time: q.Time}, k)
			}
		}
		table.Flush(k)
		var got, want []string
		for _, line := range k.out {
			if strings.Contains(line, "message") {
				got = append(got, line[2:])
			}
		}
		for _, p := range sent {
			want = append(want, fmt.Sprintf("%q @%d", stream[p.from:p.to], frame[p.from]))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d:\n%s\n\nnot\n%s", seed, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// muddle is a capture of several dialogues at once, with losses, repetitions, changed
// bytes, slices and wrong order.
func muddle(seed uint64) []*Packet {
	rng := rand.New(rand.NewPCG(seed, 5))
	var out []*Packet
	for i := range 6 {
		skew := time.Duration(rng.IntN(120)-60) * time.Millisecond
		for _, p := range shifted(talk(seed*10+uint64(i%5)), rng.IntN(2), skew) {
			if p.SrcPort == 1025 {
				p.SrcPort += uint16(i % 4)
			} else {
				p.DstPort += uint16(i % 4)
			}
			p.Time += int64(i) * 1e8
			for range 1 + rng.IntN(10)/9 {
				if rng.IntN(15) == 0 {
					continue
				}
				q := *p
				q.Time += rng.Int64N(5e6)
				if n := len(q.Payload); n > 0 && rng.IntN(15) == 0 {
					cut := rng.IntN(n)
					q.Payload, q.Missing = q.Payload[:cut], n-cut
				} else if n > 0 && rng.IntN(15) == 0 {
					q.Payload = slices.Clone(q.Payload)
					q.Payload[rng.IntN(n)]++
				}
				if rng.IntN(60) == 0 {
					q.Kind, q.IPProto = UDPDatagram, 17
				}
				if rng.IntN(60) == 0 {
					q.Flags ^= 1 << rng.IntN(5)
				}
				if rng.IntN(60) == 0 {
					q.Seq += rng.Uint32()
				}
				out = append(out, &q)
			}
		}
	}
	return shifted(out, 0, 0)
}

// TestTicksAndStatesChangeNothing: the same packets tell the same, whether Tick is called
// after each or never, whatever the seed of the index, and when the state is saved and
// loaded on the way.
func TestTicksAndStatesChangeNothing(t *testing.T) {
	for seed := range uint64(60) {
		packets := muddle(seed)
		config := TableConfig{Recent: 4 << 10}
		if seed%2 == 1 {
			config = TableConfig{Conversations: 4, Buffered: 8 << 10, Segments: 4, SegmentBytes: 100, Recent: 2 << 10}
		}
		if seed%6 == 2 { // every ceiling at 4: nothing can be held, everything is evicted
			config = TableConfig{Conversations: 4, Buffered: 4, Segments: 4, SegmentBytes: 4, Recent: 4}
		}
		run := func(config TableConfig, tick, save bool) (string, Stats) {
			s := newScript(t, config)
			s.taker.stamps = true
			rng := rand.New(rand.NewPCG(seed, 6))
			for i, p := range packets {
				s.table.Take(p, s.taker)
				s.check()
				if tick && rng.IntN(3) > 0 && i+1 < len(packets) {
					s.table.Tick(p.Time+rng.Int64N(packets[i+1].Time-p.Time+1), s.taker)
				}
				if save && rng.IntN(20) == 0 {
					s.reload()
				}
				if i == len(packets)/2 {
					s.table.Tick(packets[i+1].Time, s.taker)
					s.table.Flush(s.taker)
				}
			}
			s.table.Tick(packets[len(packets)-1].Time+10e9, s.taker)
			return strings.Join(s.taker.out, "\n"), s.table.Stats()
		}
		want, counts := run(config, false, false)
		if strings.Count(want, "\n") < 20 {
			t.Fatalf("seed %d: hardly anything is told", seed)
		}
		for _, c := range []struct {
			name       string
			tick, save bool
			seed       uint64
		}{{"with ticks", true, false, 0}, {"saved and loaded", true, true, 0}, {"another seed", false, false, 99}} {
			config.Seed = c.seed
			got, other := run(config, c.tick, c.save)
			if got != want || other != counts {
				t.Fatalf("seed %d, %s: told differently\n%+v\n%+v\n%s", seed, c.name, other, counts, difference(got, want))
			}
		}
	}
}

// difference is the first line that differs, with those around it.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d:\n%s\n\nnot:\n%s", i, strings.Join(x[max(0, i-5):min(len(x), i+5)], "\n"), strings.Join(y[max(0, i-5):min(len(y), i+5)], "\n"))
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}
