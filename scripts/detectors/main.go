// Detectors writes docs/detectors.md, the table of everything that Davy judges, out of the
// detectors themselves. Its argument is the file to write.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/detect"
)

func main() {
	text, err := page()
	if err == nil && len(os.Args) != 2 {
		err = fmt.Errorf("usage: detectors FILE")
	}
	if err == nil {
		err = os.WriteFile(os.Args[1], []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const head = `# What Davy judges

<!-- Written by make generate out of the detectors themselves; do not edit. -->

Each finding carries the number of its detector, what was expected, what was seen, and in which packets. The severity is what a finding
usually has, and in brackets the least and the most that it may have: a link that always did so, a source whose part in the plant is
known, or an address of the office make it milder. Inside matching planned work it is at most low, and never hidden. Detectors that
are **learned** judge by what was seen while Davy learned, and until then only record at ` + "`info`" + `; the others judge from the first packet.

| | says | severity | learned | MITRE ATT&CK for ICS | where |
| --- | --- | --- | --- | --- | --- |
`

func page() (string, error) {
	rules, err := detect.Rules()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(head)
	for _, d := range detect.Detectors(rules) {
		learned := ""
		if d.Learned {
			learned = "learned"
		}
		var attack, where []string
		for _, t := range d.Attack {
			attack = append(attack, fmt.Sprintf("[%s](https://attack.mitre.org/techniques/%s/) %s", t, t, davy.Technique(t)))
		}
		for _, w := range d.Where {
			where = append(where, fmt.Sprintf("[%s](../detect/%s)", w, w))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", d.Number, d.Says, severity(d), learned, strings.Join(attack, ", "), strings.Join(where, ", "))
	}
	return b.String(), nil
}

func severity(d detect.Detector) string {
	if d.Least == d.Most {
		return d.Usual.String()
	}
	return fmt.Sprintf("%s (%s to %s)", d.Usual, d.Least, d.Most)
}
