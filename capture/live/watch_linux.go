package live

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ask asks the kernel something about an interface, by a socket that is only asked. It needs
// no right.
func ask(name string, what uint) (*unix.Ifreq, error) {
	r, err := unix.NewIfreq(name)
	if err != nil {
		return nil, errors.New("is no name of an interface: at most 15 bytes")
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	if err := unix.IoctlIfreq(fd, what, r); err != nil {
		if errors.Is(err, unix.ENODEV) {
			return nil, errors.New("is not there; the names are listed by: ip link")
		}
		return nil, err
	}
	return r, nil
}

func interfaceIndex(name string) (int, error) {
	r, err := ask(name, unix.SIOCGIFINDEX)
	if err != nil {
		return 0, err
	}
	return int(r.Uint32()), nil
}

func hardwareType(name string) (uint16, error) {
	r, err := ask(name, unix.SIOCGIFHWADDR)
	if err != nil {
		return 0, err
	}
	return r.Uint16(), nil // of a sockaddr its family comes first
}

// look sees how an interface is, and reads it again where it is back. It says what changed.
func (s *socket) look() (Event, bool) {
	s.count()
	index, err := interfaceIndex(s.name)
	if err != nil {
		if s.index == 0 {
			return Event{}, false
		}
		s.index = 0
		s.up.Store(false)
		return Event{s.name, false, fmt.Sprintf("interface %s is gone; it is read again when it is back", s.name)}, true
	}
	if index != s.index {
		s.index = index
		if err := s.bind(); err != nil {
			s.index = 0 // tried again next time
			return Event{s.name, false, fmt.Sprintf("interface %s is back and %v", s.name, err)}, true
		}
	}
	r, err := ask(s.name, unix.SIOCGIFFLAGS)
	up := err == nil && r.Uint16()&unix.IFF_UP != 0
	if up == s.up.Load() {
		return Event{}, false
	}
	s.up.Store(up)
	if !up {
		return Event{s.name, false, fmt.Sprintf("interface %s is down: no packet comes; it is read again when it is up", s.name)}, true
	}
	// The error that the interface left on the socket is taken away.
	unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	return Event{s.name, true, fmt.Sprintf("interface %s is up and read", s.name)}, true
}

// sizes of what is shared with the kernel, which this package relies on.
var _ = [1]struct{}{}[unsafe.Sizeof(unix.Tpacket3Hdr{})-unix.SizeofTpacket3Hdr]
