package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant"
)

// run is one capture and what Davy said of it.
type run struct {
	seed      uint64
	scenario  string
	packets   uint64
	steps     []step   // the campaign's, in the order of the labels
	extras    []string // findings above low that no attack explains
	harmless  int      // labels of surprises and planned work
	wronged   int      // of which something above low was said
	incidents []davy.Incident
	reading   *reading
}

// step is an attack and how it was found.
type step struct {
	detector, what string
	found          bool
	frames         int64 // from its first frame to the finding's, 0 when that came sooner
	delay          time.Duration
}

func (r *run) campaign() bool { return r.scenario == "bottling-campaign" }

// loud reports whether a finding is above low.
func loud(f *davy.Finding) bool { return f.Severity > davy.Low }

// overlaps reports whether a finding's frames and a label's have one in common.
func overlaps(l *plant.Label, f *davy.Finding) bool {
	return uint64(f.Origin.Frame) <= l.Frames[1] && uint64(f.LastFrame) >= l.Frames[0]
}

// shares reports whether a label and a finding have an address in common.
func shares(l *plant.Label, f *davy.Finding) bool {
	return slices.ContainsFunc(f.Entities, func(a davy.Addr) bool {
		return slices.ContainsFunc(slices.Concat(l.Sources, l.Targets), func(text string) bool {
			p, err := netip.ParsePrefix(text)
			return text == a.String() || err == nil && a.IsIP() && p.Contains(a.IP())
		})
	})
}

// judge compares labels and findings.
func (r *run) judge(labels []*plant.Label, findings []*davy.Finding) {
	var attacks, rest []*plant.Label
	for _, l := range labels {
		if l.Class == plant.Attack {
			attacks = append(attacks, l)
		} else {
			rest = append(rest, l)
		}
	}
	for _, l := range attacks {
		s := step{detector: l.Detector, what: l.What}
		began, _ := time.Parse(time.RFC3339Nano, l.From)
		for _, f := range findings {
			if s.found || !loud(f) || f.Detector != l.Detector || !overlaps(l, f) || !shares(l, f) {
				continue
			}
			s.found = true
			s.frames = max(0, int64(f.Origin.Frame)-int64(l.Frames[0]))
			s.delay = max(0, time.Duration(f.Origin.Stamp-began.UnixNano()))
		}
		r.steps = append(r.steps, s)
	}
	for _, f := range findings {
		if loud(f) && !slices.ContainsFunc(attacks, func(l *plant.Label) bool {
			return overlaps(l, f) && (shares(l, f) || f.Detector == l.Detector || slices.Contains(l.Also, f.Detector))
		}) {
			r.extras = append(r.extras, fmt.Sprintf("%s %s at %d: %s", f.Detector, f.Severity, f.Origin.Frame, f.Seen))
		}
	}
	r.harmless = len(rest)
	for _, l := range rest {
		if slices.ContainsFunc(findings, func(f *davy.Finding) bool {
			return loud(f) && overlaps(l, f) && shares(l, f) && !slices.ContainsFunc(attacks, func(a *plant.Label) bool { return overlaps(a, f) && shares(a, f) })
		}) {
			r.wronged++
		}
	}
}

// missed are the campaign's steps that were not found.
func (r *run) missed() (list []string) {
	for _, s := range r.steps {
		if !s.found {
			list = append(list, s.detector+" "+s.what)
		}
	}
	return list
}

// line says in one line how a run went.
func (r *run) line() string {
	text := fmt.Sprintf("seed %d, %s: %d packets, %d of %d found, %d extra, %d of %d harmless wronged, %d incidents", r.seed, r.scenario, r.packets,
		len(r.steps)-len(r.missed()), len(r.steps), len(r.extras), r.wronged, r.harmless, len(r.incidents))
	return strings.Join(append(append([]string{text}, r.missed()...), r.extras...), "\n  ")
}

// good reports whether the runs are as they should be: every attack found, at most three
// findings above low that no attack explains, and without a campaign none in nine of ten.
func good(runs []*run) bool {
	quiet, calm := 0, 0
	for _, r := range runs {
		if r.campaign() && (len(r.missed()) > 0 || len(r.extras) > 3) {
			return false
		}
		if !r.campaign() {
			calm++
			if len(r.extras) == 0 {
				quiet++
			}
		}
	}
	return quiet*10 >= calm*9
}
