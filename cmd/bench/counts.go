package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// summary is what the bench needs of a run's summary.json.
type summary struct {
	Packets   uint64                    `json:"packets"`
	Protocols map[string]map[string]int `json:"protocols"`
	Allocs    float64                   `json:"allocs_per_packet"`
	Counts    map[string]any            `json:"-"` // all but what was measured of the run itself
}

// checks is whether Davy counted the same in another way, and the same as tshark.
type checks struct {
	allocs float64
	all    string // what differs with --messages all, "" for nothing
	rows   string // protocols with fewer rows than messages
	modbus uint64
	tshark uint64
	asked  bool // tshark was there
}

// occurrences counts the values that tshark prints: several of one packet stand in one line
// with commas between.
func occurrences(out io.Reader) (n uint64, err error) {
	r := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := r.ReadSlice('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			n += uint64(bytes.Count(line, []byte{','})) + 1
		}
		if err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

func readSummary(dir string) (*summary, error) {
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err != nil {
		return nil, err
	}
	s := &summary{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &s.Counts); err != nil {
		return nil, err
	}
	for _, k := range []string{"elapsed_s", "cpu_s", "peak_bytes", "allocs_per_packet"} {
		delete(s.Counts, k)
	}
	return s, nil
}

// check compares the run's counts with those of a run that writes every message, with that
// run's rows, and with tshark's.
func (p *plan) check(c input, r *result) (*checks, error) {
	notable, err := readSummary(p.out(c))
	if err != nil {
		return nil, err
	}
	dir := p.out(c) + "-all"
	defer os.RemoveAll(dir)
	fmt.Fprintf(os.Stderr, "%s: writing every message\n", c.name)
	if out, err := exec.Command(p.davy, "analyze", "--workers", "1", "--messages", "all", "--out", dir, c.path).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("--messages all: %w: %s", err, out)
	}
	all, err := readSummary(dir)
	if err != nil {
		return nil, err
	}
	k := &checks{allocs: notable.Allocs}
	if k.rows, err = rows(filepath.Join(dir, "messages.ndjson"), all); err != nil {
		return nil, err
	}
	k.all = differ(notable.Counts, all.Counts)
	k.modbus = uint64(notable.Protocols["modbus"]["messages"] + notable.Protocols["umas"]["messages"])
	if t := r.costs["tshark"]; len(t) > 0 {
		k.tshark, k.asked = t[0].count, true
	}
	return k, nil
}

// differ names the counts that are not the same.
func differ(a, b map[string]any) string {
	var names []string
	for _, k := range slices.Sorted(maps.Keys(a)) {
		x, _ := json.Marshal(a[k])
		y, _ := json.Marshal(b[k])
		if !bytes.Equal(x, y) {
			names = append(names, fmt.Sprintf("%s: %s, %s", k, x, y))
		}
	}
	return text(names)
}

// rows names the protocols that have fewer rows than messages were counted; a message of
// several items has several rows.
func rows(path string, s *summary) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	found := map[string]int{}
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 1<<20), 16<<20)
	for lines.Scan() {
		_, rest, _ := bytes.Cut(lines.Bytes(), []byte(`"protocol":"`))
		name, _, _ := bytes.Cut(rest, []byte{'"'})
		if !bytes.Contains(rest, []byte(`"duplicate":true`)) {
			found[string(name)]++
		}
	}
	var names []string
	for _, k := range slices.Sorted(maps.Keys(s.Protocols)) {
		if n := s.Protocols[k]["messages"]; found[k] < n {
			names = append(names, fmt.Sprintf("%s: %d counted, %d rows", k, n, found[k]))
		}
	}
	return text(names), lines.Err()
}
