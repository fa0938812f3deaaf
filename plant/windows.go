package plant

import (
	"fmt"
	"time"

	"github.com/davylamp/davy"
)

// Window is planned work: one row of the windows file. An empty list means any.
type Window struct {
	ID      string   `json:"id"`
	From    string   `json:"from"`
	To      string   `json:"to"`
	Assets  []string `json:"assets,omitempty"`
	Sources []string `json:"sources,omitempty"`
	Verbs   []string `json:"verbs,omitempty"`
	Note    string   `json:"note,omitempty"`

	span
	kind string
}

const day = int64(24 * time.Hour)

// plan sets the windows: a backup of all programs in every night and maintenance when the
// line stands on Saturday, with a small change on Wednesday; in a short run one of each in
// its second third.
func (w *world) plan() {
	if !w.long() {
		w.window("backup", w.share(0.36), w.share(0.41))
		w.window("maintenance", w.share(0.46), w.share(0.58))
		return
	}
	midnight := time.Unix(0, w.from).UTC().Truncate(24 * time.Hour)
	for t := midnight; t.UnixNano() < w.to; t = t.Add(24 * time.Hour) {
		w.window("backup", t.Add(4*time.Hour).UnixNano(), t.Add(5*time.Hour).UnixNano())
		switch t.Weekday() {
		case time.Saturday:
			w.window("maintenance", t.Add(14*time.Hour+30*time.Minute).UnixNano(), t.Add(18*time.Hour).UnixNano())
		case time.Wednesday:
			w.window("change", t.Add(13*time.Hour).UnixNano(), t.Add(14*time.Hour).UnixNano())
		}
	}
}

func (w *world) window(kind string, from, to int64) {
	if from < w.from || to > w.to {
		return
	}
	f := w.fleet
	v := Window{kind: kind, span: span{from, to}, ID: fmt.Sprintf("%s-%02d", kind, len(w.windows)+1),
		From: string(davy.AppendTime(nil, from)), To: string(davy.AppendTime(nil, to)), Sources: names([]*host{f.eng})}
	switch kind {
	case "backup":
		v.Assets = names([]*host{f.pal, f.pastA})
		v.Verbs = []string{"upload", "read-config", "connect", "authenticate"}
		v.Note = "Backup of the controllers' programs"
	case "change":
		v.Assets = names([]*host{f.pal})
		v.Verbs = []string{"download", "edit", "connect", "authenticate"}
		v.Note = "Change of the stacking pattern"
	case "maintenance":
		v.Assets = append(names([]*host{f.pal, f.pastA, f.pastB, f.ioFill2}), f.ioFill2.mac.String()) // known by its MAC to DCP
		v.Note = "Weekly maintenance while the line stands"
	}
	w.windows = append(w.windows, v)
}
