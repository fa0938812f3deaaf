package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/app"
)

// terminal writes for people: a progress line while reading, a summary at the end. Colours
// only where there is a terminal to show them.
type terminal struct {
	out, err io.Writer
	live     bool // the error stream is a terminal
	colour   bool
	columns  int // of the terminal; 0 where there is none
	begun    time.Time
	drawn    bool
}

func newTerminal(s *streams) *terminal {
	return &terminal{out: s.out, err: s.err, live: interactive(s.err), colour: interactive(s.out), columns: width(s.out), begun: time.Now()}
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
	fmt.Fprintf(t.out, "%s packets, %s, %s of traffic, read in %.1f s\n", davy.Grouped(s.Packets), size(s.Bytes), span(time.Duration(s.Duration*1e9)), s.Elapsed)
	t.incidents(s, site)
	t.findings(s)
	t.assets(s)
	t.protocols(s)
	t.head("Links: " + davy.Grouped(uint64(s.Links)))
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
		title := clean(n.Title)
		if t.columns > 0 {
			fmt.Fprintln(t.out)
			title = folded(title, len("  critical I-1  "), t.columns)
		}
		fmt.Fprintf(t.out, "  %s %s  %s\n", t.severity(n.Severity), n.ID, t.paint("1", title))
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
	day := ""
	for j, v := range list {
		if j == 2*most {
			fmt.Fprintf(t.out, "      ... and %d more steps\n", len(list)-j)
			break
		}
		at, margin := time.Unix(0, v.Time).UTC().Format("2006-01-02 15:04:05"), "      "
		text := clean(v.Text)
		if t.columns > 0 {
			// Each day is named once: the line is short.
			if at[:10] != day {
				day = at[:10]
				fmt.Fprintf(t.out, "      %s UTC\n", t.paint("2", day))
			}
			at = at[11:]
			text = folded(text, len(margin)+len(at)+len("  critical "), t.columns)
		}
		fmt.Fprintf(t.out, "%s%s  %s %s\n", margin, at, t.severity(v.Severity), text)
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

// table aligns rows of cells; what does not fit of the last one goes on below it.
func (t *terminal) table(rows [][]string) {
	var wide []int
	for _, r := range rows[:min(most, len(rows))] {
		for i, c := range r[:len(r)-1] {
			if i == len(wide) {
				wide = append(wide, 0)
			}
			wide[i] = max(wide[i], utf8.RuneCountInString(c))
		}
	}
	for i, r := range rows {
		if i == most {
			fmt.Fprintf(t.out, "  ... and %d more\n", len(rows)-i)
			break
		}
		line := "  "
		for j, c := range r[:len(r)-1] {
			line += fmt.Sprintf("%-*s", wide[j]+2, c)
		}
		last := r[len(r)-1]
		if t.columns > 0 {
			last = folded(last, utf8.RuneCountInString(line), t.columns)
		}
		fmt.Fprintln(t.out, strings.TrimRight(line+last, " "))
	}
}

func (t *terminal) assets(s *app.Summary) {
	t.head(fmt.Sprintf("Assets: %d", s.Assets))
	kinds, vendors := map[string]int{}, map[string]map[string]int{}
	for _, a := range s.AssetRows {
		kinds[a.Kind]++
		if vendors[a.Kind] == nil {
			vendors[a.Kind] = map[string]int{}
		}
		if a.Vendor != "" {
			vendors[a.Kind][clean(a.Vendor)]++
		}
	}
	var rows [][]string
	for _, k := range often(kinds) {
		var makers []string
		for _, v := range often(vendors[k]) {
			if n := vendors[k][v]; n < kinds[k] {
				v += fmt.Sprintf(" (%d)", n)
			}
			makers = append(makers, v)
		}
		if more := len(makers) - few; more > 1 {
			makers = append(makers[:few], fmt.Sprintf("and %d more", more))
		}
		rows = append(rows, []string{fmt.Sprint(kinds[k]), k, strings.Join(makers, ", ")})
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
		row := []string{k, davy.Grouped(p.Messages) + " messages", davy.Grouped(p.Requests) + " requests", ""}
		if p.Defects > 0 {
			row[3] = davy.Grouped(p.Defects) + " defects"
		}
		rows = append(rows, row)
	}
	t.table(rows)
}

// coverage is what Davy could not see: as prominent as what it found.
func (t *terminal) coverage(s *app.Summary) {
	t.head("Coverage")
	var rows [][]string
	for _, l := range s.Coverage() {
		rows = append(rows, []string{l.Name, l.Value})
	}
	t.table(rows)
}

// few is how many vendors of a kind are named.
const few = 4

// often orders what was counted: the most frequent first.
func often(n map[string]int) []string {
	return slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
}

// span is a duration as exact as people want it.
func span(d time.Duration) time.Duration {
	if d > time.Minute {
		return d.Round(time.Second)
	}
	return d.Round(time.Millisecond)
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
