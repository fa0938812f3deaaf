package store

import (
	"strings"

	"github.com/davylamp/davy"
)

// maxReason bounds what people write.
const maxReason = 2000

// Decide writes what somebody decided about an incident (I-3) or a finding (F-12). What
// holds for an incident holds for its findings. To learn accepts the keys of these
// findings, until it is opened again.
func (db *DB) Decide(by davy.Principal, id, act, reason string) error {
	state := map[string]string{davy.ActAcknowledge: davy.StateAcknowledged, davy.ActLearn: davy.StateLearned, davy.ActReopen: davy.StateOpen}[act]
	reason = strings.TrimSpace(reason)
	switch {
	case state == "":
		return invalid("nobody can %q an incident: acknowledge, learn or reopen", act)
	case reason == "" && act != davy.ActReopen:
		return &davy.Fault{Kind: davy.Invalid, Text: "a decision needs a reason", Hint: "write for whoever looks at it next year"}
	case len(reason) > maxReason:
		return invalid("a reason of %d bytes is too long: at most %d", len(reason), maxReason)
	}
	return db.change(by, act, id, reason, func(tx *tx) error {
		at, who := db.now().UnixNano(), by.Name
		if act == davy.ActReopen {
			at, who = 0, ""
		}
		what := "findings"
		n, err := int64(0), error(nil)
		if strings.HasPrefix(id, "I-") {
			what = "incidents"
			n, err = tx.changed(`UPDATE incidents SET state = $1, decided_by = $2, reason = $3, decided = $4, decided_severity = severity, decided_findings = findings
 WHERE place = $5 AND state <> $6`, state, who, reasonOf(act, reason), at, natural(id), davy.StateJoined)
		} else {
			n, err = tx.changed(`UPDATE findings SET state = $1, decided_by = $2, reason = $3, decided = $4 WHERE place = $5`, state, who, reasonOf(act, reason), at, natural(id))
		}
		if err == nil && n == 0 {
			err = db.undecidable(tx, what, id)
		}
		tx.touch(what, natural(id))
		if err == nil && what == "incidents" {
			err = tx.each(`SELECT place FROM findings WHERE incident = $1`, []any{id}, func(scan func(...any) error) error {
				var place string
				defer func() { tx.touch("findings", place) }()
				return scan(&place)
			})
		}
		if err == nil && what == "incidents" {
			err = tx.do(`UPDATE findings SET state = $1, decided_by = $2, reason = $3, decided = $4 WHERE incident = $5`, state, who, reasonOf(act, reason), at, id)
		}
		if err != nil {
			return err
		}
		if err := accept(tx, id, what, act, by.Name, reason, at); err != nil {
			return err
		}
		return db.rule(tx, id, act, reason, by.Name)
	})
}

// reasonOf is the reason that stands: a reopened one has none.
func reasonOf(act, reason string) string {
	if act == davy.ActReopen {
		return ""
	}
	return reason
}

// undecidable says why nothing was there to decide about.
func (db *DB) undecidable(tx *tx, what, id string) error {
	var joined string
	if what == "incidents" {
		err := tx.each(`SELECT joined FROM incidents WHERE place = $1`, []any{natural(id)}, func(scan func(...any) error) error { return scan(&joined) })
		if err != nil {
			return err
		}
	}
	if joined != "" {
		return &davy.Fault{Kind: davy.Invalid, Text: id + " became part of " + joined, Hint: "decide about " + joined}
	}
	return &davy.Fault{Kind: davy.NotFound, Text: "there is no " + clip(id) + " among the " + what, Hint: "it may have been dropped with its age; look at the list"}
}

// accept keeps the keys of what was learned, and forgets them when it is decided otherwise.
func accept(tx *tx, id, what, act, by, reason string, at int64) error {
	if err := tx.do(`DELETE FROM acceptances WHERE object = $1`, id); err != nil || act != davy.ActLearn {
		return err
	}
	query, arg := `SELECT DISTINCT story FROM findings WHERE incident = $1 AND story <> 0`, id
	if what == "findings" {
		query, arg = `SELECT story FROM findings WHERE place = $1 AND story <> 0`, natural(id)
	}
	var keys []int64
	err := tx.each(query, []any{arg}, func(scan func(...any) error) error {
		var key int64
		defer func() { keys = append(keys, key) }()
		return scan(&key)
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := tx.do(`INSERT INTO acceptances (story, object, by_name, reason, at) VALUES ($1, $2, $3, $4, $5)`, key, id, by, reason, at); err != nil {
			return err
		}
	}
	return nil
}

// rule adds a line to the history of an incident or a finding.
func (db *DB) rule(tx *tx, id, act, reason, by string) error {
	return tx.do(`INSERT INTO rulings (num, object, act, reason, by_name, at) SELECT coalesce(max(num), 0) + 1, $1, $2, $3, $4, $5 FROM rulings`, id, act, reason, by, db.now().UnixNano())
}

func rulings(tx *tx, id string) (list []davy.Ruling, err error) {
	return list, tx.each(`SELECT object, act, reason, by_name, at FROM rulings WHERE object = $1 ORDER BY num`, []any{id}, func(scan func(...any) error) error {
		var r davy.Ruling
		var at int64
		if err := scan(&r.Object, &r.Act, &r.Reason, &r.By, &at); err != nil {
			return err
		}
		r.Time = stampOf(at)
		list = append(list, r)
		return nil
	})
}

// Accepted are the keys of activity that people said is normal, the earliest of each.
func (db *DB) Accepted() (list []davy.Acceptance, err error) {
	err = db.read(func(tx *tx) error {
		last := int64(0)
		return tx.each(`SELECT story, by_name, reason, at FROM acceptances ORDER BY story, at, object`, nil, func(scan func(...any) error) error {
			var a davy.Acceptance
			var key int64
			if err := scan(&key, &a.By, &a.Reason, &a.Since); err != nil {
				return err
			}
			if key != last {
				a.Key, last = uint64(key), key
				list = append(list, a)
			}
			return nil
		})
	})
	return list, err
}
