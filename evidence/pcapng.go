package evidence

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// A bundle's packets are pcapng (draft-ietf-opsawg-pcapng) of one strict form: one section,
// little endian, the interfaces first, times in ns, then one Enhanced Packet Block a packet
// with its comments. The same packets are always the same bytes, and each block stands for
// itself, so that a changed packet can be named. This room writes and reads the form itself
// because a signature binds it: it must not change with how captures are written elsewhere.

const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 6
	byteOrder      = 0x1a2b3c4d

	optEnd     = 0
	optComment = 1
	optName    = 2 // if_name; of the section it would be shb_hardware
	optUser    = 4 // shb_userappl
	optTime    = 9 // if_tsresol
)

// maxBlock bounds a block that is read: a packet of 256 KiB with comments.
const maxBlock = 1 << 20

// port is an interface of the written file.
type port struct {
	name string
	link uint16
}

// Packets writes a selection as pcapng with Davy's words at the frames.
func (s *Selection) Packets(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	b := start(nil, blockSection)
	b = binary.LittleEndian.AppendUint32(b, byteOrder)
	b = append(b, 1, 0, 0, 0)                               // version 1.0
	b = binary.LittleEndian.AppendUint64(b, math.MaxUint64) // length: not told
	b = option(b, optUser, "davy")
	out.Write(end(append(b, 0, 0, 0, 0)))
	ports := map[port]uint32{}
	for i := range s.packets {
		p := port{s.packets[i].Interface, s.packets[i].Link}
		if _, known := ports[p]; known {
			continue
		}
		ports[p] = uint32(len(ports))
		b = start(b, blockInterface)
		b = binary.LittleEndian.AppendUint16(b, p.link)
		b = append(b, 0, 0, 0, 0, 0, 0) // reserved; no snapshot length
		if p.name != "" {
			b = option(b, optName, p.name[:min(len(p.name), 255)])
		}
		out.Write(end(append(option(b, optTime, "\x09"), 0, 0, 0, 0)))
	}
	for i := range s.packets {
		b = s.packets[i].block(b, ports[port{s.packets[i].Interface, s.packets[i].Link}])
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (p *packet) block(b []byte, port uint32) []byte {
	stamp := uint64(max(0, p.Stamp)) // the form knows no time before 1970
	b = binary.LittleEndian.AppendUint32(start(b, blockPacket), port)
	b = binary.LittleEndian.AppendUint32(b, uint32(stamp>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(stamp))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(p.Data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(max(p.Wire, len(p.Data))))
	b = padded(append(b, p.Data...))
	for _, w := range p.words {
		b = option(b, optComment, w)
	}
	return end(append(b, 0, 0, 0, 0))
}

func start(b []byte, kind uint32) []byte {
	b = binary.LittleEndian.AppendUint32(b[:0], kind)
	return append(b, 0, 0, 0, 0)
}

func end(b []byte) []byte {
	n := uint32(len(b) + 4)
	binary.LittleEndian.PutUint32(b[4:], n)
	return binary.LittleEndian.AppendUint32(b, n)
}

func option(b []byte, code uint16, value string) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return padded(append(b, value...))
}

func padded(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// blocks lends each block of a file, head and tail included. What is no block ends it.
func blocks(r io.Reader, f func(kind uint32, block []byte) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var b []byte
	for {
		head, err := in.Peek(8)
		switch {
		case len(head) == 0 && errors.Is(err, io.EOF):
			return nil
		case len(head) == 0 && err != nil:
			return err
		}
		if len(head) < 8 {
			return errors.New("ends inside a block")
		}
		n := binary.LittleEndian.Uint32(head[4:])
		if n < 12 || n%4 != 0 || n > maxBlock {
			return fmt.Errorf("a block of %d bytes cannot be", n)
		}
		if cap(b) < int(n) {
			b = make([]byte, n, 2*n)
		}
		b = b[:n]
		if _, err := io.ReadFull(in, b); err != nil {
			return errors.New("ends inside a block")
		}
		if binary.LittleEndian.Uint32(b[n-4:]) != n {
			return errors.New("the two lengths of a block disagree")
		}
		if err := f(binary.LittleEndian.Uint32(b), b); err != nil {
			return err
		}
	}
}

// readPackets lends the packets of a file in this room's form, with their comments.
func readPackets(r io.Reader, f func(*Frame, []string) error) error {
	var ports []port
	return blocks(r, func(kind uint32, b []byte) error {
		body := b[8 : len(b)-4]
		switch {
		case kind == blockInterface && len(body) >= 8:
			p := port{link: binary.LittleEndian.Uint16(body)}
			err := options(body[8:], func(code uint16, v []byte) {
				if code == optName {
					p.name = string(v)
				}
			})
			ports = append(ports, p)
			return err
		case kind == blockPacket && len(body) >= 20:
			number, data := binary.LittleEndian.Uint32(body), binary.LittleEndian.Uint32(body[12:])
			rest := body[20:]
			if int(number) >= len(ports) || uint64(data) > uint64(len(rest)) {
				return errors.New("a packet block is damaged")
			}
			frame := Frame{Stamp: int64(binary.LittleEndian.Uint32(body[4:]))<<32 | int64(binary.LittleEndian.Uint32(body[8:])),
				Interface: ports[number].name, Link: ports[number].link, Wire: int(binary.LittleEndian.Uint32(body[16:])), Data: rest[:data:data]}
			var words []string
			if err := options(rest[min(len(rest), (int(data)+3)&^3):], func(code uint16, v []byte) {
				if code == optComment {
					words = append(words, string(v))
				}
			}); err != nil {
				return err
			}
			return f(&frame, words)
		}
		return nil
	})
}

func options(b []byte, f func(code uint16, value []byte)) error {
	for len(b) >= 4 {
		code, n := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if code == optEnd {
			return nil
		}
		if 4+n > len(b) {
			return errors.New("an option is longer than its block")
		}
		f(code, b[4:4+n])
		b = b[min(len(b), 4+(n+3)&^3):]
	}
	return nil
}

func duration(ns int64) string { return time.Duration(ns).Round(time.Second).String() }

// lines lends the lines of a text, their ends included; a long one in pieces.
func lines(r io.Reader, f func(line []byte)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		b, err := in.ReadSlice('\n')
		if len(b) > 0 {
			f(bytes.Clone(b))
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}
