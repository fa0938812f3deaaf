package main

import (
	"errors"
	"io"
	"slices"

	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/packet"
)

// sends reports whether at least one packet between two of a finding's entities lies inside
// both the finding's frames and the episode.
func (t *table) sends(path string, f *finding, episode [2]int) bool {
	from, to := max(f.Frames[0], episode[0]), min(f.Frames[1], episode[1])
	in, err := capture.Open([]string{path}, nil)
	check(err)
	defer in.Close()
	var d packet.Decoder
	b := new(capture.Batch)
	for {
		if err := in.Fill(b); errors.Is(err, io.EOF) {
			return false
		} else {
			check(err)
		}
		for _, r := range b.Records {
			if int(r.Frame) < from || int(r.Frame) > to {
				continue
			}
			p := packet.Packet{Link: packet.LinkType(r.Link), Data: r.Data, Wire: r.Wire}
			d.Decode(&p)
			if slices.Contains(f.Entities, p.Src.String()) && slices.Contains(f.Entities, p.Dst.String()) {
				return true
			}
		}
	}
}
