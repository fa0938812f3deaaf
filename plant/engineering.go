package plant

import (
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

// pgTSAP is the client's end of an engineering connection to an S7 controller.
const pgTSAP = 0x0100

// startEngineering starts the engineering station's days: a look at the controllers now and
// then, and the work that the windows plan.
func (w *world) startEngineering() {
	f := w.fleet
	w.routine("look at plc-pal", 20*time.Hour, officeHours, func(at int64) { w.lookAtPal(at, f.eng) })
	w.routine("look at plc-fill", 20*time.Hour, officeHours, func(at int64) { w.online(at, f.eng, f.fill, nil) })
	w.routine("look at plc-past", 22*time.Hour, officeHours, func(at int64) { w.lookAtPast(at, f.eng) })
	w.routine("look at plc-pack", 24*time.Hour, officeHours, func(at int64) { w.lookAtPack(at, f.eng) })
	w.routine("browse the line", 26*time.Hour, officeHours, func(at int64) { w.browse(at, f.eng) })
	for _, v := range w.windows {
		c := newChance(w.opt.Seed, "window "+v.ID)
		begin := v.from + int64(c.in(0.05, 0.35)*float64(v.to-v.from))
		w.at(begin, func(at int64) {
			l := w.label(Planned, v.Note, "", []*host{f.eng}, nil)
			l.Targets, l.Window = v.Assets, v.ID
			w.under(l, func() { w.work(v, at, l) })
		})
	}
}

// work is what is done in a window.
func (w *world) work(v Window, at int64, l *Label) {
	f := w.fleet
	switch v.kind {
	case "backup":
		l.Detector, l.Verb, l.Also = "D21", davy.Upload.String(), []string{"D28"}
		w.palSession(at, f.eng, func(s *session, t *s7Talk, at int64) (int64, bool) {
			ok := true
			for _, k := range palBlocks() {
				if at, ok = t.upload(s, at+s.chance.span(20e6, 60e6), k); !ok {
					break
				}
			}
			return at, ok
		})
		w.pastSession(at+int64(time.Minute), f.eng, func(s *session, t *umasTalk, at int64) (int64, bool) {
			return t.upload(s, at, application(580))
		})
	case "change":
		l.Detector, l.Verb, l.Also = "D20", davy.Download.String(), []string{"D07", "D28"}
		w.palSession(at, f.eng, func(s *session, t *s7Talk, at int64) (int64, bool) { return t.download(s, at, palBlocks()[2]) })
	case "maintenance":
		l.Detector, l.Verb, l.Also = "D20", davy.Download.String(), []string{"D07", "D22", "D25", "D28"}
		end := w.palSession(at, f.eng, func(s *session, t *s7Talk, at int64) (int64, bool) {
			at, _ = t.stop(s, at)
			for _, k := range palBlocks()[:3] {
				at, _ = t.download(s, at+s.chance.span(50e6, 200e6), k)
			}
			return t.restart(s, at+int64(4*time.Second))
		})
		end = w.pastSession(end+int64(30*time.Second), f.eng, func(s *session, t *umasTalk, at int64) (int64, bool) {
			at, _ = t.run(s, at, false)
			at, _ = t.download(s, at+int64(2*time.Second), application(581))
			return t.run(s, at+int64(3*time.Second), true)
		})
		w.setStation(end+int64(time.Minute), f.eng, f.ioFill2)
	}
}

// palSession goes online with the palletiser and does the work.
func (w *world) palSession(at int64, by *host, work func(s *session, t *s7Talk, at int64) (int64, bool)) int64 {
	return w.online(at, by, w.fleet.pal, work)
}

// online goes online with an S7 controller, identifies it and does the work.
func (w *world) online(at int64, by, plc *host, work func(s *session, t *s7Talk, at int64) (int64, bool)) int64 {
	t := &s7Talk{clientTSAP: pgTSAP, slot: slotOf(plc)}
	s := w.once(by, plc, portS7, t)
	end, ok := s.do(at, func(at int64) (int64, bool) { return t.identify(s, at) })
	if ok && plc == w.fleet.pal {
		end, ok = t.listBlocks(s, end+s.chance.span(10e6, 40e6))
	}
	if ok && work != nil {
		end, _ = work(s, t, end+s.chance.span(100e6, 600e6))
	}
	return s.hangUp(end)
}

// hangUp closes the connection some time after the last word.
func (s *session) hangUp(at int64) int64 {
	if s.conn == nil {
		return at
	}
	return s.conn.close(max(at, s.conn.last) + s.chance.span(300*time.Millisecond, 2*time.Second))
}

// pastSession goes online with the pasteuriser, reserves it and does the work.
func (w *world) pastSession(at int64, by *host, work func(s *session, t *umasTalk, at int64) (int64, bool)) int64 {
	t := &umasTalk{}
	s := w.once(by, w.fleet.pastA, portModbus, t)
	end, ok := s.do(at, func(at int64) (int64, bool) { return t.look(s, at, 3) })
	if ok {
		end, ok = t.reserve(s, end+s.chance.span(200e6, 900e6), by.Name)
	}
	if ok && work != nil {
		end, ok = work(s, t, end+s.chance.span(100e6, 600e6))
	}
	if ok {
		end, _ = t.release(s, end+s.chance.span(100e6, 600e6))
	}
	return s.hangUp(end)
}

func (w *world) lookAtPal(at int64, by *host) {
	w.palSession(at, by, func(s *session, t *s7Talk, at int64) (int64, bool) {
		return t.read(s, at, []frame.S7Item{{Block: 5, Offset: 0, Length: 8}, {Block: 6, Offset: 0, Length: 4}})
	})
}

func (w *world) lookAtPast(at int64, by *host) { w.pastSession(at, by, nil) }

func (w *world) lookAtPack(at int64, by *host) {
	t := &cipTalk{connected: true, tags: []quantity{packSpeed, packs, packSpeedSet}}
	s := w.once(by, w.fleet.pack, portENIP, t)
	end, ok := s.do(at, func(at int64) (int64, bool) { return t.identify(s, at) })
	for range 5 {
		if ok {
			end, ok = t.cycle(s, end+s.chance.span(400e6, 900e6))
		}
	}
	if ok {
		t.leave(s, end+int64(time.Second))
	}
}

// browse looks for whatever speaks PROFINET or EtherNet/IP on the line.
func (w *world) browse(at int64, by *host) {
	f := w.fleet
	xid := uint32(w.chance.next())
	w.ethernet(at, by, frame.DCPGroup, frame.Untagged, frame.TypeProfinet, frame.DCPIdentifyAll(nil, xid))
	for _, h := range f.hosts {
		if h.station.Name != "" && h.up(at) {
			t := at + w.chance.span(5*time.Millisecond, 400*time.Millisecond)
			w.ethernet(t, h, by.mac, frame.Untagged, frame.TypeProfinet, frame.DCPIdentity(nil, xid, w.station(h)))
		}
	}
	at += int64(3 * time.Second)
	port, context := by.ephemeral(), w.chance.next()
	w.shout(at, by, port, by.ip|0xff, davy.BroadcastMAC, portENIP, frame.EnipListIdentity(nil, context))
	for _, h := range f.hosts {
		if h.identity.Name != "" && h.up(at) {
			t := at + w.chance.span(time.Millisecond, 60*time.Millisecond)
			w.udp(t, h, portENIP, by, port, frame.EnipIdentity(nil, context, h.ip, h.identity))
		}
	}
}

// setStation writes a station's address to it, as after an exchange of the module.
func (w *world) setStation(at int64, by, h *host) {
	xid := uint32(w.chance.next())
	w.ethernet(at, by, h.mac, frame.Untagged, frame.TypeProfinet, frame.DCPSetIP(nil, xid, w.station(h)))
	w.ethernet(at+w.chance.span(time.Millisecond, 9*time.Millisecond), h, by.mac, frame.Untagged, frame.TypeProfinet, frame.DCPSetDone(nil, xid))
}
