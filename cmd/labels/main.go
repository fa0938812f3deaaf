// Labels measures Davy against captures whose attacks and actions are labelled, and prints
// the table in docs/labels.md: file, action, expected, found by, frame, extra. The captures
// are found by DAVY_CORPUS (default ../shared/data beside the repository).
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/app"
)

// row is a line of the table.
type row struct {
	file, action, expected, foundBy, frame, extra string
	ok                                            bool
}

// finding is what the table needs of a finding's row.
type finding struct {
	Detector, Severity, Verb, Seen, Protocol string
	Frames                                   [2]int
	Entities                                 []string
}

// loud reports whether a finding is above low.
func (f *finding) loud() bool { return f.Severity != "info" && f.Severity != "low" }

func main() {
	write := flag.Bool("write", false, "write the table to docs/labels.md")
	flag.Parse()
	corpus := os.Getenv("DAVY_CORPUS")
	if corpus == "" {
		corpus = "../shared/data"
	}
	if _, err := os.Stat(corpus); err != nil {
		fmt.Fprintln(os.Stderr, "labels: the corpus is absent: set DAVY_CORPUS")
		os.Exit(1)
	}
	tmp, err := os.MkdirTemp("", "davy-labels-*")
	check(err)
	defer os.RemoveAll(tmp)
	t := &table{corpus: corpus, tmp: tmp, site: &davy.Site{Internal: []netip.Prefix{netip.MustParsePrefix("84.32.54.0/24")}}}
	t.lemay()
	t.schneider()
	t.qut()
	text := t.text()
	fmt.Print(text)
	if *write {
		check(os.WriteFile("docs/labels.md", []byte(text), 0o644))
	}
	if t.missed > 0 {
		os.RemoveAll(tmp)
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "labels:", err)
		os.Exit(1)
	}
}

type table struct {
	corpus, tmp string
	site        *davy.Site
	rows        []row
	missed      int
}

func (t *table) add(r row) {
	if !r.ok {
		t.missed++
	}
	t.rows = append(t.rows, r)
}

// analyse runs Davy and returns the findings, and the message rows of one protocol's verb.
func (t *table) analyse(o app.Options, messages func(m map[string]any)) []finding {
	o.Out, o.Messages, o.Workers = t.tmp, app.AllMessages, 1
	_, err := app.Analyze(o)
	check(err)
	var list []finding
	lines(filepath.Join(t.tmp, "findings.ndjson"), func(b []byte) {
		var f finding
		check(json.Unmarshal(b, &f))
		list = append(list, f)
	})
	if messages != nil {
		lines(filepath.Join(t.tmp, "messages.ndjson"), func(b []byte) {
			var m map[string]any
			check(json.Unmarshal(b, &m))
			messages(m)
		})
	}
	return list
}

func lines(path string, each func([]byte)) {
	f, err := os.Open(path)
	check(err)
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		each(s.Bytes())
	}
	check(s.Err())
}

func (t *table) text() string {
	var b strings.Builder
	b.WriteString("# Labelled captures\n\nPrinted by `make labels`. Found: a finding above low with at least one packet of its own link inside the labelled episode and, for\nthe M221 and M340, whose verb is the action's. Extra: findings above low where there should be none. The Lemay captures learn from the\npackets before their first label; the M221 and M340 captures start from a baseline of the files marked benign (for those, of the others).\n\n")
	found := len(t.rows) - t.missed
	fmt.Fprintf(&b, "%d of %d rows are as they should be.\n\n| file | action | expected | found by | frame | extra |\n|---|---|---|---|---|---|\n", found, len(t.rows))
	for _, r := range t.rows {
		mark := ""
		if !r.ok {
			mark = " **missed**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s%s | %s | %s |\n", r.file, r.action, r.expected, r.foundBy, mark, r.frame, r.extra)
	}
	return b.String()
}

// short is the part of a path below the corpus' captures.
func (t *table) short(path string) string {
	s, err := filepath.Rel(filepath.Join(t.corpus, "captures"), path)
	if err != nil {
		return path
	}
	return s
}
