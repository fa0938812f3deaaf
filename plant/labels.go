package plant

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/davylamp/davy"
)

// Classes of labels.
const (
	Attack   = "attack"   // part of the campaign: a finding above low is due
	Surprise = "surprise" // out of the ordinary and harmless: none is
	Planned  = "planned"  // work inside a window: a finding is due, low at most
)

// Label says what was done: one row of the labels file.
type Label struct {
	ID       string    `json:"id"`
	Class    string    `json:"class"`
	Campaign bool      `json:"campaign"`
	What     string    `json:"what"`
	Detector string    `json:"detector,omitempty"` // the D number that should say so
	Also     []string  `json:"also,omitempty"`     // others that may say so too
	Protocol string    `json:"protocol,omitempty"`
	Verb     string    `json:"verb,omitempty"`
	Sources  []string  `json:"sources"`
	Targets  []string  `json:"targets"`
	Window   string    `json:"window,omitempty"` // id of the planned work
	From     string    `json:"from"`             // stamp of its first frame
	To       string    `json:"to"`
	Frames   [2]uint64 `json:"frames"` // first and last, 1-based
	Count    uint64    `json:"count"`  // frames of its own between them

	part        *Label // of a larger one
	first, last int64
}

// seen notes a frame of the label.
func (l *Label) seen(stamp int64, number uint64) {
	if l.Count == 0 {
		l.first, l.Frames[0] = stamp, number
	}
	l.last, l.Frames[1] = stamp, number
	l.Count++
}

// label enters a label; its frames are those written under it.
func (w *world) label(class, what, detector string, from []*host, to []*host) *Label {
	l := &Label{Class: class, Campaign: class == Attack, What: what, Detector: detector, Sources: names(from), Targets: names(to)}
	w.labels = append(w.labels, l)
	return l
}

func names(hosts []*host) []string {
	list := make([]string, len(hosts))
	for i, h := range hosts {
		list[i] = h.addr().String()
	}
	return list
}

// told are the labels of which something was seen, in order of their first frame.
func (w *world) told() []*Label {
	var list []*Label
	for _, l := range w.labels {
		if l.Count > 0 {
			l.From = string(davy.AppendTime(nil, l.first))
			l.To = string(davy.AppendTime(nil, l.last))
			list = append(list, l)
		}
	}
	slices.SortStableFunc(list, func(a, b *Label) int { return cmp.Compare(a.Frames[0], b.Frames[0]) })
	for i, l := range list {
		l.ID = fmt.Sprintf("%s-%d", l.Class, i+1)
	}
	return list
}

// writeRows writes one JSON object a line.
func writeRows[T any](w io.Writer, rows []T) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, r := range rows {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
