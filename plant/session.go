package plant

import "time"

// talk is what a session says: how it opens, and one cycle of it.
type talk interface {
	open(s *session, at int64) (int64, bool)
	cycle(s *session, at int64) (int64, bool)
}

// session is a client's standing relation to a server: it connects, talks at a cycle, and
// connects again when the connection breaks.
type session struct {
	w              *world
	client, server *host
	port           uint16
	every          int64
	hours          func(at int64) bool // nil for always
	talk           talk
	conn           *conn
	chance         *chance
	due            int64
	idle           int64 // a keep-alive when nothing was said so long; 0 for none
}

// start begins a session within its first cycles; joined ones were open before.
func (w *world) start(client, server *host, port uint16, cycle time.Duration, t talk) *session {
	s := &session{w: w, client: client, server: server, port: port, every: w.pace(cycle), talk: t,
		chance: newChance(w.opt.Seed, client.Name+" to "+server.Name)}
	s.due = w.from + s.chance.span(200*time.Millisecond, 4*time.Second)
	w.at(s.due, s.run)
	return s
}

// joined makes the session one that the sensor joins in the middle.
func (s *session) joined() *session {
	s.conn = s.w.adopt(s.w.from, s.client, s.server, s.port)
	s.conn.quick = s.brisk()
	return s
}

// brisk reports whether the next request comes before an acknowledgement is due.
func (s *session) brisk() bool { return s.every < int64(s.client.stack.delay)*4/5 }

func (s *session) run(at int64) {
	w := s.w
	if !s.client.up(at) || s.hours != nil && !s.hours(at) {
		if s.conn != nil && s.hours != nil && !s.hours(at) {
			s.conn.close(at)
		}
		s.due = at + max(s.every, int64(5*time.Second))
		w.at(s.due, s.run)
		return
	}
	end, ok := s.do(at, func(at int64) (int64, bool) { return s.talk.cycle(s, at) })
	if !ok {
		s.due = end + s.chance.span(500*time.Millisecond, 3*time.Second)
		w.at(s.due, s.run)
		return
	}
	s.due += s.every
	if s.due <= end {
		s.due = end + s.chance.span(time.Millisecond, 5*time.Millisecond)
	}
	jitter := min(s.every/20, int64(30*time.Millisecond))
	if s.idle > 0 && s.every > s.idle*3/2 {
		for t := end + s.idle; t < s.due-s.idle/2; t += s.idle {
			w.at(t, s.keep)
		}
	}
	w.at(s.due+int64(s.chance.bell()*float64(jitter)/3), s.run)
}

func (s *session) keep(at int64) {
	if s.conn != nil && at > s.conn.last {
		s.conn.keepAlive(at)
	}
}

// do uses the session's connection, opening it if it is not.
func (s *session) do(at int64, use func(at int64) (int64, bool)) (int64, bool) {
	if s.conn == nil || !s.conn.open {
		k, t, ok := s.w.dial(at, s.client, s.server, s.port)
		if !ok {
			return t, false
		}
		s.conn = k
		k.quick = true
		t, ok = s.talk.open(s, t+s.chance.span(time.Millisecond, 5*time.Millisecond))
		k.quick = s.brisk()
		if !ok {
			return t, false
		}
		at = t + s.chance.span(time.Millisecond, 20*time.Millisecond)
	}
	at = max(at, s.conn.last+int64(200*time.Microsecond))
	return use(at)
}
