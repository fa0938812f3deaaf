package incident

import (
	"errors"
	"math"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

const stateVersion = 2

var (
	errDamaged = errors.New("the saved incidents are damaged")
	errVersion = errors.New("the incidents were saved by another version")
)

func appendAddrs(w *wire.Writer, list []davy.Addr) {
	w.Count(len(list))
	for _, a := range list {
		w.Uvarints(a.Words())
	}
}

func loadAddrs(r *wire.Reader) (list []davy.Addr) {
	for n := r.Count(3); n > 0; n-- {
		list = append(list, davy.AddrFromWords(r.Uvarint3()))
	}
	return list
}

func appendLines(w *wire.Writer, list []*line) {
	w.Count(len(list))
	for _, l := range list {
		w.String(l.id)
		w.Varint(l.time)
		w.U8(uint8(l.severity))
		w.U8(uint8(l.verb))
		w.String(l.title)
		w.String(l.seen)
		w.Count(len(l.attack))
		for _, a := range l.attack {
			w.String(a)
		}
		appendAddrs(w, l.entities)
	}
}

// loadLines reads lines; nil when one of them cannot be.
func loadLines(r *wire.Reader, most int) (list []*line, whole bool) {
	n := r.Count(8)
	if n > most {
		return nil, false
	}
	for ; n > 0; n-- {
		l := &line{id: r.String(), time: r.Varint(), severity: davy.Severity(r.U8()), verb: davy.Verb(r.U8()), title: r.String(), seen: r.String()}
		for k := r.Count(1); k > 0; k-- {
			l.attack = append(l.attack, r.String())
		}
		l.entities = loadAddrs(r)
		if r.Short() || len(l.entities) == 0 || l.severity > davy.Critical || l.severity == davy.Info {
			return nil, false
		}
		list = append(list, l)
	}
	return list, true
}

// AppendState saves the stories.
func (b *Book) AppendState(dst []byte) []byte {
	w := &wire.Writer{B: append(dst, stateVersion)}
	w.Uvarint(uint64(b.number))
	w.Uvarint(b.Lost)
	w.Count(len(b.stories))
	for _, s := range b.stories {
		w.String(s.id)
		w.Varint(s.first)
		w.Varint(s.last)
		appendLines(w, s.lines)
		appendAddrs(w, s.actors)
		appendAddrs(w, s.victims)
	}
	appendLines(w, b.recent)
	return w.B
}

// LoadState reads what AppendState saved into an empty Book, and leaves it empty when that
// cannot be read.
func (b *Book) LoadState(text []byte) error {
	call := b.Call
	err := b.load(text)
	if err != nil {
		*b = Book{Call: call}
	}
	return err
}

func (b *Book) load(text []byte) error {
	r := wire.NewReader(text)
	if r.U8() != stateVersion {
		return errVersion
	}
	b.number, b.Lost = int(min(r.Uvarint(), math.MaxInt32)), r.Uvarint()
	b.byID = map[string]*story{}
	n := r.Count(8)
	if n > maxStories {
		return errDamaged
	}
	for ; n > 0; n-- {
		s := &story{id: r.String(), first: r.Varint(), last: r.Varint()}
		lines, whole := loadLines(&r, maxLines)
		s.lines, s.actors, s.victims = lines, loadAddrs(&r), loadAddrs(&r)
		if !whole || r.Short() || len(s.lines) == 0 || len(s.actors) > maxStations || len(s.victims) > maxStations {
			return errDamaged
		}
		for _, l := range s.lines {
			if b.byID[l.id] != nil {
				return errDamaged
			}
			b.byID[l.id] = s
			if !l.grave() {
				s.lesser++
			}
		}
		b.stories = append(b.stories, s)
	}
	recent, whole := loadLines(&r, maxRecent)
	if !whole || r.Short() || r.Len() > 0 {
		return errDamaged
	}
	b.recent = recent
	return nil
}
