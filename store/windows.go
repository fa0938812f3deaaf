package store

import (
	"encoding/json"
	"fmt"

	"github.com/davylamp/davy"
)

// maxWindows bounds how much work can be planned.
const maxWindows = 2000

// windowBody is a window as it is kept; verbs by their names, which outlive their numbers.
type windowBody struct {
	Assets  []string `json:"assets,omitempty"`
	Sources []string `json:"sources,omitempty"`
	Verbs   []string `json:"verbs,omitempty"`
	Note    string   `json:"note,omitempty"`
}

// PutWindow writes planned work, new or changed.
func (db *DB) PutWindow(by davy.Principal, w davy.Window) error {
	switch {
	case w.ID == "" || len(w.ID) > 100:
		return invalid("planned work needs an id of at most 100 bytes")
	case w.To <= w.From:
		return invalid("planned work %s ends before it begins", w.ID)
	}
	b := windowBody{Assets: w.Assets, Sources: w.Sources, Note: w.Note}
	for _, v := range w.Verbs {
		b.Verbs = append(b.Verbs, v.String())
	}
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return db.change(by, "plan", w.ID, stampOf(w.From)+" to "+stampOf(w.To)+" "+string(body), func(tx *tx) error {
		n := 0
		if err := tx.one(`SELECT count(*) FROM windows WHERE id <> $1`, []any{w.ID}, &n); err != nil {
			return err
		}
		if n >= maxWindows {
			return &davy.Fault{Kind: davy.Invalid, Text: fmt.Sprintf("%d pieces of work are planned already", n), Hint: "delete some that are over"}
		}
		return tx.do(`INSERT INTO windows (id, from_at, to_at, body) VALUES ($1, $2, $3, $4)
 ON CONFLICT (id) DO UPDATE SET from_at = excluded.from_at, to_at = excluded.to_at, body = excluded.body`, w.ID, w.From, w.To, string(body))
	})
}

// DeleteWindow takes planned work out.
func (db *DB) DeleteWindow(by davy.Principal, id string) error {
	return db.change(by, "unplan", id, "", func(tx *tx) error {
		n, err := tx.changed(`DELETE FROM windows WHERE id = $1`, id)
		if err == nil && n == 0 {
			err = &davy.Fault{Kind: davy.NotFound, Text: "there is no planned work " + clip(id), Hint: "look at the list of planned work"}
		}
		return err
	})
}

// Windows is all planned work, by its begin.
func (db *DB) Windows() (list []davy.Window, err error) {
	err = db.read(func(tx *tx) error {
		return tx.each(`SELECT id, from_at, to_at, body FROM windows ORDER BY from_at, id`, nil, func(scan func(...any) error) error {
			var w davy.Window
			var b windowBody
			var body string
			if err := scan(&w.ID, &w.From, &w.To, &body); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(body), &b); err != nil {
				return err
			}
			w.Assets, w.Sources, w.Note = b.Assets, b.Sources, b.Note
			for _, name := range b.Verbs {
				if v, ok := davy.ParseVerb(name); ok {
					w.Verbs = append(w.Verbs, v)
				}
			}
			list = append(list, w)
			return nil
		})
	})
	return list, err
}
