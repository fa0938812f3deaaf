package app

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/packet"
)

// rows are the message rows of a shard since the last merge, as text.
type rows struct {
	mode  Messages
	refs  []rowRef
	text  []byte
	past  []past // recent bodies, for copies by the mirror
	newer int
}

// rowRef places a row in the order of all rows.
type rowRef struct {
	key         int64 // message time
	file, frame uint32
	place       uint16
	from, to    int // in the text
}

// past is the body of a row written a moment ago.
type past struct {
	file, frame uint32 // of the packet that completed the message, whichever was in hand then
	place       uint16
	body        []byte
}

// copies is how many bodies a shard remembers for the copies that the mirror may bring.
const copies = 256

func (r *rows) wants(m *davy.Message, news davy.News) bool {
	switch r.mode {
	case NoMessages:
		return false
	case AllMessages:
		return true
	}
	return !m.Cyclic && !m.Quiet || m.Defect != "" || m.Result.Failed || news&(davy.NewOperation|davy.NewObject|davy.NewWriter) != 0 && !news.Has(davy.Learning)
}

// late is how far before the message time a packet's own stamp may lie for its row to stand
// at that place: held back for its turn, not a clock that is wrong. ns.
const late = int64(2e9)

func (r *rows) add(s *shard, m *davy.Message) {
	if r.mode == NoMessages {
		return
	}
	key := m.Time
	if o := m.Origin.Stamp; o < key && key-o < late {
		key = o
	}
	from := len(r.text)
	r.text = m.AppendHead(r.text, s.engine.name(m.Origin.File))
	body := len(r.text)
	r.text = append(m.AppendBody(r.text), '\n')
	r.refs = append(r.refs, rowRef{key, m.Origin.File, m.Origin.Frame, m.Origin.Place, from, len(r.text)})
	if tap := s.engine.options.Tap; tap != nil {
		tap(m)
	}
	if r.mode == AllMessages {
		r.remember(&m.Origin, r.text[body:])
	}
}

func (r *rows) remember(o *davy.Origin, body []byte) {
	if r.past == nil {
		r.past = make([]past, copies)
	}
	r.newer = (r.newer + 1) % copies
	p := &r.past[r.newer]
	p.file, p.frame, p.place = o.File, o.Frame, o.Place
	p.body = append(p.body[:0], body...)
}

// echo writes the rows of the packet that p is a copy of once more, marked as duplicates.
func (r *rows) echo(p *packet.Packet, name string) {
	if r.mode != AllMessages || r.past == nil || p.Of == 0 {
		return
	}
	// Numbers and frames rise together; what is a copy of something in the file before has
	// no row.
	before := p.Number - p.Of
	if before >= uint64(p.Origin.Frame) {
		return
	}
	for i := range copies {
		k := &r.past[(r.newer+1+i)%copies]
		if k.body == nil || k.file != p.Origin.File || k.frame != p.Origin.Frame-uint32(before) {
			continue
		}
		from := len(r.text)
		m := davy.Message{Origin: p.Origin}
		r.text = m.AppendHead(r.text, name)
		r.text = append(r.text, k.body[:len(k.body)-2]...) // without the brace and the line's end
		r.text = append(r.text, ",\"duplicate\":true}\n"...)
		r.refs = append(r.refs, rowRef{p.Time, p.Origin.File, p.Origin.Frame, k.place, from, len(r.text)})
	}
}

func (r *rows) reset() { r.refs, r.text = r.refs[:0], r.text[:0] }
