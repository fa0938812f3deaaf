package app

import (
	"testing"
	"time"
)

// TestStateKeepsInterfacesApart: the clocks of two sensors, years apart, are told apart by the
// names of their interfaces also when a later run meets only one of them.
func TestStateKeepsInterfacesApart(t *testing.T) {
	a, b := newTape(), newTape()
	k := a.dial(hmi, plc, 50001, 502)
	k.poll(30, 0)
	a.wait(-6 * 365 * 24 * time.Hour)
	k = a.dial(hmi, s7plc, 50002, 502)
	k.poll(30, 0)
	for i := range a.shots {
		if i >= len(a.shots)/2 {
			a.shots[i].iface = 1
		}
	}
	b.wait(-6 * 365 * 24 * time.Hour)
	b.wait(time.Hour / 2)
	k = b.dial(hmi, plc, 50003, 502)
	k.poll(30, 0)
	for i := range b.shots {
		b.shots[i].iface = 1
	}
	continued(t, a.writeAsIs(t), b.writeAsIs(t))
}

// TestStateKeepsWhatTheMirrorShowed: how much of the connections was seen in one direction
// only is judged for each input, also when earlier ones were read by another run.
func TestStateKeepsWhatTheMirrorShowed(t *testing.T) {
	var tapes [2]*tape
	for n := range tapes {
		c := newTape()
		c.wait(time.Duration(n) * time.Minute)
		for i := range uint16(40) {
			k := c.dial(hmi, plc, 50000+i+100*uint16(n), 502)
			k.poll(1, 0)
			if n == 0 {
				c.shots = c.shots[:len(c.shots)-1] // the replies are not shown
			}
		}
		tapes[n] = c
	}
	continued(t, tapes[0].write(t), tapes[1].write(t))
	continued(t, tapes[1].write(t), tapes[0].write(t))
	got := tapes[0].analyzed(t, Options{})
	if count(got.findings, "detector", "D46") != 1 {
		t.Errorf("not judged: %v", got.findings)
	}
}
