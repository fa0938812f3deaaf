//go:build linux

package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/davylamp/davy/capture"
)

// split writes the campaign once more as two captures, and one packet of an hour later.
func (c *campaign) split() error {
	in, err := capture.Open([]string{c.all}, nil)
	if err != nil {
		return err
	}
	defer in.Close()
	c.parts = []string{filepath.Join(c.dir, "a.pcapng"), filepath.Join(c.dir, "b.pcapng")}
	c.after = filepath.Join(c.dir, "after.pcapng")
	n, err := capture.CountPackets([]string{c.all})
	if err != nil {
		return err
	}
	outs := make([]*part, 3)
	for i, path := range append(c.parts, c.after) {
		if outs[i], err = newPart(path); err != nil {
			return err
		}
	}
	var last capture.Record
	seen := uint64(0)
	for b := new(capture.Batch); ; {
		if err = in.Fill(b); err != nil {
			break
		}
		for _, r := range b.Records {
			i := 0
			if seen++; seen > uint64(n)*2/3 {
				i = 1
			}
			if err := outs[i].write(in, &r, r.Stamp); err != nil {
				return err
			}
			last = r
			last.Data = append([]byte(nil), r.Data...)
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	if err := outs[2].write(in, &last, last.Stamp+int64(time.Hour)); err != nil {
		return err
	}
	for _, o := range outs {
		if err := errors.Join(o.Flush(), o.file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// part is a capture that is written.
type part struct {
	*capture.Writer
	file   *os.File
	ifaces map[uint16]int
}

func newPart(path string) (*part, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	w, err := capture.NewWriter(f)
	return &part{w, f, map[uint16]int{}}, err
}

func (p *part) write(in *capture.Input, r *capture.Record, stamp int64) error {
	id, known := p.ifaces[r.Interface]
	if !known {
		var err error
		if id, err = p.AddInterface(in.InterfaceName(r.Interface), r.Link); err != nil {
			return err
		}
		p.ifaces[r.Interface] = id
	}
	return p.Write(id, stamp, r.Data, r.Wire)
}
