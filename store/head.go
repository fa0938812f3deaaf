package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/davylamp/davy"
)

// head keeps the number and hash of the last audit record in a file beside the database, so
// that a trail whose end was cut off is seen. It is written after the record: a stop
// between the two leaves the head a record behind, never ahead.
type head struct {
	sync.Mutex
	path    string
	last    link
	trouble error // the head and the trail did not agree: the file stays as it is
}

// readHead reads the file beside a database. Without one the trail is its own witness.
func readHead(path string) *head {
	h := &head{path: path + ".audit"}
	text, err := os.ReadFile(h.path)
	if errors.Is(err, os.ErrNotExist) {
		return h
	}
	if _, e := fmt.Sscanf(string(text), "%d %64s\n", &h.last.number, &h.last.hash); err != nil || e != nil || len(h.last.hash) != 64 || strings.Count(string(text), "\n") != 1 {
		h.last = link{}
		h.trouble = &davy.Fault{Kind: davy.Broken, Text: "the audit trail's end cannot be told: " + h.path + " is damaged", Hint: "compare the trail with a backup; davy restore writes the file anew"}
	}
	return h
}

// AuditTrouble says that the trail was not as it was left when the database was opened; nil
// when it was. VerifyAudit looks at every record.
func (db *DB) AuditTrouble() error { return db.head.trouble }

func (h *head) kept() link {
	h.Lock()
	defer h.Unlock()
	return h.last
}

// save writes the head, unless a later one is there already.
func (h *head) save(l link) error {
	if l.number == 0 {
		return nil
	}
	h.Lock()
	defer h.Unlock()
	if l.number <= h.last.number {
		return nil
	}
	if h.trouble != nil {
		return nil // a witness is not overwritten
	}
	h.last = l
	if err := writeFile(h.path, fmt.Appendf(nil, "%d %s\n", l.number, l.hash)); err != nil {
		return &davy.Fault{Kind: davy.Internal, Text: "what was done is kept, but the end of the audit trail could not be noted in " + h.path + ": " + err.Error(), Hint: "look at the disk", Err: err}
	}
	return nil
}

// trustHead compares the head with the trail when the database is opened for writing.
func (db *DB) trustHead() error {
	if db.head.trouble != nil {
		return nil
	}
	return db.read(func(tx *tx) error {
		base, err := baseLink(tx)
		if err != nil {
			return err
		}
		kept := db.head.last
		if kept.number <= base.number {
			return nil
		}
		var hash string
		err = tx.each(`SELECT hash FROM audit WHERE num = $1`, []any{kept.number}, func(scan func(...any) error) error { return scan(&hash) })
		if err == nil && hash != kept.hash {
			db.head.trouble = tampered(kept.number, "is not in the trail as it was written: the hash kept beside the database is %s", kept.hash)
		}
		return err
	})
}

// writeFile replaces a file whole and on the disk, or leaves it as it was.
func writeFile(path string, b []byte) error {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		_ = os.Remove(part)
	}
	return err
}
