package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/davylamp/davy"
)

// trail makes a database with 40 records, closed, and says where.
func trail(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), FileName)
	db, err := Open(path)
	must(t, err)
	must(t, db.write(func(tx *tx) error {
		for n := 1; n <= 40; n++ {
			if err := db.record(tx, anna, "try", fmt.Sprintf("object-%02d", n), fmt.Sprintf("detail of number %02d", n)); err != nil {
				return err
			}
		}
		return nil
	}))
	n, err := db.VerifyAudit()
	if err != nil || n != 40 {
		t.Fatal(n, err)
	}
	must(t, db.Close())
	return path
}

// verify opens a database as davy audit verify does.
func verify(t *testing.T, path string) error {
	t.Helper()
	db, err := Look(path)
	if err != nil {
		return err
	}
	_, err = db.VerifyAudit()
	must(t, db.Close())
	return err
}

// tamper runs SQL on a closed database, as somebody with access to the file would.
func tamper(t *testing.T, path string, queries ...string) {
	t.Helper()
	db, err := open(path, false)
	must(t, err)
	for _, q := range queries {
		if _, err := db.writer.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	must(t, db.shut())
}

func TestTamperedAuditIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		queries []string
		words   []string
	}{
		"detail changed":  {[]string{`UPDATE audit SET detail = 'nothing' WHERE num = 17`}, []string{"record 17", "object-17", "anna"}},
		"time changed":    {[]string{`UPDATE audit SET at = at + 1 WHERE num = 23`}, []string{"record 23"}},
		"name changed":    {[]string{`UPDATE audit SET by_name = 'bert' WHERE num = 5`}, []string{"record 5"}},
		"words moved":     {[]string{`UPDATE audit SET act = act || substr(object, 1, 1), object = substr(object, 2) WHERE num = 6`}, []string{"record 6"}},
		"hash changed":    {[]string{`UPDATE audit SET hash = (SELECT hash FROM audit WHERE num = 1) WHERE num = 9`}, []string{"record 9"}},
		"taken out":       {[]string{`DELETE FROM audit WHERE num = 30`}, []string{"record 30", "missing"}},
		"first taken out": {[]string{`DELETE FROM audit WHERE num = 1`}, []string{"record 1", "missing"}},
		"put in":          {[]string{`UPDATE audit SET num = -num WHERE num > 12`, `UPDATE audit SET num = 1 - num WHERE num < 0`, `INSERT INTO audit SELECT 13, at, by_name, from_address, act, object, detail, hash FROM audit WHERE num = 12`}, []string{"record 13"}},
		"exchanged":       {[]string{`UPDATE audit SET num = 1000 WHERE num = 20`, `UPDATE audit SET num = 20 WHERE num = 21`, `UPDATE audit SET num = 21 WHERE num = 1000`}, []string{"record 20"}},
		"end cut off":     {[]string{`DELETE FROM audit WHERE num > 35`}, []string{"record 36", "cut off", "record 40"}},
		"all cut off":     {[]string{`DELETE FROM audit`}, []string{"record 1", "cut off"}},
		"begin forged":    {[]string{`DELETE FROM audit WHERE num <= 10`, `INSERT INTO audit_base (num, hash) VALUES (10, 'aa')`}, []string{"record 11"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := trail(t)
			tamper(t, path, c.queries...)
			kind(t, verify(t, path), davy.Broken, c.words...)
			// A sensor that starts on it and goes on writing does not wipe out the traces.
			db, err := Open(path)
			must(t, err)
			for range 2 {
				must(t, db.Audit(anna, "go on", "", ""))
			}
			must(t, db.Close())
			kind(t, verify(t, path), davy.Broken)
		})
	}
}

// A bit that flips on the disk is named, wherever in a record's texts it is.
func TestFlippedBitIsNamed(t *testing.T) {
	path := trail(t)
	whole, err := os.ReadFile(path)
	must(t, err)
	for _, n := range []int{1, 2, 19, 40} {
		text := fmt.Appendf(nil, "detail of number %02d", n)
		for bit := range len(text) * 8 {
			if bit%16 != n%16 {
				continue
			}
			flipped := bytes.Clone(text)
			flipped[bit/8] ^= 1 << (bit % 8)
			bent := bytes.ReplaceAll(whole, text, flipped) // old copies of a page, too
			if bytes.Equal(bent, whole) {
				t.Fatalf("%q is not in the file", text)
			}
			must(t, os.WriteFile(path, bent, 0o600))
			kind(t, verify(t, path), davy.Broken, fmt.Sprintf("record %d ", n))
		}
	}
}

func TestForgedEndAndLostHead(t *testing.T) {
	path := trail(t)
	head, err := os.ReadFile(path + ".audit")
	must(t, err)
	// Records written after the head, as when the process was killed between the two.
	db, err := Open(path)
	must(t, err)
	must(t, db.Audit(anna, "one", "more", ""))
	must(t, db.Close())
	must(t, os.WriteFile(path+".audit", head, 0o600))
	if err := verify(t, path); err != nil {
		t.Error("a head that is a record behind:", err)
	}
	must(t, os.WriteFile(path+".audit", bytes.Replace(head, []byte("4"), []byte("x"), 1), 0o600))
	kind(t, verify(t, path), davy.Broken, ".audit is damaged")
	must(t, os.WriteFile(path+".audit", head[:30], 0o600))
	kind(t, verify(t, path), davy.Broken, ".audit is damaged")

	// A chain that somebody computed anew from record 20 on does not end in the hash kept beside it.
	db, err = open(path, false)
	must(t, err)
	must(t, db.write(func(tx *tx) error {
		db.head = &head40
		if err := tx.do(`DELETE FROM audit WHERE num >= 20`); err != nil {
			return err
		}
		for range 30 {
			if err := db.record(tx, anna, "try", "forged", ""); err != nil {
				return err
			}
		}
		tx.last = link{}
		return nil
	}))
	must(t, db.shut())
	must(t, os.WriteFile(path+".audit", head, 0o600))
	kind(t, verify(t, path), davy.Broken, "record 40", "kept beside the database")
}

// head40 stands for no head at all while a chain is forged.
var head40 = head{path: os.DevNull}

// What people change and its record are there both, or neither.
func TestChangeAndRecordAreOne(t *testing.T) {
	db := fresh(t)
	kind(t, db.Decide(anna, "I-9", davy.ActLearn, "normal"), davy.NotFound, "I-9")
	kind(t, db.DeleteWindow(anna, "W-1"), davy.NotFound, "W-1")
	kind(t, db.DropUser(anna, "bert"), davy.NotFound, "bert")
	p, err := db.AuditTrail(davy.Query{})
	must(t, err)
	if p.Total != 0 {
		t.Errorf("what was not done is on record: %+v", p.Items)
	}
	must(t, db.PutWindow(anna, davy.Window{ID: "W-1", From: 1, To: 2}))
	p, err = db.AuditTrail(davy.Query{Q: "PLAN"})
	must(t, err)
	if p.Total != 1 || p.Items[0].By != "anna" || p.Items[0].From != "10.0.0.9" || p.Items[0].Act != "plan" || p.Items[0].Object != "W-1" {
		t.Errorf("%+v", p)
	}
	var pages []string
	for n := range 25 {
		must(t, db.Audit(davy.Principal{Name: "anna", Token: "T-1"}, "look", fmt.Sprint(n), strings.Repeat("x", 9000)))
	}
	q := davy.Query{Limit: 10}
	for range 5 {
		p, err := db.AuditTrail(q)
		must(t, err)
		for _, r := range p.Items {
			pages = append(pages, r.Object)
			if len(r.Detail) > 4200 {
				t.Errorf("a detail of %d bytes", len(r.Detail))
			}
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			break
		}
	}
	if len(pages) != 26 || pages[0] != "24" || pages[25] != "W-1" {
		t.Error(pages)
	}
}
