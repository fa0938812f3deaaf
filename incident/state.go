package incident

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

const stateVersion = 1

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

func appendTexts(w *wire.Writer, list []string) {
	w.Count(len(list))
	for _, s := range list {
		w.String(s)
	}
}

func loadTexts(r *wire.Reader) (list []string) {
	for n := r.Count(1); n > 0; n-- {
		list = append(list, r.String())
	}
	return list
}

// AppendState saves the stories.
func (b *Book) AppendState(dst []byte) []byte {
	w := &wire.Writer{B: append(dst, stateVersion)}
	w.Uvarint(uint64(b.number))
	w.Uvarint(b.Lost)
	w.Count(len(b.stories))
	for _, s := range b.stories {
		w.String(s.ID)
		w.U8(uint8(s.Severity))
		w.Varint(s.First)
		w.Varint(s.Last)
		appendTexts(w, s.Findings)
		appendTexts(w, s.Attack)
		appendAddrs(w, s.actors)
		appendAddrs(w, s.victims)
		w.Count(len(s.titles))
		for _, t := range s.titles {
			w.String(t.title)
			w.U8(uint8(t.severity))
		}
		w.Count(len(s.Timeline))
		for _, e := range s.Timeline {
			w.Varint(e.Time)
			w.String(e.Finding)
			w.U8(uint8(e.Severity))
			w.String(e.Text)
		}
	}
	w.Count(len(b.recent))
	for _, l := range b.recent {
		w.String(l.id)
		w.Varint(l.time)
		w.U8(uint8(l.severity))
		w.String(l.title)
		w.String(l.seen)
		w.String(l.window)
		appendTexts(w, l.attack)
		appendAddrs(w, l.entities)
	}
	return w.B
}

// LoadState reads what AppendState saved into an empty Book.
func (b *Book) LoadState(text []byte) error {
	r := wire.NewReader(text)
	if r.U8() != stateVersion {
		return errors.New("the incidents were saved by another version")
	}
	b.number, b.Lost = int(r.Uvarint()), r.Uvarint()
	for n := r.Count(10); n > 0; n-- {
		s := &story{Incident: davy.Incident{ID: r.String(), Severity: davy.Severity(r.U8()), First: r.Varint(), Last: r.Varint(), Findings: loadTexts(&r), Attack: loadTexts(&r)}}
		s.actors, s.victims = loadAddrs(&r), loadAddrs(&r)
		for k := r.Count(2); k > 0; k-- {
			s.titles = append(s.titles, step{r.String(), davy.Severity(r.U8())})
		}
		for k := r.Count(4); k > 0; k-- {
			s.Timeline = append(s.Timeline, davy.Event{Time: r.Varint(), Finding: r.String(), Severity: davy.Severity(r.U8()), Text: r.String()})
		}
		b.stories = append(b.stories, s)
	}
	for n := r.Count(8); n > 0; n-- {
		b.recent = append(b.recent, line{r.String(), r.Varint(), davy.Severity(r.U8()), r.String(), r.String(), r.String(), loadTexts(&r), loadAddrs(&r)})
	}
	if r.Short() || r.Len() > 0 {
		*b = Book{}
		return errors.New("the saved incidents are damaged")
	}
	return nil
}
