package web

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// The map: assets in the rows of the Purdue model, links between them. Only so many as a
// person can look at; the rest is said in words.
const (
	mapWidth  = 1120
	rowHeight = 96
	boxWidth  = 104
	boxHeight = 40
	perRow    = 10
)

// rowsOfMap are the levels from the top down, with what they are.
var rowsOfMap = []struct{ level, name string }{{"5", "5 enterprise"}, {"4", "4 site IT"}, {"3.5", "3.5 DMZ"}, {"3", "3 operations"}, {"2", "2 supervision"}, {"1", "1 control"}, {"0", "0 process"}, {"", "level unknown"}}

type box struct{ x, y int }

// drawMap draws an SVG of the assets and links.
func drawMap(assets []davy.Asset, links []davy.Link) string {
	weight := map[davy.Addr]uint64{}
	for _, l := range links {
		weight[l.Client] += l.Messages
		weight[l.Server] += l.Messages
	}
	places := map[davy.Addr]box{}
	var rows, boxes, lines strings.Builder
	y := 0
	for _, row := range rowsOfMap {
		var here []*davy.Asset
		for i := range assets {
			if a := &assets[i]; a.Level == row.level && a.Path == "" {
				here = append(here, a)
			}
		}
		if len(here) == 0 {
			continue
		}
		slices.SortStableFunc(here, func(a, b *davy.Asset) int { return compare(busy(b, weight), busy(a, weight)) })
		more := len(here) - perRow
		here = here[:min(len(here), perRow)]
		fmt.Fprintf(&rows, `<rect x="0" y="%d" width="%d" height="%d" class="row"/><text x="8" y="%d" class="level">%s</text>`, y, mapWidth, rowHeight-8, y+16, row.name)
		if more > 0 {
			fmt.Fprintf(&rows, `<text x="%d" y="%d" class="level" text-anchor="end">and %d more</text>`, mapWidth-8, y+16, more)
		}
		for i, a := range here {
			at := box{10 + i*(boxWidth+6), y + 30}
			name := a.Name
			if name == "" && len(a.Addresses) > 0 {
				name = a.Addresses[0].String()
			} else if name == "" && len(a.MACs) > 0 {
				name = a.MACs[0].String()
			}
			fmt.Fprintf(&boxes, `<g><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="5" class="box"/><text x="%d" y="%d" class="name">%s</text><text x="%d" y="%d" class="kind">%s</text></g>`,
				html.EscapeString(strings.TrimSpace(a.Vendor+" "+a.Model)), at.x, at.y, boxWidth, boxHeight, at.x+boxWidth/2, at.y+17, html.EscapeString(short(name)), at.x+boxWidth/2, at.y+32, html.EscapeString(short(a.Kind)))
			for _, addr := range a.Addresses {
				places[addr] = at
			}
			for _, m := range a.MACs {
				places[davy.AddrOfMAC(m, 0)] = at
			}
		}
		y += rowHeight
	}
	for _, l := range links {
		from, ok := places[l.Client]
		to, ok2 := places[l.Server]
		if !ok || !ok2 || from == to {
			continue
		}
		class := "link"
		if l.News.Has(davy.NewLink) && !l.News.Has(davy.Learning) {
			class = "link new"
		}
		fmt.Fprintf(&lines, `<path d="M%d %d C %d %d, %d %d, %d %d" class="%s"><title>%s to %s: %s</title></path>`, from.x+boxWidth/2, from.y+boxHeight/2,
			from.x+boxWidth/2, (from.y+to.y)/2+boxHeight/2, to.x+boxWidth/2, (from.y+to.y)/2+boxHeight/2, to.x+boxWidth/2, to.y+boxHeight/2, class,
			l.Client, l.Server, html.EscapeString(l.Protocol))
	}
	return fmt.Sprintf(`<svg viewBox="0 0 %d %d" role="img" aria-label="Assets by level, and who talks to whom">%s%s%s</svg>`, mapWidth, max(y, 1), rows.String(), lines.String(), boxes.String())
}

func busy(a *davy.Asset, weight map[davy.Addr]uint64) (n uint64) {
	for _, addr := range a.Addresses {
		n += weight[addr]
	}
	return n
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func short(s string) string {
	const most = 16
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
