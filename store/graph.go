package store

import (
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// Stations are all assets as a map draws them, in the order of their ids.
func (db *DB) Stations() ([]davy.Station, error) {
	s := db.shelves["assets"]
	column := func(name string) func(*card) string {
		at := s.column(name)
		return func(c *card) string { return c.text(at) }
	}
	id, name, addresses, kind, level, zone, first := column("id"), column("name"), column("addresses"), column("kind"), column("level"), column("zone"), column("first_seen")
	var all []*card
	if err := s.each(db, func(c *card) { all = append(all, c) }); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *card) int { return strings.Compare(a.place, b.place) })
	list := make([]davy.Station, 0, len(all))
	for _, c := range all {
		n := davy.Station{ID: id(c), Name: name(c), Kind: kind(c), Level: level(c), Zone: zone(c), First: first(c)}
		if text := addresses(c); text != "" {
			n.Addresses = strings.Split(text, "\n")
			n.Label = n.Addresses[0]
		}
		list = append(list, n)
	}
	return list, nil
}

// Names are what the stations of some links are called, by scope and address; who has no name
// is left out.
func (db *DB) Names(links []davy.LinkRow) (map[[2]string]string, error) {
	asked := map[[2]string]bool{}
	for _, l := range links {
		asked[[2]string{l.Scope, l.Client}], asked[[2]string{l.Scope, l.Server}] = true, true
	}
	s := db.shelves["assets"]
	name, scope, addresses := s.column("name"), s.column("scope"), s.column("addresses")
	named := map[[2]string]string{}
	err := s.each(db, func(c *card) {
		in := c.text(scope)
		if in == siteScope {
			in = ""
		}
		for a := range strings.SplitSeq(c.text(addresses), "\n") {
			if at := [2]string{in, a}; asked[at] && c.text(name) != "" {
				named[at] = c.text(name)
			}
		}
	})
	return named, err
}

// Talks are all links, those between the same two over the same protocol as one, in no
// order.
func (db *DB) Talks() ([]davy.Talk, error) {
	s := db.shelves["links"]
	client, server, protocol, oneWay, first := s.column("client"), s.column("server"), s.column("protocol"), s.column("one_way"), s.column("first_seen")
	at := map[[3]string]int{}
	var list []davy.Talk
	err := s.each(db, func(c *card) {
		key := [3]string{c.text(client), c.text(server), c.text(protocol)}
		i, ok := at[key]
		if !ok {
			i = len(list)
			at[key] = i
			list = append(list, davy.Talk{Client: key[0], Server: key[1], Protocol: key[2], First: c.text(first), OneWay: true})
		}
		t := &list[i]
		t.Links++
		t.First = min(t.First, c.text(first))
		t.OneWay = t.OneWay && c.compare(oneWay, int64(1)) == 0
	})
	return list, err
}
