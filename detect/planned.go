package detect

import (
	"net/netip"
	"slices"

	"github.com/davylamp/davy"
)

// tag names the window that a finding falls into, and lowers its severity to low.
func (b *Board) tag(f *davy.Finding) {
	for i := range b.config.Windows {
		w := &b.config.Windows[i]
		if f.Time >= w.From && f.Time < w.To && b.covers(w, f) {
			f.Window = w.ID
			f.Severity = min(f.Severity, davy.Low)
			return
		}
	}
}

// lasts reports whether a window is still open.
func (b *Board) lasts(id string, now int64) bool {
	return slices.ContainsFunc(b.config.Windows, func(w davy.Window) bool { return w.ID == id && now < w.To })
}

// covers: the actor is one who may act, whom it concerns is to be worked on, and the verb
// is allowed. An empty list means any. A finding that knows no actor is about the one it
// names, and nobody's source.
func (b *Board) covers(w *davy.Window, f *davy.Finding) bool {
	if len(f.Entities) == 0 {
		return false
	}
	concerned := f.Entities
	if len(f.Entities) > 1 {
		concerned = f.Entities[1:]
		if len(w.Sources) > 0 && !b.named(w.Sources, f.Entities[0]) {
			return false
		}
	}
	if len(w.Assets) > 0 && !slices.ContainsFunc(concerned, func(a davy.Addr) bool { return b.named(w.Assets, a) }) {
		return false
	}
	return len(w.Verbs) == 0 || slices.ContainsFunc(w.Verbs, func(v davy.Verb) bool { return v == f.Verb || causes(v, f) })
}

// causes reports whether work of this verb leads to a finding that has no verb of its own:
// who loads a program or firmware changes what the device tells of itself.
func causes(v davy.Verb, f *davy.Finding) bool {
	return f.Detector == changedDevice && (v == davy.Download || v == davy.Edit || v == davy.Firmware || v == davy.Configure)
}

// named reports whether an address is in a list of names, addresses and prefixes: it, or the
// MAC that it was told to have.
func (b *Board) named(list []string, a davy.Addr) bool {
	text, mac := a.String(), ""
	if m := b.inventory.MAC(a); m != 0 {
		mac = m.String()
	}
	d := b.config.Site.Of(a)
	return slices.ContainsFunc(list, func(s string) bool {
		if s == text || mac != "" && s == mac || d != nil && d.Name == s {
			return true
		}
		p, err := netip.ParsePrefix(s)
		return err == nil && a.IsIP() && p.Contains(a.IP())
	})
}
