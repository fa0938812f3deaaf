package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/app"
)

// group is a protocol as the tables count it: what tshark calls it, and what Davy does.
type group struct {
	name   string // of the tables
	layer  string // tshark's, whose presence in a frame counts
	ours   []string
	theirs func(*details) []message
	own    func([]*davy.Message) []message
	same   func(their, our message) bool // told differently, and the same
}

var groups = []*group{
	{"Modbus", "mbtcp", []string{"modbus", "umas"}, theirModbus, ourModbus, nil},
	{"S7comm", "s7comm", []string{"s7"}, theirS7, ourS7, sameAreas},
	{"EtherNet/IP", "enip", []string{"enip", "cip"}, theirCIP, ourCIP, nil},
	{"PROFINET DCP", "pn_dcp", []string{"profinet"}, theirDCP, ourDCP, nil},
}

// groupOf finds the group of one of Davy's protocols, -1 when it is in none.
func groupOf(protocol string) int {
	return slices.IndexFunc(groups, func(g *group) bool { return slices.Contains(g.ours, protocol) })
}

// row is what this program needs of a message's row.
type row struct {
	Frame     int    `json:"frame"`
	Protocol  string `json:"protocol"`
	Client    string `json:"client"`
	Server    string `json:"server"`
	Reply     bool   `json:"reply"`
	Verb      string `json:"verb"`
	Op        string `json:"op"`
	Object    string `json:"object"`
	Duplicate bool   `json:"duplicate"`
}

// heard is what Davy's rows say of one frame.
type heard struct {
	rows      []row
	messages  []*davy.Message // what the rows were made of
	duplicate bool            // all are copies by the mirror
}

// analyse runs Davy over a capture and reads the rows it wrote. What is compared is what is
// in the rows: each row stands beside the message it was made of, and must be its text.
func analyse(path, tmp string) (frames []map[int]*heard, assets []json.RawMessage, err error) {
	taken := map[int][]*davy.Message{}
	o := app.Options{Paths: []string{path}, Out: tmp, Messages: app.AllMessages, Learn: app.Learn{Span: 24 * 3600e9}}
	o.Tap = func(m *davy.Message) {
		if groupOf(m.Protocol) >= 0 {
			taken[int(m.Origin.Frame)] = append(taken[int(m.Origin.Frame)], m.Clone())
		}
	}
	if _, err := app.Analyze(o); err != nil {
		return nil, nil, err
	}
	for range groups {
		frames = append(frames, map[int]*heard{})
	}
	// Of each frame's rows, in their order, those that are no copies are made of the
	// messages taken. The rows of copies are those of another frame.
	type line struct {
		row
		body string
	}
	lines := map[int][]line{}
	err = eachLine(filepath.Join(tmp, "messages.ndjson"), func(b []byte) error {
		l := line{}
		if err := json.Unmarshal(b, &l.row); err != nil {
			return err
		}
		if groupOf(l.Protocol) >= 0 {
			l.body = body(b)
			lines[l.Frame] = append(lines[l.Frame], l)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	known := map[string][]*davy.Message{}
	text := func(list []line) (s string) {
		for _, l := range list {
			s += l.body + "\n"
		}
		return s
	}
	order := make([]int, 0, len(lines))
	for f := range lines {
		order = append(order, f)
	}
	slices.Sort(order)
	for _, f := range order {
		list := lines[f]
		made := slices.DeleteFunc(slices.Clone(list), func(l line) bool { return l.Duplicate })
		of := taken[f]
		slices.SortStableFunc(of, func(a, b *davy.Message) int { return cmp.Compare(a.Origin.Place, b.Origin.Place) })
		if len(made) != len(of) {
			return nil, nil, fmt.Errorf("%s frame %d: %d rows of %d messages", path, f, len(made), len(of))
		}
		for i := range made {
			if want := body(of[i].AppendBody([]byte(`{,`)[:1])); want != made[i].body {
				return nil, nil, fmt.Errorf("%s frame %d: row %s is not that of the message %s", path, f, made[i].body, want)
			}
		}
		if len(made) > 0 {
			known[text(made)] = of
		} else {
			of = known[text(list)]
			if of == nil {
				return nil, nil, fmt.Errorf("%s frame %d: copies of nothing: %s", path, f, text(list))
			}
			made = list
		}
		for i := range made {
			k := frames[groupOf(made[i].Protocol)]
			if k[f] == nil {
				k[f] = &heard{duplicate: true}
			}
			k[f].rows = append(k[f].rows, made[i].row)
			k[f].messages = append(k[f].messages, of[i])
			k[f].duplicate = k[f].duplicate && made[i].Duplicate
		}
	}
	err = eachLine(filepath.Join(tmp, "assets.ndjson"), func(b []byte) error {
		assets = append(assets, bytes.Clone(b))
		return nil
	})
	return frames, assets, err
}

// body is what a row says beside its place and whether it is a copy.
func body(b []byte) string {
	if i := bytes.Index(b, []byte(`,"protocol":`)); i >= 0 {
		b = b[i:]
	}
	b = bytes.TrimSpace(b)
	return string(bytes.Replace(b, []byte(`,"duplicate":true}`), []byte(`}`), 1))
}

func eachLine(path string, f func([]byte) error) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	s := bufio.NewScanner(in)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		if err := f(s.Bytes()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return errors.Join(s.Err())
}
