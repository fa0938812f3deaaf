package main

import (
	"fmt"
	"slices"
	"strings"
)

// text is the page docs/agree.md.
func (r *report) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Agreement with tshark\n")
	line("Printed by `make agree` over %d captures. %s", len(r.list), r.m.version)
	line("with default settings, against `davy analyze --messages all`. A frame counts for a protocol when a message of it ends there. Of the")
	line("content, what tshark says of a message is compared with what Davy's row says.\n")
	r.totals(line)
	r.found(line)
	r.takenOut(line)
	r.remaining(line)
	return b.String()
}

func (r *report) totals(line func(string, ...any)) {
	line("## Frames and messages\n")
	line("| protocol | tshark's filter | Davy's protocols | captures | agree to 99 %% | frames | both | only tshark | only Davy | agreement | taken out | copies | messages | agree | agreement |")
	line("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for g, s := range r.sums {
		line("| %s | `%s` | `%s` | %d | %.1f %% | %d | %d | %d | %d | %.3f %% | %d | %d | %d | %d | %.3f %% |", groups[g].name, groups[g].layer, strings.Join(groups[g].ours, "`, `"),
			s.pairs, share(s.good, s.pairs), s.union(), s.both, s.missing, s.extra, share(s.both, s.union()), s.excluded, s.copies, s.messages, s.agreed, share(s.agreed, s.messages))
	}
	out, union := r.excluded()
	line("\nCopies are frames whose rows Davy marks as duplicates and tshark does not read: a retransmission to it. Taken out are %d of %d frames", out, union)
	line("(%.3f %%), listed below. With them the agreement is %s.\n", share(out, union), r.withAll())
}

// withAll is the agreement of frames with nothing taken out.
func (r *report) withAll() string {
	var list []string
	for g, s := range r.sums {
		list = append(list, fmt.Sprintf("%s %.3f %%", groups[g].name, share(s.both, s.union()+s.excluded)))
	}
	return strings.Join(list, ", ")
}

func (r *report) found(line func(string, ...any)) {
	sums := r.oracleSums()
	line("## Devices and actions\n")
	line("Of the oracles' lines about these protocols: names, vendors, models, versions and serial numbers that are in the row of an asset")
	line("with that address; actions of which every frame named has a row with that verb, or with another that is justified.\n")
	line("| oracle | lines | found | share |\n|---|---|---|---|")
	for _, what := range []string{"identities", "actions"} {
		o := sums[what]
		line("| %s | %d | %d | %.1f %% |", what, o[1], o[0], share(o[0], o[1]))
	}
	line("\nOther verbs than the oracle's:\n\n| protocol | oracle's verb | detail | Davy's verb | actions | why |\n|---|---|---|---|---|---|")
	for _, v := range r.m.oracles.verbs {
		line("| %s | %s | `%s` | %s | %d | %s |", v.protocol, v.verb, strings.ReplaceAll(v.detail.String(), "|", "\\|"), strings.Join(v.ours, ", "), v.used, v.reason)
	}
	line("")
}

func (r *report) takenOut(line func(string, ...any)) {
	line("## Taken out\n")
	line("tshark is wrong there. Where settings can show it, tshark was asked again with them; shown are the frames it then reads as Davy does.\n")
	line("| capture | protocol | frames | settings | shown | why |\n|---|---|---|---|---|---|")
	for _, x := range r.m.exclusions {
		if x.taken == 0 {
			continue
		}
		shown := "–"
		settings := ""
		if len(x.settings) > 0 {
			shown, settings = fmt.Sprint(x.shown), "`"+strings.Join(x.settings, " ")+"`"
		}
		line("| %s | %s | %d | %s | %s | %s |", x.capture, groups[x.group].name, x.taken, settings, shown, x.reason)
	}
	line("")
}

func (r *report) remaining(line func(string, ...any)) {
	line("## What disagrees, and why\n")
	var causes []string
	for _, x := range r.rest {
		if !slices.Contains(causes, x.cause) {
			causes = append(causes, x.cause)
		}
	}
	for _, c := range causes {
		name := c
		if c == "" {
			name = "**Cause not known**"
		}
		line("%s\n", name)
		line("| capture | what | how many | frames, or an example |\n|---|---|---|---|")
		for _, x := range r.rest {
			if x.cause == c {
				line("| %s | %s: %s | %d | %s |", x.capture, x.kind, x.what, x.count, cell(x.example))
			}
		}
		line("")
	}
}

// cell is a text as it may stand in a table, not too long.
func cell(s string) string {
	s = strings.ReplaceAll(s, "|", "\\|")
	if len(s) > 200 {
		s = s[:200] + "…"
	}
	return s
}
