package web

import (
	"cmp"
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/davylamp/davy"
)

//go:embed report.html
var reportHTML string

// Report is what the page of one analysis shows.
type Report struct {
	Title     string
	Version   string
	From, To  int64 // message time of the first and last packet, ns
	Facts     []Fact
	Coverage  []Fact
	Protocols []Fact
	Assets    []davy.Asset
	Links     []davy.Link
	Findings  []*davy.Finding
	Incidents []davy.Incident
	File      func(uint32) string // name of a capture file by its number
}

// Fact is a line of a small table.
type Fact struct{ Name, Value string }

// story is an incident with its findings, those of one kind by one actor together.
type story struct {
	davy.Incident
	Steps []step
}

// step is a finding, and what the same actor did of the same kind right after it.
type step struct {
	*davy.Finding
	More []*davy.Finding
}

// steps puts findings in order of time, and like ones by one actor together.
func steps(list []*davy.Finding) (out []step) {
	slices.SortStableFunc(list, func(a, b *davy.Finding) int { return cmp.Compare(a.Time, b.Time) })
	for _, f := range list {
		if i := slices.IndexFunc(out, func(s step) bool { return like(s.Finding, f) }); i >= 0 {
			out[i].More = append(out[i].More, f)
		} else {
			out = append(out, step{Finding: f})
		}
	}
	return out
}

// like reports whether two findings are told together: one detector, severity and actor,
// within ten minutes.
func like(a, b *davy.Finding) bool {
	const together = 600e9
	return a.Detector == b.Detector && a.Severity == b.Severity && len(a.Entities) > 0 && len(b.Entities) > 0 && a.Entities[0] == b.Entities[0] && b.Time-a.Time < together
}

// page is what the template sees.
type page struct {
	*Report
	Stories []story
	Rest    []*davy.Finding // findings above info that belong to no incident
	Quiet   int             // findings at info: what was learned
	Map     template.HTML
}

// most is how many rows of one table a page holds.
const most = 2000

// Write writes the page: one file that needs nothing else, no script and no network.
// Everything that stood in a packet is escaped.
func (r *Report) Write(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"when": when, "file": r.File, "join": func(l []string) string { return strings.Join(l, ", ") },
		"addrs": func(l []davy.Addr) string { return joined(l) }, "macs": func(l []davy.MAC) string { return joined(l) },
		"last": func(a, b int64) bool { return a != b },
	}).Parse(reportHTML)
	if err != nil {
		return err
	}
	p := page{Report: r, Map: template.HTML(drawMap(r.Assets, r.Links))}
	byID := map[string]*davy.Finding{}
	for _, f := range r.Findings {
		byID[f.ID] = f
	}
	told := map[string]bool{}
	for _, i := range r.Incidents {
		var list []*davy.Finding
		for _, id := range i.Findings {
			if f := byID[id]; f != nil {
				list = append(list, f)
				told[id] = true
			}
		}
		p.Stories = append(p.Stories, story{i, steps(list)})
	}
	slices.SortStableFunc(p.Stories, func(a, b story) int { return cmp.Compare(b.Severity, a.Severity) })
	for _, f := range r.Findings {
		switch {
		case f.Severity == davy.Info:
			p.Quiet++
		case !told[f.ID] && len(p.Rest) < most:
			p.Rest = append(p.Rest, f)
		}
	}
	return t.Execute(w, p)
}

func when(t int64) string { return time.Unix(0, t).UTC().Format("2006-01-02 15:04:05") }

func joined[T interface{ String() string }](list []T) string {
	var parts []string
	for _, v := range list {
		parts = append(parts, v.String())
	}
	return strings.Join(parts, ", ")
}
