package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
)

// reader reads one file: its bytes, the format they are in, and what was met on the way.
type reader struct {
	src     source
	file    uint32
	frame   uint32
	last    int64 // stamp of the last packet, for packets that have none
	format  format
	pcap    pcapHeader
	section section
	dropped uint64
	segment uint64 // number of the ring's segment that this is, 0 for other captures
	notices []found
	names   *interfaces // nil where only a first look is taken
}

// format is what the bytes at the source are expected to be.
type format uint8

const (
	headerNext   format = iota // the header of a capture
	inPcap                     // pcap records
	inPcapng                   // pcapng blocks
	nothingReads               // nothing more can be read
)

// outcome is why a format's reading paused.
type outcome uint8

const (
	batchFull outcome = iota
	batchEnds         // a ring's mark says so
	atHeader          // another capture's header follows
	atEnd
)

func (r *reader) start(number uint32, names *interfaces) {
	r.src.start()
	r.file, r.frame, r.last, r.dropped, r.segment = number, 0, 0, 0, 0
	r.format = headerNext
	r.section.reset()
	r.notices = r.notices[:0]
	r.names = names
}

// fill adds records to b and says whether the file is at its end; else b is full.
func (r *reader) fill(b *Batch) (end bool) {
	for {
		var o outcome
		switch r.format {
		case headerNext:
			o = r.header()
		case inPcap:
			o = r.fillPcap(b)
		case inPcapng:
			o = r.fillPcapng(b)
		default:
			o = atEnd
		}
		switch o {
		case batchFull, batchEnds:
			return false
		case atEnd:
			r.format = nothingReads
			return true
		}
	}
}

// finish closes the file and returns how many packets its capture says it lost.
func (r *reader) finish() uint64 {
	r.endSection()
	r.src.close()
	return r.dropped
}

// note keeps the first of each kind and format, and counts. A text is made for the first alone: hostile
// files would have us make millions.
func (r *reader) note(k Kind, offset int64, format string, args ...any) {
	for i := range r.notices {
		if r.notices[i].kind == k && r.notices[i].format == format {
			r.notices[i].count++
			return
		}
	}
	r.notices = append(r.notices, found{k, offset, format, fmt.Sprintf(format, args...), r.src.packed, 1})
}

// fail notes why nothing more can be read.
func (r *reader) fail(k Kind, offset int64, format string, args ...any) outcome {
	r.note(k, offset, format, args...)
	r.format = nothingReads
	return atEnd
}

// short ends the reading where, of the want bytes of something that begins at an offset, only
// have are there: cleanly where it is none, else as truncated, or as what ended the source.
func (r *reader) short(at, have, want int64, of string) outcome {
	if r.src.noRoom {
		return batchFull
	}
	kind, why := r.src.cause()
	if have == 0 && why == "" {
		return atEnd
	}
	text := why
	if have > 0 {
		text = fmt.Sprintf("the file ends inside %s: %d of its %d bytes are there; read up to here", of, have, want)
		if why != "" {
			text += "; " + why
		}
	}
	// What claims to be longer than any capture's packets is more likely wrong than cut.
	if kind == Truncated && want > hugeBlock {
		kind = Corrupt
		text += "; so long a block is more likely damage than a cut"
	}
	return r.fail(kind, at, "%s", text)
}

// header reads what a capture begins with, at the beginning of a file or after another
// capture (files that were joined by cat).
func (r *reader) header() outcome {
	w := r.src.want(pcapHeaderLen)
	if r.src.noRoom {
		return batchFull
	}
	at := r.src.offset()
	if len(w) == 0 {
		if kind, why := r.src.cause(); why != "" {
			return r.fail(kind.orCorrupt(), at, "%s", why)
		}
		return r.fail(Empty, -1, "is empty: expected a pcap or pcapng capture")
	}
	switch {
	case isPcapng(w):
		r.format = inPcapng
		return atHeader
	case isPcap(w):
		return r.pcapBegin(w)
	}
	if kind, why := r.src.cause(); kind == Unreadable {
		return r.fail(kind, at, "%s", why)
	}
	if at == 0 {
		at = -1
	}
	return r.fail(Foreign, at, "is no capture: expected pcap or pcapng, %s", foreign(w))
}

// orCorrupt makes an error of a cut that left nothing to read.
func (k Kind) orCorrupt() Kind {
	if k == Truncated {
		return Corrupt
	}
	return k
}

// foreign says what a file that is no capture looks like, with the next step where there
// is one.
func foreign(w []byte) string {
	for _, f := range []struct{ magic, what string }{
		{"\x1f\x8b", "found gzip inside the packing; unpack it once"},
		{"\x28\xb5\x2f\xfd", "found zstd inside the packing; unpack it once"},
		{"\xfd7zXZ\x00", "found xz; unpack it first"},
		{"BZh", "found bzip2; unpack it first"},
		{"\x04\x22\x4d\x18", "found lz4; unpack it first"},
		{"PK\x03\x04", "found a zip archive; unpack it first"},
		{"snoop\x00\x00\x00", "found snoop; convert it with editcap first"},
	} {
		if bytes.HasPrefix(w, []byte(f.magic)) {
			return f.what
		}
	}
	return fmt.Sprintf("found the bytes % x", w[:min(4, len(w))])
}

// add appends a record. The caller has asked b.full.
func (r *reader) add(b *Batch, stamp int64, iface, link uint16, wire int, data []byte) {
	r.frame++
	r.last = stamp
	n := len(b.Records)
	b.Records = b.Records[:n+1]
	x := &b.Records[n]
	x.Stamp, x.File, x.Frame, x.Interface, x.Link, x.Wire = stamp, r.file, r.frame, iface, link, wire
	x.Data = data[:len(data):len(data)]
}

// firstStamp takes a first look at a file, by a bare batch of one record: whether it is a capture, and the stamp of its
// first packet. A file that cannot be looked into counts as a capture, so that its reading
// tells why. MaxStamp+1 stands for a capture whose first packet was not found.
func (r *reader) firstStamp(b *Batch, in io.Reader, closer io.Closer) (stamp int64, capture bool) {
	b.reset()
	r.src.fillInto(b)
	r.start(0, nil)
	r.src.limit = firstLook
	r.src.attach(in, closer)
	for end := false; !end && len(b.Records) == 0; { // a ring's marks end batches
		end = r.fill(b)
	}
	r.finish()
	r.src.forget()
	if len(b.Records) > 0 {
		return b.Records[0].Stamp, true
	}
	for _, n := range r.notices {
		if n.kind == Foreign || n.kind == Empty {
			return 0, false
		}
	}
	return MaxStamp + 1, true
}

// firstLook is how many unpacked bytes a first look may take.
const firstLook = 16 << 20

// u32 and u16 read a number in the capture's byte order.
func u32(b []byte, swap bool) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if swap {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func u16(b []byte, swap bool) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if swap {
		v = bits.ReverseBytes16(v)
	}
	return v
}
