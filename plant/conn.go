package plant

import (
	"time"

	"github.com/davylamp/davy/plant/frame"
)

// side is one end of a TCP connection.
type side struct {
	host  *host
	port  uint16
	seq   uint32 // of the next byte it sends
	boots int    // restarts before the connection was made
	ticks uint32 // its clock of RFC 7323 at the connection's beginning
	heard uint32 // the other's last
}

// conn is a TCP connection. Whoever uses it writes whole exchanges; segments follow each
// other in time, so that sequence and acknowledgement numbers are right by construction.
type conn struct {
	w              *world
	client, server side
	stamps         bool
	open           bool
	quick          bool  // the next request comes before an acknowledgement would go out alone
	owed           int64 // when an answer came that nobody has acknowledged yet
	last           int64 // when its last segment was sent
}

// dial opens a connection; a server that is not there is tried four times in 15 s.
func (w *world) dial(at int64, client, server *host, port uint16) (*conn, int64, bool) {
	k := w.adopt(at, client, server, port)
	k.open = false
	for _, wait := range [...]time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second} {
		t := at + int64(wait)
		k.client.seq, k.server.seq = k.first(0), k.first(1)
		arrived, ok := k.segment(t, true, frame.SYN, nil)
		if !ok || !server.up(arrived) {
			continue
		}
		k.client.boots, k.server.boots = client.boots(t), server.boots(t)
		t, _ = k.segment(arrived+w.chance.span(80e3, 400e3), false, frame.SYN|frame.ACK, nil)
		t, _ = k.segment(t+w.chance.span(30e3, 120e3), true, frame.ACK, nil)
		k.open = true
		return k, t, true
	}
	return k, at + int64(15*time.Second), false
}

// first is an initial sequence number, the same for each try of one connection.
func (k *conn) first(end uint64) uint32 {
	c := chance{uint64(k.client.port)<<48 ^ uint64(k.client.host.ip)<<16 ^ uint64(k.server.host.ip) ^ end<<60 ^ k.w.opt.Seed}
	return uint32(c.next())
}

// adopt is a connection that was open before the sensor was plugged in.
func (w *world) adopt(at int64, client, server *host, port uint16) *conn {
	k := &conn{w: w, open: true, stamps: client.stack.timestamps && server.stack.timestamps}
	k.client = side{host: client, port: client.ephemeral(), boots: client.boots(at), ticks: uint32(client.ip * 2654435761)}
	k.server = side{host: server, port: port, boots: server.boots(at), ticks: uint32(server.ip * 2246822519)}
	k.client.seq, k.server.seq = k.first(0), k.first(1)
	return k
}

// segment sends one segment and returns when it arrives.
func (k *conn) segment(at int64, fromClient bool, flags uint8, payload []byte) (int64, bool) {
	me, peer := &k.client, &k.server
	if !fromClient {
		me, peer = peer, me
	}
	at = max(at, k.last+2000)
	h := frame.TCP{Src: me.port, Dst: peer.port, Seq: me.seq, Flags: flags, Window: me.host.stack.window}
	if flags&frame.ACK != 0 {
		h.Ack = peer.seq
	}
	if flags&frame.SYN != 0 {
		h.MSS, h.Scale, h.Window = me.host.stack.mss, me.host.stack.scale, me.host.stack.synWindow
	}
	if k.stamps {
		h.Timestamps, h.Time, h.Echo = true, me.ticks+uint32((at-k.w.from)/1e6), me.heard
		peer.heard = h.Time
	}
	me.seq += uint32(len(payload))
	if flags&(frame.SYN|frame.FIN) != 0 {
		me.seq++
	}
	k.last = at
	packet := h.Append(k.w.out.buffer(), me.host.header(peer.host.ip), payload)
	arrived, ok := k.w.carry(at, me.host, peer.host, packet)
	k.w.out.spare = append(k.w.out.spare, packet)
	k.last = max(k.last, arrived)
	return arrived, ok
}

// send sends bytes in as many segments as they need.
func (k *conn) send(at int64, fromClient bool, data []byte) int64 {
	if due := k.owed + int64(k.client.host.stack.delay); fromClient && k.owed > 0 && at > due && due >= k.w.now {
		k.segment(due, true, frame.ACK, nil)
	}
	k.owed = 0
	mss := int(min(k.client.host.stack.mss, k.server.host.stack.mss))
	if k.stamps {
		mss -= 12
	}
	for len(data) > mss {
		k.segment(at, fromClient, frame.ACK, data[:mss])
		data = data[mss:]
	}
	at, _ = k.segment(at, fromClient, frame.ACK|frame.PSH, data)
	return at
}

// again sends the last n bytes of a side once more: a retransmission.
func (k *conn) again(at int64, fromClient bool, data []byte) {
	me := &k.client
	if !fromClient {
		me = &k.server
	}
	me.seq -= uint32(len(data))
	k.send(at, fromClient, data)
}

// exchange sends a request and its answer, and returns when the answer is there. It is not
// ok when the connection broke; then it is no longer open, but for a client that is away.
func (k *conn) exchange(at int64, ask, answer []byte) (int64, bool) {
	w, c, s := k.w, k.client.host, k.server.host
	if !k.open || !c.up(at) {
		return at, false
	}
	if c.boots(at) != k.client.boots {
		k.open = false // the client has forgotten it
		return at, false
	}
	at = max(at, k.last)
	t := k.send(at, true, ask)
	for rto := int64(300 * time.Millisecond); !s.up(t); rto *= 2 {
		if rto > int64(40*time.Second) {
			k.segment(t, true, frame.RST|frame.ACK, nil)
			k.open = false
			return t, false
		}
		k.again(t+rto, true, ask)
		t = k.last
	}
	if s.boots(t) != k.server.boots {
		k.segment(t+w.chance.span(50e3, 200e3), false, frame.RST|frame.ACK, nil)
		k.open = false
		return t, false
	}
	if within(s.trouble, t) && w.chance.hit(3) {
		k.again(t+w.chance.span(250*time.Millisecond, 350*time.Millisecond), true, ask)
		t = k.last
	}
	think := w.chance.span(s.stack.think/2, s.stack.think*3/2)
	if within(s.slow, t) {
		think += w.chance.span(120*time.Millisecond, 600*time.Millisecond)
	}
	if answer == nil {
		t, _ = k.segment(t+int64(s.stack.delay), false, frame.ACK, nil)
		return t, true
	}
	if think > int64(s.stack.delay) {
		k.segment(t+int64(s.stack.delay), false, frame.ACK, nil)
	}
	t = k.send(t+think, false, answer)
	if within(c.trouble, t) && w.chance.hit(3) {
		k.again(t+w.chance.span(200*time.Millisecond, 300*time.Millisecond), false, answer)
		t = k.last
	}
	if k.quick {
		k.owed = t
		return t, true
	}
	k.segment(t+w.chance.span(c.stack.delay*4/5, c.stack.delay), true, frame.ACK, nil)
	return k.last, true
}

// keepAlive asks whether the other end is still there: an empty segment, one byte back.
func (k *conn) keepAlive(at int64) {
	if !k.open || !k.client.host.up(at) || !k.server.host.up(at) ||
		k.client.boots != k.client.host.boots(at) || k.server.boots != k.server.host.boots(at) {
		return
	}
	k.client.seq--
	t, _ := k.segment(at, true, frame.ACK, nil)
	k.client.seq++
	k.segment(t+k.w.chance.span(40e3, 300e3), false, frame.ACK, nil)
}

// close ends the connection in good order.
func (k *conn) close(at int64) int64 {
	if !k.open {
		return at
	}
	k.open = false
	if !k.client.host.up(at) || !k.server.host.up(at) || k.server.boots != k.server.host.boots(at) {
		return at
	}
	t, _ := k.segment(at, true, frame.FIN|frame.ACK, nil)
	t, _ = k.segment(t+k.w.chance.span(50e3, 400e3), false, frame.FIN|frame.ACK, nil)
	t, _ = k.segment(t+k.w.chance.span(20e3, 90e3), true, frame.ACK, nil)
	return t
}
