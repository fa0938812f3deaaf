package plant

import (
	"encoding/binary"
	"time"

	"github.com/davylamp/davy/plant/frame"
)

// umasTalk is an engineering tool's conversation with a Modicon controller.
type umasTalk struct {
	id  uint16
	key uint8 // of the reservation, 0 without one
}

const umasProgram = 0x00c1e3 // signature of the application the pasteuriser runs

func (t *umasTalk) open(s *session, at int64) (int64, bool) {
	return t.say(s, at, frame.UmasInit, []byte{0}, []byte{0xfd, 0, 1, 4, 0, 0, 0x32, 0, 0, 0, 0, 0, 0})
}

func (t *umasTalk) cycle(s *session, at int64) (int64, bool) {
	return t.say(s, at, frame.UmasStatus, nil, frame.UmasStatusInfo(nil, !s.server.stopped, umasProgram))
}

func (t *umasTalk) say(s *session, at int64, function uint8, ask, answer []byte) (int64, bool) {
	t.id++
	return s.conn.exchange(at, frame.Umas(nil, t.id, t.key, function, ask), frame.UmasReply(nil, t.id, t.key, answer))
}

// look reads who the controller is and watches some variables for a while.
func (t *umasTalk) look(s *session, at int64, rounds int) (int64, bool) {
	type step struct {
		function    uint8
		ask, answer []byte
	}
	steps := []step{
		{frame.UmasReadID, nil, frame.UmasIdentity(nil, 0x01070000, 0x0320, s.server.Model)},
		{frame.UmasProject, []byte{0}, frame.UmasProjectInfo(nil, 0x8898, 14, 11, 2025, "Pasteur")},
		{frame.UmasCard, []byte{0}, frame.UmasCardInfo(nil, "BMXRMS004GPF")},
		{frame.UmasStatus, nil, frame.UmasStatusInfo(nil, !s.server.stopped, umasProgram)},
	}
	for range rounds {
		steps = append(steps, step{frame.UmasMonitor, []byte{0x15, 0, 1, 7}, []byte{7, 0, 0, 0x26, 0, 0, 0}})
	}
	ok := true
	for i, a := range steps {
		if at, ok = t.say(s, at, a.function, a.ask, a.answer); !ok {
			return at, false
		}
		at += s.chance.span(5*time.Millisecond, 20*time.Millisecond)
		if i >= 4 {
			at += int64(time.Second)
		}
	}
	return at, ok
}

// reserve takes the controller for the tool, release gives it back.
func (t *umasTalk) reserve(s *session, at int64, owner string) (int64, bool) {
	key := uint8(s.chance.span(0x10, 0xf0))
	at, ok := t.say(s, at, frame.UmasReserve, frame.UmasOwner(nil, uint32(s.chance.next()), owner), []byte{key})
	t.key = key
	return at, ok
}

func (t *umasTalk) release(s *session, at int64) (int64, bool) {
	at, ok := t.say(s, at, frame.UmasRelease, nil, nil)
	t.key = 0
	return at, ok
}

// run starts or stops the controller.
func (t *umasTalk) run(s *session, at int64, on bool) (int64, bool) {
	function := frame.UmasStop
	if on {
		function = frame.UmasStart
	}
	at, ok := t.say(s, at, function, []byte{0xff, 0}, nil)
	if ok {
		s.server.stopped = !on
	}
	return at, ok
}

const umasPiece = 500 // bytes of a block

// download loads a program; the controller must be reserved.
func (t *umasTalk) download(s *session, at int64, program []byte) (int64, bool) {
	at, ok := t.say(s, at, frame.UmasBeginDownload, []byte{0, 1}, []byte{0, 1})
	number := uint16(0)
	for ok && len(program) > 0 {
		n := min(umasPiece, len(program))
		number++
		at, ok = t.say(s, at+s.chance.span(2e6, 8e6), frame.UmasDownloadBlock, frame.UmasBlock(nil, number, program[:n]), []byte{0})
		program = program[n:]
	}
	if !ok {
		return at, false
	}
	return t.say(s, at, frame.UmasEndDownload, binary.LittleEndian.AppendUint16([]byte{0, 1}, number), nil)
}

// upload reads a program back.
func (t *umasTalk) upload(s *session, at int64, program []byte) (int64, bool) {
	at, ok := t.say(s, at, frame.UmasBeginUpload, []byte{0, 1, 0xfb, 3}, binary.LittleEndian.AppendUint32([]byte{0, 1}, uint32(len(program))))
	for number := uint16(1); ok && len(program) > 0; number++ {
		n := min(umasPiece, len(program))
		answer := binary.LittleEndian.AppendUint16([]byte{0, 0}, uint16(n))
		at, ok = t.say(s, at+s.chance.span(2e6, 8e6), frame.UmasUploadBlock, binary.LittleEndian.AppendUint16([]byte{0, 1}, number), append(answer, program[:n]...))
		program = program[n:]
	}
	if !ok {
		return at, false
	}
	return t.say(s, at, frame.UmasEndUpload, []byte{0, 1}, nil)
}

// application is the pasteuriser's program as an archive of the engineering tool begins.
func application(seed uint64) []byte {
	c := newChance(seed, "pasteuriser's program")
	b := append([]byte("APX\x00\x00\x01\x02\x01\x10\x01\x19\x20\xf2\x10"), make([]byte, 240)...)
	return append(b, logic(c, 3000)...)
}
