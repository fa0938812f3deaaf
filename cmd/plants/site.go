package main

import (
	"net/netip"
	"os"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant"
	"github.com/davylamp/davy/rule"
)

// readSite reads what the plant declares of itself.
func readSite(path string) (*davy.Site, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var f struct {
		Networks  []struct{ Prefix, Name, Zone, Level, Kind string }
		Redundant [][]netip.Addr
		Assets    []struct{ Address, Name, Kind, Criticality, Owner string }
	}
	if err := rule.Strict(text, &f); err != nil {
		return nil, err
	}
	s := &davy.Site{Redundant: f.Redundant}
	for _, n := range f.Networks {
		prefix, err := netip.ParsePrefix(n.Prefix)
		if err != nil {
			return nil, err
		}
		s.Networks = append(s.Networks, davy.Network{Prefix: prefix, Name: n.Name, Zone: n.Zone, Level: n.Level, Kind: n.Kind})
	}
	for _, a := range f.Assets {
		s.Assets = append(s.Assets, davy.Declared(a))
	}
	return s, nil
}

// windows are the plant's windows as davy analyze takes them.
func windows(list []plant.Window) (out []davy.Window, err error) {
	for _, w := range list {
		k := davy.Window{ID: w.ID, Assets: w.Assets, Sources: w.Sources, Note: w.Note}
		for _, t := range []struct {
			text string
			to   *int64
		}{{w.From, &k.From}, {w.To, &k.To}} {
			at, err := time.Parse(time.RFC3339Nano, t.text)
			if err != nil {
				return nil, err
			}
			*t.to = at.UnixNano()
		}
		for _, name := range w.Verbs {
			if v, ok := davy.ParseVerb(name); ok {
				k.Verbs = append(k.Verbs, v)
			}
		}
		out = append(out, k)
	}
	return out, nil
}
