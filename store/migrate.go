package store

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/davylamp/davy"
)

// The forms of the database, one file for each step from the first on. A file that was
// released is never changed: the next step is a new one.
//
//go:embed migrations/*.sql
var migrations embed.FS

// steps are the texts of the migrations in their order; the first one leads to form 1.
func steps() (list []string) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil || !strings.HasPrefix(name, fmt.Sprintf("migrations/%04d_", i+1)) {
			panic(fmt.Sprint("migrations are numbered without a gap: ", name, err))
		}
		list = append(list, string(text))
	}
	return list
}

// form is the form the file has; 0 when it is empty.
func (db *DB) form() (n int, err error) {
	var tables int
	if err := db.writer.QueryRow("SELECT count(*) FROM sqlite_master WHERE name = 'forms'").Scan(&tables); err != nil || tables == 0 {
		return 0, db.fault(err)
	}
	return n, db.fault(db.writer.QueryRow("SELECT max(form) FROM forms").Scan(&n))
}

// migrate brings the file to the newest form, each step in a transaction of its own.
func (db *DB) migrate() error {
	list := steps()
	n, err := db.form()
	if err != nil {
		return err
	}
	if n > len(list) {
		return db.newer(n)
	}
	for ; n < len(list); n++ {
		err := db.write(func(tx *tx) error {
			if _, err := tx.Exec(list[n]); err != nil {
				return err
			}
			return tx.do("INSERT INTO forms (form, since) VALUES ($1, $2)", n+1, db.now().UnixNano())
		})
		if err != nil {
			return fmt.Errorf("the database's form %d: %w", n+1, err)
		}
	}
	return nil
}

// sameForm refuses what cannot be read as it is.
func (db *DB) sameForm() error {
	n, err := db.form()
	switch {
	case err != nil:
		return err
	case n > len(steps()):
		return db.newer(n)
	case n < len(steps()):
		return &davy.Fault{Kind: davy.Invalid, Text: fmt.Sprintf("the database %s has form %d, this davy reads form %d", db.path, n, len(steps())), Hint: "start davy up once: it brings the form up to date"}
	}
	return nil
}

func (db *DB) newer(n int) error {
	return &davy.Fault{Kind: davy.Invalid, Text: fmt.Sprintf("the database %s has form %d; this davy %s knows forms up to %d", db.path, n, davy.Version, len(steps())),
		Hint: "a newer davy wrote it: use that one, or restore a backup of this version"}
}
