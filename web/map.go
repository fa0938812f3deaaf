package web

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// The map: assets in the rows of the Purdue model, links between them. Only so many as a
// person can look at, those of incidents and the busy ones first; the rest is said in words.
const (
	mapWidth   = 1120
	boxWidth   = 104
	boxHeight  = 40
	perLine    = 10
	lineHeight = boxHeight + 16
	maxLines   = 3 // of one level
)

// levels are those of the map from the top down, with what they are.
var levels = []struct{ level, name string }{{"5", "5 enterprise"}, {"4", "4 site IT"}, {"3.5", "3.5 DMZ"}, {"3", "3 operations"}, {"2", "2 supervision"}, {"1", "1 control"}, {"0", "0 process"}, {"", "level unknown"}}

type box struct{ x, y int }

// middle is where a link touches a box.
func (b box) middle() (x, y int) { return b.x + boxWidth/2, b.y + boxHeight/2 }

// drawMap draws an SVG of the assets and links.
func drawMap(assets []davy.Asset, links []davy.Link, m *marks) string {
	weight := map[davy.Addr]uint64{}
	for _, l := range links {
		weight[l.Client] += l.Messages
		weight[l.Server] += l.Messages
	}
	places := map[davy.Addr]box{}
	var rows, boxes strings.Builder
	y := 0
	for _, row := range levels {
		var here []*davy.Asset
		for i := range assets {
			if a := &assets[i]; a.Level == row.level && a.Path == "" {
				here = append(here, a)
			}
		}
		if len(here) == 0 {
			continue
		}
		slices.SortStableFunc(here, func(a, b *davy.Asset) int {
			return cmp.Or(-cmp.Compare(rank(a, m), rank(b, m)), -cmp.Compare(busy(a, weight), busy(b, weight)))
		})
		more := len(here) - maxLines*perLine
		here = here[:min(len(here), maxLines*perLine)]
		height := 30 + (len(here)+perLine-1)/perLine*lineHeight
		fmt.Fprintf(&rows, `<rect x="0" y="%d" width="%d" height="%d" rx="6" class="row"/><text x="10" y="%d" class="level">%s</text>`, y, mapWidth, height, y+18, row.name)
		if more > 0 {
			fmt.Fprintf(&rows, `<text x="%d" y="%d" class="level" text-anchor="end">and %d more</text>`, mapWidth-10, y+18, more)
		}
		for i, a := range here {
			at := box{10 + i%perLine*(boxWidth+6), y + 28 + i/perLine*lineHeight}
			drawBox(&boxes, a, at, m.class(a))
			for _, addr := range a.Addresses {
				places[addr] = at
			}
			for _, mac := range a.MACs {
				places[davy.AddrOfMAC(mac, 0)] = at
			}
		}
		y += height + 8
	}
	lines := drawLinks(links, places, m)
	return fmt.Sprintf(`<svg viewBox="0 0 %d %d" role="img" aria-label="Assets by level, and who talks to whom">%s%s%s</svg>`, mapWidth, max(y-8, 1), rows.String(), lines, boxes.String())
}

func drawBox(w *strings.Builder, a *davy.Asset, at box, class string) {
	name := a.Name
	if name == "" && len(a.Addresses) > 0 {
		name = a.Addresses[0].String()
	} else if name == "" && len(a.MACs) > 0 {
		name = a.MACs[0].String()
	}
	more := strings.TrimSpace(a.Vendor + " " + a.Model)
	if len(a.Addresses) > 0 {
		more = strings.TrimSpace(joined(a.Addresses) + " " + more)
	}
	x, _ := at.middle()
	fmt.Fprintf(w, `<g><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="5" class="%s"/><text x="%d" y="%d" class="name">%s</text><text x="%d" y="%d" class="kind">%s</text></g>`,
		html.EscapeString(name+"\n"+more), at.x, at.y, boxWidth, boxHeight, class, x, at.y+17, html.EscapeString(short(name)), x, at.y+32, html.EscapeString(short(a.Kind)))
}

// drawLinks draws a line for each pair of assets that talk; those of incidents lie on top.
func drawLinks(links []davy.Link, places map[davy.Addr]box, m *marks) string {
	var usual, hot strings.Builder
	drawn := map[[2]box]bool{}
	for pass := range 2 {
		for i := range links {
			l := &links[i]
			from, ok := places[l.Client]
			to, ok2 := places[l.Server]
			about := m.link(l)
			if !ok || !ok2 || from == to || about != (pass == 0) || drawn[[2]box{from, to}] || drawn[[2]box{to, from}] {
				continue
			}
			drawn[[2]box{from, to}] = true
			w, class := &usual, "link"
			if about {
				w, class = &hot, "link hot"
			}
			x1, y1 := from.middle()
			x2, y2 := to.middle()
			bend := (y1 + y2) / 2
			if y1 == y2 {
				bend = y1 + lineHeight // neighbours talk past the boxes between them
			}
			fmt.Fprintf(w, `<path d="M%d %d C %d %d, %d %d, %d %d" class="%s"><title>%s and %s: %s</title></path>`, x1, y1, x1, bend, x2, bend, x2, y2, class,
				l.Client, l.Server, html.EscapeString(l.Protocol))
		}
	}
	return usual.String() + hot.String()
}

// rank puts assets of incidents before others.
func rank(a *davy.Asset, m *marks) int { return len(m.class(a)) }

func busy(a *davy.Asset, weight map[davy.Addr]uint64) (n uint64) {
	for _, addr := range a.Addresses {
		n += weight[addr]
	}
	return n
}

func short(s string) string {
	const most = 15
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
