package protocol

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/fetch"
	"github.com/davylamp/davy/wire"
)

// Pending holds requests that wait for their reply, at most PendingMax; the oldest makes
// room. The zero value is ready.
type Pending struct {
	slots []Request // in order of asking
	Lost  uint32    // requests forgotten for want of room
}

// PendingMax bounds the requests that one conversation can have open.
const PendingMax = 32

// Request is what a reply needs to know of its request.
type Request struct {
	ID     uint64
	Time   int64
	Verb   davy.Verb
	Code   uint32
	Op     string
	Path   davy.Path
	Object davy.Object
	Extra  uint64 // the dissector's own
	name   []byte
}

// Near asks for the memory of the request that waits, or the next.
func (p *Pending) Near() {
	if cap(p.slots) > 0 {
		fetch.All(&p.slots[:1][0])
	}
}

// Ask remembers m under id and returns the entry, for Extra.
func (p *Pending) Ask(id uint64, m *davy.Message) *Request {
	if len(p.slots) == PendingMax {
		first := p.slots[0]
		copy(p.slots, p.slots[1:])
		p.slots[PendingMax-1] = first
		p.slots = p.slots[:PendingMax-1]
		p.Lost++
	}
	if len(p.slots) < cap(p.slots) {
		p.slots = p.slots[:len(p.slots)+1]
	} else {
		p.slots = append(p.slots, Request{})
	}
	r := &p.slots[len(p.slots)-1]
	name := append(r.name[:0], m.Object.Name...)
	r.ID, r.Time, r.Verb, r.Code, r.Op, r.Path, r.Object, r.Extra = id, m.Time, m.Verb, m.Code, m.Op, m.Path, m.Object, 0
	r.name, r.Object.Name = name, name
	return r
}

// Answer finds the request with this id and forgets it; nil when there is none. The result
// is good until the next call.
func (p *Pending) Answer(id uint64) *Request {
	for i := range p.slots {
		if p.slots[i].ID == id {
			return p.take(i)
		}
	}
	return nil
}

// AskAgain is Ask, but a waiting request with the same id, code and object counts as
// asked anew: a client that got no answer tries again.
func (p *Pending) AskAgain(id uint64, m *davy.Message) *Request {
	for i := range p.slots {
		r := &p.slots[i]
		if r.ID == id && r.Code == m.Code && r.Object.Space == m.Object.Space && r.Object.Area == m.Object.Area &&
			r.Object.Index == m.Object.Index && r.Object.Count == m.Object.Count && r.Object.Sub == m.Object.Sub {
			p.take(i)
			break
		}
	}
	return p.Ask(id, m)
}

// AnswerThat finds the oldest request with this id that the reply fits, and forgets it and
// those of the same id before it: answers come in order, so theirs will not come. Where
// none fits it is the oldest with the id. For protocols whose clients use one id for
// several open requests.
func (p *Pending) AnswerThat(id uint64, fits func(*Request) bool) *Request {
	first, found := -1, -1
	for i := range p.slots {
		if p.slots[i].ID != id {
			continue
		}
		if first < 0 {
			first = i
		}
		if fits(&p.slots[i]) {
			found = i
			break
		}
	}
	if first < 0 {
		return nil
	}
	for ; first < found; first++ {
		if p.slots[first].ID == id {
			p.take(first)
			first, found = first-1, found-1
		}
	}
	return p.take(first)
}

// Only is the request that waits when there is just one, else nil. It stays.
func (p *Pending) Only() *Request {
	if len(p.slots) != 1 {
		return nil
	}
	return &p.slots[0]
}

// take moves a request behind the waiting ones, where it stays until the next call.
func (p *Pending) take(i int) *Request {
	last := len(p.slots) - 1
	if i < last {
		r := p.slots[i]
		copy(p.slots[i:], p.slots[i+1:])
		p.slots[last] = r
	}
	p.slots = p.slots[:last]
	return &p.slots[:last+1][last]
}

// Fill gives a reply the verb, operation, path and object of its request, and how long it took.
func (r *Request) Fill(m *davy.Message) {
	m.Verb, m.Op, m.Code, m.Path, m.Object = r.Verb, r.Op, r.Code, r.Path, r.Object
	m.Took = Took(m.Time, r.Time)
}

// Took is how long a reply took, in ns, at least 1: one with the stamp of its request (a
// clock that is coarse, a reply that waited for a request which came late) was answered,
// too, and 0 means that nobody knows.
func Took(now, asked int64) int64 { return max(1, now-asked) }

// Len is how many requests wait.
func (p *Pending) Len() int { return len(p.slots) }

// Reset forgets everything and keeps the memory.
func (p *Pending) Reset() { p.slots, p.Lost = p.slots[:0], 0 }

// Names resolves what a saved request names by text, so that a protocol's own values stand
// again after loading: its spaces, its path kinds, and its operations by code.
type Names struct {
	Spaces []*davy.Space
	Paths  []*davy.PathKind
	Op     func(code uint32) string
}

// Append saves the requests.
func (p *Pending) Append(w *wire.Writer) {
	w.Count(len(p.slots))
	for i := range p.slots {
		r := &p.slots[i]
		w.Uvarint(r.ID)
		w.Varint(r.Time)
		w.U8(uint8(r.Verb))
		w.Uvarint(uint64(r.Code))
		space, kind := "", ""
		if r.Object.Space != nil {
			space = r.Object.Space.Name
		}
		if r.Path.Kind != nil {
			kind = r.Path.Kind.Name
		}
		w.String(space)
		w.Uvarint(uint64(r.Object.Area))
		w.Uvarint(r.Object.Index)
		w.Uvarint(uint64(r.Object.Count))
		w.Uvarint(uint64(r.Object.Sub))
		w.Blob(r.Object.Name)
		w.String(kind)
		w.Uvarint(r.Path.Number)
		w.Uvarint(r.Extra)
	}
	w.Uvarint(uint64(p.Lost))
}

// Load reads what Append saved.
func (p *Pending) Load(r *wire.Reader, names Names) {
	p.Reset()
	for n := r.Count(12); n > 0 && len(p.slots) < PendingMax; n-- {
		q := Request{ID: r.Uvarint(), Time: r.Varint(), Verb: davy.Verb(r.U8()), Code: uint32(r.Uvarint())}
		space := r.String()
		q.Object = davy.Object{Area: uint32(r.Uvarint()), Index: r.Uvarint(), Count: uint32(r.Uvarint()), Sub: uint32(r.Uvarint())}
		q.name = append([]byte(nil), r.Blob()...)
		q.Object.Name = q.name
		kind := r.String()
		q.Path.Number = r.Uvarint()
		q.Extra = r.Uvarint()
		for _, s := range names.Spaces {
			if s.Name == space {
				q.Object.Space = s
			}
		}
		for _, k := range names.Paths {
			if k.Name == kind {
				q.Path.Kind = k
			}
		}
		if names.Op != nil {
			q.Op = names.Op(q.Code)
		}
		p.slots = append(p.slots, q)
	}
	p.Lost = uint32(r.Uvarint())
	if r.Short() {
		p.Reset()
	}
}

const pendingVersion = 1

// AppendState is davy.Stateful's for a dissector that remembers its waiting requests alone.
func (p *Pending) AppendState(dst []byte) []byte {
	w := wire.Writer{B: append(dst, pendingVersion)}
	p.Append(&w)
	return w.B
}

// LoadState reads what AppendState saved; names are the protocol's own.
func (p *Pending) LoadState(b []byte, names Names) error {
	r := wire.NewReader(b)
	if r.U8() != pendingVersion {
		return errors.New("saved by another version")
	}
	if p.Load(&r, names); r.Short() || r.Len() > 0 {
		p.Reset()
		return errors.New("cut short")
	}
	return nil
}
