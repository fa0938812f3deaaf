package live

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/davylamp/davy/capture/filter"
)

// socket is one interface: its AF_PACKET socket and the ring shared with the kernel.
type socket struct {
	name     string
	index    int // the kernel's number of it; 0: it is gone
	number   uint16
	loopback bool
	promisc  bool
	fd       int
	ring     []byte
	blocks   int

	block  int    // the one that is read, or expected next
	reads  bool   // it is ours and not read to its end
	at     int    // offset in the ring of the next frame
	left   uint32 // frames left in the block
	stamp  int64  // of the frame at at
	lent   int    // blocks read to their end, whose frames the last batch holds
	packet uint64 // handed on, not yet counted

	packets, drops, freezes atomic.Uint64
	up                      atomic.Bool
}

const retired = unix.TP_STATUS_USER

// openSocket opens an interface for reading.
func openSocket(name string, program []filter.Instruction, bytes int, promisc bool) (*socket, error) {
	s := &socket{name: name, promisc: promisc, fd: -1}
	var err error
	if s.index, err = interfaceIndex(name); err != nil {
		return nil, fmt.Errorf("interface %q: %w", name, err)
	}
	hardware, err := hardwareType(name)
	if err != nil {
		return nil, fmt.Errorf("interface %q: %w", name, err)
	}
	if hardware != unix.ARPHRD_ETHER && hardware != unix.ARPHRD_LOOPBACK {
		return nil, fmt.Errorf("interface %q is no Ethernet interface (hardware type %d)", name, hardware)
	}
	s.loopback = hardware == unix.ARPHRD_LOOPBACK
	// Protocol 0: nothing is received before all is set.
	if s.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
		return nil, refused(err)
	}
	if err := s.prepare(program, bytes); err != nil {
		s.close()
		return nil, fmt.Errorf("interface %q: %w", name, err)
	}
	return s, nil
}

func refused(err error) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("live capture needs the right CAP_NET_RAW, which this process has not: run it as root, or give the program the right with\n  sudo setcap cap_net_raw+ep %s", self())
	}
	return fmt.Errorf("a capture socket cannot be opened: %w", err)
}

func self() string {
	if p, err := os.Executable(); err == nil {
		return p
	}
	return "davy"
}

func (s *socket) prepare(program []filter.Instruction, bytes int) error {
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return fmt.Errorf("the kernel knows no TPACKET_V3: %w", err)
	}
	// Room before each frame, for the tag that the kernel took off.
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_RESERVE, tagLen); err != nil {
		return err
	}
	code := make([]unix.SockFilter, len(program))
	for i, n := range program {
		code[i] = unix.SockFilter{Code: n.Code, Jt: n.Jt, Jf: n.Jf, K: n.K}
	}
	if err := unix.SetsockoptSockFprog(s.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}); err != nil {
		return fmt.Errorf("the kernel refuses the filter: %w", err)
	}
	for s.blocks = max(bytes/blockBytes, 4); ; s.blocks /= 2 {
		err := unix.SetsockoptTpacketReq3(s.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq3{
			Block_size: blockBytes, Block_nr: uint32(s.blocks), Frame_size: 2048, Frame_nr: uint32(s.blocks * (blockBytes / 2048)), Retire_blk_tov: retireMillis})
		if err == nil {
			break
		}
		if !errors.Is(err, unix.ENOMEM) || s.blocks <= 4 {
			return fmt.Errorf("the kernel gives no ring of %d bytes: %w", s.blocks*blockBytes, err)
		}
	}
	var err error
	if s.ring, err = unix.Mmap(s.fd, 0, s.blocks*blockBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return fmt.Errorf("the ring cannot be mapped: %w", err)
	}
	return s.bind()
}

// bind lets the socket receive what its interface receives.
func (s *socket) bind() error {
	if err := unix.Bind(s.fd, &unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ALL), Ifindex: s.index}); err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	if s.promisc && !s.loopback {
		// It ends with the socket, or with the interface.
		if err := unix.SetsockoptPacketMreq(s.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &unix.PacketMreq{Ifindex: int32(s.index), Type: unix.PACKET_MR_PROMISC}); err != nil {
			return fmt.Errorf("cannot be made promiscuous: %w", err)
		}
	}
	return nil
}

func bigEndian(v uint16) uint16 { return v<<8 | v>>8 }

func (s *socket) close() {
	if s.ring != nil {
		unix.Munmap(s.ring)
		s.ring = nil
	}
	if s.fd >= 0 {
		unix.Close(s.fd)
		s.fd = -1
	}
}

// header is the head of a block.
func (s *socket) header(block int) *unix.TpacketHdrV1 {
	d := (*unix.TpacketBlockDesc)(unsafe.Pointer(&s.ring[block*blockBytes]))
	return (*unix.TpacketHdrV1)(unsafe.Pointer(&d.Hdr))
}

// ready says whether there is a frame to read.
func (s *socket) ready() bool {
	for !s.reads {
		h := s.header(s.block)
		if s.lent == s.blocks || atomic.LoadUint32(&h.Block_status)&retired == 0 {
			return false
		}
		s.left = h.Num_pkts
		s.at = s.block*blockBytes + int(h.Offset_to_first_pkt)
		if s.reads = s.left > 0; s.reads {
			s.peek()
		} else {
			s.pass()
		}
	}
	return true
}

// pass leaves a block that was read to its end; release gives it back.
func (s *socket) pass() {
	s.reads = false
	s.lent++
	if s.block++; s.block == s.blocks {
		s.block = 0
	}
}

// release gives the blocks back whose frames nobody holds any more.
func (s *socket) release() {
	for ; s.lent > 0; s.lent-- {
		b := s.block - s.lent
		if b < 0 {
			b += s.blocks
		}
		atomic.StoreUint32(&s.header(b).Block_status, unix.TP_STATUS_KERNEL)
	}
	if s.packet > 0 {
		s.packets.Add(s.packet)
		s.packet = 0
	}
}

func (s *socket) frame() *unix.Tpacket3Hdr { return (*unix.Tpacket3Hdr)(unsafe.Pointer(&s.ring[s.at])) }

func (s *socket) peek() {
	h := s.frame()
	s.stamp = int64(h.Sec)*1e9 + int64(h.Nsec)
}

// step goes on to the next frame.
func (s *socket) step() {
	if s.left--; s.left == 0 {
		s.pass()
		return
	}
	s.at += int(s.frame().Next_offset)
	s.peek()
}

// outgoing says whether the frame at hand is one that this machine sends.
func (s *socket) outgoing() bool {
	const sockaddr = (unix.SizeofTpacket3Hdr + 15) &^ 15 // where a sockaddr_ll stands
	return s.ring[s.at+sockaddr+10] == unix.PACKET_OUTGOING
}

// data is the frame at hand, with its VLAN tag where the kernel took it off, and its length
// on the wire.
func (s *socket) data() (frame []byte, wire int) {
	h := s.frame()
	at, n := s.at+int(h.Mac), int(h.Snaplen)
	wire = int(h.Len)
	if h.Status&unix.TP_STATUS_VLAN_VALID != 0 && n >= 12 {
		tpid := uint16(unix.ETH_P_8021Q)
		if h.Status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
			tpid = h.Hv1.Vlan_tpid
		}
		at -= tagLen
		f := s.ring[at : at+16]
		copy(f, f[tagLen:])
		f[12], f[13], f[14], f[15] = byte(tpid>>8), byte(tpid), byte(h.Hv1.Vlan_tci>>8), byte(h.Hv1.Vlan_tci)
		n, wire = n+tagLen, wire+tagLen
	}
	return s.ring[at : at+n : at+n], max(wire, n)
}

// count takes over what the kernel counted since it was asked last.
func (s *socket) count() {
	st, err := unix.GetsockoptTpacketStatsV3(s.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err == nil {
		s.drops.Add(uint64(st.Drops))
		s.freezes.Add(uint64(st.Freeze_q_cnt))
	}
}
