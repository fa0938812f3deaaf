package app

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/web"
)

// writeReport writes the page to hand over.
func writeReport(path string, s *Summary) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("--report: %w", err)
	}
	w := bufio.NewWriter(f)
	r := web.Report{Title: "What the mirror showed", Version: davy.Version, From: s.From, To: s.To, Assets: s.AssetRows,
		Findings: s.FindingRows, Incidents: s.IncidentRows, File: s.File}
	for i := range s.Links {
		l := *s.link(i)
		l.Operations = nil // the map shows who talks to whom
		r.Links = append(r.Links, l)
	}
	for _, n := range slices.SortedFunc(maps.Keys(s.Protocols), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Protocols[b].Messages, s.Protocols[a].Messages), cmp.Compare(a, b))
	}) {
		p := s.Protocols[n]
		f := web.Fact{Name: n, Value: davy.Grouped(p.Messages)}
		if p.Defects > 0 {
			f.Value += ", " + davy.Grouped(p.Defects) + " of them with a defect"
		}
		r.Protocols = append(r.Protocols, f)
	}
	r.Facts = []web.Fact{{Name: "assets", Value: davy.Grouped(uint64(s.Assets))}, {Name: "links", Value: davy.Grouped(uint64(s.Links))},
		{Name: "packets", Value: davy.Grouped(s.Packets)}}
	for _, c := range s.Coverage() {
		f := web.Fact{Name: c.Name, Value: c.Value}
		if c.Level != "ok" {
			f.Means = c.Hint
		}
		r.Coverage = append(r.Coverage, f)
	}
	if err = r.Write(w); err == nil {
		err = w.Flush()
	}
	return errors.Join(err, f.Close())
}

// Line is a line of what Davy could not see: how bad that is, and what to do about it.
type Line struct{ Name, Value, Level, Hint string }

// Coverage says in lines what Davy could not see: as prominent as what it found.
func (s *Summary) Coverage() []Line {
	share := func(n, of uint64) string {
		if of == 0 {
			return "0"
		}
		return fmt.Sprintf("%d (%.1f%%)", n, float64(n)*100/float64(of))
	}
	level := func(bad bool, some uint64) string {
		switch {
		case bad:
			return "bad"
		case some > 0:
			return "warn"
		}
		return "ok"
	}
	list := []Line{
		{"one-way links", fmt.Sprintf("%d of %d", s.OneWayLinks, s.Links), level(s.OneWayLinks*2 > s.Links, uint64(s.OneWayLinks)),
			"the mirror shows one direction only: mirror both directions of the port"},
		{"gaps", fmt.Sprintf("%d (%d bytes)", s.Gaps, s.GapBytes), level(s.Gaps*20 > s.Packets, s.Gaps), "packets are missing inside conversations: the mirror or the sensor loses some"},
		{"duplicates", share(s.Duplicates, s.Packets), "ok", ""},
		{"undecoded packets", share(s.Undecoded, s.Packets), level(s.Undecoded*10 > s.Packets, s.Undecoded), "packets of link types that Davy does not know"},
		{"encrypted conversations", share(s.Encrypted, s.Conversations), level(false, s.Encrypted), "what is encrypted is known by its ends alone"},
		{"dropped by the capture", share(s.Dropped, s.Packets+s.Dropped), level(s.Dropped*100 > s.Packets, s.Dropped), "the machine was too slow for the mirror: see davy doctor"},
	}
	if s.Learning {
		list = append(list, Line{"still learning at the end", "what was new is recorded at info, not judged", "warn", "the input is shorter than --learn: learn for less (--learn 30%), or begin with what another run learned (--baseline, --state)"})
	}
	if s.BadChecksums > 0 {
		list = append(list, Line{"wrong checksums, not used", share(s.BadChecksums, s.Packets), "warn", "packets damaged on the way, or forged"})
	}
	if s.Evicted > 0 {
		list = append(list, Line{"conversations evicted", share(s.Evicted, s.Conversations), "warn", "more conversations at once than there is room for"})
	}
	for _, k := range slices.Sorted(maps.Keys(s.Lost)) {
		list = append(list, Line{"no room for " + k, fmt.Sprint(s.Lost[k]), "warn", "a table was full: what is new there cannot be told for sure"})
	}
	return list
}
