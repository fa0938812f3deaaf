package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// touched is what the loop saw: packets, and a sum of what stood in their headers, so that
// no reading can be left out.
type touched struct{ packets, sum uint64 }

// touch reads a capture (pcap or pcapng, little-endian, Ethernet) and touches the link, IP
// and transport header of each packet once: the least that anyone who looks at packets does.
func touch(path string) (n touched, err error) {
	f, err := os.Open(path)
	if err != nil {
		return n, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	magic, err := r.Peek(4)
	if err != nil {
		return n, err
	}
	switch binary.LittleEndian.Uint32(magic) {
	case 0xa1b2c3d4, 0xa1b23c4d:
		err = n.records(r)
	case 0x0a0d0d0a:
		err = n.blocks(r)
	default:
		err = fmt.Errorf("%s: no capture that the loop reads", path)
	}
	return n, err
}

// take looks at the next size bytes in place and passes over them.
func take(r *bufio.Reader, size int) ([]byte, error) {
	b, err := r.Peek(size)
	if err != nil {
		if len(b) > 0 && errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	_, err = r.Discard(size)
	return b, err
}

func (n *touched) records(r *bufio.Reader) error {
	if _, err := take(r, 24); err != nil {
		return err
	}
	for {
		h, err := take(r, 16)
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		b, err := take(r, int(binary.LittleEndian.Uint32(h[8:])))
		if err != nil {
			return err
		}
		n.headers(b)
	}
}

func (n *touched) blocks(r *bufio.Reader) error {
	const enhancedPacket = 6
	for {
		h, err := r.Peek(8)
		if errors.Is(err, io.EOF) && len(h) == 0 {
			return nil
		} else if err != nil {
			return err
		}
		kind, size := binary.LittleEndian.Uint32(h), int(binary.LittleEndian.Uint32(h[4:]))
		b, err := take(r, size)
		if err != nil {
			return err
		}
		if kind == enhancedPacket && size >= 32 {
			n.headers(b[28:min(size, 28+int(binary.LittleEndian.Uint32(b[20:])))])
		}
	}
}

// headers touches Ethernet, VLAN tags, IPv4 or IPv6, TCP or UDP.
func (n *touched) headers(b []byte) {
	n.packets++
	if len(b) < 14 {
		return
	}
	be := binary.BigEndian
	n.sum += uint64(be.Uint32(b[2:])) + uint64(be.Uint32(b[8:]))
	kind := be.Uint16(b[12:])
	b = b[14:]
	for kind == 0x8100 && len(b) >= 4 {
		n.sum += uint64(be.Uint16(b))
		kind, b = be.Uint16(b[2:]), b[4:]
	}
	protocol := uint8(0)
	switch {
	case kind == 0x0800 && len(b) >= 20:
		n.sum += be.Uint64(b[12:])
		protocol, b = b[9], b[min(len(b), int(b[0]&15)*4):]
	case kind == 0x86dd && len(b) >= 40:
		n.sum += be.Uint64(b[8:]) + be.Uint64(b[16:]) + be.Uint64(b[24:]) + be.Uint64(b[32:])
		protocol, b = b[6], b[40:]
	}
	switch {
	case protocol == 6 && len(b) >= 20:
		n.sum += uint64(be.Uint32(b)) + uint64(be.Uint32(b[4:])) + uint64(b[13])
	case protocol == 17 && len(b) >= 8:
		n.sum += uint64(be.Uint32(b)) + uint64(be.Uint16(b[4:]))
	}
}
