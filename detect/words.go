package detect

import "github.com/davylamp/davy"

// words makes a finding's texts in memory that is used again: findings are many where much
// is new, and each says two sentences.
type words struct {
	site *davy.Site
	b    []byte
}

// say appends what stands in a sentence: text, and stations as people call them.
func (w *words) say(parts ...any) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			w.b = append(w.b, p...)
		case davy.Addr:
			w.b = w.site.AppendCall(w.b, p)
		}
	}
}

// asked appends what a message asks for: the operation, and the object it touches.
func (w *words) asked(m *davy.Message) {
	w.b = m.AppendOp(w.b)
	before := len(w.b)
	w.b = append(w.b, " of "...)
	from := len(w.b)
	if w.b = m.AppendObject(w.b); len(w.b) == from {
		w.b = w.b[:before]
	}
}

// finish gives a finding its sentences: the first cut bytes say what was expected, the rest
// what was seen. No cut: what was expected is told already.
func (w *words) finish(f *davy.Finding, cut int) {
	s := string(w.b)
	if cut > 0 {
		f.Expected = s[:cut]
	}
	f.Seen = s[cut:]
	w.b = w.b[:0]
}
