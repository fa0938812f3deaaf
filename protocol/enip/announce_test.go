package enip

import (
	"slices"
	"strings"
	"testing"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/protocol/cip"
	"github.com/davylamp/davy/protocol/protocoltest"
)

// listener keeps what a conversation announces.
type listener struct {
	protocoltest.Sink
	expected []protocol.Expectation
}

func (l *listener) Expect(e *protocol.Expectation) {
	k := *e
	k.Note = slices.Clone(e.Note)
	l.expected = append(l.expected, k)
}

// TestAnnounced holds that data of a connection, whose Forward Open was seen on TCP, is told
// with its direction, the device's path, and the assembly or tag.
func TestAnnounced(t *testing.T) {
	var tcp *protocoltest.Conversation
	for _, c := range protocoltest.Conversations(t, "testdata") {
		if c.Name == "connection" {
			tcp = c
		}
	}
	p := protocoltest.NewPlayer(tcp, &Protocol)
	var heard listener
	p.Context.Sink = &heard
	p.Play()
	originator, target := tcp.Client.Addr, tcp.Server.Addr
	group := davy.AddrOf4(0xefc00104, 0)
	last := map[davy.Addr]*protocol.Expectation{}
	for i := range heard.expected {
		last[heard.expected[i].A] = &heard.expected[i]
	}
	for _, a := range []davy.Addr{originator, target, group} {
		e := last[a]
		if e == nil {
			t.Fatalf("nothing was announced of %s", a)
		}
		if e.Protocol != "enip" || e.Layer != protocol.UDP || e.Port != cip.IOPort || e.Until <= 0 {
			t.Errorf("announced of %s: %+v", a, e)
		}
	}

	from := func(a, b davy.Addr) (davy.Endpoint, davy.Endpoint) {
		return davy.Endpoint{Addr: a, Port: cip.IOPort}, davy.Endpoint{Addr: b, Port: cip.IOPort}
	}
	for _, c := range []struct {
		from, to davy.Addr
		id       uint32
		data     string // behind the sequence count, which class 0 has not
		want     string
	}{
		{originator, target, 0xa0000002, "\x01\x00\x01\x00\x00\x00\xaa\xbb", `"client":"192.0.2.10:2222","server":"192.0.2.20:2222","verb":"write","op":"I/O Data, Run","object":"slot 1 class 0x04 assembly instance 2","value":"aabb"`},
		{target, originator, 0x2002, "\x01\x00\x01\x00\x00\x00\xaa\xbb", `"client":"192.0.2.10:2222","server":"192.0.2.20:2222","reply":true,"verb":"read","op":"I/O Data","object":"slot 1 class 0x04 assembly instance 3","value":"01000000aabb"`},
		{target, group, 0xb0000003, "\x01\x00\x2a", `"client":"239.192.1.4:2222","server":"192.0.2.20:2222","reply":true,"verb":"read","op":"I/O Data","object":"slot 0 tag Shared","value":"2a"`},
		{originator, target, 0xa0000004, "\x05", `"verb":"write","op":"Safety I/O Data","object":"slot 3 class 0x04 assembly instance 8","value":"05"`},
		{originator, target, 0xdeadbeef, "\x01\x00\x07", `"verb":"write","op":"I/O Data","object":"connection 0xdeadbeef","value":"07"`},
	} {
		set := protocol.NewSet([]*protocol.Protocol{&Protocol})
		note := last[target]
		if c.to == group {
			note = last[group]
		}
		s := set.Open(-1, note)
		var out protocoltest.Sink
		x := protocol.Context{Layer: protocol.UDP, Sink: &out}
		play := func(id uint32, data string) {
			x.Sender, x.Receiver = from(c.from, c.to)
			x.Packet(1, davy.Origin{Frame: 1})
			b := []byte{2, 0, 0x02, 0x80, 8, 0, byte(id), byte(id >> 8), byte(id >> 16), byte(id >> 24), 1, 0, 0, 0, 0xb1, 0, byte(len(data)), 0}
			set.Datagram(s, &x, 0, append(b, data...))
		}
		if c.id == 0xdeadbeef { // its side is known by the other connections
			play(0xa0000002, "\x01\x00")
			out.Rows.Reset()
		}
		play(c.id, c.data)
		if got := out.Rows.String(); !strings.Contains(got, c.want) {
			t.Errorf("connection %#x from %s:\n got %s\nwant %s", c.id, c.from, got, c.want)
		}
	}
}
