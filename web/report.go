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

// story is an incident with its findings.
type story struct {
	davy.Incident
	Steps []*davy.Finding
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
		s := story{Incident: i}
		for _, id := range i.Findings {
			if f := byID[id]; f != nil {
				s.Steps = append(s.Steps, f)
				told[id] = true
			}
		}
		slices.SortStableFunc(s.Steps, func(a, b *davy.Finding) int { return cmp.Compare(a.Time, b.Time) })
		p.Stories = append(p.Stories, s)
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
