package live

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/capture/filter"
)

// Live captures from interfaces. Fill, Continue and Close are for one goroutine; the other
// methods are for any.
type Live struct {
	sockets []*socket
	tell    func(Event)
	names   []string // of interfaces, by number
	polls   []unix.PollFd
	stopped atomic.Bool
	looked  int64 // when the interfaces were looked at

	// Message time where nothing comes: the machine's monotonic clock and the largest distance
	// from it to a stamp. A clock that is set back does not set it back.
	line  int64
	stamp int64 // latest handed on
	tick  int64 // last told
}

// Open opens the interfaces. A filter that is not understood is a *filter.Error.
func Open(c Config) (*Live, error) {
	if len(c.Interfaces) == 0 {
		return nil, errors.New("no interface was named")
	}
	program, err := filter.Compile(c.Filter, snap)
	if err != nil {
		return nil, err
	}
	if c.RingBytes == 0 {
		c.RingBytes = 64 << 20
	}
	l := &Live{tell: c.Tell, line: realtime() - monotonic()}
	if l.tell == nil {
		l.tell = func(Event) {}
	}
	for i, name := range c.Interfaces {
		if slices.Contains(c.Interfaces[:i], name) {
			l.Close()
			return nil, fmt.Errorf("interface %q was named twice", name)
		}
		s, err := openSocket(name, program, c.RingBytes, c.Promiscuous)
		if err != nil {
			l.Close()
			return nil, err
		}
		l.sockets = append(l.sockets, s)
		l.polls = append(l.polls, unix.PollFd{})
		s.up.Store(true) // so that look tells of one that is not
	}
	l.Continue(nil)
	return l, nil
}

// Continue numbers the interfaces as those of an earlier input go on, whose names these are.
// It comes before the first Fill.
func (l *Live) Continue(names []string) {
	l.names = slices.Clone(names)
	for _, s := range l.sockets {
		n := slices.Index(l.names, s.name)
		if n < 0 {
			n = len(l.names)
			l.names = append(l.names, s.name)
		}
		s.number = uint16(n)
	}
}

// Interfaces are the names of the interfaces, by their numbers.
func (l *Live) Interfaces() []string { return l.names }

// InterfaceName is an interface's name.
func (l *Live) InterfaceName(n uint16) string { return l.names[n] }

// Fill fills b with the packets that came. The bytes of its records are the kernel's and
// hold until the next Fill. It returns within 100 ms, also with no packet. After Stop it
// returns io.EOF; there are no other errors.
func (l *Live) Fill(b *capture.Batch) error {
	if cap(b.Records) < capture.MaxRecords {
		b.Records = make([]capture.Record, 0, capture.MaxRecords)
	}
	b.Records, b.Path, b.PathEnd, b.Tick = b.Records[:0], 0, false, 0
	for _, s := range l.sockets {
		s.release()
	}
	for end := monotonic() + waitNanos; !l.stopped.Load(); {
		l.look()
		if pending := l.merge(b); len(b.Records) > 0 {
			return nil
		} else if left := end - monotonic(); left <= 0 {
			l.quiet(b)
			return nil
		} else {
			for _, s := range l.sockets { // blocks without a frame for us
				s.release()
			}
			l.wait(left, pending)
		}
	}
	return io.EOF
}

// merge takes frames in the order of their stamps, as far as no earlier one can come any
// more. It says whether frames wait for that.
func (l *Live) merge(b *capture.Batch) (pending bool) {
	since, bytes := realtime(), 0
	for len(b.Records) < capture.MaxRecords && bytes < batchBytes {
		var first *socket
		open := false // an interface may have earlier ones that we do not see yet
		for _, s := range l.sockets {
			switch {
			case s.ready():
				if first == nil || s.stamp < first.stamp {
					first = s
				}
			case s.up.Load():
				open = true
			}
		}
		if first == nil {
			break
		}
		// A stamp of the future is of a clock that was set back: it waits for nobody.
		if wait := since - first.stamp; open && wait < holdNanos && wait > -holdNanos {
			pending = true
			break
		}
		bytes += l.add(b, first)
	}
	if n := len(b.Records); n > 0 {
		l.stamp = b.Records[n-1].Stamp
		l.line = max(l.line, l.stamp-monotonic())
	}
	return pending
}

// add takes an interface's next frame.
func (l *Live) add(b *capture.Batch, s *socket) int {
	if s.loopback && s.outgoing() { // it comes a second time
		s.step()
		return 0
	}
	n := len(b.Records)
	b.Records = b.Records[:n+1]
	r := &b.Records[n]
	r.Stamp, r.Interface, r.Link, r.File, r.Frame = s.stamp, s.number, 1, 0, 0
	r.Data, r.Wire = s.data()
	s.packet++
	s.step()
	return len(r.Data)
}

// quiet tells how far time has come, once for every whole second.
func (l *Live) quiet(b *capture.Batch) {
	now := monotonic() + l.line - tickNanos
	if whole := now - now%1e9; whole > l.tick && whole > l.stamp {
		b.Tick, l.tick = whole, whole
	}
}

// wait waits for packets.
func (l *Live) wait(nanos int64, pending bool) {
	if pending { // the sockets would say at once that there are some
		time.Sleep(5 * time.Millisecond)
		return
	}
	n := 0
	for _, s := range l.sockets {
		if s.up.Load() { // one that is down would say so without end
			l.polls[n] = unix.PollFd{Fd: int32(s.fd), Events: unix.POLLIN}
			n++
		}
	}
	if n == 0 {
		time.Sleep(time.Duration(nanos))
		return
	}
	unix.Poll(l.polls[:n], int(nanos/1e6)+1)
	for _, p := range l.polls[:n] {
		if p.Revents&^unix.POLLIN != 0 { // an interface went down; asking for the error takes it away
			unix.GetsockoptInt(int(p.Fd), unix.SOL_SOCKET, unix.SO_ERROR)
			l.looked = 0
			time.Sleep(time.Millisecond)
		}
	}
}

// look sees to the interfaces a few times a second.
func (l *Live) look() {
	now := monotonic()
	if now-l.looked < lookNanos {
		return
	}
	l.looked = now
	for _, s := range l.sockets {
		if e, changed := s.look(); changed {
			l.tell(e)
		}
	}
}

// Stats are the interfaces' counters.
func (l *Live) Stats() (list []InterfaceStats) {
	for _, s := range l.sockets {
		list = append(list, InterfaceStats{s.name, s.packets.Load(), s.drops.Load(), s.freezes.Load(), s.up.Load()})
	}
	return list
}

// Dropped is how many packets the kernel had no room for.
func (l *Live) Dropped() (n uint64) {
	for _, s := range l.sockets {
		n += s.drops.Load()
	}
	return n
}

// Stop makes Fill return io.EOF, within 100 ms.
func (l *Live) Stop() { l.stopped.Store(true) }

// Close closes the sockets and takes the memory of the last batch back.
func (l *Live) Close() error {
	l.Stop()
	for _, s := range l.sockets {
		s.close()
	}
	return nil
}

func realtime() int64 { return clock(unix.CLOCK_REALTIME) }

func monotonic() int64 { return clock(unix.CLOCK_MONOTONIC) }

func clock(id int32) int64 {
	var t unix.Timespec
	unix.ClockGettime(id, &t)
	return t.Nano()
}
