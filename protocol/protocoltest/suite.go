package protocoltest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
)

// Run passes the suite over the conversations in testdata. carriers are the protocols that
// carry p, or that p carries.
func Run(t *testing.T, p *protocol.Protocol, carriers ...*protocol.Protocol) {
	list := append([]*protocol.Protocol{p}, carriers...)
	for _, c := range Conversations(t, "testdata") {
		t.Run(c.Name, func(t *testing.T) {
			whole := NewPlayer(c, list...)
			whole.Out.Each = func(m *davy.Message) { declared(t, m, list) }
			whole.Play()
			identified(t, whole, list)
			golden(t, c.Name, whole.Out.Rows.String())
			t.Run("reload", func(t *testing.T) { reload(t, c, list, whole.Out.Rows.String()) })
			t.Run("cut", func(t *testing.T) { cut(c, list) })
			t.Run("steady", func(t *testing.T) { steady(t, c, list) })
			if c.Stream() {
				t.Run("bytes", func(t *testing.T) { bytewise(t, c, list, whole.Out.Rows.String()) })
				t.Run("pieces", func(t *testing.T) { pieces(t, c, list) })
				t.Run("gaps", func(t *testing.T) { gaps(t, c, list, whole) })
			} else {
				t.Run("copies", func(t *testing.T) { copies(t, c, list, whole.Out.Rows.String()) })
			}
		})
	}
}

// identified fails a conversation that no probe of list took: a golden file of nothing
// proves nothing.
func identified(t *testing.T, p *Player, list []*protocol.Protocol) {
	t.Helper()
	c := p.Conv
	if !slices.ContainsFunc(list, func(q *protocol.Protocol) bool { return slices.Contains(q.Over, c.Layer) }) {
		t.Fatalf("no protocol at hand is carried by layer %q", c.Layer)
	}
	if p.Session.Protocol() != nil || c.Unknown {
		return
	}
	for i, k := range c.Packets {
		x := protocol.Peek{Layer: c.Layer, Bytes: k.Bytes, Sender: c.Client, Receiver: c.Server, EtherType: c.EtherType, IPProto: c.IPProto}
		if !k.FromClient {
			x.Sender, x.Receiver = c.Server, c.Client
		}
		g := list[0].Probe(&x)
		t.Errorf("no probe took packet %d: confidence %d (the own port adds 20, 50 takes it); say \"unknown\" in the header if that is meant", i+1, g.Confidence)
	}
}

// declared checks that what a message names can be found again by its name.
func declared(t *testing.T, m *davy.Message, list []*protocol.Protocol) {
	t.Helper()
	has := func(f func(p *protocol.Protocol) bool) bool { return slices.ContainsFunc(list, f) }
	if !has(func(p *protocol.Protocol) bool { return p.Name == m.Protocol || slices.Contains(p.Also, m.Protocol) }) {
		t.Errorf("a message is called %q, which is neither Name nor Also of a protocol at hand", m.Protocol)
	}
	if s := m.Object.Space; s != nil && !has(func(p *protocol.Protocol) bool { return slices.Contains(p.Spaces, s) }) {
		t.Errorf("the space %q is not in Spaces", s.Name)
	}
	if k := m.Path.Kind; k != nil && !has(func(p *protocol.Protocol) bool { return slices.Contains(p.Paths, k) }) {
		t.Errorf("the path kind %q is not in Paths", k.Name)
	}
}

// difference is the first row in which two outputs differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("row %d\n  was %s\n  is  %s", i+1, w[i], strings.Join(g[min(i, len(g)):min(i+1, len(g))], ""))
		}
	}
	return fmt.Sprintf("row %d\n  was nothing\n  is  %s", len(w)+1, g[len(w)])
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update && !t.Failed() {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("%s says something else now (go test -update writes it anew): %s", path, difference(string(want), got))
	}
}

// bytewise hands a stream on byte by byte: the same messages at the same frames. Of a
// conversation joined in its middle, whole segments are wanted until each side is known.
func bytewise(t *testing.T, c *Conversation, list []*protocol.Protocol, want string) {
	p := NewPlayer(c, list...)
	var known [2]bool
	for i, k := range c.Packets {
		side := 0
		if k.FromClient {
			side = 1
		}
		if c.Joined && !known[side] {
			p.Feed(i, k.Bytes)
			known[side] = p.Out.Frames[uint32(i+1)] > 0
			continue
		}
		for j := range k.Bytes {
			p.Feed(i, k.Bytes[j:j+1])
		}
	}
	if got := p.Out.Rows.String(); got != want {
		t.Errorf("byte by byte differs from all at once: %s", difference(want, got))
	}
}

// pieces hands a stream on that was joined in its middle, in pieces: the same messages.
func pieces(t *testing.T, conv *Conversation, list []*protocol.Protocol) {
	c := *conv
	c.Joined = true
	whole := NewPlayer(&c, list...)
	whole.Play()
	for _, size := range []int{9, 24} {
		p := NewPlayer(&c, list...)
		for i, k := range c.Packets {
			for part := range slices.Chunk(k.Bytes, size) {
				p.Feed(i, part)
			}
		}
		if want, got := whole.Out.Rows.String(), p.Out.Rows.String(); got != want {
			t.Errorf("joined in its middle, pieces of %d bytes differ from all at once: %s", size, difference(want, got))
		}
	}
}

// reload saves and loads the conversation before every packet: the same messages.
func reload(t *testing.T, c *Conversation, list []*protocol.Protocol, want string) {
	p := NewPlayer(c, list...)
	for i, k := range c.Packets {
		if err := p.Reload(list...); err != nil {
			t.Fatalf("before packet %d: %v", i+1, err)
		}
		p.Feed(i, k.Bytes)
	}
	if got := p.Out.Rows.String(); got != want {
		t.Errorf("a saved conversation goes on differently: %s", difference(want, got))
	}
}

// copies shows every datagram twice, as mirrors do: a copy is read for its row, and changes
// nothing of what the others say.
func copies(t *testing.T, c *Conversation, list []*protocol.Protocol, want string) {
	p := NewPlayer(c, list...)
	for i, k := range c.Packets {
		p.Feed(i, k.Bytes)
		p.Context.Duplicate, p.Out.Mute = true, true
		p.Feed(i, k.Bytes)
		p.Context.Duplicate, p.Out.Mute = false, false
	}
	if got := p.Out.Rows.String(); got != want {
		t.Errorf("after copies (c.Duplicate) a conversation says something else: %s", difference(want, got))
	}
}

// gaps loses each packet once: every later packet that began and ended with a message and
// said something still says something, if it would as the first one that is seen.
func gaps(t *testing.T, c *Conversation, list []*protocol.Protocol, whole *Player) {
	clean := make([]bool, len(c.Packets))
	p := NewPlayer(c, list...)
	for i, k := range c.Packets {
		p.Feed(i, k.Bytes)
		clean[i] = p.Clean()
	}
	alone := make([]bool, len(c.Packets))
	middle := *c
	middle.Joined = true
	for i, k := range c.Packets {
		p := NewPlayer(&middle, list...)
		p.Feed(i, k.Bytes)
		alone[i] = p.Out.Frames[uint32(i+1)] > 0
	}
	for lost := range c.Packets {
		if !clean[lost] || lost > 0 && !clean[lost-1] {
			continue
		}
		p := NewPlayer(c, list...)
		for i, k := range c.Packets {
			if i == lost {
				p.Lose(i)
				continue
			}
			p.Feed(i, k.Bytes)
		}
		for i := lost + 1; i < len(c.Packets); i++ {
			if alone[i] && clean[i] && clean[i-1] && whole.Out.Frames[uint32(i+1)] > 0 && p.Out.Frames[uint32(i+1)] == 0 && p.Session.Protocol() != nil {
				t.Errorf("with packet %d lost, packet %d says nothing", lost+1, i+1)
			}
		}
	}
}

// cut ends each packet early at every length; there must be no panic. What is said of
// half a message is the golden files' matter.
func cut(c *Conversation, list []*protocol.Protocol) {
	for i, k := range c.Packets {
		step := max(1, len(k.Bytes)/64)
		for n := 0; n < len(k.Bytes); n += step {
			p := NewPlayer(c, list...)
			for j := range i {
				p.Feed(j, c.Packets[j].Bytes)
			}
			p.Context.Sliced = len(k.Bytes) - n
			p.Feed(i, k.Bytes[:n])
		}
	}
}

// Together plays the conversations of every folder with all protocols of list at hand, and
// wants what the folder's own goldens say: each probe knows its own and nobody else's.
func Together(t *testing.T, list []*protocol.Protocol, dirs ...string) {
	for _, dir := range dirs {
		for _, c := range Conversations(t, dir) {
			t.Run(filepath.Base(filepath.Dir(dir))+"/"+c.Name, func(t *testing.T) {
				want, err := os.ReadFile(filepath.Join(dir, c.Name+".golden"))
				if err != nil {
					t.Fatal(err)
				}
				p := NewPlayer(c, list...)
				p.Play()
				if got := p.Out.Rows.String(); got != string(want) {
					t.Errorf("among all protocols this conversation says something else: %s", difference(string(want), got))
				}
			})
		}
	}
}

// steady plays the conversation again and again in one session: nothing is allocated.
func steady(t *testing.T, c *Conversation, list []*protocol.Protocol) {
	p := NewPlayer(c, list...)
	p.Out.Mute = true
	for range 3 {
		p.Play()
	}
	if n := testing.AllocsPerRun(20, p.Play); n > 0 {
		first := 0
		for i, k := range c.Packets {
			if testing.AllocsPerRun(20, func() { p.Feed(i, k.Bytes) }) > 0 {
				first = i + 1
				break
			}
		}
		t.Errorf("the steady state allocates %.0f times in %d packets, packet %d first", n, len(c.Packets), first)
	}
}

// Fuzz seeds a fuzzer with the testdata and plays what comes: no panic, nothing read that
// was not there, no endless loop.
func Fuzz(f *testing.F, p *protocol.Protocol, carriers ...*protocol.Protocol) {
	list := append([]*protocol.Protocol{p}, carriers...)
	convs := Conversations(f, "testdata")
	for n, c := range convs {
		for i := range c.Packets {
			other := []byte(nil)
			if i+1 < len(c.Packets) {
				other = c.Packets[i+1].Bytes
			}
			f.Add(uint8(n), c.Packets[i].FromClient, c.Packets[i].Bytes, other)
		}
	}
	var words []byte
	f.Fuzz(func(t *testing.T, n uint8, fromClient bool, a, b []byte) {
		seed := convs[int(n)%len(convs)]
		c := *seed
		c.Packets = append([]Packet(nil), seed.Packets[:min(2, len(seed.Packets))]...)
		c.Packets = append(c.Packets, Packet{fromClient, a}, Packet{!fromClient, b}, Packet{fromClient, b}, Packet{!fromClient, a})
		p := NewPlayer(&c, list...)
		// Rows would take most of the time; what a message says of itself is still put into words.
		p.Out.Mute, p.Out.Each = true, func(m *davy.Message) { words = m.AppendBody(words[:0]) }
		p.Play()
		if err := p.Reload(list...); err != nil {
			t.Fatalf("what was saved cannot be loaded: %v", err)
		}
		p.Play()
	})
}
