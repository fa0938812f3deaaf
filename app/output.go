package app

import (
	"cmp"
	"errors"
	"os"
	"slices"

	"github.com/davylamp/davy"
)

// output writes the rows of an analysis into a folder. Messages and findings are written as
// they come, the rest at the end.
type output struct {
	dir      string
	messages *rowFile
	findings *rowFile
	refs     []rowRef // rows that wait for their turn
	text     []byte
	line     []byte
	kept     []*davy.Finding // findings of this run, for the report
	rows     uint64
}

// newOutput makes the folder and its files, so that what cannot be written is known before
// anything is read. Without a folder it only keeps the findings.
func newOutput(dir string) (*output, error) {
	o := &output{dir: dir}
	if dir == "" {
		return o, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, w := range []struct {
		name string
		to   **rowFile
	}{{"messages.ndjson", &o.messages}, {"findings.ndjson", &o.findings}} {
		f, err := newRowFile(dir, w.name)
		if err != nil {
			o.close()
			return nil, err
		}
		*w.to = f
	}
	return o, nil
}

func (o *output) close() (err error) {
	for _, f := range []*rowFile{o.messages, o.findings} {
		if f != nil {
			err = errors.Join(err, f.close())
		}
	}
	o.messages, o.findings = nil, nil
	return err
}

// write writes the rows whose turn has come: those before anything that a shard still holds
// back. At a PATH's end that is all of them, and the findings are closed.
func (e *engine) write(pathEnd bool) {
	o := e.out
	if o.messages != nil && e.options.Messages != NoMessages {
		until := e.now
		for _, s := range e.shards {
			o.take(&s.rows)
			if t := s.table.Earliest(); t != 0 {
				until = min(until, t-1)
			}
		}
		if pathEnd {
			until = 1<<63 - 1
		}
		o.flush(until)
	} else {
		for _, s := range e.shards {
			s.rows.reset()
		}
	}
	if !pathEnd {
		return
	}
	list := e.board.Close()
	slices.SortStableFunc(list, func(a, b *davy.Finding) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Frame, b.Origin.Frame))
	})
	if e.live == nil {
		o.kept = append(o.kept, list...)
	} else { // they are in the store, but for what became of them since
		e.live.closed(list)
	}
	if o.findings == nil {
		return
	}
	for _, f := range list {
		o.line = appendFinding(o.line[:0], f, e.name(f.Origin.File))
		o.findings.Write(o.line)
	}
}

func (o *output) take(r *rows) {
	base := len(o.text)
	o.text = append(o.text, r.text...)
	for _, f := range r.refs {
		f.from, f.to = f.from+base, f.to+base
		o.refs = append(o.refs, f)
	}
	r.reset()
}

// flush writes rows up to a message time, in their order, and keeps the others.
func (o *output) flush(until int64) {
	slices.SortStableFunc(o.refs, func(a, b rowRef) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.file, b.file), cmp.Compare(a.frame, b.frame), cmp.Compare(a.place, b.place))
	})
	n := 0
	for n < len(o.refs) && o.refs[n].key <= until {
		o.messages.Write(o.text[o.refs[n].from:o.refs[n].to])
		n++
	}
	o.rows += uint64(n)
	if n == len(o.refs) {
		o.refs, o.text = o.refs[:0], o.text[:0]
		return
	}
	rest := make([]byte, 0, len(o.text))
	keep := o.refs[:0]
	for _, r := range o.refs[n:] {
		from := len(rest)
		rest = append(rest, o.text[r.from:r.to]...)
		r.from, r.to = from, len(rest)
		keep = append(keep, r)
	}
	o.refs, o.text = keep, rest
}

// lines writes one file of rows.
func (o *output) lines(name string, n int, row func(dst []byte, i int) []byte) error {
	f, err := newRowFile(o.dir, name)
	if err != nil {
		return err
	}
	for i := range n {
		o.line = row(o.line[:0], i)
		f.Write(o.line)
	}
	return f.close()
}
