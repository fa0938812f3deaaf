//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"syscall"
	"time"
	"unsafe"
)

// socket sends and receives whole frames on one interface (packet(7)).
type socket struct {
	fd    int
	index int
}

const allProtocols = 0x0003 // ETH_P_ALL

func swapped(v uint16) uint16 { return v<<8 | v>>8 }

func openSocket(device string) (*socket, error) {
	i, err := net.InterfaceByName(device)
	if err != nil {
		return nil, err
	}
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, int(swapped(allProtocols)))
	if err != nil {
		return nil, err
	}
	s := &socket{fd, i.Index}
	if err := syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: swapped(allProtocols), Ifindex: i.Index}); err != nil {
		return nil, err
	}
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 16<<20); err != nil {
		return nil, err
	}
	return s, nil
}

// promiscuous takes frames for others, too (PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC).
func (s *socket) promiscuous() error {
	m := struct {
		index     int32
		kind, len uint16
		address   [8]byte
	}{index: int32(s.index), kind: 1}
	_, _, e := syscall.Syscall6(syscall.SYS_SETSOCKOPT, uintptr(s.fd), 263, 1, uintptr(unsafe.Pointer(&m)), unsafe.Sizeof(m), 0)
	if e != 0 {
		return e
	}
	return nil
}

func (s *socket) send(frame []byte) error {
	for {
		switch _, err := syscall.Write(s.fd, frame); err {
		case nil:
			return nil
		case syscall.ENOBUFS, syscall.EAGAIN:
			time.Sleep(50 * time.Microsecond)
		default:
			return err
		}
	}
}

// receive waits for a frame that came in; what this machine sent itself is passed over.
func (s *socket) receive(b []byte) (int, error) {
	for {
		n, from, err := syscall.Recvfrom(s.fd, b, 0)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return 0, err
		}
		if a, ok := from.(*syscall.SockaddrLinklayer); ok && a.Pkttype == 4 { // PACKET_OUTGOING
			continue
		}
		return n, nil
	}
}

// tagged puts an 802.1Q tag into an Ethernet frame.
func tagged(dst, frame []byte, vlan uint16) []byte {
	if len(frame) < 14 {
		return append(dst, frame...)
	}
	dst = append(dst, frame[:12]...)
	dst = append(dst, 0x81, 0)
	dst = binary.BigEndian.AppendUint16(dst, vlan)
	return append(dst, frame[12:]...)
}

func asVLAN(text string) (uint16, error) {
	var v uint16
	_, err := fmt.Sscan(text, &v)
	return v, err
}
