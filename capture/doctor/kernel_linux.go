package doctor

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernel is asked about interfaces, by a socket that is good for nothing else.
type kernel struct{ fd int }

func ask() (kernel, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	return kernel{fd}, err
}

func (k kernel) close() { unix.Close(k.fd) }

// ioctl is for what golang.org/x/sys has no function for.
func (k kernel) ioctl(what uint, arg unsafe.Pointer) error {
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(k.fd), uintptr(what), uintptr(arg)); e != 0 {
		return e
	}
	return nil
}

func (k kernel) request(name string, what uint) (*unix.Ifreq, error) {
	r, err := unix.NewIfreq(name)
	if err != nil {
		return nil, err
	}
	return r, unix.IoctlIfreq(k.fd, what, r)
}

func (k kernel) flags(name string) (uint16, error) {
	r, err := k.request(name, unix.SIOCGIFFLAGS)
	if err != nil {
		return 0, err
	}
	return r.Uint16(), nil
}

// setFlags sets and clears flags of an interface.
func (k kernel) setFlags(name string, set, clear uint16) error {
	f, err := k.flags(name)
	if err != nil {
		return err
	}
	r, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	r.SetUint16(f&^clear | set)
	return unix.IoctlIfreq(k.fd, unix.SIOCSIFFLAGS, r)
}

// address is an address with its label, which may be the interface's name or an alias of it.
type address struct {
	label  string
	prefix netip.Prefix
}

// addresses4 are an interface's IPv4 addresses.
func (k kernel) addresses4(name string) (list []address, err error) {
	const size = 40 // struct ifreq
	buf := make([]byte, 256*size)
	conf := struct {
		n   int32
		_   [4]byte
		buf unsafe.Pointer
	}{n: int32(len(buf)), buf: unsafe.Pointer(&buf[0])}
	if err := k.ioctl(unix.SIOCGIFCONF, unsafe.Pointer(&conf)); err != nil {
		return nil, err
	}
	for b := buf[:conf.n]; len(b) >= size; b = b[size:] {
		label := unix.ByteSliceToString(b[:16])
		of, _, _ := strings.Cut(label, ":")
		if of != name || binary.NativeEndian.Uint16(b[16:]) != unix.AF_INET {
			continue
		}
		bits := 32
		if r, err := k.request(label, unix.SIOCGIFNETMASK); err == nil {
			if m, err := r.Inet4Addr(); err == nil {
				bits = 0
				for v := binary.BigEndian.Uint32(m); v != 0; v <<= 1 {
					bits++
				}
			}
		}
		list = append(list, address{label, netip.PrefixFrom(netip.AddrFrom4([4]byte(b[20:24])), bits)})
	}
	return list, nil
}

// addresses6 are an interface's IPv6 addresses, from /proc/net/if_inet6.
func addresses6(name string) (list []address) {
	text, err := os.ReadFile("/proc/thread-self/net/if_inet6")
	if err != nil {
		return nil
	}
	for _, line := range strings.Split(string(text), "\n") {
		f := strings.Fields(line)
		if len(f) != 6 || f[5] != name || len(f[0]) != 32 {
			continue
		}
		a, err := hex.DecodeString(f[0])
		bits, err2 := strconv.ParseUint(f[2], 16, 8)
		if err != nil || err2 != nil {
			continue
		}
		list = append(list, address{name, netip.PrefixFrom(netip.AddrFrom16([16]byte(a)), int(bits))})
	}
	return list
}

// counters are the lines of /proc/net/dev: what an interface received and sent.
type counters struct{ received, missed, dropped, sent uint64 }

func readCounters(name string) (c counters, err error) {
	text, err := os.ReadFile("/proc/thread-self/net/dev")
	if err != nil {
		return c, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		before, after, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(before) != name {
			continue
		}
		var n [12]uint64
		for i, f := range strings.Fields(after)[:10] {
			if _, err := fmt.Sscan(f, &n[i]); err != nil {
				return c, err
			}
		}
		return counters{received: n[1], dropped: n[3], missed: n[4], sent: n[9]}, nil
	}
	return c, fmt.Errorf("interface %s is not there", name)
}
