package store

import (
	"encoding/json"
	"fmt"

	"github.com/davylamp/davy"
)

var captures = &list[davy.CaptureRow]{
	shelf: "captures", rows: "capture_rows", fallback: "-id",
	fields: map[string]field{"id": id, "state": is("state")},
	sorts:  map[string]string{"id": "place", "name": "name", "size": "size", "state": "state", "added": "added"},
	read: func(body string, _ []string) (r davy.CaptureRow, err error) {
		return r, json.Unmarshal([]byte(body), &r)
	},
}

// maxCaptures bounds how many are kept.
const maxCaptures = 1000

// Captures answers a query for captures that were handed in. Where: id, state.
func (db *DB) Captures(q davy.Query) (davy.Page[davy.CaptureRow], error) { return captures.page(db, q) }

// Capture is one capture.
func (db *DB) Capture(id string) (davy.CaptureRow, error) { return captures.find(db, id) }

// AddCapture writes that somebody handed in a capture, and gives it its id, state and time.
func (db *DB) AddCapture(by davy.Principal, r davy.CaptureRow) (davy.CaptureRow, error) {
	r.By, r.Added = by.Name, stampOf(db.now().UnixNano())
	if r.State == "" {
		r.State = "queued"
	}
	return r, db.write(func(tx *tx) error {
		last := ""
		// The id of one that was deleted is not given again: its analysis may still be ending.
		for _, query := range []string{`SELECT id FROM captures ORDER BY place DESC LIMIT 1`, `SELECT object FROM audit WHERE act = 'upload' ORDER BY num DESC LIMIT 1`} {
			err := tx.each(query, nil, func(scan func(...any) error) error {
				id := ""
				err := scan(&id)
				if natural(id) > natural(last) {
					last = id
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		n := 0
		if err := tx.one(`SELECT count(*) FROM captures`, nil, &n); err != nil {
			return err
		}
		if n >= maxCaptures {
			return &davy.Fault{Kind: davy.Invalid, Text: fmt.Sprintf("there are %d captures already", n), Hint: "delete some that nobody needs any more"}
		}
		r.ID = nextID("C-", last)
		if err := putCapture(tx, &r); err != nil {
			return err
		}
		return db.record(tx, by, "upload", r.ID, r.Name)
	})
}

// PutCapture writes how far reading a capture has come; one that was deleted meanwhile stays
// deleted.
func (db *DB) PutCapture(r davy.CaptureRow) error {
	return db.write(func(tx *tx) error {
		n := 0
		if err := tx.one(`SELECT count(*) FROM captures WHERE place = $1`, []any{natural(r.ID)}, &n); err != nil {
			return err
		}
		if n == 0 {
			return &davy.Fault{Kind: davy.NotFound, Text: "there is no capture " + clip(r.ID), Hint: "look at the list of captures"}
		}
		return putCapture(tx, &r)
	})
}

func putCapture(tx *tx, r *davy.CaptureRow) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	place := natural(r.ID)
	tx.touch("captures", place)
	err = tx.do(`INSERT INTO captures (place, id, name, size, state, added, folded) VALUES ($1, $2, $3, $4, $5, $6, $7)
 ON CONFLICT (place) DO UPDATE SET name = excluded.name, size = excluded.size, state = excluded.state, folded = excluded.folded`,
		place, r.ID, natural(r.Name), r.Size, r.State, nsOf(r.Added), folded(r.ID, r.Name, r.By, r.SHA256, r.State))
	if err != nil {
		return err
	}
	return putBody(tx, "capture_rows", place, body)
}

// DeleteCapture takes a capture out of the list; its file is the caller's.
func (db *DB) DeleteCapture(by davy.Principal, id string) error {
	return db.change(by, "delete capture", id, "", func(tx *tx) error {
		tx.touch("captures", natural(id))
		n, err := tx.changed(`DELETE FROM captures WHERE place = $1`, natural(id))
		if err == nil && n == 0 {
			return &davy.Fault{Kind: davy.NotFound, Text: "there is no capture " + clip(id), Hint: "look at the list of captures"}
		}
		if err != nil {
			return err
		}
		return tx.do(`DELETE FROM capture_rows WHERE place = $1`, natural(id))
	})
}
