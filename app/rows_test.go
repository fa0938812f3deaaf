package app

import (
	"strings"
	"testing"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/packet"
)

// TestEcho: the rows of a copy are those of the packet that it is a copy of, also where a
// message of another packet was told while that one was in hand.
func TestEcho(t *testing.T) {
	r := rows{mode: AllMessages}
	r.remember(&davy.Origin{File: 1, Frame: 7}, []byte(`,"op":"held back"}`+"\n"))
	r.remember(&davy.Origin{File: 1, Frame: 9}, []byte(`,"op":"first"}`+"\n"))
	r.remember(&davy.Origin{File: 1, Frame: 9, Place: 1}, []byte(`,"op":"second"}`+"\n"))
	r.remember(&davy.Origin{File: 2, Frame: 9}, []byte(`,"op":"other file"}`+"\n"))
	p := packet.Packet{Number: 112, Of: 109, Origin: davy.Origin{File: 1, Frame: 12}}
	r.echo(&p, "a.pcap")
	lines := strings.Split(strings.TrimSpace(string(r.text)), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"frame":12,"op":"first","duplicate":true}`) || !strings.Contains(lines[1], `"op":"second"`) {
		t.Errorf("the rows of a copy are\n%s", r.text)
	}
	r.reset()
	p.Origin.Frame = 2 // a copy of a packet in the file before
	if r.echo(&p, "b.pcap"); len(r.text) > 0 {
		t.Errorf("a copy of nothing here has rows: %s", r.text)
	}
}
