package store

import "github.com/davylamp/davy"

// Stations are all assets as a map draws them, in the order of their ids.
func (db *DB) Stations() (list []davy.Station, err error) {
	err = db.read(func(tx *tx) error {
		at := map[string]int{}
		err := tx.each(`SELECT place, id, name, kind, level, zone, first_seen, address FROM assets ORDER BY place`, nil, func(scan func(...any) error) error {
			var s davy.Station
			var place string
			if err := scan(&place, &s.ID, &s.Name, &s.Kind, &s.Level, &s.Zone, &s.First, &s.Label); err != nil {
				return err
			}
			at[place] = len(list)
			list = append(list, s)
			return nil
		})
		if err != nil {
			return err
		}
		return tx.each(`SELECT place, address FROM asset_addresses ORDER BY place, address`, nil, func(scan func(...any) error) error {
			var place, address string
			if err := scan(&place, &address); err != nil {
				return err
			}
			if i, ok := at[place]; ok {
				list[i].Addresses = append(list[i].Addresses, address)
			}
			return nil
		})
	})
	return list, err
}

// Talks are all links, those between the same two over the same protocol as one.
func (db *DB) Talks() (list []davy.Talk, err error) {
	err = db.read(func(tx *tx) error {
		return tx.each(`SELECT client, server, protocol, min(one_way), min(first_seen), count(*) FROM links GROUP BY client, server, protocol ORDER BY client, server, protocol`, nil,
			func(scan func(...any) error) error {
				var t davy.Talk
				var oneWay int64
				if err := scan(&t.Client, &t.Server, &t.Protocol, &oneWay, &t.First, &t.Links); err != nil {
					return err
				}
				t.OneWay = oneWay != 0
				list = append(list, t)
				return nil
			})
	})
	return list, err
}
