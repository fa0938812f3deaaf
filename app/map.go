package app

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/api"
)

// mostNodes is how many assets of one zone are drawn one by one; more are one group node.
// Beyond mostDrawn assets in all, no browser lays them out while a person waits: then fewer
// of each zone are.
const (
	mostNodes = 400
	mostDrawn = 1200
)

// mostOf is how many assets of a zone are drawn one by one, by how many there are in each.
func mostOf(in map[string]int) int {
	drawn, zones := 0, 0
	for group, n := range in {
		if group != itNode && group != internetNode && n <= mostNodes {
			drawn, zones = drawn+n, zones+1
		}
	}
	if drawn <= mostDrawn {
		return mostNodes
	}
	return max(12, mostDrawn/zones)
}

// Nodes of many.
const (
	itNode       = "it"
	internetNode = "internet"
)

// drawing makes the map: assets by level and zone, and who talks to whom.
type drawing struct {
	nodes map[string]*api.Node
	of    map[string]string // address to node
	edges map[[2]string]*api.Edge
	left  int // links whose ends are not drawn
}

// Map draws who talks to whom. IT and the Internet are one node each unless opened.
func (s *screens) Map(q api.MapQuery) (api.Map, error) {
	stations, err := s.db.Stations()
	if err != nil {
		return api.Map{}, err
	}
	talks, err := s.db.Talks()
	if err != nil {
		return api.Map{}, err
	}
	grave, err := s.desk.lists.graves()
	if err != nil {
		return api.Map{}, err
	}
	d := &drawing{nodes: map[string]*api.Node{}, of: map[string]string{}, edges: map[[2]string]*api.Edge{}}
	in := map[string]int{}
	for i := range stations {
		in[s.groupOf(&stations[i])]++
	}
	most, since := mostOf(in), s.desk.lists.fresh()
	for i := range stations {
		st := &stations[i]
		if !wanted(q.Level, st.Level) || !wanted(q.Zone, st.Zone) {
			continue
		}
		group := s.groupOf(st)
		node := api.Node{ID: st.ID, Label: cmp.Or(st.Name, st.Label, st.ID), Kind: st.Kind, Level: st.Level, Zone: st.Zone, Count: 1, New: st.First >= since}
		if closed := group == itNode || group == internetNode || in[group] > most; closed && !slices.Contains(q.Open, group) {
			node = groupNode(group, st)
			node.New = st.First >= since
		}
		d.station(st.Addresses, node, grave)
	}
	for _, t := range talks {
		d.talk(t, since, s.desk.lists.deed(t.Client, t.Server))
	}
	return d.done(), nil
}

func wanted(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }

// groupOf is the node that an asset belongs to where assets are not drawn one by one.
func (s *screens) groupOf(st *davy.Station) string {
	if st.Kind == davy.KindExternal {
		return internetNode
	}
	if strings.HasPrefix(st.Level, "4") || strings.HasPrefix(st.Level, "5") {
		return itNode
	}
	return "zone " + st.Level + "/" + st.Zone
}

func groupNode(group string, st *davy.Station) api.Node {
	switch group {
	case internetNode:
		return api.Node{ID: group, Label: "Internet", Kind: davy.KindExternal, Level: "internet"}
	case itNode:
		return api.Node{ID: group, Label: "IT", Kind: "network", Level: "4", Zone: "IT"}
	}
	return api.Node{ID: group, Label: cmp.Or(st.Zone, "level "+st.Level, "unplaced"), Kind: "network", Level: st.Level, Zone: st.Zone}
}

// station enters an asset under its node.
func (d *drawing) station(addresses []string, n api.Node, grave map[string]davy.Severity) {
	k := d.nodes[n.ID]
	if k == nil {
		n.Count = 0
		k = &n
		d.nodes[n.ID] = k
	}
	k.Count++
	k.New = k.New || n.New
	for _, a := range addresses {
		d.of[a] = n.ID
		if g := grave[a]; g > davy.Info {
			if old, _ := davy.ParseSeverity(k.Severity); k.Severity == "" || g > old {
				k.Severity = g.String()
			}
		}
	}
}

// talk enters a link.
func (d *drawing) talk(t davy.Talk, since string, g davy.Severity) {
	from, to := d.of[t.Client], d.of[t.Server]
	if from == "" || to == "" || from == to {
		if from != to {
			d.left += t.Links
		}
		return
	}
	e := d.edges[[2]string{from, to}]
	if e == nil {
		e = &api.Edge{From: from, To: to, OneWay: true}
		d.edges[[2]string{from, to}] = e
	}
	e.Count += t.Links
	e.New = e.New || t.First >= since
	e.OneWay = e.OneWay && t.OneWay
	if p := cmp.Or(t.Protocol, "unknown"); !slices.Contains(e.Protocols, p) {
		e.Protocols = append(e.Protocols, p)
	}
	if g > davy.Info {
		if old, _ := davy.ParseSeverity(e.Severity); e.Severity == "" || g > old {
			e.Severity = g.String()
		}
	}
}

func (d *drawing) done() api.Map {
	m := api.Map{Nodes: []api.Node{}, Edges: []api.Edge{}}
	for _, id := range slices.Sorted(maps.Keys(d.nodes)) {
		m.Nodes = append(m.Nodes, *d.nodes[id])
	}
	for _, e := range d.edges {
		slices.Sort(e.Protocols)
		m.Edges = append(m.Edges, *e)
	}
	slices.SortFunc(m.Edges, func(a, b api.Edge) int { return cmp.Or(strings.Compare(a.From, b.From), strings.Compare(a.To, b.To)) })
	if d.left > 0 {
		m.Text = fmt.Sprintf("%d links to groups and to stations outside this view are not drawn.", d.left)
	}
	return m
}
