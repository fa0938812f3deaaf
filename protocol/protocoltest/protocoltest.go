// Package protocoltest is the one suite that every protocol passes: goldens, byte by byte
// equals all at once, a saved conversation goes on, lost packets are survived, cut packets
// do no harm, the steady state allocates nothing, and fuzzing.
//
// A conversation is a file testdata/NAME.txt:
//
//	# where the bytes are from: a recording of real peers, or the specification and clause
//	layer tcp
//	client 192.0.2.1:50000
//	server 192.0.2.2:502
//	> 0001 0000 0006 01 03 0000 0001
//	< 0001 0000 0005 01 03 02 002a
//
// A line is a segment, datagram or frame payload; # starts a comment. Optional headers:
// "joined" (no SYN was seen), "ethertype 0x8892", "ipproto 112", "note HEX" (another
// conversation announced this one, with this note), "unknown" (no protocol is meant to take
// it); client and server are MACs where there is no IP. What it says stands beside it in NAME.golden (go test -update
// writes it).
package protocoltest

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

var update = flag.Bool("update", false, "write the golden files")

// Conversation is a testdata file.
type Conversation struct {
	Name           string
	Layer          protocol.Layer
	Client, Server davy.Endpoint
	EtherType      uint16
	IPProto        uint8
	Joined         bool
	Unknown        bool   // no protocol is meant to take it
	Note           []byte // what another conversation announced of this one; nil: nothing did
	Packets        []Packet
}

// Packet is one line: its bytes and whether the client sends it.
type Packet struct {
	FromClient bool
	Bytes      []byte
}

// Conversations reads every conversation of a folder.
func Conversations(t testing.TB, dir string) (list []*Conversation) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*.txt"))
	if len(files) == 0 {
		t.Fatalf("%s holds no conversation (NAME.txt)", dir)
	}
	for _, f := range files {
		c, err := parse(f)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		list = append(list, c)
	}
	return list
}

func parse(path string) (*Conversation, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &Conversation{Name: strings.TrimSuffix(filepath.Base(path), ".txt"), Layer: protocol.TCP}
	for i, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "#")
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		switch word {
		case "":
		case "layer":
			c.Layer = protocol.Layer(rest)
		case "client":
			c.Client, err = endpoint(rest)
		case "server":
			c.Server, err = endpoint(rest)
		case "joined":
			c.Joined = true
		case "unknown":
			c.Unknown = true
		case "note":
			c.Note, err = hex.DecodeString(strings.Join(strings.Fields(rest), ""))
		case "ethertype":
			var n uint64
			n, err = strconv.ParseUint(rest, 0, 16)
			c.EtherType = uint16(n)
		case "ipproto":
			var n uint64
			n, err = strconv.ParseUint(rest, 0, 8)
			c.IPProto = uint8(n)
		case ">", "<":
			var b []byte
			b, err = hex.DecodeString(strings.Join(strings.Fields(rest), ""))
			c.Packets = append(c.Packets, Packet{word == ">", b})
		default:
			err = fmt.Errorf("what is %q?", word)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return c, nil
}

func endpoint(s string) (davy.Endpoint, error) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return davy.Endpoint{Addr: davy.AddrOfIP(ap.Addr(), 0), Port: ap.Port()}, nil
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		return davy.Endpoint{Addr: davy.AddrOfIP(ip, 0)}, nil
	}
	mac := davy.ParseMAC(s)
	if mac == 0 {
		return davy.Endpoint{}, fmt.Errorf("%q is no address", s)
	}
	return davy.Endpoint{Addr: davy.AddrOfMAC(mac, 0)}, nil
}

// Stream reports whether the conversation's layer is a byte stream.
func (c *Conversation) Stream() bool { return c.Layer == protocol.TCP }

// start is the message time of the first packet; packets follow each millisecond.
const start = 1_700_000_000_000_000_000

// Player plays a conversation into a session, as the packet path would.
type Player struct {
	Conv    *Conversation
	Set     *protocol.Set
	Session *protocol.Session
	Context protocol.Context
	Out     Sink
	unread  [2][]byte
	need    [2]int
}

// NewPlayer opens the conversation with the protocols of list.
func NewPlayer(c *Conversation, list ...*protocol.Protocol) *Player {
	p := &Player{Conv: c, Set: protocol.NewSet(list)}
	client := 0
	if c.Joined || !c.Stream() {
		client = -1
	}
	var announced *protocol.Expectation
	if c.Note != nil {
		announced = &protocol.Expectation{Protocol: list[0].Name, Note: c.Note}
	}
	p.Session = p.Set.Open(client, announced)
	p.Context.Layer, p.Context.EtherType, p.Context.IPProto = c.Layer, c.EtherType, c.IPProto
	p.Context.Sink = &p.Out
	return p
}

// Feed gives bytes of packet i (0-based); frame and time are the packet's.
func (p *Player) Feed(i int, b []byte) {
	dir, c := 0, p.Conv
	x := &p.Context
	x.Sender, x.Receiver = c.Client, c.Server
	if !c.Packets[i].FromClient {
		dir, x.Sender, x.Receiver = 1, c.Server, c.Client
	}
	x.SenderMAC, x.DestMAC = x.Sender.Addr.MAC(), x.Receiver.Addr.MAC()
	now := int64(start + i*1_000_000)
	x.Packet(now, davy.Origin{Stamp: now, Frame: uint32(i + 1)})
	if !c.Stream() {
		p.Set.Datagram(p.Session, x, dir, b)
		return
	}
	p.unread[dir] = append(p.unread[dir], b...)
	if len(p.unread[dir]) < p.need[dir] {
		return
	}
	n, need := p.Set.Stream(p.Session, x, dir, p.unread[dir])
	if n > len(p.unread[dir]) {
		panic(fmt.Sprintf("%s: Dissect says it read %d of %d bytes in packet %d", c.Name, n, len(p.unread[dir]), i+1))
	}
	p.unread[dir] = append(p.unread[dir][:0], p.unread[dir][n:]...)
	p.need[dir] = need
}

// Lose drops packet i: in a stream its bytes and what was unread before them are gone.
func (p *Player) Lose(i int) {
	dir := 0
	if !p.Conv.Packets[i].FromClient {
		dir = 1
	}
	if p.Conv.Stream() {
		p.unread[dir], p.need[dir] = p.unread[dir][:0], 0
		p.Set.Gap(p.Session, dir)
	}
}

// Clean reports whether every byte given so far has been read.
func (p *Player) Clean() bool { return len(p.unread[0])+len(p.unread[1]) == 0 }

// Reload saves the session and goes on with a fresh set from what was saved.
func (p *Player) Reload(list ...*protocol.Protocol) error {
	var w wire.Writer
	p.Set.AppendSession(&w, p.Session)
	p.Set = protocol.NewSet(list)
	r := wire.NewReader(w.B)
	s, err := p.Set.LoadSession(&r)
	if err != nil {
		return err
	}
	if r.Len() != 0 || r.Short() {
		return fmt.Errorf("%d bytes of the saved session were not read (short: %v)", r.Len(), r.Short())
	}
	p.Session = s
	return nil
}

// Play feeds every packet whole.
func (p *Player) Play() {
	for i, k := range p.Conv.Packets {
		p.Feed(i, k.Bytes)
	}
}

// Sink collects what is told as rows.
type Sink struct {
	Rows   bytes.Buffer
	Frames map[uint32]int // messages by frame
	Mute   bool
	Each   func(m *davy.Message) // also called for each message, where set
}

func (s *Sink) Message(m *davy.Message) {
	if s.Each != nil {
		s.Each(m)
	}
	if s.Mute {
		return
	}
	if s.Frames == nil {
		s.Frames = map[uint32]int{}
	}
	s.Frames[m.Origin.Frame]++
	b := m.AppendHead(s.Rows.AvailableBuffer(), "")
	if m.Parts > 1 {
		b = fmt.Appendf(b, `,"part":"%d/%d"`, m.Part+1, m.Parts)
	}
	if m.Cyclic {
		b = append(b, `,"cyclic":true`...)
	}
	if m.Quiet {
		b = append(b, `,"quiet":true`...)
	}
	if m.Took != 0 {
		b = fmt.Appendf(b, `,"took":%d`, m.Took)
	}
	s.Rows.Write(append(m.AppendBody(b), '\n'))
}

func (s *Sink) Fact(f *davy.Fact, value []byte) {
	if s.Mute {
		return
	}
	b := fmt.Appendf(s.Rows.AvailableBuffer(), `{"fact":"%s","frame":%d,"about":"%s","path":"%s","value":`, f.Attribute, f.Origin.Frame, f.About, f.Path)
	b = davy.AppendJSONString(b, value)
	s.Rows.Write(fmt.Appendf(b, ",\"source\":%q,\"confidence\":%d}\n", f.Source, f.Confidence))
}

func (s *Sink) Expect(e *protocol.Expectation) {
	if !s.Mute {
		fmt.Fprintf(&s.Rows, "{\"expect\":%q,\"layer\":%q,\"a\":\"%s\",\"b\":\"%s\",\"port\":%d,\"note\":\"%x\"}\n", e.Protocol, e.Layer, e.A, e.B, e.Port, e.Note)
	}
}
