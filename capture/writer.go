package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Writer writes a pcapng capture of one section, little endian, with times in ns. The same
// calls give the same bytes on every machine.
type Writer struct {
	out        *bufio.Writer
	block      []byte
	interfaces int
	written    int64 // bytes so far, those included that are not flushed
}

// NewWriter begins a capture on w.
func NewWriter(w io.Writer) (*Writer, error) {
	x := &Writer{out: bufio.NewWriterSize(w, 64<<10)}
	b := x.begin(blockSection)
	b = binary.LittleEndian.AppendUint32(b, byteOrderMagic)
	b = append(b, 1, 0, 0, 0)                                   // version 1.0
	b = binary.LittleEndian.AppendUint64(b, 0xffffffffffffffff) // section length: not told
	b = appendOption(b, optApplication, "davy")
	return x, x.end(append(b, 0, 0, 0, 0))
}

const (
	optComment     = 1 // 3.5
	optApplication = 4 // shb_userappl
)

// AddInterface describes an interface by its name ("" for none) and its libpcap LINKTYPE, and
// returns its number in this capture. It may be called between packets.
func (x *Writer) AddInterface(name string, link uint16) (int, error) {
	return x.addInterface(name, link, 0)
}

// addInterface adds one whose times are told from so many seconds before or after 1970.
func (x *Writer) addInterface(name string, link uint16, offset int64) (int, error) {
	if x.interfaces == maxInterfaces {
		return 0, fmt.Errorf("a capture has at most %d interfaces", maxInterfaces)
	}
	if len(name) > maxName {
		return 0, fmt.Errorf("an interface's name has at most %d bytes, this one %d", maxName, len(name))
	}
	b := x.begin(blockInterface)
	b = binary.LittleEndian.AppendUint16(b, link)
	b = append(b, 0, 0, 0, 0, 0, 0) // reserved; no snapshot length
	if name != "" {
		b = appendOption(b, optName, name)
	}
	b = appendOption(b, optResolution, "\x09")
	if offset != 0 {
		b = appendCount(b, optOffset, uint64(offset))
	}
	if err := x.end(append(b, 0, 0, 0, 0)); err != nil {
		return 0, err
	}
	x.interfaces++
	return x.interfaces - 1, nil
}

// Write adds a packet: the interface it came from, its time in ns since the epoch, its bytes,
// their number on the wire (where that was more), and comments for a reader.
func (x *Writer) Write(iface int, stamp int64, data []byte, wire int, comments ...string) error {
	switch {
	case iface < 0 || iface >= x.interfaces:
		return fmt.Errorf("interface %d was not added", iface)
	case stamp < 0:
		return errors.New("a pcapng time cannot lie before 1970")
	case len(data) > MaxPacket:
		return fmt.Errorf("a packet has at most %d bytes, this one %d", MaxPacket, len(data))
	}
	for _, c := range comments {
		if len(c) > 0xffff {
			return fmt.Errorf("a comment has at most 65535 bytes, this one %d", len(c))
		}
	}
	b := x.begin(blockEnhanced)
	b = binary.LittleEndian.AppendUint32(b, uint32(iface))
	b = binary.LittleEndian.AppendUint32(b, uint32(uint64(stamp)>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(stamp))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(max(wire, len(data))))
	b = pad(append(b, data...))
	for _, c := range comments {
		b = appendOption(b, optComment, c)
	}
	if len(comments) > 0 {
		b = append(b, 0, 0, 0, 0)
	}
	return x.end(b)
}

// Flush hands everything on to the writer below.
func (x *Writer) Flush() error { return x.out.Flush() }

// begin starts a block in the reused buffer.
func (x *Writer) begin(kind uint32) []byte { return beginBlock(x.block[:0], kind) }

func beginBlock(b []byte, kind uint32) []byte {
	b = binary.LittleEndian.AppendUint32(b, kind)
	return append(b, 0, 0, 0, 0) // the length, which seal fills in
}

// seal puts a block's length at both its ends.
func seal(b []byte) []byte {
	total := uint32(len(b) + 4)
	binary.LittleEndian.PutUint32(b[4:], total)
	return binary.LittleEndian.AppendUint32(b, total)
}

func (x *Writer) end(b []byte) error {
	b = seal(b)
	x.block = b
	x.written += int64(len(b))
	_, err := x.out.Write(b)
	return err
}

func appendOption(b []byte, code uint16, value string) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...))
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
