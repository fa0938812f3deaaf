package plant

import (
	"time"

	"github.com/davylamp/davy/plant/frame"
)

// startSurprises enters what is out of the ordinary and harms nobody: in a long run each
// once, in working hours and away from the campaign; in a short one as many as fit.
func (w *world) startSurprises(l *lines) {
	c := newChance(w.opt.Seed, "surprises")
	list := []func(at int64){
		func(at int64) { w.newOperator(at, l) },
		func(at int64) { w.newProduct(at, l) },
		w.failOver, w.routerFailOver, w.restartDevice, w.restartDrive, w.correctClock, w.correctSensor, w.earlyLook,
		func(at int64) { w.pullCable(at, c) },
		w.slowLink, w.badLink,
	}
	for i := range list { // shuffled, so that short runs differ in what they show
		j := i + c.below(len(list)-i)
		list[i], list[j] = list[j], list[i]
	}
	for i, at := range w.moments(c, len(list)) {
		list[i](at)
	}
}

// moments are times for up to n surprises, at least some minutes apart.
func (w *world) moments(c *chance, n int) []int64 {
	apart := min(int64(40*time.Minute), int64(w.opt.Length)/150)
	from, to := w.learned, w.to-int64(time.Hour)
	if !w.long() {
		from, to = w.share(0.34), w.share(0.64)
	}
	var list []int64
	for range 4000 {
		if len(list) == n {
			break
		}
		at := from + int64(c.unit()*float64(to-from))
		busy := w.long() && !(producing(at) && officeHours(at)) ||
			(span{w.intruder.from - int64(6*time.Hour), w.intruder.to + int64(3*time.Hour)}).holds(at) && w.long()
		for _, v := range w.windows {
			busy = busy || at+apart > v.from && at < v.to+apart/2
		}
		for _, other := range list {
			busy = busy || at > other-apart && at < other+apart
		}
		if !busy {
			list = append(list, at)
		}
	}
	return list
}

func (w *world) surprise(what string, hosts ...*host) *Label {
	return w.label(Surprise, what, "", hosts, nil)
}

// through makes everything the host sends and receives for that time part of the label.
func (h *host) through(from int64, long time.Duration, l *Label) {
	h.stories = append(h.stories, story{span{from, from + int64(long)}, l})
}

func (w *world) newOperator(at int64, l *lines) {
	f := w.fleet
	note := w.surprise("an operator who was never seen logs in at the filler's panel, and over the jump host", f.hmiFill, f.desks[0])
	w.at(at, func(at int64) {
		w.under(note, func() {
			w.logIn(l, at, "okafor")
			w.remoteDesktop(at+int64(time.Minute), f.desks[0], f.jump, "c.okafor")
		})
	})
}

func (w *world) newProduct(at int64, l *lines) {
	note := w.surprise("a product that was never made: new values in the recipe's known places", w.fleet.scada)
	w.at(at, func(at int64) { w.under(note, func() { w.brew(l, at, novelty) }) })
}

// failOver lets the pasteuriser's controllers change places: the standby takes over the
// primary's address and tells everyone so.
func (w *world) failOver(at int64) {
	a, b := w.fleet.pastA, w.fleet.pastB
	note := w.surprise("fail-over of the hot standby controllers: their addresses change places", a, b)
	for _, h := range []*host{a, b} {
		h.outages = append(h.outages, outage{span{at, at + int64(400*time.Millisecond)}, true})
		h.through(at, 20*time.Second, note)
	}
	w.at(at+int64(350*time.Millisecond), func(at int64) {
		a.mac, b.mac = b.mac, a.mac
		for i := range int64(3) {
			w.announce(at+int64(60*time.Millisecond)+i*int64(time.Second), a)
			w.announce(at+int64(90*time.Millisecond)+i*int64(time.Second), b)
		}
	})
}

// routerFailOver lets the standby router take over; hosts notice nothing.
func (w *world) routerFailOver(at int64) {
	r := w.fleet.plantRouter
	note := w.surprise("fail-over of the router pair: the other one answers for the virtual addresses", r.legs[w.fleet.line], r.standby[w.fleet.line])
	w.at(at, func(at int64) {
		w.under(note, func() {
			for _, n := range []*network{w.fleet.line, w.fleet.operations, w.fleet.dmz} {
				w.vrrp(at, n, 0, 1)
				r.legs[n], r.standby[n] = r.standby[n], r.legs[n]
				w.vrrp(at+int64(610*time.Millisecond), n, 100, 1)
				w.announce(at+int64(612*time.Millisecond), r.virtual[n])
			}
		})
	})
}

// restart takes a host away and brings it back, with what it says of itself then.
func (w *world) restart(at int64, h *host, away time.Duration, note *Label, hello func(at int64)) {
	h.outages = append(h.outages, outage{span{at, at + int64(away)}, true})
	h.through(at, away+20*time.Second, note)
	w.at(at+int64(away), func(at int64) {
		w.under(note, func() {
			w.announce(at+int64(80*time.Millisecond), h)
			if hello != nil {
				hello(at)
			}
		})
	})
}

func (w *world) restartDevice(at int64) {
	h := w.fleet.ioFill2
	note := w.surprise("remote I/O of the filler restarts and is found again by name", h)
	w.restart(at, h, 42*time.Second, note, func(at int64) {
		w.lldp(at+int64(30*time.Millisecond), h, 3)
		w.ethernet(at+int64(120*time.Millisecond), h, frame.DCPGroup, frame.Untagged, frame.TypeProfinet, frame.DCPHello(nil, uint32(at), w.station(h)))
	})
}

func (w *world) restartDrive(at int64) {
	h := w.fleet.drvPump1
	w.restart(at, h, 25*time.Second, w.surprise("a pump's drive restarts; its controller connects again", h), nil)
}

// correctClock lets a controller's clock run wrong for an hour, until NTP corrects it.
func (w *world) correctClock(at int64) {
	h := w.fleet.util
	note := w.surprise("NTP sets a controller's clock right by 3.2 s", h)
	h.drift = append(h.drift, offset{span{at - int64(time.Hour), at + 1}, 3_200_000_000})
	w.at(at, func(at int64) {
		w.under(note, func() {
			w.askTime(at, h)
			w.askTime(at+int64(2*time.Second), h)
		})
	})
}

// correctSensor sets the sensor's own clock back: stamps jump, the plant does not.
func (w *world) correctSensor(at int64) {
	w.step = story{span{at, at + int64(2*time.Second)}, w.surprise("the sensor's clock is set back by 1.8 s")}
	w.stepBack = int64(1800 * time.Millisecond)
}

// earlyLook is work that begins before its window: reading and logging in, nothing more.
func (w *world) earlyLook(at int64) {
	f := w.fleet
	for _, v := range w.windows {
		if v.kind == "backup" && v.from > at {
			at = v.from - int64(min(14*time.Minute, w.opt.Length/150))
			break
		}
	}
	if at <= w.learned {
		return
	}
	note := w.surprise("the backup's reader logs in and reads some minutes before its window", f.eng)
	w.at(at, func(at int64) {
		w.under(note, func() {
			w.lookAtPal(at, f.eng)
			w.lookAtPast(at+int64(20*time.Second), f.eng)
		})
	})
}

func (w *world) pullCable(at int64, c *chance) {
	f := w.fleet
	h := one(c, []*host{f.ioPast2, f.drvPump2, f.meters, f.hmiPack})
	h.outages = append(h.outages, outage{span{at, at + int64(time.Minute)}, false})
	h.through(at, 80*time.Second, w.surprise("a cable is out for a minute", h))
}

func (w *world) slowLink(at int64) {
	h := w.fleet.meters
	h.slow = append(h.slow, span{at, at + int64(10*time.Minute)})
	h.through(at, 10*time.Minute, w.surprise("a slow link: answers take half a second", h))
}

func (w *world) badLink(at int64) {
	h := w.fleet.util
	h.trouble = append(h.trouble, span{at, at + int64(3*time.Minute)})
	h.through(at, 3*time.Minute, w.surprise("a bad link: every third segment is sent again", h))
}
