// Package store is Davy's memory on disk: what was found, what people decided, who may do
// what, and the audit trail. One database file holds it; SQLite keeps it, in an SQL that
// other databases speak too. What is told to a person is written before it is told. The
// store judges nothing, and packets are not its business: those lie in the ring.
package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/davylamp/davy"
	_ "modernc.org/sqlite"
)

// FileName is the database's name in the data folder.
const FileName = "davy.db"

// DB is an open database. Any number of goroutines may use it: writers wait for one
// another, readers for nobody.
type DB struct {
	path   string
	writer *sql.DB // one connection
	reader *sql.DB
	lock   *os.File
	looks  bool // another process writes

	shelves map[string]*shelf
	head    *head
	now     func() time.Time
}

// Open opens the database, makes it when there is none, and brings an older form up to
// date. It is the only one to write until Close: a second process is refused.
func Open(path string) (*DB, error) {
	lock, clean, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	db, err := open(path, false)
	if err != nil {
		lock.Close()
		return nil, err
	}
	db.lock = lock
	if err := db.begin(clean); err != nil {
		db.shut()
		lock.Close()
		return nil, err
	}
	return db, nil
}

// Look opens a database to read it only, also one that another process writes.
func Look(path string) (*DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, &davy.Fault{Kind: davy.NotFound, Text: "there is no database " + path, Hint: "name the data folder with --data", Err: err}
	}
	db, err := open(path, true)
	if err != nil {
		return nil, err
	}
	if err := db.sameForm(); err != nil {
		db.shut()
		return nil, err
	}
	db.head = readHead(path)
	return db, nil
}

// open makes the connections. Every commit is on the disk before it returns
// (synchronous=FULL): commits are few, and what was shown must survive a power cut.
func open(path string, look bool) (*DB, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	pragmas := []string{"journal_mode(wal)", "synchronous(full)", "journal_size_limit(67108864)"}
	if info, err := os.Stat(full); err != nil || info.Size() == 0 {
		pragmas = append([]string{"auto_vacuum(incremental)"}, pragmas...) // only a new file can take it; others would be written for nothing
	}
	writer, err := sql.Open("sqlite", dsn(full, "_txlock=immediate", pragmas...))
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", dsn(full, "", "query_only(1)", "cache_size(-16384)", "temp_store(memory)"))
	if err != nil {
		writer.Close()
		return nil, err
	}
	reader.SetMaxOpenConns(max(2, runtime.NumCPU()))
	reader.SetMaxIdleConns(max(2, runtime.NumCPU()))
	if look {
		writer.Close()
		writer = reader
	}
	return &DB{path: full, writer: writer, reader: reader, looks: look, shelves: newShelves(), now: time.Now}, nil
}

// begin looks whether the file is whole, when it is small or the last process to write
// did not close it, and brings its form up to date.
func (db *DB) begin(clean bool) error {
	info, err := os.Stat(db.path)
	if err == nil && info.Size() > 0 && (!clean || info.Size() < 64<<20) {
		if err := db.Check(); err != nil {
			return err
		}
	}
	if err := db.migrate(); err != nil {
		return err
	}
	_ = os.Chmod(db.path, 0o600)
	db.head = readHead(db.path)
	return db.trustHead()
}

// Check reads the whole file and names what is damaged.
func (db *DB) Check() error {
	var said string
	if err := db.writer.QueryRow("PRAGMA quick_check(1)").Scan(&said); err != nil {
		return db.fault(err)
	}
	if said != "ok" {
		return db.broken(errors.New(said))
	}
	return nil
}

// Close ends the work. It waits for the writer.
func (db *DB) Close() error {
	err := db.shut()
	if db.lock != nil {
		_ = db.lock.Truncate(0)
		err = errors.Join(err, db.lock.Close())
		db.lock = nil
	}
	return err
}

func (db *DB) shut() error {
	if db.reader == db.writer {
		return db.reader.Close()
	}
	return errors.Join(db.reader.Close(), db.writer.Close())
}

// Path is where the database lies.
func (db *DB) Path() string { return db.path }

// write runs f in one transaction.
func (db *DB) write(f func(tx *tx) error) error {
	t, err := db.writer.BeginTx(context.Background(), nil)
	if err != nil {
		return db.fault(err)
	}
	w := &tx{Tx: t, prepared: map[string]*sql.Stmt{}}
	if err := f(w); err != nil {
		_ = t.Rollback()
		return db.fault(err)
	}
	if err := t.Commit(); err != nil {
		return db.fault(err)
	}
	for table, places := range w.touched {
		db.shelves[table].refresh(db, places)
	}
	return db.head.save(w.last)
}

// read runs f on one state of the database, whatever is written meanwhile.
func (db *DB) read(f func(tx *tx) error) error {
	t, err := db.reader.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return db.fault(err)
	}
	defer t.Rollback() //nolint:errcheck // nothing was written
	return db.fault(f(&tx{Tx: t, prepared: map[string]*sql.Stmt{}}))
}
