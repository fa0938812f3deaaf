package main

import (
	"errors"
	"io"
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/evidence"
)

// cmdMkbundle: mkbundle OUT CAPTURE KEYS writes a bundle of a finding about all frames of a
// capture, signed by the key of the folder KEYS, which is made when there is none.
func cmdMkbundle(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: mkbundle OUT CAPTURE KEYS")
	}
	key, _, err := evidence.OpenKey(ts.MkAbs(args[2]))
	ts.Check(err)
	everybody := davy.AddrOf4(1, 0)
	c := &evidence.Case{ID: "I-1", Title: "Somebody wrote \x1b[31mto the press", Row: []byte(`{"id":"I-1"}`), Sensor: "hall 3", Made: 1_772_431_200e9,
		Findings: []evidence.Finding{{ID: "F-1", Detector: "D29", Frame: 1, Time: 1, Last: 1 << 62, Stations: []davy.Addr{everybody}, Row: []byte(`{"id":"F-1"}`)}},
		Rules:    []evidence.Rule{{Detector: "D29", Version: "1", Text: []byte("id: D29\n")}}, Learned: [][]byte{[]byte(`{"client":"192.0.2.1","op":"read"}`)}}
	s, err := evidence.Select(c.Findings, func(_ *evidence.Frame, to []davy.Addr) []davy.Addr { return append(to, everybody) }, frames(ts.MkAbs(args[1])), evidence.Defaults)
	ts.Check(err)
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(errors.Join(evidence.Write(out, c, s, key), out.Close()))
}

// frames is a capture as a recording.
type frames string

func (path frames) Each(_ []evidence.Span, f func(*evidence.Frame) error) error {
	in, err := capture.Open([]string{string(path)}, nil)
	if err != nil {
		return err
	}
	defer in.Close()
	for b := new(capture.Batch); ; {
		if err := in.Fill(b); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		for _, r := range b.Records {
			if err := f(&evidence.Frame{File: r.File, Frame: r.Frame, Stamp: 1, Link: r.Link, Wire: r.Wire, Data: r.Data}); err != nil {
				return err
			}
		}
	}
}
