package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/davylamp/davy"
)

// maxRecords bounds the audit trail; the oldest records go first, and the trail then begins
// with the hash of the last one that went.
const maxRecords = 500_000

// change is the one door for what people change: f and its audit record are one transaction.
func (db *DB) change(by davy.Principal, act, object, detail string, f func(tx *tx) error) error {
	return db.write(func(tx *tx) error {
		if f != nil {
			if err := f(tx); err != nil {
				return err
			}
		}
		return db.record(tx, by, act, object, detail)
	})
}

// Audit writes down something that was done or refused and changes nothing in the store.
func (db *DB) Audit(by davy.Principal, act, object, detail string) error {
	return db.change(by, act, object, detail, nil)
}

// link is a record's place in the chain.
type link struct {
	number int64
	hash   string
}

// record appends to the chain.
func (db *DB) record(tx *tx, by davy.Principal, act, object, detail string) error {
	last, err := lastLink(tx)
	if err != nil {
		return err
	}
	who := by.Name
	if by.Token != "" {
		who += " (token " + by.Token + ")"
	}
	r := record{number: last.number + 1, at: db.now().UnixNano(), by: clip(who), from: clip(by.From), act: clip(act), object: clip(object), detail: clip(detail)}
	r.hash = r.sum(last.hash)
	tx.last = link{r.number, r.hash}
	return tx.do(`INSERT INTO audit (num, at, by_name, from_address, act, object, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.number, r.at, r.by, r.from, r.act, r.object, r.detail, r.hash)
}

// lastLink is the end of the chain: the newest record, or what the trail begins with.
func lastLink(tx *tx) (l link, err error) {
	if l, err = baseLink(tx); err != nil {
		return l, err
	}
	return l, tx.each(`SELECT num, hash FROM audit ORDER BY num DESC LIMIT 1`, nil, func(scan func(...any) error) error { return scan(&l.number, &l.hash) })
}

func baseLink(tx *tx) (l link, err error) {
	return l, tx.each(`SELECT num, hash FROM audit_base ORDER BY num DESC LIMIT 1`, nil, func(scan func(...any) error) error { return scan(&l.number, &l.hash) })
}

type record struct {
	number, at                    int64
	by, from, act, object, detail string
	hash                          string
}

// sum hashes the record's fields, each with its length before it, after the hash of the
// record before.
func (r *record) sum(before string) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(r.number))
	b = binary.BigEndian.AppendUint64(b, uint64(r.at))
	for _, s := range []string{before, r.by, r.from, r.act, r.object, r.detail} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// clip bounds a text that came from outside.
func clip(s string) string {
	if len(s) > 4096 {
		return s[:4096] + "..."
	}
	return s
}

// VerifyAudit recomputes the chain and names the first record that is wrong.
func (db *DB) VerifyAudit() (records int64, err error) {
	err = db.read(func(tx *tx) error {
		last, err := baseLink(tx)
		if err != nil {
			return err
		}
		kept := db.head.kept()
		seen := kept.number <= last.number // the head's record went with the oldest ones
		err = tx.each(`SELECT num, at, by_name, from_address, act, object, detail, hash FROM audit ORDER BY num`, nil, func(scan func(...any) error) error {
			var r record
			if err := scan(&r.number, &r.at, &r.by, &r.from, &r.act, &r.object, &r.detail, &r.hash); err != nil {
				return err
			}
			switch {
			case r.number != last.number+1:
				return tampered(last.number+1, "is missing: after record %d comes record %d", last.number, r.number)
			case r.sum(last.hash) != r.hash:
				return tampered(r.number, "was changed, or stands where another stood: %s %s %s by %s", r.when(), r.act, r.object, r.by)
			case r.number == kept.number && r.hash != kept.hash:
				return tampered(r.number, "is not the one that was written: the hash kept beside the database is %s", kept.hash)
			}
			seen = seen || r.number == kept.number
			last = link{r.number, r.hash}
			records++
			return nil
		})
		if err == nil && !seen {
			err = tampered(last.number+1, "and all after it were cut off: the hash kept beside the database is of record %d", kept.number)
		}
		return err
	})
	if err == nil {
		err = db.head.trouble
	}
	return records, err
}

func (r *record) when() string { return string(davy.AppendTime(nil, r.at)) }

func tampered(number int64, format string, args ...any) error {
	return &davy.Fault{Kind: davy.Broken, Text: fmt.Sprintf("the audit trail is broken: record %d ", number) + fmt.Sprintf(format, args...),
		Hint: "keep the file as it is for who looks into it, and compare with a backup"}
}

// AuditTrail lists records, the newest first; q.Q looks for a text, cursor is a number.
func (db *DB) AuditTrail(q davy.Query) (page davy.Page[davy.Record], err error) {
	before := int64(1) << 62
	if q.Cursor != "" {
		if before, err = strconv.ParseInt(q.Cursor, 10, 64); err != nil {
			return page, badCursor(q.Cursor)
		}
	}
	limit := pageSize(q.Limit)
	page.Items = []davy.Record{}
	pattern := like(q.Q)
	const match = `(lower(by_name) LIKE $1 ESCAPE '\' OR lower(act) LIKE $1 ESCAPE '\' OR lower(object) LIKE $1 ESCAPE '\' OR lower(detail) LIKE $1 ESCAPE '\')`
	err = db.read(func(tx *tx) error {
		if err := tx.one(`SELECT count(*) FROM audit WHERE `+match, []any{pattern}, &page.Total); err != nil {
			return err
		}
		return tx.each(`SELECT num, at, by_name, from_address, act, object, detail, hash FROM audit WHERE `+match+` AND num < $2 ORDER BY num DESC LIMIT $3`,
			[]any{pattern, before, limit + 1}, func(scan func(...any) error) error {
				var r record
				if err := scan(&r.number, &r.at, &r.by, &r.from, &r.act, &r.object, &r.detail, &r.hash); err != nil {
					return err
				}
				if len(page.Items) == limit {
					page.Next = strconv.FormatInt(page.Items[limit-1].Number, 10)
					return nil
				}
				page.Items = append(page.Items, davy.Record{Number: r.number, Time: r.when(), By: r.by, From: r.from, Act: r.act, Object: r.object, Detail: r.detail, Hash: r.hash})
				return nil
			})
	})
	return page, err
}

// trimAudit takes the oldest records out and keeps the hash that the trail goes on from.
func trimAudit(tx *tx, most int64) (int64, error) {
	last, err := lastLink(tx)
	if err != nil {
		return 0, err
	}
	var cut link
	err = tx.each(`SELECT num, hash FROM audit WHERE num <= $1 ORDER BY num DESC LIMIT 1`, []any{last.number - most}, func(scan func(...any) error) error { return scan(&cut.number, &cut.hash) })
	if err != nil || cut.number == 0 {
		return 0, err
	}
	if err := tx.do(`DELETE FROM audit_base`); err != nil {
		return 0, err
	}
	if err := tx.do(`INSERT INTO audit_base (num, hash) VALUES ($1, $2)`, cut.number, cut.hash); err != nil {
		return 0, err
	}
	return tx.changed(`DELETE FROM audit WHERE num <= $1`, cut.number)
}

func stampOf(ns int64) string {
	if ns == 0 {
		return ""
	}
	return string(davy.AppendTime(nil, ns))
}

// nsOf reads a row's time; 0 when there is none.
func nsOf(stamp string) int64 {
	t, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return 0
	}
	return t.UnixNano()
}
