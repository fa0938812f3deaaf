package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/davylamp/davy"
)

// TestFormsFromTheFirstOn makes a database of each form there ever was and opens it.
func TestFormsFromTheFirstOn(t *testing.T) {
	list := steps()
	for n := 1; n <= len(list); n++ {
		path := filepath.Join(t.TempDir(), FileName)
		old, err := open(path, false)
		must(t, err)
		for k, text := range list[:n] {
			if _, err := old.writer.Exec(text); err != nil {
				t.Fatal(err)
			}
			if _, err := old.writer.Exec("INSERT INTO forms (form, since) VALUES (?, 1)", k+1); err != nil {
				t.Fatal(err)
			}
		}
		must(t, old.shut())
		db, err := Open(path)
		must(t, err)
		filled(t, db, 1, 20)
		if got, err := db.form(); err != nil || got != len(list) {
			t.Errorf("form %d became %d: %v", n, got, err)
		}
		must(t, db.Close())
		again, err := Open(path)
		must(t, err)
		if p, err := again.Findings(davy.Query{}); err != nil || p.Total != 19 {
			t.Error(p.Total, err)
		}
		must(t, again.Close())
	}
}

func TestNewerFormIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	db, err := Open(path)
	must(t, err)
	if _, err := db.writer.Exec("INSERT INTO forms (form, since) VALUES (99, 1)"); err != nil {
		t.Fatal(err)
	}
	must(t, db.Close())
	before, err := os.ReadFile(path)
	must(t, err)
	_, err = Open(path)
	kind(t, err, davy.Invalid, "form 99", "knows forms up to")
	_, err = Look(path)
	kind(t, err, davy.Invalid, "form 99")
	after, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("a database that was refused was changed")
	}
}

// A damaged file is named with the way out, wherever the damage is, and is not made worse.
func TestDamagedDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	db, err := Open(path)
	must(t, err)
	filled(t, db, 1, 400)
	must(t, db.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	for name, bent := range map[string][]byte{
		"no database":  []byte("this is a text, and a rather long one, that somebody put where the database was\n" + strings.Repeat("x", 4096)),
		"zeros":        make([]byte, len(whole)),
		"half of it":   whole[:len(whole)/2],
		"middle pages": append(append(bytes.Clone(whole[:8*4096]), bytes.Repeat([]byte{0xa5}, 24*4096)...), whole[32*4096:]...),
		"header":       append([]byte("SQLite format 4\x00"), whole[16:]...),
	} {
		must(t, os.WriteFile(path, bent, 0o600))
		_, err := Open(path)
		kind(t, err, davy.Broken, path, "damaged")
		var f *davy.Fault
		if errors.As(err, &f) && !strings.Contains(f.Hint, "davy restore") {
			t.Errorf("%s: the hint %q shows no way out", name, f.Hint)
		}
		now, err := os.ReadFile(path)
		must(t, err)
		if !bytes.Equal(now, bent) {
			t.Errorf("%s: the damaged file was changed", name)
		}
	}
	must(t, os.WriteFile(path, whole, 0o600))
	again, err := Open(path)
	must(t, err)
	must(t, again.Close())
}

func TestFolderThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	_, err := Open(filepath.Join(dir, "file", "under", FileName))
	kind(t, err, davy.Internal, "data folder")
	_, err = Look(filepath.Join(dir, FileName))
	kind(t, err, davy.NotFound, "no database")
	if _, err := os.Stat(filepath.Join(dir, FileName)); err == nil {
		t.Error("looking made a database")
	}
}

// On a disk that is full, what was acknowledged stays, the fault says so, and writing goes
// on when there is room again.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skip("a small file system of its own needs root:", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	must(t, os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 512<<10), 0o600))
	path := filepath.Join(dir, FileName)
	db, err := Open(path)
	must(t, err)
	n := 0
	for ; ; n++ {
		if n > 100_000 {
			t.Fatal("the disk never gets full")
		}
		f := finding(n, "high", "10.0.0.66")
		f.Seen = strings.Repeat("x", 2000)
		if err = db.Judged([]davy.Judged{{Row: f}}, nil); err != nil {
			break
		}
	}
	kind(t, err, davy.Full, path)
	kind(t, db.Decide(anna, "F-1", davy.ActAcknowledge, strings.Repeat("y", 1900)), davy.Full)
	p, err := db.Findings(davy.Query{Limit: 1})
	must(t, err)
	if p.Total != n {
		t.Errorf("%d findings were acknowledged, %d are there", n, p.Total)
	}
	must(t, os.Remove(filepath.Join(dir, "ballast")))
	must(t, db.Decide(anna, "F-1", davy.ActAcknowledge, "there is room again"))
	must(t, db.Check())
	must(t, db.Close())
	db, err = Open(path)
	must(t, err)
	if p, err := db.Findings(davy.Query{Limit: 1}); err != nil || p.Total != n {
		t.Errorf("%d findings were acknowledged, %d are there: %v", n, p.Total, err)
	}
	if _, err := db.VerifyAudit(); err != nil {
		t.Error(err)
	}
	must(t, db.Close())
}

func TestListsOfTheSensor(t *testing.T) {
	db := fresh(t)
	for n := range 30 {
		must(t, db.Note(davy.SensorEvent{Kind: []string{"drops", "clock"}[n%2], Text: fmt.Sprint(n), Count: uint64(n)}))
		must(t, db.PutMinute(davy.Minute{Time: at(n), Packets: uint64(n)}))
	}
	must(t, db.PutMinute(davy.Minute{Time: at(29), Packets: 99}))
	q := davy.Query{Where: map[string][]string{"kind": {"clock"}}, Limit: 10}
	p, err := db.Events(q)
	must(t, err)
	if p.Total != 15 || len(p.Items) != 10 || p.Items[0].Text != "29" || p.Next == "" {
		t.Errorf("%+v", p)
	}
	q.Cursor = p.Next
	p, err = db.Events(q)
	must(t, err)
	if len(p.Items) != 5 || p.Items[4].Text != "1" || p.Next != "" {
		t.Errorf("%+v", p)
	}
	m, err := db.Minutes(nsOf(at(10)), nsOf(at(30)))
	must(t, err)
	if len(m) != 20 || m[0].Packets != 10 || m[19].Packets != 99 {
		t.Errorf("%+v", m)
	}
	// Sixty days are kept.
	must(t, db.PutMinute(davy.Minute{Time: at(maxMinutes + 10), Packets: 1}))
	m, err = db.Minutes(0, nsOf(at(maxMinutes+11)))
	must(t, err)
	if len(m) != 20 || m[0].Packets != 11 {
		t.Errorf("%d minutes, first %+v", len(m), m[0])
	}
	if d := dropped(t, db); d["minutes"] != 11 {
		t.Error(d)
	}
}

func TestCapturesAndWindows(t *testing.T) {
	db := fresh(t)
	for n := range 12 {
		r, err := db.AddCapture(anna, davy.CaptureRow{Name: fmt.Sprintf("mirror %d.pcapng", n), Size: int64(n)})
		must(t, err)
		if r.ID != fmt.Sprintf("C-%d", n+1) || r.State != "queued" || r.By != "anna" || r.Added == "" {
			t.Errorf("%+v", r)
		}
	}
	r, err := db.Capture("C-10")
	must(t, err)
	r.State, r.Progress, r.Summary = "done", 1, []byte(`{"packets":5}`)
	must(t, db.PutCapture(r))
	got, err := db.Capture("C-10")
	must(t, err)
	if string(got.Summary) != `{"packets":5}` || got.State != "done" {
		t.Errorf("%+v", got)
	}
	p, err := db.Captures(davy.Query{Limit: 3})
	must(t, err)
	same(t, ids(p), "C-12", "C-11", "C-10")
	p, err = db.Captures(davy.Query{Q: "MIRROR 3.pcapng", Where: map[string][]string{"state": {"queued"}}})
	must(t, err)
	same(t, ids(p), "C-4")
	must(t, db.DeleteCapture(anna, "C-12"))
	if r, err := db.AddCapture(anna, davy.CaptureRow{Name: "next.pcapng"}); err != nil || r.ID != "C-13" {
		t.Errorf("the id of a deleted capture is given again: %s, %v", r.ID, err)
	}
	must(t, db.DeleteCapture(anna, "C-13"))
	if err := db.PutCapture(davy.CaptureRow{ID: "C-13", State: "done"}); err == nil {
		t.Error("a deleted capture came back")
	}
	_, err = db.Capture("C-12")
	kind(t, err, davy.NotFound, "C-12")

	verb, _ := davy.ParseVerb("download")
	w := davy.Window{ID: "W-1", From: 100, To: 200, Assets: []string{"PLC-1"}, Sources: []string{"10.0.0.5"}, Verbs: []davy.Verb{verb}, Note: "new recipe"}
	must(t, db.PutWindow(anna, w))
	must(t, db.PutWindow(anna, davy.Window{ID: "W-0", From: 50, To: 60}))
	kind(t, db.PutWindow(anna, davy.Window{ID: "W-2", From: 60, To: 60}), davy.Invalid, "W-2")
	w.To = 300
	must(t, db.PutWindow(anna, w))
	list, err := db.Windows()
	must(t, err)
	if fmt.Sprint(list) != fmt.Sprint([]davy.Window{{ID: "W-0", From: 50, To: 60}, w}) {
		t.Errorf("%+v", list)
	}
	must(t, db.DeleteWindow(anna, "W-0"))
	list, err = db.Windows()
	must(t, err)
	if len(list) != 1 {
		t.Error(list)
	}
}
