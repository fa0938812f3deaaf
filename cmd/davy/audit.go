package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/store"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Recompute the audit trail's chain and name the first record that is wrong."`
}

func (auditCmd) Help() string { return "Example:\n  davy audit verify --data /var/lib/davy" }

type auditVerifyCmd struct {
	Data string `help:"Folder of everything that is kept." default:"davy-data" placeholder:"DIR"`
}

func (auditVerifyCmd) Help() string {
	return `Each record of the audit trail is hashed together with the one before it, and the last hash
is also kept in a file beside the database. A record that was changed, taken out, put in or
moved, and an end that was cut off, is named. It may be asked while davy up runs.

Example:
  davy audit verify --data /var/lib/davy

Exit codes: 0 the trail is whole, 1 it is not, 2 usage.`
}

func (c *auditVerifyCmd) Run(s *streams) error {
	db, err := store.Look(filepath.Join(c.Data, store.FileName))
	if err != nil {
		return placed(err)
	}
	n, err := db.VerifyAudit()
	if err = errors.Join(err, db.Close()); err != nil {
		return placed(err)
	}
	_, err = fmt.Fprintf(s.out, "the audit trail is whole: %d records\n", n)
	return err
}

// placed is an error about a data folder: a wrong name of one is the caller's to mend.
func placed(err error) error {
	if f := (*davy.Fault)(nil); errors.As(err, &f) && f.Kind == davy.NotFound {
		return usage{fmt.Errorf("%w: %s", err, f.Hint)}
	}
	return err
}
