package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/davylamp/davy"
)

// Ceilings: minutes kept (60 days) and events of the sensor.
const (
	maxMinutes = 60 * 24 * 60
	maxEvents  = 10_000
)

// PutMinute writes what the sensor did in a minute, and drops minutes beyond the ceiling.
func (db *DB) PutMinute(m davy.Minute) error {
	at := nsOf(m.Time)
	if at == 0 {
		return invalid("%q is no time of a minute", m.Time)
	}
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return db.write(func(tx *tx) error {
		if err := tx.do(`INSERT INTO minutes (at, body) VALUES ($1, $2) ON CONFLICT (at) DO UPDATE SET body = excluded.body`, at, string(body)); err != nil {
			return err
		}
		n, err := tx.changed(`DELETE FROM minutes WHERE at <= (SELECT max(at) FROM minutes) - $1`, int64(maxMinutes)*60e9)
		if err != nil {
			return err
		}
		return db.count(tx, "minutes", n)
	})
}

// Minutes are the samples of [from, to), ns, at most 10,000: the newest ones.
func (db *DB) Minutes(from, to int64) (list []davy.Minute, err error) {
	err = db.read(func(tx *tx) error {
		return tx.each(`SELECT body FROM (SELECT at, body FROM minutes WHERE at >= $1 AND at < $2 ORDER BY at DESC LIMIT 10000) m ORDER BY at`, []any{from, to}, func(scan func(...any) error) error {
			var body string
			if err := scan(&body); err != nil {
				return err
			}
			var m davy.Minute
			if err := json.Unmarshal([]byte(body), &m); err != nil {
				return err
			}
			list = append(list, m)
			return nil
		})
	})
	return list, err
}

// Note writes something that befell the sensor; its number and, if empty, its time are
// given here.
func (db *DB) Note(e davy.SensorEvent) error {
	if e.Time == "" {
		e.Time = stampOf(db.now().UnixNano())
	}
	e.Text = clip(e.Text)
	return db.write(func(tx *tx) error {
		if err := tx.one(`SELECT coalesce(max(num), 0) + 1 FROM events`, nil, &e.Number); err != nil {
			return err
		}
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if err := tx.do(`INSERT INTO events (num, at, kind, body) VALUES ($1, $2, $3, $4)`, e.Number, nsOf(e.Time), e.Kind, string(body)); err != nil {
			return err
		}
		n, err := tx.changed(`DELETE FROM events WHERE num <= $1`, e.Number-maxEvents)
		if err != nil {
			return err
		}
		return db.count(tx, "events", n)
	})
}

// Events lists what befell the sensor, the newest first. Where: kind.
func (db *DB) Events(q davy.Query) (page davy.Page[davy.SensorEvent], err error) {
	before := int64(1) << 62
	if q.Cursor != "" {
		if before, err = strconv.ParseInt(q.Cursor, 10, 64); err != nil {
			return page, badCursor(q.Cursor)
		}
	}
	where, args := " WHERE 1 = 1", []any{}
	if kinds := q.Where["kind"]; len(kinds) > 0 {
		var names []string
		for _, k := range kinds[:min(len(kinds), 100)] {
			args = append(args, k)
			names = append(names, "$"+itoa(len(args)))
		}
		where = " WHERE kind IN (" + strings.Join(names, ", ") + ")"
	}
	page.Items = []davy.SensorEvent{}
	limit := pageSize(q.Limit)
	err = db.read(func(tx *tx) error {
		if err := tx.one("SELECT count(*) FROM events"+where, args, &page.Total); err != nil {
			return err
		}
		n := len(args)
		return tx.each("SELECT body FROM events"+where+" AND num < $"+itoa(n+1)+" ORDER BY num DESC LIMIT $"+itoa(n+2), append(args, before, limit+1), func(scan func(...any) error) error {
			var body string
			if err := scan(&body); err != nil {
				return err
			}
			if len(page.Items) == limit {
				page.Next = strconv.FormatInt(page.Items[limit-1].Number, 10)
				return nil
			}
			var e davy.SensorEvent
			if err := json.Unmarshal([]byte(body), &e); err != nil {
				return err
			}
			page.Items = append(page.Items, e)
			return nil
		})
	})
	return page, err
}

// count adds to what was dropped.
func (db *DB) count(tx *tx, what string, n int64) error {
	if n == 0 {
		return nil
	}
	return tx.do(`INSERT INTO dropped (what, total, at) VALUES ($1, $2, $3) ON CONFLICT (what) DO UPDATE SET total = dropped.total + excluded.total, at = excluded.at`, what, n, db.now().UnixNano())
}

// Dropped is what was taken out to keep within age and size, since the database was made.
func (db *DB) Dropped() (list []davy.Dropped, err error) {
	err = db.read(func(tx *tx) error {
		return tx.each(`SELECT what, total, at FROM dropped ORDER BY what`, nil, func(scan func(...any) error) error {
			var d davy.Dropped
			var at int64
			if err := scan(&d.What, &d.Count, &at); err != nil {
				return err
			}
			d.Last = stampOf(at)
			list = append(list, d)
			return nil
		})
	})
	return list, err
}

// nextID is the id after the last one given.
func nextID(prefix, last string) string {
	n, _ := strconv.Atoi(strings.TrimPrefix(last, prefix))
	return fmt.Sprint(prefix, n+1)
}
