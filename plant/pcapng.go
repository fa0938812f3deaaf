package plant

import (
	"bufio"
	"encoding/binary"
	"io"
)

// FrameSink takes the frames of a run in the order in which the sensor saw them.
type FrameSink interface {
	// Frame hands over one Ethernet frame without its check sequence, seen at stamp (ns
	// since the epoch) on the interface of that index in [Interfaces]. The bytes are the
	// sink's only until it returns.
	Frame(stamp int64, port int, frame []byte) error
}

// Interfaces are the sensor's, by index: a mirror of the line's switch, and one of the
// site's core switch, whose trunk carries VLAN tags.
var Interfaces = [...]string{"line-mirror", "core-mirror"}

// Writer is a FrameSink that writes a capture file: pcapng (draft-ietf-opsawg-pcapng,
// sections 4.1 to 4.3), little-endian, time stamps in nanoseconds.
type Writer struct {
	w     *bufio.Writer
	head  [28]byte
	Bytes int64 // written so far
}

// NewWriter begins a capture on w; Close ends it.
func NewWriter(w io.Writer) (*Writer, error) {
	p := &Writer{w: bufio.NewWriterSize(w, 1<<20)}
	le := binary.LittleEndian
	section := le.AppendUint32(nil, 0x1a2b3c4d)
	section = le.AppendUint16(le.AppendUint16(section, 1), 0)
	section = le.AppendUint64(section, ^uint64(0))
	if err := p.block(0x0a0d0d0a, section, option(nil, 4, "davy plant")); err != nil {
		return nil, err
	}
	for _, name := range Interfaces {
		face := le.AppendUint16(le.AppendUint16(nil, 1), 0)
		face = le.AppendUint32(face, 0)
		face = option(option(face, 2, name), 9, "\x09")
		if err := p.block(1, face, option(nil, 0, "")); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// option appends an option, padded to 32 bits; code 0 ends a list.
func option(b []byte, code uint16, value string) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func (p *Writer) block(kind uint32, body, tail []byte) error {
	if kind == 0x0a0d0d0a {
		tail = option(tail, 0, "")
	}
	length := uint32(12 + len(body) + len(tail))
	b := binary.LittleEndian.AppendUint32(nil, kind)
	b = binary.LittleEndian.AppendUint32(b, length)
	b = binary.LittleEndian.AppendUint32(append(append(b, body...), tail...), length)
	p.Bytes += int64(len(b))
	_, err := p.w.Write(b)
	return err
}

// Frame writes an enhanced packet block.
func (p *Writer) Frame(stamp int64, port int, frame []byte) error {
	le := binary.LittleEndian
	pad := -len(frame) & 3
	length := uint32(32 + len(frame) + pad)
	h := &p.head
	le.PutUint32(h[0:], 6)
	le.PutUint32(h[4:], length)
	le.PutUint32(h[8:], uint32(port))
	le.PutUint32(h[12:], uint32(uint64(stamp)>>32))
	le.PutUint32(h[16:], uint32(stamp))
	le.PutUint32(h[20:], uint32(len(frame)))
	le.PutUint32(h[24:], uint32(len(frame)))
	p.w.Write(h[:])
	p.w.Write(frame)
	var tail [8]byte
	le.PutUint32(tail[pad:], length)
	p.Bytes += int64(length)
	_, err := p.w.Write(tail[:pad+4]) // a bufio.Writer repeats the first error
	return err
}

// Close writes out what is buffered.
func (p *Writer) Close() error { return p.w.Flush() }
