package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant"
)

// TestTwoSeeds finds every attack of two plants and nothing else above low, with the
// campaign and without: fourteen days of them on a bare machine, else two. All twenty are
// for "make plants".
func TestTwoSeeds(t *testing.T) {
	p := &plan{first: 1, seeds: 2, length: 2 * 24 * time.Hour, pace: plant.Slow, jobs: 2, dir: t.TempDir()}
	if os.Getenv("DAVY_STRICT") == "1" {
		p.length *= 7
	}
	runs, err := p.measure()
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for _, r := range runs {
		steps += len(r.steps)
		if len(r.missed()) > 0 || len(r.extras) > 0 || r.wronged > 0 {
			t.Error(r.line())
		}
	}
	if len(runs) != 4 || steps != 2*len(runs[0].order()) || !good(runs) {
		t.Errorf("%d runs with %d steps", len(runs), steps)
	}
}

// TestJudge: what was missed, and what no attack explains, is told and fails the measure.
func TestJudge(t *testing.T) {
	attack := &plant.Label{Class: plant.Attack, Detector: "D25", Frames: [2]uint64{10, 20}, Sources: []string{"10.0.0.1"}, Targets: []string{"10.0.0.2"},
		What: "stops the filler", From: "2026-01-01T00:00:00Z"}
	at := func(detector string, first, last uint32, severity davy.Severity) *davy.Finding {
		f := &davy.Finding{Detector: detector, Severity: severity, LastFrame: last, Entities: []davy.Addr{davy.AddrOf4(10<<24|2, 0)}}
		f.Origin.Frame = first
		return f
	}
	for name, c := range map[string]struct {
		found  bool
		extras int
		list   []*davy.Finding
	}{
		"found":           {true, 0, []*davy.Finding{at("D25", 15, 30, davy.High)}},
		"too low":         {false, 0, []*davy.Finding{at("D25", 15, 30, davy.Low)}},
		"too late":        {false, 1, []*davy.Finding{at("D25", 21, 30, davy.High)}},
		"another's word":  {false, 0, []*davy.Finding{at("D26", 15, 30, davy.High)}},
		"and one besides": {true, 1, []*davy.Finding{at("D25", 12, 12, davy.High), at("D13", 40, 50, davy.Medium)}},
	} {
		r := &run{scenario: "bottling-campaign"}
		r.judge([]*plant.Label{attack}, c.list)
		if found := len(r.missed()) == 0; found != c.found || len(r.extras) != c.extras {
			t.Errorf("%s: %s", name, r.line())
		}
		if good([]*run{r}) != c.found {
			t.Errorf("%s: good says otherwise", name)
		}
		if !c.found && !strings.Contains(r.line(), "D25 stops the filler") {
			t.Errorf("%s: the line does not say what was missed: %s", name, r.line())
		}
	}
}
