package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

type diffCmd struct {
	A string `arg:"" help:"Folder that analyze wrote: before." placeholder:"A"`
	B string `arg:"" help:"Folder that analyze wrote: after." placeholder:"B"`
}

func (diffCmd) Help() string {
	return `Assets, links and findings that are new, gone, or different. Times, frames and counts do
not make a difference.

Example:
  davy analyze --out monday monday.pcap
  davy analyze --out tuesday tuesday.pcap
  davy diff monday tuesday

Exit codes: 0 done (whether or not something changed), 2 usage.`
}

// kindOf says how rows of one file are matched between two folders, and what is compared.
type kindOf struct {
	file, name string
	key        func(row map[string]any) string
	shown      func(row map[string]any) string
	compared   []string
}

var compared = []kindOf{
	{"assets.ndjson", "asset", func(r map[string]any) string {
		return join(r, "scope", "path") + " " + first(r, "addresses", "macs")
	}, func(r map[string]any) string {
		return strings.TrimSpace(first(r, "addresses", "macs") + " " + join(r, "path", "name"))
	},
		[]string{"name", "kind", "vendor", "model", "firmware", "serial", "modules", "level", "zone", "owner", "run_state", "key", "macs", "addresses"}},
	{"links.ndjson", "link", func(r map[string]any) string { return join(r, "client", "server", "transport", "port", "scope") },
		func(r map[string]any) string {
			return fmt.Sprintf("%v to %v over %s", r["client"], r["server"], join(r, "protocol", "transport", "port"))
		}, []string{"protocol", "one_way", "encrypted"}},
	{"findings.ndjson", "finding", func(r map[string]any) string { return join(r, "detector", "entities", "protocol", "verb", "seen") },
		func(r map[string]any) string {
			return fmt.Sprintf("%v %v: %v", r["severity"], r["detector"], r["seen"])
		}, []string{"severity", "window"}},
}

func join(r map[string]any, keys ...string) string {
	var parts []string
	for _, k := range keys {
		if v, ok := r[k]; ok {
			parts = append(parts, text(v))
		}
	}
	return strings.Join(parts, " ")
}

// first is the first entry of the first list that has one: what an asset is found by.
func first(r map[string]any, keys ...string) string {
	for _, k := range keys {
		if list, ok := r[k].([]any); ok && len(list) > 0 {
			return text(list[0])
		}
	}
	return ""
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func (c *diffCmd) Run(s *streams) error {
	w := bufio.NewWriter(s.out)
	changes := 0
	for _, k := range compared {
		a, err := readRows(c.A, k)
		if err != nil {
			return usage{err}
		}
		b, err := readRows(c.B, k)
		if err != nil {
			return usage{err}
		}
		changes += k.diff(w, a, b)
	}
	if changes == 0 {
		fmt.Fprintln(w, "nothing changed")
	}
	return w.Flush()
}

type keyedRows struct {
	order []string
	rows  map[string]map[string]any
}

func readRows(dir string, k kindOf) (keyedRows, error) {
	in := keyedRows{rows: map[string]map[string]any{}}
	f, err := os.Open(filepath.Join(dir, k.file))
	if errors.Is(err, fs.ErrNotExist) {
		return in, fmt.Errorf("%s holds no %s: is it a folder that analyze --out wrote?", dir, k.file)
	}
	if err != nil {
		return in, err
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var row map[string]any
			if e := json.Unmarshal(line, &row); e != nil {
				return in, fmt.Errorf("%s line %d: %w", filepath.Join(dir, k.file), n, e)
			}
			key := k.key(row)
			if in.rows[key] == nil {
				in.order = append(in.order, key)
				in.rows[key] = row
			}
		}
		if err != nil {
			return in, nil
		}
	}
}

func (k kindOf) diff(w *bufio.Writer, a, b keyedRows) (changes int) {
	for _, key := range b.order {
		now := b.rows[key]
		was := a.rows[key]
		if was == nil {
			fmt.Fprintf(w, "+ %s %s\n", k.name, clean(k.shown(now)))
			changes++
			continue
		}
		var parts []string
		for _, f := range k.compared {
			if x, y := text(was[f]), text(now[f]); x != y {
				parts = append(parts, fmt.Sprintf("%s: %s -> %s", f, shownValue(x), shownValue(y)))
			}
		}
		if len(parts) > 0 {
			fmt.Fprintf(w, "~ %s %s: %s\n", k.name, clean(k.shown(now)), clean(strings.Join(parts, ", ")))
			changes++
		}
	}
	for _, key := range slices.DeleteFunc(a.order, func(key string) bool { return b.rows[key] != nil }) {
		fmt.Fprintf(w, "- %s %s\n", k.name, clean(k.shown(a.rows[key])))
		changes++
	}
	return changes
}

func shownValue(s string) string {
	if s == "null" || s == "" {
		return "none"
	}
	return s
}
