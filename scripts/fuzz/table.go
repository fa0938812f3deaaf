package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

const head = `# What fuzzing ran

Each target takes bytes that it makes from real messages (the conversations in each protocol's ` + "`testdata`" + `, frames of every kind,
captures of every form), and fails on a panic, an endless loop or a broken promise that its test states. An input that once failed
is kept under the package's ` + "`testdata/fuzz`" + ` and played by every ` + "`go test`" + `: "mended" counts these. Asked of each are 3,000,000
executions and 3 minutes, whichever is later; a row with fewer has yet to run that long. ` + "`make fuzz`" + ` runs them and keeps this table,
` + "`make fuzz FUZZTIME=1h`" + ` runs longer. The time is that of one worker on a machine that did other work besides.

| target | executions | time | findings | commit |
| --- | ---: | ---: | --- | --- |
`

// keep puts a result into the table, in the order of the targets; rows of targets that are
// no more go.
func keep(path string, targets []target, r result) error {
	rows := map[string]string{}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for l := range strings.SplitSeq(string(old), "\n") {
		if cells := strings.Split(l, " | "); len(cells) == 5 {
			rows[strings.TrimPrefix(cells[0], "| ")] = l
		}
	}
	rows[r.target.String()] = r.String()
	var b strings.Builder
	b.WriteString(head)
	for _, t := range targets {
		if l := rows[t.String()]; l != "" {
			b.WriteString(l + "\n")
		}
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
