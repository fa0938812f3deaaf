package packet

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/davylamp/davy"
)

func TestMoveTo(t *testing.T) {
	var d Decoder
	body := bodyOf(100)
	p := giveAll(t, &d, part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 1, 48, 108))
	buf := p.MoveTo([]byte("before"))
	giveAll(t, &d, part(bytes.Repeat([]byte{0xff}, 108), protoUDP, 1, 0, 48), part(bytes.Repeat([]byte{0xff}, 108), protoUDP, 1, 48, 108))
	wantWhole(t, p, 100, "")
	if !bytes.HasPrefix(buf, []byte("before")) || len(buf) != 6+20+108 || &buf[6] != &p.Net[0] || &buf[6+28] != &p.Payload[0] {
		t.Error("the packet does not borrow from the buffer")
	}
	plain := decoded(ether(typeIPv4, telegram()))
	if plain.MoveTo(nil) != nil || &plain.Net[0] != &plain.Data[14] {
		t.Error("a packet that was never a fragment stays where it is")
	}
}

func TestFragmentState(t *testing.T) {
	body := bodyOf(200)
	frames := [][]byte{part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 2, 0, 48), part(body, protoUDP, 1, 96, 208),
		part(bytes.Repeat([]byte{9}, 208), protoUDP, 1, 0, 8), part6(body, protoUDP, 1, 0, 48)}
	var d Decoder
	for _, frame := range frames {
		give(&d, frame, 5)
	}
	state := d.Fragments.AppendState(nil)
	var e Decoder
	if err := e.Fragments.LoadState(state); err != nil {
		t.Fatal(err)
	}
	if again := e.Fragments.AppendState(nil); !bytes.Equal(again, state) {
		t.Error("saved again it differs")
	}
	p, _ := give(&e, part(body, protoUDP, 1, 48, 96), 5)
	wantWhole(t, p, 200, FragmentOverlap)
	p, _ = give(&e, part6(body, protoUDP, 1, 48, 208), 5)
	wantWhole(t, p, 200, "")
	if e.Fragments.Open() != 1 {
		t.Error(e.Fragments.Open())
	}
	give(&e, frames[0], 5)
	state = e.Fragments.AppendState(nil)
	small := Fragments{Ceiling: 1}
	if err := small.LoadState(state); err != nil || small.Open() != 1 || small.Evicted != 1 {
		t.Errorf("%v, %d open, %d evicted", err, small.Open(), small.Evicted)
	}
	refusesBrokenState(t, state, func() davy.Stateful { return &Fragments{Ceiling: 4} })
}

func refusesBrokenState(t *testing.T, state []byte, fresh func() davy.Stateful) {
	t.Helper()
	for n := range state {
		s := fresh()
		if err := s.LoadState(state[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were taken", n, len(state))
		}
		empty := fresh()
		if err := empty.LoadState(empty.AppendState(nil)); err != nil || !bytes.Equal(s.AppendState(nil), empty.AppendState(nil)) {
			t.Fatalf("refused, but not left empty (%v)", err)
		}
	}
	wrong := bytes.Clone(state)
	wrong[0] = 99
	if fresh().LoadState(wrong) == nil {
		t.Error("an unknown version was taken")
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 { // no panic, whatever it says
		b := bytes.Clone(state)
		for range 1 + random.IntN(4) {
			b[random.IntN(len(b))] = byte(random.Uint32())
		}
		s := fresh()
		if s.LoadState(b) == nil {
			s.AppendState(nil)
		}
	}
}
