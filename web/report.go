package web

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
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

// Fact is a line of a small table: a name, its value, and where needed what that means.
type Fact struct{ Name, Value, Means string }

// page is what the template sees.
type page struct {
	*Report
	Stories []story
	Counts  []Fact // findings by severity
	Rest    []step // findings above info that belong to no incident
	Quiet   int    // findings at info
	Map     template.HTML
}

// most is how many rows of one table a page holds.
const most = 2000

// Write writes the page: one file that needs nothing else, no script and no network.
// Everything that stood in a packet is escaped.
func (r *Report) Write(w io.Writer) error {
	names, owners := map[davy.Addr]string{}, map[davy.Addr]int{}
	for i := range r.Assets {
		a := &r.Assets[i]
		if a.Path != "" {
			continue
		}
		for _, addr := range a.Addresses {
			owners[addr] = i
			if a.Name != "" {
				names[addr] = a.Name
			}
		}
		for _, m := range a.MACs {
			owners[davy.AddrOfMAC(m, 0)] = i
		}
	}
	t, err := template.New("report").Funcs(template.FuncMap{
		"when": when, "clock": func(t int64) string { return when(t)[11:] }, "lasted": lasted, "file": r.File, "number": number, "frames": frames,
		"addrs": func(l []davy.Addr) string { return joined(l) }, "macs": func(l []davy.MAC) string { return joined(l) },
		"call": func(l []davy.Addr) string { return called(l, names) }, "technique": davy.Technique, "cap": limited,
	}).Parse(reportHTML)
	if err != nil {
		return err
	}
	p := page{Report: r}
	byID, count := map[string]*davy.Finding{}, map[davy.Severity]int{}
	for _, f := range r.Findings {
		byID[f.ID] = f
		count[f.Severity]++
	}
	for s := davy.Critical; s > davy.Info; s-- {
		if count[s] > 0 {
			p.Counts = append(p.Counts, Fact{Name: s.String(), Value: number(uint64(count[s]))})
		}
	}
	p.Quiet = count[davy.Info]
	told := map[string]bool{}
	for _, i := range r.Incidents {
		p.Stories = append(p.Stories, tell(i, byID, owners))
		for _, id := range i.Findings {
			told[id] = true
		}
	}
	slices.SortStableFunc(p.Stories, func(a, b story) int { return cmp.Compare(b.Severity, a.Severity) })
	var rest []*davy.Finding
	for _, f := range r.Findings {
		if f.Severity > davy.Info && !told[f.ID] && len(rest) < most {
			rest = append(rest, f)
		}
	}
	p.Rest = steps(rest)
	marks := marksOf(p.Stories)
	p.Map = template.HTML(drawMap(r.Assets, r.Links, &marks))
	return t.Execute(w, p)
}

func when(t int64) string { return time.Unix(0, t).UTC().Format("2006-01-02 15:04:05") }

// lasted is the time between two moments, as exact as people want it.
func lasted(from, to int64) string {
	d := time.Duration(to - from).Round(time.Second)
	switch {
	case d <= 0:
		return "a moment"
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f seconds", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f hours", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}

// number writes a number with its thousands apart.
func number(n any) string {
	switch v := n.(type) {
	case int:
		return davy.Grouped(uint64(v))
	case uint64:
		return davy.Grouped(v)
	}
	return fmt.Sprint(n)
}

// frames are the packets that a finding rests on.
func frames(first, last uint32) string {
	if first == last {
		return "frame " + strconv.Itoa(int(first))
	}
	return fmt.Sprintf("frames %d to %d", first, last)
}

// called names stations as people call them, with their address.
func called(list []davy.Addr, names map[davy.Addr]string) string {
	const most = 12
	var parts []string
	for i, a := range list {
		if i == most {
			parts = append(parts, "and "+strconv.Itoa(len(list)-most)+" more")
			break
		}
		if n := names[a]; n != "" {
			parts = append(parts, n+" ("+a.String()+")")
		} else {
			parts = append(parts, a.String())
		}
	}
	return strings.Join(parts, ", ")
}

// limited are the links that a page holds.
func limited(list []davy.Link) []davy.Link { return list[:min(len(list), most)] }

func joined[T interface{ String() string }](list []T) string {
	var parts []string
	for _, v := range list {
		parts = append(parts, v.String())
	}
	return strings.Join(parts, ", ")
}
