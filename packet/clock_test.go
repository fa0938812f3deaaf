package packet

import (
	"bytes"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

const (
	sec = int64(1e9)
	t0  = 1_700_000_000 * sec
	far = 2_145_916_800 * sec // 2038-01-01
)

// tick gives a stamp of a source to the clock and returns the message time.
func tick(c *Clock, source uint16, stamp int64) (int64, Jump, bool) {
	p := &Packet{Interface: source, Origin: davy.Origin{Stamp: stamp}}
	j, is := c.Set(p)
	if p.Origin.Stamp != stamp {
		panic("a packet keeps its own stamp")
	}
	if p.Time != c.Now() {
		panic("a packet's time is now")
	}
	return p.Time, j, is
}

// ticks gives stamps of source 0 and checks the message times, in seconds after t0, and
// that nothing was a jump but at the places named.
func ticks(t *testing.T, c *Clock, steps [][2]int64, jumps ...int) {
	t.Helper()
	for i, s := range steps {
		now, j, is := tick(c, 0, t0+s[0]*sec)
		if now != t0+s[1]*sec {
			t.Fatalf("step %d: stamp %d gives %d, want %d", i, s[0], (now-t0)/sec, s[1])
		}
		want := false
		for _, n := range jumps {
			want = want || n == i
		}
		if is != want {
			t.Fatalf("step %d: jump %v %+v", i, is, j)
		}
	}
}

func TestClockNeverRunsBack(t *testing.T) {
	var c Clock
	ticks(t, &c, [][2]int64{{0, 0}, {5, 5}, {3, 5}, {-3000, 5}, {6, 6}, {3000, 3000}, {6600, 6600}, {3000, 6600}})
}

func TestOnePacketFrom2038(t *testing.T) {
	var c Clock
	tick(&c, 0, t0)
	for i := range int64(5) {
		if now, _, is := tick(&c, 0, far+i*hour); now != t0+i*sec || is {
			t.Fatalf("time is %v", time.Unix(0, now))
		}
		if now, _, _ := tick(&c, 0, t0+(i+1)*sec); now != t0+(i+1)*sec {
			t.Fatalf("time is %v", time.Unix(0, now))
		}
	}
	if c.Jumps != 0 || c.Odd != 5 {
		t.Errorf("%+v", c)
	}
}

func TestJumpForwardsWaitsForASecondPacket(t *testing.T) {
	var c Clock
	ticks(t, &c, [][2]int64{{0, 0}, {7200, 0}, {7210, 7210}, {7211, 7211}, {7205, 7211}}, 2)
	c = Clock{}
	tick(&c, 0, t0)
	tick(&c, 0, t0+7200*sec)
	if _, j, _ := tick(&c, 0, t0+7210*sec); j != (Jump{0, t0, t0 + 7200*sec}) || c.Jumps != 1 {
		t.Errorf("%+v", j)
	}
	// Packets that do not agree with each other are not believed, but for a row of them: a
	// capture with hours between its packets.
	c = Clock{}
	ticks(t, &c, [][2]int64{{0, 0}, {7200, 0}, {14400, 0}, {5, 5}, {7200, 5}, {14400, 5}, {21600, 5}, {28800, 28800}}, 7)
}

func TestBackwardStepGoesOn(t *testing.T) {
	var c Clock
	ticks(t, &c, [][2]int64{{10000, 10000}, {0, 10000}, {1, 10000}, {2, 10001}, {1000, 10999}, {999, 10999}}, 2)
	// Set right again, its stamps count as they come.
	ticks(t, &c, [][2]int64{{11200, 10999}, {11201, 11201}, {11202, 11202}}, 1)
}

func TestJumpIsReportedAsStamped(t *testing.T) {
	var c Clock
	tick(&c, 2, t0)
	tick(&c, 2, t0-9000*sec)
	_, j, is := tick(&c, 2, t0-8999*sec)
	if !is || j != (Jump{2, t0, t0 - 9000*sec}) {
		t.Errorf("%+v", j)
	}
	tick(&c, 2, t0-20000*sec)
	if _, j, _ = tick(&c, 2, t0-20000*sec); j != (Jump{2, t0 - 8999*sec, t0 - 20000*sec}) {
		t.Errorf("the second step starts from the wrong clock's time: %+v", j)
	}
}

func TestTwoClocks(t *testing.T) {
	// One of a tap's two legs is a day ahead for good: told once, and its packets are now.
	var c Clock
	jumps := 0
	for i := range int64(100) {
		now, _, _ := tick(&c, 0, t0+i*sec)
		if now != t0+i*sec {
			t.Fatalf("packet %d: %d", i, (now-t0)/sec)
		}
		now, j, is := tick(&c, 1, t0+86400*sec+i*sec+sec/2)
		if is {
			jumps++
			if j.Source != 1 {
				t.Error(j)
			}
		}
		if now < t0+i*sec || now > t0+(i+1)*sec {
			t.Fatalf("packet %d of the other leg: %d", i, (now-t0)/sec)
		}
	}
	if jumps != 1 {
		t.Errorf("%d jumps", jumps)
	}
}

func TestTwoInterfacesOfOneClock(t *testing.T) {
	// Quiet for two hours, then both go on: time goes on.
	var c Clock
	tick(&c, 0, t0)
	tick(&c, 1, t0)
	tick(&c, 0, t0+7200*sec)
	tick(&c, 1, t0+7200*sec)
	now, _, is := tick(&c, 0, t0+7201*sec)
	if !is || now != t0+7201*sec {
		t.Errorf("%d", (now-t0)/sec)
	}
	if now, _, is = tick(&c, 1, t0+7202*sec); is || now != t0+7202*sec {
		t.Errorf("%d", (now-t0)/sec)
	}
	// Set back under both: the second follows the first, second for second.
	for i := range int64(3) {
		tick(&c, 0, t0+i*sec)
		tick(&c, 1, t0+i*sec+sec/2)
	}
	a, _, _ := tick(&c, 0, t0+10*sec)
	b, _, _ := tick(&c, 1, t0+11*sec)
	if b-a != sec {
		t.Errorf("they drift apart: %d ms", (b-a)/ms)
	}
}

func TestStart(t *testing.T) {
	for _, c := range []struct {
		name   string
		stamps []int64
		want   int64
	}{
		{"as it comes", []int64{t0, t0 + 1, t0 + 2}, t0},
		{"the first is from 2038", []int64{far, t0, t0 + 1}, t0},
		{"the first is from 1970", []int64{0, t0, t0 + 1}, t0},
		{"nothing agrees", []int64{t0, far}, t0},
		{"one alone", []int64{t0}, t0},
	} {
		var clock Clock
		clock.Start(c.stamps)
		if clock.Now() != c.want {
			t.Errorf("%s: %v", c.name, clock.Now())
		}
	}
	var c Clock
	c.Start([]int64{far, t0, t0 + 1})
	if now, _, _ := tick(&c, 0, far); now != t0 {
		t.Error("the packet from 2038 moves time")
	}
	c.Start([]int64{far, far})
	if now, _, is := tick(&c, 0, t0+5); now != t0+5 || is {
		t.Error("started twice")
	}
}

func TestAdvance(t *testing.T) {
	var c Clock
	tick(&c, 0, t0)
	c.Advance(t0 + 9*sec)
	c.Advance(t0)
	if now, _, _ := tick(&c, 0, t0+3*sec); now != t0+9*sec {
		t.Error(now)
	}
}

func TestHostileStamps(t *testing.T) {
	var c Clock
	last := int64(0)
	for i := range 20000 {
		stamp := []int64{-1 << 63, 1<<63 - 1, 0, -1, t0, far, 45e17, 1 << 62}[(i/3*7+i%5)%8]
		now, _, _ := tick(&c, uint16(i%7*10000), stamp)
		if now < last {
			t.Fatalf("step %d: time runs back from %d to %d", i, last, now)
		}
		last = now
	}
}

func TestClockState(t *testing.T) {
	var c, d Clock
	for _, s := range []int64{0, 5, 7200} {
		tick(&c, 0, t0+s*sec)
		tick(&c, 3, t0+s*sec-9000*sec)
	}
	state := c.AppendState(nil)
	if err := d.LoadState(state); err != nil {
		t.Fatal(err)
	}
	for _, s := range []int64{7201, 7202, 0, 1, 2} {
		for _, source := range []uint16{0, 3, 4} {
			a, j, is := tick(&c, source, t0+s*sec)
			b, k, too := tick(&d, source, t0+s*sec)
			if a != b || j != k || is != too {
				t.Fatalf("%d: %d %d", s, a, b)
			}
		}
	}
	if !bytes.Equal(c.AppendState(nil), d.AppendState(nil)) {
		t.Error("saved again it differs")
	}
	refusesBrokenState(t, state, func() davy.Stateful { return &Clock{} })
}

func BenchmarkClock(b *testing.B) {
	var c Clock
	p := &Packet{Origin: davy.Origin{Stamp: t0}}
	for b.Loop() {
		p.Origin.Stamp += 1000
		c.Set(p)
	}
}
