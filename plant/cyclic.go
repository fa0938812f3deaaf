package plant

import (
	"time"

	"github.com/davylamp/davy/plant/frame"
)

// implicit is a class 1 connection of EtherNet/IP: a scanner opens it, then both sides send
// at the agreed interval without being asked.
type implicit struct {
	w              *world
	scanner, slave *host
	every          int64
	out, in        quantity // what is sent as data
	size           int      // bytes of data each way
	path           []byte
	c              frame.Connection
	running        bool
	sequence       uint32
	count          uint16
	heard          int64 // when the slave last spoke
	due            int64
	boots          int
	session        *session
	talk           *cipTalk
	chance         *chance
}

func (w *world) startImplicit(scanner, slave *host, cycle time.Duration, size int, out, in quantity) {
	l := &implicit{w: w, scanner: scanner, slave: slave, every: w.pace(cycle), size: size, out: out, in: in,
		path: frame.AssemblyPath(slave.identity, 100, 102, 101), chance: newChance(w.opt.Seed, "I/O of "+slave.Name), talk: &cipTalk{}}
	l.session = &session{w: w, client: scanner, server: slave, port: 44818, talk: l.talk, chance: l.chance, every: 1}
	l.due = w.from + l.chance.span(300*time.Millisecond, 2*time.Second)
	w.at(l.due, l.run)
}

func (l *implicit) run(at int64) {
	w := l.w
	if !l.running {
		if l.due = l.connect(at); !l.running {
			l.due += int64(5 * time.Second)
		}
		w.at(l.due, l.run)
		return
	}
	l.count++
	l.sequence++
	if l.scanner.up(at) {
		w.udp(at, l.scanner, 2222, l.slave, 2222, frame.EnipIO(nil, l.c.ToTarget, l.sequence, l.count, true, l.data(at, l.out)))
	}
	reply := at + l.every/3 + l.chance.span(0, time.Millisecond)
	switch {
	case l.slave.up(reply) && l.slave.boots(reply) == l.boots && l.scanner.up(reply):
		w.udp(reply, l.slave, 2222, l.scanner, 2222, frame.EnipIO(nil, l.c.ToOriginator, l.sequence, l.count, false, l.data(at, l.in)))
		l.heard = reply
	case reply-l.heard > 8*l.every || l.slave.boots(reply) != l.boots:
		l.running = false // timed out, or the slave started anew
	}
	l.due += l.every
	w.at(l.due+int64(l.chance.bell()*float64(min(l.every/60, int64(5*time.Millisecond)))), l.run)
}

// connect opens the connection over TCP and returns when the first data may flow.
func (l *implicit) connect(at int64) int64 {
	s := l.session
	if !l.scanner.up(at) {
		return at
	}
	if s.conn != nil {
		s.conn.close(at)
		at = max(at, s.conn.last)
	}
	l.c = frame.Connection{ToTarget: uint32(l.chance.next()), ToOriginator: uint32(l.chance.next()), Serial: uint16(l.chance.next()), Vendor: 1,
		OriginatorSerial: l.scanner.identity.Serial, Interval: uint32(l.every / 1000), IO: true, SizeToTarget: uint16(l.size + 6),
		SizeToOriginator: uint16(l.size + 2), Path: l.path}
	at, ok := s.do(at, func(at int64) (int64, bool) {
		return l.talk.unconnected(s, at, frame.CipOpen(nil, l.c), frame.CipOpened(nil, l.c))
	})
	if ok {
		l.running, l.heard, l.boots = true, at, l.slave.boots(at)
		l.sequence, l.count = 0, 0
	}
	return at + int64(2*time.Millisecond)
}

// data are a state and a value that follows the process.
func (l *implicit) data(at int64, q quantity) []byte {
	d := make([]byte, l.size)
	v := uint32(l.w.vat.look(at, q))
	d[0] = 1
	d[2], d[3] = byte(v), byte(v>>8)
	return d
}

// realTime is the cyclic exchange of a PROFINET controller with a device, which it first
// seeks by its name.
type realTime struct {
	w                  *world
	controller, device *host
	every              int64
	number             uint16 // of the device, from which its frame identifiers come
	out, in            quantity
	running            bool
	heard, due         int64
	boots              int
	xid                uint32
	chance             *chance
}

func (w *world) startRealTime(controller, device *host, cycle time.Duration, number uint16, out, in quantity) {
	l := &realTime{w: w, controller: controller, device: device, every: w.pace(cycle), number: number, out: out, in: in,
		chance: newChance(w.opt.Seed, "RT of "+device.Name)}
	l.due = w.from + l.chance.span(10*time.Millisecond, 300*time.Millisecond)
	w.at(l.due, l.run)
}

func (l *realTime) run(at int64) {
	if !l.controller.up(at) {
		l.running = false
	}
	if !l.running {
		l.seek(at)
		return
	}
	l.cyclic(at, l.controller, l.device, 0x8000+l.number, l.out)
	reply := at + l.every/2 + l.chance.span(0, 200*time.Microsecond)
	if l.device.up(reply) && l.device.boots(reply) == l.boots {
		l.cyclic(reply, l.device, l.controller, 0x8100+l.number, l.in)
		l.heard = reply
	} else if reply-l.heard > 3*l.every {
		l.running = false
	}
	l.due += l.every
	l.w.at(l.due+int64(l.chance.bell()*float64(min(l.every/60, int64(time.Millisecond)))), l.run)
}

func (l *realTime) cyclic(at int64, from, to *host, id uint16, q quantity) {
	v := uint32(l.w.vat.look(at, q))
	data := []byte{0x80, byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v), 0x80}
	l.w.ethernet(at, from, to.mac, frame.PriorityOnly, frame.TypeProfinet, frame.RealTime(nil, id, data, uint16(at/31250)))
}

// seek asks for the device by name until it answers, as it has its address, and goes on.
func (l *realTime) seek(at int64) {
	w, d := l.w, l.device
	l.due = at + int64(2*time.Second)
	if l.controller.up(at) {
		l.xid++
		w.ethernet(at, l.controller, frame.DCPGroup, frame.Untagged, frame.TypeProfinet, frame.DCPIdentifyName(nil, l.xid, d.Name))
		if t := at + l.chance.span(500*time.Microsecond, 2*time.Millisecond); d.up(t) {
			w.ethernet(t, d, l.controller.mac, frame.Untagged, frame.TypeProfinet, frame.DCPIdentity(nil, l.xid, w.station(d)))
			t, _ = w.resolve(t+l.chance.span(2*time.Millisecond, 8*time.Millisecond), l.controller, d)
			l.running, l.heard, l.boots = true, t, d.boots(t)
			l.due = t + int64(300*time.Millisecond)
		}
	}
	w.at(l.due, l.run)
}

// station is what a host tells by DCP.
func (w *world) station(h *host) frame.Station {
	s := h.station
	s.IP, s.Mask = h.ip, 0xffff_ff00
	s.Gate = w.fleet.plantRouter.gate(w.fleet.line).ip
	return s
}
