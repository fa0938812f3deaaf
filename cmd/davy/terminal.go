package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/app"
)

// terminal writes for people: a progress line while reading, a summary at the end. Colours
// only where there is a terminal to show them.
type terminal struct {
	out, err io.Writer
	live     bool // the error stream is a terminal
	colour   bool
	begun    time.Time
	drawn    bool
}

func newTerminal(s *streams) *terminal {
	return &terminal{out: s.out, err: s.err, live: interactive(s.err), colour: interactive(s.out), begun: time.Now()}
}

// progress draws the bar: share, rate and time left.
func (t *terminal) progress(done, total int64, packets uint64) {
	spent := time.Since(t.begun)
	rate := float64(packets) / max(spent.Seconds(), 0.001)
	line := fmt.Sprintf("%d packets, %.0f/s", packets, rate)
	if total > 0 {
		share := min(1, float64(done)/float64(total))
		const width = 30
		n := int(share * width)
		left := ""
		if share > 0.01 {
			left = ", " + time.Duration(float64(spent)/share*(1-share)).Round(time.Second).String() + " left"
		}
		line = fmt.Sprintf("[%s%s] %3.0f%%  %s%s", strings.Repeat("█", n), strings.Repeat("·", width-n), share*100, line, left)
	}
	fmt.Fprintf(t.err, "\r\x1b[K%s", line)
	t.drawn = true
}

func (t *terminal) clear() {
	if t.drawn {
		fmt.Fprint(t.err, "\r\x1b[K")
	}
}

func (t *terminal) paint(code, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

var severityColour = map[davy.Severity]string{davy.Low: "36", davy.Medium: "33", davy.High: "31", davy.Critical: "1;31", davy.Info: "2"}

func (t *terminal) severity(s davy.Severity) string {
	return t.paint(severityColour[s], fmt.Sprintf("%-8s", s))
}

func (t *terminal) head(s string) { fmt.Fprintf(t.out, "\n%s\n", t.paint("1", s)) }

// most is how many lines a list of the summary has at most.
const most = 12

// summary is what an engineer reads first: what needs a person, then what is there, then
// what Davy could not see.
func (t *terminal) summary(s *app.Summary, site *davy.Site) {
	fmt.Fprintf(t.out, "%d packets, %s, %s of traffic, read in %.1f s\n", s.Packets, size(s.Bytes), time.Duration(s.Duration*1e9).Round(time.Millisecond), s.Elapsed)
	t.incidents(s, site)
	t.findings(s)
	t.assets(s)
	t.protocols(s)
	t.head(fmt.Sprintf("Links: %d", s.Links))
	t.coverage(s)
}

func (t *terminal) incidents(s *app.Summary, site *davy.Site) {
	t.head(fmt.Sprintf("Incidents: %d", len(s.IncidentRows)))
	list := slices.Clone(s.IncidentRows)
	slices.SortStableFunc(list, func(a, b davy.Incident) int { return cmp.Compare(b.Severity, a.Severity) })
	for i, n := range list {
		if i == most {
			fmt.Fprintf(t.out, "  ... and %d more\n", len(list)-i)
			break
		}
		fmt.Fprintf(t.out, "  %s %s  %s\n", t.severity(n.Severity), n.ID, n.Title)
		t.timeline(n.Timeline)
	}
}

// timeline shows what is above low, and counts the rest where it would bury that.
func (t *terminal) timeline(list []davy.Event) {
	loud := slices.DeleteFunc(slices.Clone(list), func(v davy.Event) bool { return v.Severity <= davy.Low })
	lesser := 0
	if len(list) > most && len(loud) > 0 {
		list, lesser = loud, len(list)-len(loud)
	}
	for j, v := range list {
		if j == 2*most {
			fmt.Fprintf(t.out, "      ... and %d more steps\n", len(list)-j)
			break
		}
		fmt.Fprintf(t.out, "      %s  %s %s\n", time.Unix(0, v.Time).UTC().Format("2006-01-02 15:04:05"), t.severity(v.Severity), clean(v.Text))
	}
	if lesser > 0 {
		fmt.Fprintf(t.out, "      and %d lesser findings\n", lesser)
	}
}

func (t *terminal) findings(s *app.Summary) {
	var parts []string
	for v := davy.Critical; ; v-- {
		if n := s.Severities[v.String()]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
		if v == davy.Info {
			break
		}
	}
	t.head(strings.TrimRight("Findings: "+strings.Join(parts, ", "), ": "))
	if len(parts) == 0 {
		fmt.Fprintln(t.out, "  none")
	}
}

// table aligns rows of cells.
func (t *terminal) table(rows [][]string) {
	w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	for i, r := range rows {
		if i == most {
			fmt.Fprintf(w, "  ... and %d more\n", len(rows)-i)
			break
		}
		fmt.Fprintln(w, "  "+strings.Join(r, "\t"))
	}
	w.Flush()
}

func (t *terminal) assets(s *app.Summary) {
	t.head(fmt.Sprintf("Assets: %d", s.Assets))
	type sort struct{ kind, vendor string }
	count := map[sort]int{}
	for _, a := range s.AssetRows {
		count[sort{a.Kind, a.Vendor}]++
	}
	keys := slices.SortedFunc(maps.Keys(count), func(a, b sort) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.kind, b.kind), cmp.Compare(a.vendor, b.vendor))
	})
	var rows [][]string
	for _, k := range keys {
		rows = append(rows, []string{fmt.Sprint(count[k]), k.kind, clean(k.vendor)})
	}
	t.table(rows)
}

func (t *terminal) protocols(s *app.Summary) {
	t.head(fmt.Sprintf("Protocols: %d", len(s.Protocols)))
	keys := slices.SortedFunc(maps.Keys(s.Protocols), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Protocols[b].Messages, s.Protocols[a].Messages), cmp.Compare(a, b))
	})
	var rows [][]string
	for _, k := range keys {
		p := s.Protocols[k]
		row := []string{k, fmt.Sprintf("%d messages", p.Messages), fmt.Sprintf("%d requests", p.Requests), ""}
		if p.Defects > 0 {
			row[3] = fmt.Sprintf("%d defects", p.Defects)
		}
		rows = append(rows, row)
	}
	t.table(rows)
}

// coverage is what Davy could not see: as prominent as what it found.
func (t *terminal) coverage(s *app.Summary) {
	t.head("Coverage")
	w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	for _, l := range s.Coverage() {
		fmt.Fprintf(w, "  %s\t%s\n", l.Name, l.Value)
	}
	w.Flush()
}

func clean(s string) string { return string(davy.AppendClean(nil, []byte(s))) }

func size(n uint64) string {
	for _, u := range []struct {
		name string
		of   uint64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if n >= u.of {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.of), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
