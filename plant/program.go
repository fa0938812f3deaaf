package plant

import (
	"time"

	"github.com/davylamp/davy/plant/frame"
)

// logic is a controller's program as bytes: instructions that S7-300 controllers know, in
// an order that means nothing.
func logic(c *chance, n int) []byte {
	words := [][]byte{{0xc0, 0x00}, {0xc0, 0x31}, {0xd8, 0x80}, {0x21, 0x80}, {0x39, 0x80}, {0x30, 0x03, 0x00, 0x0a}, {0x7e, 0x53, 0x00, 0x10},
		{0x7e, 0x57, 0x00, 0x0a}, {0xfb, 0x79, 0x00, 0x02}, {0xfe, 0x6f, 0x00, 0x14}, {0x79, 0x00}, {0x70, 0x0b, 0x00, 0x05}, {0xff, 0x98, 0x00, 0x2b}}
	var b []byte
	for len(b) < n-4 {
		b = append(b, one(c, words)...)
	}
	return append(b, 0x65, 0x00)
}

// palBlocks are the palletiser's program.
func palBlocks() []frame.S7Block {
	c := newChance(315, "palletiser's program")
	list := []frame.S7Block{{Kind: '8', Number: 1}, {Kind: 'C', Number: 10}, {Kind: 'C', Number: 21}, {Kind: 'E', Number: 40}, {Kind: 'A', Number: 5}, {Kind: 'A', Number: 6}}
	for i := range list {
		list[i].Code, list[i].Author, list[i].Days = logic(c, 120+60*i), "BRANDT", 15_020
	}
	return list
}

// once is a session that a person holds: it connects, does its work and closes.
func (w *world) once(client, server *host, port uint16, t talk) *session {
	return &session{w: w, client: client, server: server, port: port, talk: t, every: 1, chance: newChance(w.opt.Seed^uint64(w.now), client.Name+" at "+server.Name)}
}

// listBlocks lists how many blocks of each kind the controller has, and those of one kind.
func (t *s7Talk) listBlocks(s *session, at int64) (int64, bool) {
	counts := []byte("08\x00\x010E\x00\x010C\x00\x020A\x00\x020B\x00\x000D\x00\x420F\x00\x0f")
	at, ok := t.query(s, at, frame.S7GroupBlocks, frame.S7ListBlocks, nil, counts)
	if !ok {
		return at, false
	}
	return t.query(s, at+s.chance.span(3e6, 9e6), frame.S7GroupBlocks, frame.S7ListOfType, []byte("0C"), []byte{0, 10, 0x22, 1, 0, 21, 0x22, 1})
}

// download loads a block into the controller: announced by the client, fetched in pieces by
// the controller, inserted on the client's word.
func (t *s7Talk) download(s *session, at int64, k frame.S7Block) (int64, bool) {
	t.ref++
	at, ok := s.conn.exchange(at, frame.S7RequestDownload(nil, t.ref, k), frame.S7Plain(nil, t.ref, frame.S7RequestDown))
	if !ok {
		return at, false
	}
	ref, rest := uint16(1), k.Bytes()
	for len(rest) > 0 {
		n := min(len(rest), s7PDU-18)
		at = s.conn.asked(at, frame.S7AskBlock(nil, ref, frame.S7DownBlock, k), frame.S7GiveBlock(nil, ref, rest[:n], n < len(rest)))
		rest = rest[n:]
		ref += 2
	}
	at = s.conn.asked(at, frame.S7AskBlock(nil, ref, frame.S7DownEnd, k), frame.S7Plain(nil, ref, frame.S7DownEnd))
	t.ref++
	return s.conn.exchange(at+s.chance.span(5e6, 20e6), frame.S7Insert(nil, t.ref, k), frame.S7Plain(nil, t.ref, frame.S7Control))
}

// asked is an exchange that the server begins.
func (k *conn) asked(at int64, ask, answer []byte) int64 {
	at = k.send(at+k.w.chance.span(3*time.Millisecond, 12*time.Millisecond), false, ask)
	return k.send(at+k.w.chance.span(time.Millisecond, 6*time.Millisecond), true, answer)
}

// upload reads a block back.
func (t *s7Talk) upload(s *session, at int64, k frame.S7Block) (int64, bool) {
	t.ref++
	number := uint32(7)
	at, ok := s.conn.exchange(at, frame.S7StartUpload(nil, t.ref, k), frame.S7UploadStarted(nil, t.ref, number, k))
	for rest := k.Bytes(); ok && len(rest) > 0; t.ref++ {
		n := min(len(rest), s7PDU-18)
		at, ok = s.conn.exchange(at+s.chance.span(1e6, 4e6), frame.S7UploadJob(nil, t.ref+1, frame.S7Up, number), frame.S7UploadPiece(nil, t.ref+1, rest[:n], n < len(rest)))
		rest = rest[n:]
	}
	if !ok {
		return at, false
	}
	t.ref++
	return s.conn.exchange(at, frame.S7UploadJob(nil, t.ref, frame.S7EndUp, number), frame.S7Plain(nil, t.ref, frame.S7EndUp))
}

// stop stops the controller, restart starts its program again; the process follows.
func (t *s7Talk) stop(s *session, at int64) (int64, bool) {
	t.ref++
	at, ok := s.conn.exchange(at, frame.S7StopProgram(nil, t.ref), frame.S7Plain(nil, t.ref, frame.S7Stop))
	if ok {
		s.server.stopped, s.w.vat.palOff = true, true
	}
	return at, ok
}

func (t *s7Talk) restart(s *session, at int64) (int64, bool) {
	t.ref++
	at, ok := s.conn.exchange(at, frame.S7StartProgram(nil, t.ref), frame.S7Plain(nil, t.ref, frame.S7Control))
	if ok {
		s.server.stopped, s.w.vat.palOff = false, false
	}
	return at, ok
}
