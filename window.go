package davy

import (
	"errors"
	"fmt"
	"time"
)

// Window is planned work: when, on which assets, by whom, and what may be done. An empty
// list means any.
type Window struct {
	ID       string
	From, To int64    // ns since the epoch, [From, To)
	Assets   []string // names, addresses or prefixes
	Sources  []string // who may act: names, addresses or prefixes
	Verbs    []Verb
	Note     string
}

// WindowRow is a Window as files and the API hold it: times in RFC 3339, verbs by name.
type WindowRow struct {
	ID      string   `yaml:"id" json:"id"`
	From    string   `yaml:"from" json:"from"`
	To      string   `yaml:"to" json:"to"`
	Assets  []string `yaml:"assets" json:"assets,omitempty"`
	Sources []string `yaml:"sources" json:"sources,omitempty"`
	Verbs   []string `yaml:"verbs" json:"verbs,omitempty"`
	Note    string   `yaml:"note" json:"note,omitempty"`
}

// Window reads the row, and says what is wrong with it.
func (r *WindowRow) Window() (w Window, err error) {
	w = Window{ID: r.ID, Assets: r.Assets, Sources: r.Sources, Note: r.Note}
	if r.ID == "" {
		return w, errors.New("needs an id")
	}
	for _, t := range []struct {
		text string
		to   *int64
	}{{r.From, &w.From}, {r.To, &w.To}} {
		at, err := time.Parse(time.RFC3339Nano, t.text)
		if err != nil {
			return w, fmt.Errorf("%s: %q is no time: write it like 2026-11-22T08:00:00Z", r.ID, t.text)
		}
		*t.to = at.UnixNano()
	}
	if w.To <= w.From {
		return w, fmt.Errorf("%s: ends before it begins", r.ID)
	}
	for _, name := range r.Verbs {
		v, ok := ParseVerb(name)
		if !ok {
			return w, fmt.Errorf("%s: there is no verb %q", r.ID, name)
		}
		w.Verbs = append(w.Verbs, v)
	}
	return w, nil
}

// Row is the window as a row.
func (w *Window) Row() WindowRow {
	r := WindowRow{ID: w.ID, From: stamp(w.From), To: stamp(w.To), Assets: w.Assets, Sources: w.Sources, Note: w.Note}
	for _, v := range w.Verbs {
		r.Verbs = append(r.Verbs, v.String())
	}
	return r
}

// Stateful is what can save all it knows and start from it again. The form is versioned
// by its first byte; Load refuses what it does not know and leaves the receiver empty.
type Stateful interface {
	AppendState(dst []byte) []byte
	LoadState(b []byte) error
}
