package plant

import "github.com/davylamp/davy/plant/frame"

// uaTalk reads values from an OPC UA server.
type uaTalk struct {
	nodes []string
	of    []quantity
	head  frame.UA
}

// say carries one service: ask and answer are made from the message's head.
func (t *uaTalk) say(s *session, at int64, ask, answer func(frame.UA) []byte) (int64, bool) {
	t.head.Sequence++
	t.head.Now = at
	reply := t.head
	reply.Reply = true
	return s.conn.exchange(at, ask(t.head), answer(reply))
}

func (t *uaTalk) open(s *session, at int64) (int64, bool) {
	url := "opc.tcp://" + s.server.addr().String() + ":4840"
	at, ok := s.conn.exchange(at, frame.UAHello(url), frame.UAAcknowledge())
	if !ok {
		return at, false
	}
	token := uint32(s.chance.next()) | 1
	t.head = frame.UA{Channel: uint32(s.chance.below(9000)) + 1, Token: 1, Sequence: 50}
	for i, step := range [][2]func(frame.UA) []byte{
		{frame.UAOpenChannel, frame.UAChannelOpened},
		{func(u frame.UA) []byte { return frame.UACreateSession(u, s.client.Name, url) },
			func(u frame.UA) []byte { return frame.UASessionCreated(u, token) }},
		{frame.UAActivate, frame.UAActivated},
	} {
		if i == 2 {
			t.head.Session = token
		}
		if at, ok = t.say(s, at+s.chance.span(1e6, 6e6), step[0], step[1]); !ok {
			return at, false
		}
	}
	return at, true
}

func (t *uaTalk) cycle(s *session, at int64) (int64, bool) {
	values := make([]float64, len(t.of))
	for i, q := range t.of {
		values[i] = s.w.vat.look(at, q)
	}
	return t.say(s, at, func(u frame.UA) []byte { return frame.UAReadValues(u, t.nodes) },
		func(u frame.UA) []byte { return frame.UAValues(u, values) })
}
