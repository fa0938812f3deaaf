package app

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/api"
)

// work keeps the windows of planned work: those that people enter, beside those that came
// with the command line.
type work struct{ *house }

// Windows lists all planned work, by its begin.
func (w work) Windows() ([]api.Window, error) {
	entered, err := w.db.Windows()
	var list []api.Window
	for _, v := range slices.Concat(entered, w.options.Windows) {
		list = append(list, windowOf(&v))
	}
	slices.SortStableFunc(list, func(a, b api.Window) int { return strings.Compare(a.From, b.From) })
	return list, err
}

func windowOf(v *davy.Window) api.Window {
	r := v.Row()
	return api.Window{ID: r.ID, From: r.From, To: r.To, Assets: r.Assets, Sources: r.Sources, Verbs: r.Verbs, Note: r.Note}
}

// PutWindow makes a window, or changes one.
func (w work) PutWindow(by api.Principal, v api.Window) (api.Window, error) {
	if v.ID == "" {
		v.ID = "W-" + strings.ToLower(rand.Text()[:8])
	}
	if w.given(v.ID) {
		return v, given(v.ID)
	}
	row := davy.WindowRow{ID: v.ID, From: v.From, To: v.To, Assets: v.Assets, Sources: v.Sources, Verbs: v.Verbs, Note: v.Note}
	window, err := row.Window()
	if err != nil {
		return v, &api.Fault{What: api.Invalid, Text: err.Error(), Next: "a window has a begin and a later end, in RFC 3339, and verbs of Davy's vocabulary"}
	}
	if err := w.db.PutWindow(by, window); err != nil {
		return v, err
	}
	return windowOf(&window), w.apply()
}

// DeleteWindow takes planned work out.
func (w work) DeleteWindow(by api.Principal, id string) error {
	if w.given(id) {
		return given(id)
	}
	if err := w.db.DeleteWindow(by, id); err != nil {
		return err
	}
	return w.apply()
}

// given reports whether a window came with the command line.
func (w work) given(id string) bool {
	return slices.ContainsFunc(w.options.Windows, func(v davy.Window) bool { return v.ID == id })
}

func given(id string) error {
	return &api.Fault{What: api.Conflict, Text: id + " came with --windows and cannot be changed here", Next: "change the file and start davy up again"}
}

// apply hands the engine what people decided, between two batches.
func (h *house) apply() error {
	decided, err := h.decided()
	if err == nil {
		h.ask(decided)
	}
	return err
}

// decided is the planned work, and what people called usual, for the engine to take.
func (h *house) decided() (func(*engine), error) {
	windows, err := h.db.Windows()
	if err != nil {
		return nil, err
	}
	accepted, err := h.db.Accepted()
	if err != nil {
		return nil, err
	}
	why := map[uint64]string{}
	for _, a := range accepted {
		why[a.Key] = fmt.Sprintf("%s (%s)", a.Reason, a.By)
	}
	return func(e *engine) {
		e.judging.Windows = slices.Concat(windows, h.options.Windows)
		e.board.Accept(why)
	}, nil
}

// ask has the engine do something between two batches, and does not wait for it.
func (h *house) ask(f func(*engine)) {
	go func() {
		select {
		case h.live.asks <- f:
		case <-h.live.ctx.Done():
		}
	}()
}
