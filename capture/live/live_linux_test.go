package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/capture/filter"
)

// frame is an Ethernet frame of n bytes in all, numbered, with tags.
func frame(n int, number int, kind uint16, tags ...uint32) []byte {
	b := []byte{0, 0x1b, 0x1b, 0, 0, 2, 0, 0x80, 0xf4, 0, 0, 1}
	for _, t := range tags {
		b = binary.BigEndian.AppendUint32(b, t)
	}
	b = binary.BigEndian.AppendUint16(b, kind)
	b = binary.BigEndian.AppendUint32(b, uint32(number))
	for len(b) < n {
		b = append(b, byte(len(b)*7+number))
	}
	return b
}

func open(t *testing.T, c Config) *Live {
	t.Helper()
	l, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func same(t *testing.T, have []got, want [][]byte) {
	t.Helper()
	if len(have) != len(want) {
		t.Errorf("%d packets came, expected %d", len(have), len(want))
	}
	for i := range min(len(have), len(want)) {
		if !bytes.Equal(have[i].Data, want[i]) || have[i].Wire != len(want[i]) || have[i].Link != 1 {
			t.Fatalf("packet %d of %d bytes, %d on the wire:\n%x\nexpected %d bytes\n%x", i, len(have[i].Data), have[i].Wire, have[i].Data, len(want[i]), want[i])
		}
	}
}

// What was put on the wire is handed on byte by byte, with its VLAN tags, and nothing is
// sent back.
func TestFramesAsOnTheWire(t *testing.T) {
	inNamespace(t, func() {
		pair(t, "tap0", "mirror0")
		w := plug(t, "mirror0")
		defer w.unplug()
		before := sent(t, "tap0")
		l := open(t, Config{Interfaces: []string{"tap0"}, Promiscuous: true})
		defer l.Close()
		l.Continue([]string{"elsewhere"})
		var frames [][]byte
		for i, n := range []int{60, 61, 64, 100, 590, 1513, 1514, 9000, 18} {
			frames = append(frames, frame(n, i, 0x800), frame(n, i, 0x88b8, 0x8100_0005), frame(n, i, 0x8892, 0x8100_e000), // priority alone
				frame(n, i, 0x800, 0x8100_0fff), frame(n, i, 0x800, 0x88a8_0064, 0x8100_0007), frame(n, i, 0x86dd, 0x8100_0001, 0x8100_0002), frame(n, i, 0x800, 0x9100_0003), frame(n, i, 0x26))
		}
		from := time.Now().UnixNano()
		w.put(frames...)
		have := fetch(t, l, len(frames))
		same(t, have, frames)
		for i, g := range have {
			if g.iface != "tap0" || g.Interface != 1 || g.Stamp < from-1e9 || g.Stamp > time.Now().UnixNano() || i > 0 && g.Stamp < have[i-1].Stamp {
				t.Fatalf("packet %d: interface %s, stamp %d", i, g.iface, g.Stamp)
			}
		}
		if after := sent(t, "tap0"); after != before {
			t.Errorf("the monitored interface sent %d packets", after-before)
		}
		l.Fill(new(capture.Batch)) // takes the last batch back
		if s := l.Stats(); s[0].Packets != uint64(len(frames)) || s[0].Drops != 0 || !s[0].Up {
			t.Errorf("%+v", s)
		}
	})
}

// The kernel runs the filter before a packet is handed over, where the tag lies beside it.
func TestFilterInTheKernel(t *testing.T) {
	inNamespace(t, func() {
		pair(t, "tap0", "mirror0")
		w := plug(t, "mirror0")
		defer w.unplug()
		frames := [][]byte{frame(60, 1, 0x88b8), frame(60, 2, 0x88b8, 0x8100_0005), frame(60, 3, 0x8892, 0x8100_0005), frame(60, 4, 0x8892, 0x88a8_0005, 0x8100_0007), frame(60, 5, 0x806)}
		for _, c := range []struct {
			filter string
			want   []int
		}{
			{"", []int{1, 2, 3, 4, 5}}, {"vlan", []int{2, 3, 4}}, {"not vlan", []int{1, 5}}, {"vlan 5 and ether proto 0x8892", []int{3}}, {"vlan 5 and vlan 7", []int{4}},
			{"vlan 7", nil}, {"arp", []int{5}}, {"ether host 00:80:f4:00:00:01 and not arp", []int{1, 2, 3, 4}}, {"vlan 5 and vlan 7 and ether proto 0x8892", []int{4}},
		} {
			l := open(t, Config{Interfaces: []string{"tap0"}, Filter: c.filter, RingBytes: 1 << 20})
			w.put(frames...)
			var want [][]byte
			for _, n := range c.want {
				want = append(want, frames[n-1])
			}
			time.Sleep(3 * retireMillis * time.Millisecond) // so that one too many would be there
			if same(t, fetch(t, l, max(len(want), 1)), want); t.Failed() {
				t.Fatalf("filter %q", c.filter)
			}
			l.Close()
		}
		var e *filter.Error
		if _, err := Open(Config{Interfaces: []string{"tap0"}, Filter: "host plc1"}); !errors.As(err, &e) {
			t.Errorf("a filter that is wrong: %v", err)
		}
	})
}

// What nobody fetches in time is lost, and counted to the last packet.
func TestDropsAreCounted(t *testing.T) {
	inNamespace(t, func() {
		pair(t, "tap0", "mirror0")
		w := plug(t, "mirror0")
		defer w.unplug()
		l := open(t, Config{Interfaces: []string{"tap0"}, RingBytes: 1 << 20})
		defer l.Close()
		const all = 5000
		for i := range all {
			w.put(frame(1000, i, 0x800))
		}
		time.Sleep(2 * retireMillis * time.Millisecond)
		n := 0
		for i, g := range fetch(t, l, all) {
			if n++; !bytes.Equal(g.Data, frame(1000, i, 0x800)) {
				t.Fatalf("packet %d is another", i)
			}
		}
		l.looked = 0
		l.look()
		s := l.Stats()[0]
		if s.Drops == 0 || uint64(n)+s.Drops != all || s.Freezes == 0 || l.Dropped() != s.Drops || s.Packets != uint64(n) {
			t.Errorf("%d came of %d, %+v", n, all, s)
		}
		w.put(frame(60, 1, 0x800))
		same(t, fetch(t, l, 1), [][]byte{frame(60, 1, 0x800)})
	})
}

// Packets of several interfaces come in the order of their stamps: a TAP's two legs.
func TestLegsComeInOrder(t *testing.T) {
	inNamespace(t, func() {
		pair(t, "tap0", "mirror0")
		pair(t, "tap1", "mirror1")
		pair(t, "idle", "other")
		a, b := plug(t, "mirror0"), plug(t, "mirror1")
		defer a.unplug()
		defer b.unplug()
		l := open(t, Config{Interfaces: []string{"tap0", "idle", "tap1"}, RingBytes: 1 << 22})
		defer l.Close()
		var want [][]byte
		var have []got
		for round := range 20 {
			for i := range 50 {
				f := frame(100+i, round*100+i, 0x800)
				want = append(want, f)
				if (i/(round%3+1))%2 == 0 {
					a.put(f)
				} else {
					b.put(f)
				}
			}
			have = append(have, fetch(t, l, 50)...)
		}
		have = append(have, fetch(t, l, len(want)-len(have))...)
		same(t, have, want)
		if names := l.Interfaces(); fmt.Sprint(names) != "[tap0 idle tap1]" {
			t.Errorf("interfaces %v", names)
		}
	})
}

// Where nothing comes, time is told on whole seconds, and never behind what came.
func TestTicks(t *testing.T) {
	inNamespace(t, func() {
		pair(t, "tap0", "mirror0")
		w := plug(t, "mirror0")
		defer w.unplug()
		l := open(t, Config{Interfaces: []string{"tap0"}, RingBytes: 1 << 20})
		defer l.Close()
		var b capture.Batch
		var ticks []int64
		latest := int64(0)
		for end := time.Now().Add(3500 * time.Millisecond); time.Now().Before(end); {
			if len(ticks) == 2 && latest == 0 {
				w.put(frame(60, 1, 0x800))
			}
			if err := l.Fill(&b); err != nil {
				t.Fatal(err)
			}
			for _, r := range b.Records {
				latest = r.Stamp
			}
			if b.Tick != 0 {
				if b.Tick <= latest || b.Tick%1e9 != 0 || b.Tick > time.Now().UnixNano() || len(ticks) > 0 && b.Tick <= ticks[len(ticks)-1] {
					t.Errorf("tick %d after %v and a packet of %d", b.Tick, ticks, latest)
				}
				ticks = append(ticks, b.Tick)
			}
		}
		if len(ticks) < 3 || latest == 0 {
			t.Errorf("ticks %v, a packet of %d", ticks, latest)
		}
		l.Stop()
		if err := l.Fill(&b); err != io.EOF {
			t.Errorf("after Stop: %v", err)
		}
	})
}

// An interface that goes down, vanishes and comes back is told, and read again.
func TestInterfaceGoesAndComes(t *testing.T) {
	inNamespace(t, func() {
		pair(t, "tap0", "mirror0")
		var texts []string
		l := open(t, Config{Interfaces: []string{"tap0"}, RingBytes: 1 << 20, Promiscuous: true, Tell: func(e Event) { texts = append(texts, fmt.Sprint(e.Up, " ", e.Text)) }})
		defer l.Close()
		expect := func(parts ...string) {
			t.Helper()
			var b capture.Batch
			for end := time.Now().Add(2 * time.Second); len(texts) == 0 && time.Now().Before(end); {
				if err := l.Fill(&b); err != nil {
					t.Fatal(err)
				}
			}
			if len(texts) != 1 {
				t.Fatalf("told %q, expected %q", texts, parts)
			}
			for _, p := range parts {
				if !strings.Contains(texts[0], p) {
					t.Errorf("told %q, expected %q", texts[0], p)
				}
			}
			texts = nil
		}
		passes := func(n int) {
			t.Helper()
			w := plug(t, "mirror0")
			defer w.unplug()
			w.put(frame(60, n, 0x800, 0x8100_0005))
			same(t, fetch(t, l, 1), [][]byte{frame(60, n, 0x800, 0x8100_0005)})
		}
		passes(1)
		for n := range 2 {
			ip(t, "link set tap0 down")
			expect("false", "tap0 is down")
			ip(t, "link set tap0 up")
			expect("true", "tap0 is up")
			passes(n)
			ip(t, "link del tap0")
			expect("false", "tap0 is gone")
			if l.Stats()[0].Up {
				t.Error("it counts as up")
			}
			pair(t, "tap0", "mirror0")
			expect("true", "tap0 is up")
			passes(n)
		}
	})
}

// An interface that was down for less than a look is read on, and leaves no error behind.
func TestInterfaceFlaps(t *testing.T) {
	inNamespace(t, func() {
		pair(t, "tap0", "mirror0")
		l := open(t, Config{Interfaces: []string{"tap0"}, RingBytes: 1 << 20})
		defer l.Close()
		var b capture.Batch
		l.Fill(&b)
		ip(t, "link set tap0 down")
		ip(t, "link set tap0 up")
		for range 3 {
			if err := l.Fill(&b); err != nil {
				t.Fatal(err)
			}
		}
		polls := []unix.PollFd{{Fd: int32(l.sockets[0].fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(polls, 0); n != 0 || err != nil {
			t.Errorf("the socket still tells of %#x, %v", polls[0].Revents, err)
		}
		w := plug(t, "mirror0")
		defer w.unplug()
		w.put(frame(60, 1, 0x800))
		same(t, fetch(t, l, 1), [][]byte{frame(60, 1, 0x800)})
	})
}

// An interface is promiscuous while it is read, and no longer.
func TestPromiscuous(t *testing.T) {
	inNamespace(t, func() {
		pair(t, "tap0", "mirror0")
		is := func(n int) {
			t.Helper()
			out, err := exec.Command("ip", "-d", "link", "show", "tap0").CombinedOutput()
			if err != nil || !strings.Contains(string(out), fmt.Sprintf("promiscuity %d ", n)) {
				t.Errorf("expected promiscuity %d: %v: %s", n, err, out)
			}
		}
		is(0)
		l := open(t, Config{Interfaces: []string{"tap0"}, RingBytes: 1 << 20, Promiscuous: true})
		is(1)
		l.Close()
		is(0)
		l = open(t, Config{Interfaces: []string{"tap0"}, RingBytes: 1 << 20})
		is(0)
		l.Close()
	})
}

func TestOpenRefuses(t *testing.T) {
	inNamespace(t, func() {
		pair(t, "tap0", "mirror0")
		for _, c := range []struct {
			names []string
			text  string
		}{{nil, "no interface"}, {[]string{"tap7"}, "is not there"}, {[]string{"tap0", "tap0"}, "twice"}, {[]string{"a-name-that-is-too-long"}, "15 bytes"}} {
			if _, err := Open(Config{Interfaces: c.names}); err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v: %v, expected %q", c.names, err, c.text)
			}
		}
		ip(t, "link set lo up")
		l := open(t, Config{Interfaces: []string{"lo"}})
		defer l.Close()
		w := plug(t, "lo")
		w.put(frame(60, 1, 0x800))
		same(t, fetch(t, l, 2), [][]byte{frame(60, 1, 0x800)}) // once, not as sent and as received
	})
}
