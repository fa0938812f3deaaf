package store

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/davylamp/davy"
)

var standing = []string{"state", "decided_by", "reason", "decided"}

func readStanding(c []string) davy.Standing {
	ns, _ := strconv.ParseInt(c[3], 10, 64) // a BIGINT
	return davy.Standing{State: c[0], By: c[1], Reason: c[2], At: stampOf(ns)}
}

var findings = &list[davy.FindingView]{
	shelf: "findings", rows: "finding_rows", fallback: "-last",
	fields: map[string]field{
		"id": id, "severity": {column: "severity", op: '=', value: severity, facet: true}, "least": {column: "severity", op: '>', value: severity}, "detector": is("detector"),
		"incident": is("incident"), "protocol": is("protocol"), "verb": is("verb"), "state": is("state"), "window": is("planned"),
		"address": found("SELECT place FROM finding_entities WHERE address IN (%s)", plain),
		"asset":   found("SELECT e.place FROM asset_addresses a JOIN finding_entities e ON e.address = a.address WHERE a.place IN (%s)", aPlace),
		"new":     since("first_seen"), "since": since("last_seen"), "until": until("first_seen"),
	},
	sorts: map[string]string{"id": "place", "severity": "severity", "first": "first_seen", "time": "first_seen", "last": "last_seen", "detector": "detector", "protocol": "protocol",
		"count": "times", "state": "state", "incident": "incident"},
	columns: append([]string{"incident"}, standing...),
	read: func(body string, c []string) (v davy.FindingView, err error) {
		v.Incident, v.Standing = c[0], readStanding(c[1:])
		return v, json.Unmarshal([]byte(body), &v.FindingRow)
	},
}

var incidents = &list[davy.IncidentView]{
	shelf: "incidents", rows: "incident_rows", fallback: "-severity,-last",
	fields: map[string]field{
		"id": id, "severity": {column: "severity", op: '=', value: severity, facet: true}, "least": {column: "severity", op: '>', value: severity}, "state": is("state"),
		"address": found("SELECT place FROM incident_entities WHERE address IN (%s)", plain),
		"asset":   found("SELECT e.place FROM asset_addresses a JOIN incident_entities e ON e.address = a.address WHERE a.place IN (%s)", aPlace),
		"new":     since("first_seen"), "since": since("last_seen"), "until": until("first_seen"),
	},
	sorts:   map[string]string{"id": "place", "severity": "severity", "first": "first_seen", "last": "last_seen", "findings": "findings", "state": "state"},
	columns: append([]string{"joined", "findings", "decided_findings"}, standing...),
	read: func(body string, c []string) (v davy.IncidentView, err error) {
		v.Joined, v.Standing = c[0], readStanding(c[3:])
		if now, _ := strconv.Atoi(c[1]); v.State != davy.StateOpen && v.State != davy.StateJoined {
			then, _ := strconv.Atoi(c[2])
			v.Fresh = max(0, now-then)
		}
		return v, json.Unmarshal([]byte(body), &v.IncidentRow)
	},
}

// Findings answers a query for findings. Where: id, severity, least (severity), detector,
// incident, protocol, verb, state, window, address, asset, new, since, until.
func (db *DB) Findings(q davy.Query) (davy.Page[davy.FindingView], error) {
	return findings.page(db, q)
}

// Finding is one finding.
func (db *DB) Finding(id string) (davy.FindingView, error) { return findings.find(db, id) }

// Incidents answers a query for incidents. Where: id, severity, least, state, address,
// asset, new, since, until. Those that became part of others come only when asked for.
func (db *DB) Incidents(q davy.Query) (davy.Page[davy.IncidentView], error) {
	return incidents.page(db, apart(q))
}

// IncidentFacets counts values of severity and state.
func (db *DB) IncidentFacets(q davy.Query, fields ...string) (map[string][]davy.Facet, error) {
	return incidents.facets(db, apart(q), fields)
}

// apart leaves joined incidents out of a query that says nothing of states or ids.
func apart(q davy.Query) davy.Query {
	if len(q.Where["state"]) > 0 || len(q.Where["id"]) > 0 {
		return q
	}
	where := map[string][]string{"state": {davy.StateOpen, davy.StateAcknowledged, davy.StateLearned}}
	for k, v := range q.Where {
		if k != "state" {
			where[k] = v
		}
	}
	q.Where = where
	return q
}

// Incident is one incident with what was decided about it.
func (db *DB) Incident(id string) (v davy.IncidentView, err error) {
	err = db.read(func(tx *tx) error {
		if v, err = incidents.get(tx, natural(id)); err != nil {
			return err
		}
		v.Ruled, err = rulings(tx, v.ID)
		return err
	})
	return v, noSuch(err, "incidents", id)
}

// Judged writes new and changed findings and incidents in one transaction; the same again
// changes nothing. What people decided stays: only an incident that became graver than it
// was when somebody decided about it is open again.
func (db *DB) Judged(told []davy.Judged, stories []davy.IncidentRow) error {
	if len(told)+len(stories) == 0 {
		return nil
	}
	return db.write(func(tx *tx) error {
		for i := range told {
			if err := db.putFinding(tx, &told[i]); err != nil {
				return err
			}
		}
		for i := range stories {
			if err := db.putIncident(tx, &stories[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (db *DB) putFinding(tx *tx, j *davy.Judged) error {
	r := &j.Row
	place := natural(r.ID)
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	tx.touch("findings", place)
	grade, _ := davy.ParseSeverity(r.Severity)
	last := r.Last
	if last == "" {
		last = r.Time
	}
	by, reason, state, at := "", "", davy.StateOpen, int64(0)
	if j.Key != 0 {
		err := tx.each(`SELECT by_name, reason, at FROM acceptances WHERE story = $1 ORDER BY at LIMIT 1`, []any{int64(j.Key)}, func(scan func(...any) error) error {
			state = davy.StateLearned
			return scan(&by, &reason, &at)
		})
		if err != nil {
			return err
		}
	}
	text := folded(r.ID, r.Detector, r.Title, strings.Join(r.Entities, "\n"), r.Path, r.Protocol, r.Verb, strings.Join(r.Attack, "\n"), r.Expected, r.Seen, r.Window)
	err = tx.do(`INSERT INTO findings (place, id, detector, severity, first_seen, last_seen, protocol, verb, planned, times, story, incident, state, decided_by, reason, decided, written, folded)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', $12, $13, $14, $15, $16, $17) ON CONFLICT (place) DO UPDATE SET id = excluded.id, detector = excluded.detector,
 severity = excluded.severity, first_seen = excluded.first_seen, last_seen = excluded.last_seen, protocol = excluded.protocol, verb = excluded.verb,
 planned = excluded.planned, times = excluded.times, story = excluded.story, written = excluded.written, folded = excluded.folded`,
		place, r.ID, r.Detector, int64(grade), r.Time, last, r.Protocol, r.Verb, r.Window, int64(r.Count), int64(j.Key), state, by, reason, at, db.now().UnixNano(), text)
	if err != nil {
		return err
	}
	if err := putBody(tx, "finding_rows", place, body); err != nil {
		return err
	}
	return putEntities(tx, "finding_entities", place, r.Entities)
}

func putEntities(tx *tx, table, place string, addresses []string) error {
	if err := tx.do(`DELETE FROM `+table+` WHERE place = $1`, place); err != nil {
		return err
	}
	for _, a := range addresses {
		if err := tx.do(`INSERT INTO `+table+` (address, place) VALUES ($1, $2) ON CONFLICT DO NOTHING`, a, place); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) putIncident(tx *tx, r *davy.IncidentRow) error {
	place := natural(r.ID)
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	tx.touch("incidents", place)
	grade, _ := davy.ParseSeverity(r.Severity)
	text := folded(r.ID, r.Title, strings.Join(r.Entities, "\n"), strings.Join(r.Attack, "\n"), strings.Join(r.Findings, "\n"))
	err = tx.do(`INSERT INTO incidents (place, id, severity, first_seen, last_seen, findings, state, decided_by, reason, decided, decided_severity, decided_findings, joined, written, folded)
 VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', 0, 0, 0, '', $8, $9) ON CONFLICT (place) DO UPDATE SET id = excluded.id, severity = excluded.severity,
 first_seen = excluded.first_seen, last_seen = excluded.last_seen, findings = excluded.findings, written = excluded.written, folded = excluded.folded`,
		place, r.ID, int64(grade), r.First, r.Last, len(r.Findings), davy.StateOpen, db.now().UnixNano(), text)
	if err != nil {
		return err
	}
	if err := putBody(tx, "incident_rows", place, body); err != nil {
		return err
	}
	if err := putEntities(tx, "incident_entities", place, r.Entities); err != nil {
		return err
	}
	left := map[string]bool{} // incidents that told these findings before
	for _, id := range r.Findings {
		var was string
		err := tx.each(`SELECT incident FROM findings WHERE place = $1`, []any{natural(id)}, func(scan func(...any) error) error { return scan(&was) })
		if err != nil {
			return err
		}
		if was == r.ID {
			continue
		}
		if was != "" {
			left[was] = true
		}
		tx.touch("findings", natural(id))
		if err := tx.do(`UPDATE findings SET incident = $1 WHERE place = $2`, r.ID, natural(id)); err != nil {
			return err
		}
	}
	for id := range left {
		tx.touch("incidents", natural(id))
		err := tx.do(`UPDATE incidents SET state = $1, joined = $2 WHERE place = $3 AND NOT EXISTS (SELECT 1 FROM findings WHERE incident = $4)`, davy.StateJoined, r.ID, natural(id), id)
		if err != nil {
			return err
		}
	}
	return db.stands(tx, r.ID, place, int64(grade))
}

// stands opens an incident again that is no longer what was decided about: a joined one
// that is told apart, or one that became graver.
func (db *DB) stands(tx *tx, id, place string, grade int64) error {
	if err := tx.do(`UPDATE incidents SET state = $1, joined = '' WHERE place = $2 AND state = $3`, davy.StateOpen, place, davy.StateJoined); err != nil {
		return err
	}
	n, err := tx.changed(`UPDATE incidents SET state = $1, decided_by = '', reason = '', decided = 0 WHERE place = $2 AND state IN ($3, $4) AND decided_severity < $5`,
		davy.StateOpen, place, davy.StateAcknowledged, davy.StateLearned, grade)
	if err != nil || n == 0 {
		return err
	}
	why := "it became graver: " + davy.Severity(grade).String()
	if err := db.rule(tx, id, davy.ActReopen, why, davy.Itself.Name); err != nil {
		return err
	}
	return db.record(tx, davy.Itself, davy.ActReopen, id, why)
}
