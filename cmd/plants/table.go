package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/davylamp/davy/plant"
)

// table is the text of docs/plants.md.
func table(p *plan, runs []*run, hour *reading) string {
	var b strings.Builder
	pace := "real"
	if p.pace == plant.Slow {
		pace = "slow"
	}
	fmt.Fprintf(&b, "# The simulated plant, seed by seed\n\nPrinted by `make plants`: %v of the bottling line at the %s pace for each seed, analysed with the plant's site and planned work and\n"+
		"`--learn` as the plant advises. Found: a finding above low of the detector that the label names, overlapping the label's frames and\n"+
		"sharing an address with it; the figure is how long after the attack's first frame, in frames and in time. Unlabelled: a finding above\nlow that no attack explains.\n\n", days(p.length), pace)
	campaigns(&b, runs)
	calms(&b, runs)
	readings(&b, runs, hour)
	return b.String()
}

func days(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return d.String()
}

func campaigns(b *strings.Builder, runs []*run) {
	var found, due, extras, wronged, harmless, worst int
	b.WriteString("## With the campaign\n\n")
	head := false
	for _, r := range runs {
		if !r.campaign() {
			continue
		}
		if !head {
			head = true
			b.WriteString("| seed | packets |")
			for _, s := range r.order() {
				fmt.Fprintf(b, " %s |", s)
			}
			b.WriteString(" found | unlabelled | incidents |\n|---|---|" + strings.Repeat("---|", len(r.steps)) + "---|---|---|\n")
		}
		fmt.Fprintf(b, "| %d | %d |", r.seed, r.packets)
		for _, name := range r.order() {
			fmt.Fprintf(b, " %s |", r.step(name).text())
		}
		n := len(r.steps) - len(r.missed())
		fmt.Fprintf(b, " %d of %d | %s | %d |\n", n, len(r.steps), listed(r.extras), len(r.incidents))
		found, due, extras, worst = found+n, due+len(r.steps), extras+len(r.extras), max(worst, len(r.extras))
		wronged, harmless = wronged+r.wronged, harmless+r.harmless
	}
	fmt.Fprintf(b, "\nIn all %d of %d attacks found; %d unlabelled findings above low, at most %d a seed. Of %d surprises and pieces of planned work %d were called more than low.\n\n", found, due, extras, worst, harmless, wronged)
}

func calms(b *strings.Builder, runs []*run) {
	var quiet, calm, wronged, harmless int
	b.WriteString("## Without it\n\n| seed | packets | above low |\n|---|---|---|\n")
	for _, r := range runs {
		if r.campaign() {
			continue
		}
		calm++
		if len(r.extras) == 0 {
			quiet++
		}
		wronged, harmless = wronged+r.wronged, harmless+r.harmless
		fmt.Fprintf(b, "| %d | %d | %s |\n", r.seed, r.packets, listed(r.extras))
	}
	fmt.Fprintf(b, "\nNothing above low in %d of %d seeds. Of %d surprises and pieces of planned work %d were called more than low.\n", quiet, calm, harmless, wronged)
}

func readings(b *strings.Builder, runs []*run, hour *reading) {
	if hour == nil {
		return
	}
	var all reading
	b.WriteString("\n## Read by tshark\n\nThe first 200,000 packets of each run, and all of an hour at the real pace. The SSH session on port 445, which tshark takes for file\nsharing by its port, is left out.\n\n| capture | frames | malformed | unknown | the first |\n|---|---|---|---|---|\n")
	row := func(name string, r *reading) {
		fmt.Fprintf(b, "| %s | %d | %d | %d | %s |\n", name, r.frames, r.malformed, r.unknown, r.first)
		all.frames, all.malformed, all.unknown = all.frames+r.frames, all.malformed+r.malformed, all.unknown+r.unknown
	}
	for _, r := range runs {
		row(fmt.Sprintf("seed %d, %s", r.seed, r.scenario), r.reading)
	}
	row("an hour at the real pace", hour)
	row("in all", &all)
}

// order names the steps in an order that is the same for every seed.
func (r *run) order() []string {
	return []string{"D36", "D16", "D01", "D13", "D20", "D20 again", "D25", "D38", "D29"}
}

// step finds a step by its name in order.
func (r *run) step(name string) *step {
	detector, again := strings.CutSuffix(name, " again")
	for i := range r.steps {
		if s := &r.steps[i]; s.detector == detector {
			if !again {
				return s
			}
			again = false
		}
	}
	return nil
}

func (s *step) text() string {
	switch {
	case s == nil:
		return "absent"
	case !s.found:
		return "**missed**"
	}
	return fmt.Sprintf("+%d, %s", s.frames, short(s.delay))
}

func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

func listed(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d: %s", len(list), strings.Join(list, "; "))
}
