package capture

import (
	"io"
	"os"
)

// Replay reads a ring again, from a place on. It is an Input whose records keep the numbers
// they have in the ring; batches end where they ended, and ticks and ends of PATHs are handed
// on again.
type Replay struct {
	*Input
	ring        *Ring
	file, frame uint32 // what is passed over
	beyond      bool
}

// Replay hands on what the ring's closed segments hold after a place, that of a record that
// was worked off; 0, 0 is before everything. What the ring said just behind that record
// (a tick, the end of a PATH) is handed on again. Where the place itself was dropped, reading
// begins with the oldest segment: its number tells.
func (g *Ring) Replay(file, frame uint32) *Replay {
	in := &Input{}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.segments {
		if s.File >= file {
			in.files = append(in.files, g.input(s))
			in.total += s.Bytes
		}
	}
	in.ends = []int{len(in.files)}
	return &Replay{Input: in, ring: g, file: file, frame: frame, beyond: frame == 0}
}

func (g *Ring) input(s Segment) file {
	return file{name: g.Name(s.File), path: s.Path, size: s.Bytes, number: s.File}
}

// Name is a segment's name: see Ring.Name.
func (p *Replay) Name(file uint32) string { return p.ring.Name(file) }

// Fill fills b as Input.Fill does. There is no last batch with PathEnd but where a PATH ended.
func (p *Replay) Fill(b *Batch) error {
	for {
		if err := p.Input.Fill(b); err != nil {
			return err
		}
		if p.path == len(p.ends) {
			b.PathEnd = false // of the replay itself
		}
		p.skip(b)
		if len(b.Records) > 0 || p.beyond && (b.Tick != 0 || b.PathEnd) {
			return nil
		}
	}
}

// skip takes out what lies up to the place, and what was said before it.
func (p *Replay) skip(b *Batch) {
	if p.beyond {
		return
	}
	n := 0
	for n < len(b.Records) && b.Records[n].File <= p.file && b.Records[n].Frame <= p.frame {
		n++
	}
	if n > 0 && b.Records[n-1].Frame == p.frame || n < len(b.Records) {
		p.beyond = true
	}
	// What is left is moved to the front: the batch keeps its room.
	b.Records = b.Records[:copy(b.Records, b.Records[n:])]
}

// Pick reads a segment and hands on its records, with the names of their interfaces, until
// take says false. A segment that was dropped is os.ErrNotExist; of the one that is written it
// reads what was flushed.
func (g *Ring) Pick(file uint32, take func(r *Record, iface string) bool) error {
	in := &Input{}
	for _, s := range g.Segments() {
		if s.File == file {
			in.files = append(in.files, g.input(s))
		}
	}
	if len(in.files) == 0 {
		return os.ErrNotExist
	}
	in.ends = []int{1}
	defer in.Close()
	var b Batch
	for {
		if err := in.Fill(&b); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		for i := range b.Records {
			if r := &b.Records[i]; !take(r, in.InterfaceName(r.Interface)) {
				return nil
			}
		}
	}
	for _, n := range in.Errors() {
		if n.Kind == Unreadable {
			return os.ErrNotExist
		}
	}
	return nil
}
