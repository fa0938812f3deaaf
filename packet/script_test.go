package packet

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// A script is a list of packets, one a line, and what the Taker was told is a list of
// lines too, so that a test reads like a capture beside what was made of it:
//
//	0ms > SYN 100
//	1ms < SYN ACK 500/101
//	2ms > ACK 101/501 "ask;"
//
// The signs are > from A to B and < from B to A; a number before the sign is another
// client port. Numbers are seq and seq/ack; ACK alone may be left out where an ack is
// given. +N says that N more bytes were on the wire than in the capture; udp makes a
// datagram; copy marks a mirror's duplicate. A line may also be "40ms tick" or "flush".
// Frames are numbered from 1 by packet lines.
type script struct {
	t      *testing.T
	table  *Table
	taker  *clerk
	offset uint32 // added to all sequence numbers
	frame  uint32
	now    int64
	copies bool // of the whole state, saved and loaded before each packet
}

// clerk is a Taker that writes down what it is told. It reads messages that end with a
// semicolon; with all it reads everything at once, with counted the first byte of a message
// says its length.
type clerk struct {
	out     []string
	all     bool
	counted bool
	calls   int
	stamps  bool // write the time of what was held back
	opened  int
}

func (k *clerk) say(c *Conversation, dir int, at *Arrival, format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if dir >= 0 {
		sign := "> "
		if dir == 1 != (c.A.Port == 502) { // A is the client but where the server was seen first
			sign = "< "
		}
		line = sign + line
	}
	if n := c.User.(int); n > 1 && dir < 0 {
		line = strconv.Itoa(n) + " " + line
	} else if n > 1 {
		line = strconv.Itoa(n) + line
	}
	if at != nil {
		line += fmt.Sprintf(" @%d", at.Origin.Frame)
		if k.stamps && at.Time != at.Origin.Stamp {
			line += fmt.Sprintf(" at %v", time.Duration(at.Time))
		}
	}
	k.out = append(k.out, line)
}

func (k *clerk) Open(c *Conversation, p *Packet) {
	k.opened++
	c.User = k.opened
	k.say(c, -1, nil, "open %s", opened(c))
}

func opened(c *Conversation) string {
	switch {
	case c.Opener < 0:
		return "joined"
	case int(c.Opener) == 0 == (c.A.Port != 502):
		return "by client"
	}
	return "by server"
}

func (k *clerk) Stream(c *Conversation, dir int, b []byte, at *Arrival) (read, need int) {
	k.calls++
	if k.all {
		k.say(c, dir, at, "%q", b)
		return len(b), 0
	}
	for len(b) > read {
		var n int
		if k.counted {
			if n = int(b[read] - '0'); n > len(b)-read {
				return read, n
			}
		} else if n = bytes.IndexByte(b[read:], ';') + 1; n == 0 {
			return read, 0
		}
		k.say(c, dir, at, "%q", b[read:read+n])
		read += n
	}
	return read, 0
}

func (k *clerk) Gap(c *Conversation, dir int, n uint32, at *Arrival) {
	k.say(c, dir, at, "gap %d", n)
}

func (k *clerk) Datagram(c *Conversation, dir int, p *Packet) {
	at := Arrival{Time: p.Time, Origin: p.Origin}
	k.say(c, dir, &at, "datagram %q", p.Payload)
}

// Side takes a question mark at a datagram's end for a request, an exclamation mark for an answer.
func (k *clerk) Side(c *Conversation, dir int, p *Packet) Side {
	switch n := len(p.Payload); {
	case n > 0 && p.Payload[n-1] == '?':
		return Asks
	case n > 0 && p.Payload[n-1] == '!':
		return Answers
	}
	return NoSide
}

func (k *clerk) Defect(c *Conversation, dir int, d davy.Defect, at *Arrival) {
	k.say(c, dir, at, "%s", d)
}

func (k *clerk) Close(c *Conversation, why Reason) {
	k.say(c, -1, nil, "%s", [...]string{"finished", "replaced", "idle", "evicted"}[why])
}

func newScript(t *testing.T, config TableConfig) *script {
	return &script{t: t, table: NewTable(config), taker: &clerk{}}
}

// saveUser and loadUser are the callbacks for the clerk's User.
func saveUser(w *wire.Writer, c *Conversation) { w.Uvarint(uint64(c.User.(int))) }

func loadUser(r *wire.Reader, c *Conversation) error {
	c.User = int(r.Uvarint())
	return nil
}

// reload saves the table and goes on with one that was loaded.
func (s *script) reload() {
	s.t.Helper()
	b := s.table.AppendState(nil, saveUser)
	fresh := NewTable(s.table.config)
	if err := fresh.LoadState(b, loadUser); err != nil {
		s.t.Fatalf("the saved state does not load: %v", err)
	}
	if again := fresh.AppendState(nil, saveUser); !bytes.Equal(again, b) {
		s.t.Fatalf("saved and loaded and saved again the state differs (%d and %d bytes)", len(b), len(again))
	}
	s.table = fresh
}

var scriptFlags = map[string]uint8{"SYN": SYN, "ACK": ACK, "FIN": FIN, "RST": RST}

func (s *script) packet(line string) (p *Packet, verb string) {
	s.t.Helper()
	p = &Packet{Kind: TCPSegment, IPProto: 6, EtherType: 0x0800, Src: davy.AddrOf4(0x0a000001, 0), Dst: davy.AddrOf4(0x0a000002, 0),
		SrcPort: 1025, DstPort: 502}
	quoted := ""
	if i := strings.IndexByte(line, '"'); i >= 0 {
		j := strings.LastIndexByte(line, '"')
		quoted, line = line[i:j+1], line[:i]+line[j+1:]
	}
	for _, f := range strings.Fields(line) {
		if d, err := time.ParseDuration(f); err == nil && f != "0" {
			p.Time = int64(d)
			continue
		}
		if sign := strings.TrimLeft(f, "0123456789"); sign == ">" || sign == "<" {
			verb = "packet"
			if n, err := strconv.Atoi(f[:len(f)-1]); err == nil {
				p.SrcPort = 1024 + uint16(n)
			}
			if sign == "<" {
				p.Src, p.Dst, p.SrcPort, p.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
			}
			continue
		}
		if flag, ok := scriptFlags[f]; ok {
			p.Flags |= flag
			continue
		}
		switch {
		case f == "tick" || f == "flush":
			verb = f
		case f == "udp":
			p.Kind, p.IPProto = UDPDatagram, 17
		case f == "copy":
			p.Copy = true
		case f[0] == '+':
			p.Missing, _ = strconv.Atoi(f[1:])
		default:
			seq, ack, acked := strings.Cut(f, "/")
			n, err := strconv.ParseUint(seq, 10, 32)
			if err != nil {
				s.t.Fatalf("what is %q in %q?", f, line)
			}
			p.Seq = uint32(n) + s.offset
			if acked {
				n, _ = strconv.ParseUint(ack, 10, 32)
				p.Ack = uint32(n) + s.offset
				p.Flags |= ACK
			}
		}
	}
	if quoted != "" {
		text, err := strconv.Unquote(quoted)
		if err != nil {
			s.t.Fatalf("%s: %v", quoted, err)
		}
		p.Payload = []byte(text)
	}
	return p, verb
}

// play runs a script and gives back what the Taker was told.
func (s *script) play(lines string) string {
	s.t.Helper()
	s.taker.out = nil
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		p, verb := s.packet(line)
		if s.copies {
			s.reload()
		}
		if p.Time == 0 {
			p.Time = s.now
		}
		s.now = p.Time
		switch verb {
		case "tick":
			s.table.Tick(p.Time, s.taker)
		case "flush":
			s.table.Flush(s.taker)
		case "packet":
			s.frame++
			p.Number = uint64(s.frame)
			p.Origin = davy.Origin{Stamp: p.Time, Frame: s.frame}
			s.table.Take(p, s.taker)
		default:
			s.t.Fatalf("what is to be done: %q", line)
		}
		s.check()
	}
	return strings.Join(s.taker.out, "\n")
}

// check holds what is always true of a table.
func (s *script) check() {
	s.t.Helper()
	if err := s.table.verify(); err != nil {
		s.t.Fatalf("after frame %d: %v", s.frame, err)
	}
}

// verify holds the table's own accounts against what it holds.
func (t *Table) verify() error {
	var count, open, taken, backs int
	for list := range t.orders {
		var older uint32
		for n := t.orders[list].oldest; n != 0; n = t.at1(n).newer {
			c := t.at1(n)
			if c.older != older || listOf(c) != list || c.number != n-1 {
				return fmt.Errorf("conversation %d stands wrongly in list %d", n-1, list)
			}
			older = n
			count++
			if c.state&closed == 0 {
				open++
			}
			p := &Packet{Kind: c.Kind, IPProto: c.IPProto, EtherType: c.EtherType, Src: c.B.Addr, SrcPort: c.B.Port, Dst: c.A.Addr, DstPort: c.A.Port}
			if found, _, _ := t.find(p); found != c {
				return fmt.Errorf("conversation %d is not found by its key", n-1)
			}
			for d := range c.dir {
				b := c.dir[d].back
				if b == nil {
					continue
				}
				backs++
				taken += backlogSize + cap(b.kept)
				bytes := 0
				for i := b.first; i < len(b.held); i++ {
					taken += cap(b.held[i].data)
					bytes += len(b.held[i].data)
					if ahead := b.held[i].seq - c.dir[d].next; i > b.first && ahead < b.held[i-1].seq+b.held[i-1].size-c.dir[d].next || -ahead-1 < maxBehind {
						return fmt.Errorf("conversation %d direction %d: held segments out of order", n-1, d)
					}
				}
				if b.c != c || b.dir != d || bytes != b.bytes || b.unread() > maxMessage || b.over(&t.config) {
					return fmt.Errorf("conversation %d direction %d: its backlog is wrong", n-1, d)
				}
				if b.unread() == 0 && bytes == 0 && len(b.held) == b.first && b.closeAt == 0 {
					return fmt.Errorf("conversation %d direction %d: an empty backlog", n-1, d)
				}
				if (b.place != 0) != (b.closeAt != 0 || len(b.held) > b.first) || b.place != 0 && (t.waiting[b.place-1] != b || b.deadline <= t.now) {
					return fmt.Errorf("conversation %d direction %d: its deadline is wrong", n-1, d)
				}
			}
		}
		if t.orders[list].newest != older {
			return fmt.Errorf("list %d ends wrongly", list)
		}
	}
	switch {
	case count != t.live || count != t.index.used || count > t.config.Conversations:
		return fmt.Errorf("%d conversations in lists, %d counted, %d in the index", count, t.live, t.index.used)
	case uint64(open) != t.stats.Live:
		return fmt.Errorf("%d conversations open, %d counted", open, t.stats.Live)
	case taken != t.buffers.taken || taken > t.config.Buffered:
		return fmt.Errorf("%d bytes of buffers in use, %d counted, %d allowed", taken, t.buffers.taken, t.config.Buffered)
	}
	for b := t.oldest; b != nil; b = b.newer {
		backs--
	}
	if backs != 0 {
		return fmt.Errorf("the chain of backlogs is wrong by %d", backs)
	}
	return nil
}

// scripted plays lines in a fresh table three times: as they are, across the wrap of the
// sequence numbers, and saving and loading the state before each packet. All must tell want.
func scripted(t *testing.T, config TableConfig, taker clerk, lines, want string) *script {
	t.Helper()
	var first *script
	for i, name := range []string{"plain", "wrapping", "saved and loaded"} {
		s := newScript(t, config)
		copied := taker
		s.taker = &copied
		if i == 1 {
			s.offset = 1<<32 - 110
		}
		s.copies = i == 2
		if got := s.play(lines); got != clean(want) {
			t.Fatalf("%s:\n%s\n\nnot:\n%s", name, got, clean(want))
		}
		if first == nil {
			first = s
		} else if s.table.Stats() != first.table.Stats() {
			t.Fatalf("%s: other counts:\n%+v\n%+v", name, s.table.Stats(), first.table.Stats())
		}
	}
	return first
}

// clean takes away the indentation of a raw string.
func clean(s string) string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
