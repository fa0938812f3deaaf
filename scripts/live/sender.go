//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// many is how many packets are sent by one call.
const many = 64

// sender sends packets out of an interface.
type sender struct {
	fd       int
	frames   [many][]byte
	vectors  [many]unix.Iovec
	messages [many]message
	count    uint32
}

// message is struct mmsghdr.
type message struct {
	head unix.Msghdr
	sent uint32
	_    [4]byte
}

func newSender(name string, size int) (*sender, error) {
	if size < 70 || size > 1514 {
		return nil, fmt.Errorf("a packet of %d bytes: expected 70 to 1514", size)
	}
	r, err := unix.NewIfreq(name)
	if err != nil {
		return nil, err
	}
	s := &sender{}
	if s.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0); err != nil {
		return nil, err
	}
	if err := unix.IoctlIfreq(s.fd, unix.SIOCGIFINDEX, r); err != nil {
		return nil, err
	}
	if err := unix.Bind(s.fd, &unix.SockaddrLinklayer{Ifindex: int(r.Uint32())}); err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1); err != nil {
		return nil, err
	}
	for i := range s.frames {
		s.frames[i] = cyclic(size)
		s.vectors[i].Base = &s.frames[i][0]
		s.vectors[i].SetLen(size)
		s.messages[i].head.Iov = &s.vectors[i]
		s.messages[i].head.SetIovlen(1)
	}
	return s, nil
}

// cyclic is a packet of class 1 I/O: Ethernet, IPv4, UDP, and the common packet format with a
// sequenced address item and a connected data item (CIP volume 2, 2-6).
func cyclic(size int) []byte {
	b := make([]byte, size)
	copy(b, []byte{0, 0x1b, 0x1b, 0, 0, 2, 0, 0x80, 0xf4, 0, 0, 1, 8, 0, 0x45, 0})
	be, le := binary.BigEndian, binary.LittleEndian
	be.PutUint16(b[16:], uint16(size-14))
	b[22], b[23] = 64, 17
	copy(b[26:], []byte{10, 0, 0, 1, 10, 0, 1, 0})
	be.PutUint16(b[34:], 2222)
	be.PutUint16(b[36:], 2222)
	be.PutUint16(b[38:], uint16(size-34))
	c := b[42:]
	le.PutUint16(c, 2)
	le.PutUint16(c[2:], 0x8002)
	le.PutUint16(c[4:], 8)
	le.PutUint16(c[14:], 0xb1)
	le.PutUint16(c[16:], uint16(len(c)-18))
	return b
}

// next makes a packet the next of its link.
func (s *sender) next(b []byte) {
	link := s.count % 200
	sequence := s.count / 200
	b[11], b[29], b[33] = byte(link), byte(1+link/100), byte(link)
	binary.BigEndian.PutUint16(b[18:], uint16(sequence))
	sum := uint32(0) // of the IPv4 header
	b[24], b[25] = 0, 0
	for i := 14; i < 34; i += 2 {
		sum += uint32(b[i])<<8 | uint32(b[i+1])
	}
	sum = sum&0xffff + sum>>16
	binary.BigEndian.PutUint16(b[24:], ^uint16(sum+sum>>16))
	binary.LittleEndian.PutUint32(b[48:], 0x1000+link)
	binary.LittleEndian.PutUint32(b[52:], sequence)
	binary.LittleEndian.PutUint16(b[60:], uint16(sequence))
	binary.LittleEndian.PutUint32(b[64:], s.count)
	s.count++
}

// send sends at a rate for a time, and says how many packets.
func (s *sender) send(rate int, span time.Duration) (sent uint64, err error) {
	began := time.Now()
	for {
		passed := time.Since(began)
		if passed >= span {
			return sent, nil
		}
		due := uint64(float64(rate) * passed.Seconds())
		if due <= sent {
			time.Sleep(50 * time.Microsecond)
			continue
		}
		n := int(min(due-sent, many))
		for i := range n {
			s.next(s.frames[i])
		}
		for at := 0; at < n; {
			m, _, e := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.messages[at])), uintptr(n-at), 0, 0, 0)
			if e == unix.ENOBUFS || e == unix.EAGAIN || e == unix.EINTR {
				continue
			}
			if e != 0 {
				return sent, errors.Join(errors.New("packets cannot be sent"), e)
			}
			at += int(m)
			sent += uint64(m)
		}
	}
}

func (s *sender) close() { unix.Close(s.fd) }
