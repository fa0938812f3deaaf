package protocoltest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/davylamp/davy/protocol"
)

// Run passes the suite over the conversations in testdata. carriers are the protocols that
// carry p, or that p carries.
func Run(t *testing.T, p *protocol.Protocol, carriers ...*protocol.Protocol) {
	list := append([]*protocol.Protocol{p}, carriers...)
	for _, c := range Conversations(t, "testdata") {
		t.Run(c.Name, func(t *testing.T) {
			whole := NewPlayer(c, list...)
			whole.Play()
			golden(t, c.Name, whole.Out.Rows.String())
			t.Run("reload", func(t *testing.T) { reload(t, c, list, whole.Out.Rows.String()) })
			t.Run("cut", func(t *testing.T) { cut(c, list) })
			t.Run("steady", func(t *testing.T) { steady(t, c, list) })
			if c.Stream() {
				t.Run("bytes", func(t *testing.T) { bytewise(t, c, list, whole.Out.Rows.String()) })
				t.Run("gaps", func(t *testing.T) { gaps(t, c, list, whole) })
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s says something else now (go test -update writes it anew)\n--- was\n%s--- is\n%s", path, want, got)
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
		t.Errorf("byte by byte differs from all at once\n--- at once\n%s--- byte by byte\n%s", want, got)
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
		t.Errorf("a saved conversation goes on differently\n--- at once\n%s--- reloaded\n%s", want, got)
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
					t.Errorf("among all protocols this conversation says something else\n--- alone\n%s--- among all\n%s", want, got)
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
		t.Errorf("the steady state allocates %.0f times in %d packets", n, len(c.Packets))
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
	f.Fuzz(func(t *testing.T, n uint8, fromClient bool, a, b []byte) {
		seed := convs[int(n)%len(convs)]
		c := *seed
		c.Packets = append([]Packet(nil), seed.Packets[:min(2, len(seed.Packets))]...)
		c.Packets = append(c.Packets, Packet{fromClient, a}, Packet{!fromClient, b}, Packet{fromClient, b}, Packet{!fromClient, a})
		p := NewPlayer(&c, list...)
		p.Play()
		if err := p.Reload(list...); err != nil {
			t.Fatalf("what was saved cannot be loaded: %v", err)
		}
		p.Play()
	})
}
