package packet

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// TestConversationSize: a million of them fit into 256 MB.
func TestConversationSize(t *testing.T) {
	if n := unsafe.Sizeof(Conversation{}); n > 256 {
		t.Errorf("a Conversation has %d bytes", n)
	}
}

// TestDatagrams: UDP both ways, to a group, other IP protocols, and frames, each pair its
// own conversation; the direction is who sends.
func TestDatagrams(t *testing.T) {
	table := NewTable(TableConfig{})
	k := &clerk{}
	a, b, group := davy.AddrOf4(1, 0), davy.AddrOf4(2, 0), davy.AddrOf4(0xe0000001, 0)
	ma, mb := davy.AddrOfMAC(0x020000000001, 0), davy.AddrOfMAC(0x020000000002, 0)
	for i, p := range []Packet{
		{Kind: UDPDatagram, IPProto: 17, Src: a, Dst: b, SrcPort: 2000, DstPort: 502, Payload: []byte("one")},
		{Kind: UDPDatagram, IPProto: 17, Src: b, Dst: a, SrcPort: 502, DstPort: 2000, Payload: []byte("two")},
		{Kind: UDPDatagram, IPProto: 17, Src: a, Dst: group, SrcPort: 502, DstPort: 502, Payload: []byte("all")},
		{Kind: IPOnly, IPProto: 1, Src: a, Dst: b, Payload: []byte("ping")},
		{Kind: IPOnly, IPProto: 1, Src: b, Dst: a, Payload: []byte("pong")},
		{Kind: IPOnly, IPProto: 2, Src: a, Dst: b},
		{Kind: Frame, EtherType: 0x8892, Src: ma, Dst: mb, Payload: []byte("f1")},
		{Kind: Frame, EtherType: 0x8892, Src: mb, Dst: ma, Payload: []byte("f2")},
		{Kind: Frame, EtherType: 0x88cc, Src: ma, Dst: mb, Payload: []byte("f3")},
		{Kind: Frame, EtherType: 0x8892, Src: ma, Dst: davy.AddrOfMAC(davy.BroadcastMAC, 0), Payload: []byte("f4")},
		{Kind: UDPDatagram, IPProto: 17, Src: a, Dst: b, SrcPort: 2000, DstPort: 502, Payload: []byte("one"), Copy: true},
		{Kind: UDPDatagram, IPProto: 17, Src: davy.AddrOf4(1, davy.VLANScope(7)), Dst: davy.AddrOf4(2, davy.VLANScope(7)), SrcPort: 2000, DstPort: 502, Payload: []byte("one")},
		{Kind: UDPDatagram, Src: a, Dst: b, Fragment: true},
		{Kind: Undecoded},
	} {
		p.Origin.Frame, p.EtherType, p.Time = uint32(i+1), max(p.EtherType, 0x0800), int64(i)
		p.Origin.Stamp = p.Time
		table.Take(&p, k)
		if err := table.verify(); err != nil {
			t.Fatal(err)
		}
	}
	want := clean(`
		open joined
		> datagram "one" @1
		< datagram "two" @2
		2 open joined
		2< datagram "all" @3
		3 open joined
		3> datagram "ping" @4
		3< datagram "pong" @5
		4 open joined
		4> datagram "" @6
		5 open joined
		5> datagram "f1" @7
		5< datagram "f2" @8
		6 open joined
		6> datagram "f3" @9
		7 open joined
		7> datagram "f4" @10
		> datagram "one" @11
		8 open joined
		8> datagram "one" @12
	`)
	if got := strings.Join(k.out, "\n"); got != want {
		t.Errorf("%s\n\nnot:\n%s", got, want)
	}
	table.Each(func(c *Conversation) {
		if both := c.Packets[0] > 0 && c.Packets[1] > 0; c.Answered != both {
			t.Errorf("%v to %v is answered: %v", c.A, c.B, c.Answered)
		}
		if c.A.Port == 2000 && c.A.Addr.Scope == 0 && (c.Packets != [2]uint64{1, 1} || c.Bytes != [2]uint64{3, 3}) {
			t.Errorf("a mirror's copy is counted: %v %v", c.Packets, c.Bytes)
		}
	})
	if st := table.Stats(); st.Conversations != 8 || st.Live != 8 || st.OneWay != 0 || st.Streams != 0 {
		t.Errorf("counts: %+v", st)
	}
}

// TestCopies: a mirror's duplicate of a segment is not looked at.
func TestCopies(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 101/501 "one;"
		5ms > copy 101/501 "one;"
		5ms > copy RST 105
	`, `
		open by client
		> "one;" @4
	`)
	if st := s.table.Stats(); st.Copies != 2 || st.Retransmitted != 0 {
		t.Errorf("counts: %+v", st)
	}
}

// TestBothEndsAlike: a packet to itself (the land attack) is one conversation, not a loop.
func TestBothEndsAlike(t *testing.T) {
	table := NewTable(TableConfig{})
	k := &clerk{}
	for range 3 {
		p := &Packet{Kind: TCPSegment, IPProto: 6, Src: davy.AddrOf4(1, 0), Dst: davy.AddrOf4(1, 0), SrcPort: 80, DstPort: 80, Flags: SYN}
		table.Take(p, k)
	}
	if st := table.Stats(); st.Conversations != 1 {
		t.Errorf("counts: %+v", st)
	}
}

// TestEviction: with room for four, who was met least recently goes, told with its reason;
// what it held is released before. The rest is as with room for all.
func TestEviction(t *testing.T) {
	s := scripted(t, TableConfig{Conversations: 4, Hold: -1}, clerk{}, `
		1ms > SYN 100
		2ms 2> SYN 100
		3ms 3> SYN 100
		4ms 4> SYN 100
		5ms > 101/501 "one;"
		6ms 2> 103/501 "held;"
		7ms 3> 101/501 "three;"
		8ms 5> SYN 100
		9ms 6> SYN 100
		10ms 7> SYN 100
	`, `
		open by client
		2 open by client
		3 open by client
		4 open by client
		> "one;" @5
		3> "three;" @7
		4 evicted
		5 open by client
		evicted
		6 open by client
		2> gap 2 @6
		2> "held;" @6
		2 evicted
		7 open by client
	`)
	if st := s.table.Stats(); st.Evicted != 3 || st.Live != 4 || st.Conversations != 7 {
		t.Errorf("counts: %+v", st)
	}
}

// TestIdleMakesRoom: a conversation silent for longer than its limit goes first, before
// others that are older in the table; with room nobody goes.
func TestIdleMakesRoom(t *testing.T) {
	s := scripted(t, TableConfig{Conversations: 3, Hold: -1}, clerk{}, `
		0ms > 101/501 "tcp;"
		1s 2> udp "d1"
		30m 3> udp "d2"
		30h 3> udp "d3"
		30h > 105/501 "tcp;"
		31h 3> udp "d4"
		31h > 109/501 "tcp;"
		31h5m 4> udp "d5"
	`, `
		open joined
		> "tcp;" @1
		2 open joined
		2> datagram "d1" @2
		3 open joined
		3> datagram "d2" @3
		3> datagram "d3" @4
		> "tcp;" @5
		3> datagram "d4" @6
		> "tcp;" @7
		2 idle
		4 open joined
		4> datagram "d5" @8
	`)
	if st := s.table.Stats(); st.Idle != 1 || st.Evicted != 0 {
		t.Errorf("counts: %+v", st)
	}
}

// TestLingeringMakesRoom: closed connections go before any that lives.
func TestLingeringMakesRoom(t *testing.T) {
	scripted(t, TableConfig{Conversations: 2, Hold: -1}, clerk{}, `
		0ms 2> SYN 100
		1ms > SYN 100
		2ms < RST 0/101
		3ms 2> 101/501 "two;"
		5s 3> SYN 100
		6s 2> 105/501 "two;"
	`, `
		open by client
		2 open by client
		2 finished
		> "two;" @4
		3 open by client
		> "two;" @6
	`)
}

// TestStateIsRefused: a state of another version, cut short or changed is an error and
// leaves the table empty; none of it panics.
func TestStateIsRefused(t *testing.T) {
	s := newScript(t, TableConfig{Recent: 1 << 10})
	s.play(shaken + `
		4ms > 101/501 "one;tw"
		5ms > 110/501 "four;"
		6ms < 503/107 "x;"
		7ms 2> udp "data"
		8ms 3> SYN 100
		9ms 3< RST 0/101
	`)
	state := s.table.AppendState(nil, saveUser)
	fresh := NewTable(s.table.config)
	for n := range len(state) {
		if err := fresh.LoadState(state[:n], loadUser); err == nil {
			t.Fatalf("%d of %d bytes load", n, len(state))
		}
		if fresh.live != 0 || fresh.Stats() != (Stats{}) {
			t.Fatal("the table is not empty after an error")
		}
	}
	k := &clerk{}
	for i := range state {
		for _, x := range []byte{1, 0x80, 0xff} {
			broken := append([]byte(nil), state...)
			broken[i] ^= x
			if fresh.LoadState(broken, func(r *wire.Reader, c *Conversation) error { c.User = int(r.Uvarint() & 7); return nil }) == nil {
				p, _ := s.packet(`2s > 107/501 "three;"`)
				fresh.Take(p, k)
				fresh.Flush(k)
			}
		}
	}
	if err := fresh.LoadState(append([]byte{stateVersion + 1}, state[1:]...), loadUser); err == nil || !strings.Contains(err.Error(), "version") {
		t.Errorf("another version: %v", err)
	}
	failing := func(*wire.Reader, *Conversation) error { return fmt.Errorf("no such protocol") }
	if err := fresh.LoadState(state, failing); err == nil || err.Error() != "no such protocol" {
		t.Errorf("the user's own error: %v", err)
	}
}

// TestStateLargerThanTheTable: what was saved by a larger table is loaded whole; room is
// made when the next conversation opens, and told.
func TestStateLargerThanTheTable(t *testing.T) {
	s := newScript(t, TableConfig{})
	for i := 1; i <= 10; i++ {
		s.play(fmt.Sprintf("%dms %d> SYN 100", i, i))
	}
	small := NewTable(TableConfig{Conversations: 4})
	if err := small.LoadState(s.table.AppendState(nil, saveUser), loadUser); err != nil {
		t.Fatal(err)
	}
	s.table = small
	if got := s.play(`20ms 11> SYN 100`); strings.Count(got, "evicted") != 7 {
		t.Errorf("%s", got)
	}
}

// TestIndex: keys put and removed in every order stay findable.
func TestIndex(t *testing.T) {
	s := newScript(t, TableConfig{Conversations: 40})
	for i := range 3000 {
		s.play(fmt.Sprintf("%dms %d> udp \"x\"", i+1, 1+i*i%211))
	}
	if st := s.table.Stats(); st.Live != 40 || st.Evicted != st.Conversations-40 || st.Evicted < 1000 {
		t.Errorf("counts: %+v", st)
	}
}
