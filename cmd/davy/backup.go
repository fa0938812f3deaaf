package main

import (
	"fmt"

	"github.com/davylamp/davy/store"
)

type backupCmd struct {
	Data     string `help:"Folder of everything that is kept." default:"davy-data" placeholder:"DIR"`
	Evidence bool   `help:"With the kept packets of incidents."`
	File     string `arg:"" help:"The backup." placeholder:"FILE"`
}

func (backupCmd) Help() string {
	return `One file with the database (incidents, decisions, planned work, users, audit trail), what
was learned, and the keys; it may be made while davy up runs. Captures and the ring of packets
are not in it. It holds secrets: keep it as you keep the data folder.

Example:
  davy backup --data /var/lib/davy davy-monday.backup

Exit codes: 0 done, 1 not done, 2 usage.`
}

func (c *backupCmd) Run(s *streams) error {
	m, err := store.Backup(c.Data, c.File, store.BackupOptions{Evidence: c.Evidence, Say: func(text string) { fmt.Fprintln(s.err, "davy:", shownText(text)) }})
	if err != nil {
		return placed(err)
	}
	bytes := int64(0)
	for _, f := range m.Files {
		bytes += f.Size
	}
	_, err = fmt.Fprintf(s.out, "%s holds %d files, %d bytes\n", c.File, len(m.Files), bytes)
	return err
}

type restoreCmd struct {
	Data string `help:"Folder of everything that is kept." default:"davy-data" placeholder:"DIR"`
	File string `arg:"" help:"The backup." placeholder:"FILE"`
}

func (restoreCmd) Help() string {
	return `Brings a backup back. A backup that is not what was made is refused, and so is a folder that
a davy uses. What was in the folder is moved aside, not deleted; ring and captures stay where
they are. Everybody has to sign in again.

Example:
  davy restore --data /var/lib/davy davy-monday.backup

Exit codes: 0 done, 1 refused, 2 usage.`
}

func (c *restoreCmd) Run(s *streams) error {
	r, err := store.Restore(c.Data, c.File)
	if err != nil {
		return placed(err)
	}
	fmt.Fprintf(s.out, "restored %s, made %s\n", c.Data, r.Manifest.Made)
	if r.Aside != "" {
		fmt.Fprintf(s.out, "what was there before is in %s\n", r.Aside)
	}
	return nil
}
