package store

// longer is how many times longer than the rest decided incidents and past work are kept.
const longer = 10

// batch is how many rows one transaction drops, so that writers wait little.
const batch = 1000

// Retain drops what was not written for so many days (0: no limit), then the oldest until
// the database takes no more than so many bytes (0: no limit). What people decided goes
// last. Everything that is dropped is counted. Age is told by the machine's clock: old
// captures that are read today are of today.
func (db *DB) Retain(days int, most int64) error {
	if days > 0 {
		now := db.now()
		if err := db.older(now.AddDate(0, 0, -days).UnixNano(), now.AddDate(0, 0, -days*longer).UnixNano()); err != nil {
			return err
		}
	}
	if _, err := db.dropAll("audit", func(tx *tx) (int64, error) { return trimAudit(tx, maxRecords) }); err != nil {
		return err
	}
	if most > 0 {
		if err := db.smaller(most); err != nil {
			return err
		}
	}
	return db.giveBack()
}

// Conditions: what nobody decided about, and what belongs to nothing that stays.
const (
	undecided = `state IN ('open', 'joined') AND decided = 0`
	unbound   = `decided = 0 AND incident NOT IN (SELECT id FROM incidents)`
)

// older drops by age: undecided things before cut, decided ones before last.
func (db *DB) older(cut, last int64) error {
	for _, d := range []struct {
		what  string
		where string
		at    int64
	}{
		{"incidents", undecided + ` AND written < $1`, cut}, {"incidents", `written < $1`, last},
		{"findings", unbound + ` AND written < $1`, cut}, {"findings", `written < $1`, last},
		{"links", `written < $1`, cut}, {"assets", `written < $1`, cut},
	} {
		if err := db.dropWhile(d.what, d.where, []any{d.at}, nil); err != nil {
			return err
		}
	}
	for _, d := range []struct {
		what, query string
		at          int64
	}{
		{"minutes", `DELETE FROM minutes WHERE at < $1`, cut}, {"events", `DELETE FROM events WHERE at < $1`, cut}, {"windows", `DELETE FROM windows WHERE to_at < $1`, last},
	} {
		if _, err := db.dropAll(d.what, func(tx *tx) (int64, error) { return tx.changed(d.query, d.at) }); err != nil {
			return err
		}
	}
	return nil
}

// smaller drops the oldest until the rest fits.
func (db *DB) smaller(most int64) error {
	fits := func() (bool, error) {
		used, err := db.Size()
		return used <= most, err
	}
	if ok, err := fits(); ok || err != nil {
		return err
	}
	if _, err := db.dropAll("minutes", func(tx *tx) (int64, error) {
		return tx.changed(`DELETE FROM minutes WHERE at < (SELECT max(at) FROM minutes) - $1`, int64(24*3600e9))
	}); err != nil {
		return err
	}
	for _, d := range []struct{ what, where string }{
		{"findings", unbound}, {"incidents", undecided}, {"findings", unbound}, {"links", `1 = 1`}, {"assets", `1 = 1`}, {"incidents", `1 = 1`}, {"findings", `1 = 1`},
	} {
		if err := db.dropWhile(d.what, d.where, nil, fits); err != nil {
			return err
		}
	}
	if ok, err := fits(); ok || err != nil {
		return err
	}
	_, err := db.dropAll("audit", func(tx *tx) (int64, error) { return trimAudit(tx, batch) })
	return err
}

// dropWhile drops the oldest rows of a list, batch after batch, until there are none or
// enough is dropped.
func (db *DB) dropWhile(what, where string, args []any, enough func() (bool, error)) error {
	for {
		if enough != nil {
			if ok, err := enough(); ok || err != nil {
				return err
			}
		}
		n, err := db.dropAll(what, func(tx *tx) (int64, error) { return dropBatch(tx, what, where, args) })
		if n == 0 || err != nil {
			return err
		}
	}
}

// dropAll runs one transaction that drops, and counts it.
func (db *DB) dropAll(what string, f func(tx *tx) (int64, error)) (n int64, err error) {
	return n, db.write(func(tx *tx) error {
		if n, err = f(tx); err != nil {
			return err
		}
		return db.count(tx, what, n)
	})
}

// beside are the tables that hold more of each list's rows.
var beside = map[string][]string{
	"assets": {"asset_rows", "asset_addresses"}, "links": {"link_rows"}, "findings": {"finding_rows", "finding_entities"}, "incidents": {"incident_rows", "incident_entities"},
}

func dropBatch(tx *tx, what, where string, args []any) (int64, error) {
	var places, ids []string
	err := tx.each(`SELECT place, id FROM `+what+` WHERE `+where+` ORDER BY written LIMIT `+itoa(batch), args, func(scan func(...any) error) error {
		var place, id string
		defer func() { places, ids = append(places, place), append(ids, id) }()
		return scan(&place, &id)
	})
	if err != nil {
		return 0, err
	}
	for i, place := range places {
		tx.touch(what, place)
		for _, table := range append([]string{what}, beside[what]...) {
			if err := tx.do(`DELETE FROM `+table+` WHERE place = $1`, place); err != nil {
				return 0, err
			}
		}
		if what == "incidents" || what == "findings" {
			if err := tx.do(`DELETE FROM rulings WHERE object = $1`, ids[i]); err != nil {
				return 0, err
			}
		}
	}
	return int64(len(places)), nil
}

// Size is how many bytes the rows take, without what is free in the file.
func (db *DB) Size() (int64, error) {
	var pages, free, size int64
	for pragma, to := range map[string]*int64{"page_count": &pages, "freelist_count": &free, "page_size": &size} {
		if err := db.writer.QueryRow("PRAGMA " + pragma).Scan(to); err != nil {
			return 0, db.fault(err)
		}
	}
	return (pages - free) * size, nil
}

// giveBack hands free pages back to the disk.
func (db *DB) giveBack() error {
	var free int64
	if err := db.writer.QueryRow("PRAGMA freelist_count").Scan(&free); err != nil {
		return db.fault(err)
	}
	if free < 1000 {
		return nil
	}
	rows, err := db.writer.Query("PRAGMA incremental_vacuum")
	if err != nil {
		return db.fault(err)
	}
	for rows.Next() { // each step gives back a page
	}
	if err := rows.Close(); err != nil {
		return db.fault(err)
	}
	_, err = db.writer.Exec("PRAGMA wal_checkpoint(truncate)")
	return db.fault(err)
}
