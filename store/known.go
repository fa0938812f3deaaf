package store

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

const siteScope = "site"

var assets = &list[davy.AssetRow]{
	shelf: "assets", rows: "asset_rows", fallback: "id",
	fields: map[string]field{
		"id": id, "kind": is("kind"), "vendor": is("vendor"), "model": is("model"), "level": is("level"), "zone": is("zone"), "scope": is("scope"),
		"address": found("SELECT place FROM asset_addresses WHERE address IN (%s)", plain),
		"new":     since("first_seen"), "since": since("last_seen"), "until": until("first_seen"),
	},
	sorts: map[string]string{"id": "place", "name": "name_place", "address": "address_place", "kind": "kind", "vendor": "vendor", "model": "model", "level": "level", "zone": "zone",
		"first": "first_seen", "last": "last_seen"},
	read: func(body string, _ []string) (r davy.AssetRow, err error) { return r, json.Unmarshal([]byte(body), &r) },
}

// ofAsset finds links by the addresses of assets, in their scope.
const ofAsset = `SELECT l.place FROM asset_addresses a JOIN links l ON l.client = a.address AND l.scope = a.scope WHERE a.place IN (%s)
 UNION SELECT l.place FROM asset_addresses a JOIN links l ON l.server = a.address AND l.scope = a.scope WHERE a.place IN (%s)`

var links = &list[davy.LinkRow]{
	shelf: "links", rows: "link_rows", fallback: "-last",
	fields: map[string]field{
		"id": id, "asset": found(ofAsset, aPlace), "client": is("client"), "server": is("server"),
		"address":   found("SELECT place FROM links WHERE client IN (%s) UNION SELECT place FROM links WHERE server IN (%s)", plain),
		"transport": is("transport"), "protocol": is("protocol"), "scope": is("scope"), "one_way": yes("one_way"), "encrypted": yes("encrypted"),
		"new": since("first_seen"), "since": since("last_seen"), "until": until("first_seen"),
	},
	sorts: map[string]string{"id": "place", "client": "client_place", "server": "server_place", "port": "port", "transport": "transport", "protocol": "protocol",
		"first": "first_seen", "last": "last_seen", "messages": "messages", "failures": "failures", "packets": "packets", "bytes": "bytes"},
	read: func(body string, _ []string) (r davy.LinkRow, err error) { return r, json.Unmarshal([]byte(body), &r) },
}

// Assets answers a query for assets. Where: id, kind, vendor, model, level, zone, scope,
// address, new (first seen at or after), since (last seen at or after), until.
func (db *DB) Assets(q davy.Query) (davy.Page[davy.AssetRow], error) { return assets.page(db, q) }

// Asset is one asset.
func (db *DB) Asset(id string) (davy.AssetRow, error) { return assets.find(db, id) }

// AssetFacets counts values of kind, vendor, model, level, zone, scope.
func (db *DB) AssetFacets(q davy.Query, fields ...string) (map[string][]davy.Facet, error) {
	return assets.facets(db, q, fields)
}

// Links answers a query for links. Where: id, asset, client, server, address, transport,
// protocol, scope, one_way, encrypted, new, since, until.
func (db *DB) Links(q davy.Query) (davy.Page[davy.LinkRow], error) { return links.page(db, q) }

// Link is one link.
func (db *DB) Link(id string) (davy.LinkRow, error) { return links.find(db, id) }

// Known writes what is known now of assets and links that changed, and takes out assets
// that turned out to be part of others.
func (db *DB) Known(changed []davy.AssetRow, talked []davy.LinkRow, gone []string) error {
	if len(changed)+len(talked)+len(gone) == 0 {
		return nil
	}
	now := db.now().UnixNano()
	return db.write(func(tx *tx) error {
		for _, id := range gone {
			if err := dropAsset(tx, natural(id)); err != nil {
				return err
			}
		}
		for i := range changed {
			if err := putAsset(tx, &changed[i], now); err != nil {
				return err
			}
		}
		for i := range talked {
			if err := putLink(tx, &talked[i], now); err != nil {
				return err
			}
		}
		return nil
	})
}

func dropAsset(tx *tx, place string) error {
	tx.touch("assets", place)
	for _, query := range []string{`DELETE FROM assets WHERE place = $1`, `DELETE FROM asset_rows WHERE place = $1`, `DELETE FROM asset_addresses WHERE place = $1`} {
		if err := tx.do(query, place); err != nil {
			return err
		}
	}
	return nil
}

func putAsset(tx *tx, r *davy.AssetRow, now int64) error {
	place := natural(r.ID)
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	all := slices.Concat(r.Addresses, r.MACs)
	first := ""
	if len(all) > 0 {
		first = all[0]
	}
	tx.touch("assets", place)
	text := folded(r.ID, r.Name, strings.Join(r.Addresses, "\n"), strings.Join(r.MACs, "\n"), r.Path, r.Kind, r.Vendor, r.Model, r.Firmware, r.Serial, r.Level, r.Zone, r.Owner, r.Key)
	err = tx.do(`INSERT INTO assets (place, id, scope, addresses, address_place, name, name_place, kind, vendor, model, level, zone, first_seen, last_seen, written, folded)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (place) DO UPDATE SET id = excluded.id, scope = excluded.scope,
 addresses = excluded.addresses, address_place = excluded.address_place, name = excluded.name, name_place = excluded.name_place, kind = excluded.kind, vendor = excluded.vendor, model = excluded.model, level = excluded.level, zone = excluded.zone,
 first_seen = excluded.first_seen, last_seen = excluded.last_seen, written = excluded.written, folded = excluded.folded`,
		place, r.ID, scopeOf(r.Scope), strings.Join(all, "\n"), natural(first), r.Name, natural(r.Name), r.Kind, r.Vendor, r.Model, r.Level, r.Zone, r.First, r.Last, now, text)
	if err != nil {
		return err
	}
	if err := putBody(tx, "asset_rows", place, body); err != nil {
		return err
	}
	if err := tx.do(`DELETE FROM asset_addresses WHERE place = $1`, place); err != nil {
		return err
	}
	for _, a := range all {
		if err := tx.do(`INSERT INTO asset_addresses (address, scope, place) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, a, scopeOf(r.Scope), place); err != nil {
			return err
		}
	}
	return nil
}

func putBody(tx *tx, table, place string, body []byte) error {
	return tx.do(`INSERT INTO `+table+` (place, body) VALUES ($1, $2) ON CONFLICT (place) DO UPDATE SET body = excluded.body`, place, string(body))
}

func scopeOf(s string) string {
	if s == "" {
		return siteScope
	}
	return s
}

func putLink(tx *tx, r *davy.LinkRow, now int64) error {
	place := natural(r.ID)
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	tx.touch("links", place)
	text := folded(r.ID, r.Client, r.Server, r.Protocol, r.Transport+" "+itoa(int(r.Port)), r.Scope)
	err = tx.do(`INSERT INTO links (place, id, scope, client, server, client_place, server_place, port, transport, protocol, first_seen, last_seen, messages, failures, packets,
 bytes, one_way, encrypted, written, folded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
 ON CONFLICT (place) DO UPDATE SET id = excluded.id, scope = excluded.scope, client = excluded.client, server = excluded.server, client_place = excluded.client_place,
 server_place = excluded.server_place, port = excluded.port, transport = excluded.transport, protocol = excluded.protocol, first_seen = excluded.first_seen,
 last_seen = excluded.last_seen, messages = excluded.messages, failures = excluded.failures, packets = excluded.packets, bytes = excluded.bytes,
 one_way = excluded.one_way, encrypted = excluded.encrypted, written = excluded.written, folded = excluded.folded`,
		place, r.ID, scopeOf(r.Scope), r.Client, r.Server, natural(r.Client), natural(r.Server), int64(r.Port), r.Transport, r.Protocol, r.First, r.Last,
		int64(r.Messages), int64(r.Failures), int64(r.Packets), int64(r.Bytes), flag(r.OneWay), flag(r.Encrypted), now, text)
	if err != nil {
		return err
	}
	return putBody(tx, "link_rows", place, body)
}
