package doctor

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// patient is the interface that is looked at.
type patient struct {
	kernel
	name   string
	flags  uint16
	checks []Check
	own    string // why the machine needs the interface itself, "" where it does not
}

func (p *patient) say(topic string, level Level, format string, args ...any) *Check {
	p.checks = append(p.checks, Check{Topic: topic, Interface: p.name, Level: level, Text: fmt.Sprintf(format, args...)})
	return &p.checks[len(p.checks)-1]
}

// mends gives a check its cure, unless the machine needs the interface as it is.
func (c *Check) mends(p *patient, do, undo string, mend func() error) {
	if p.own != "" {
		return // it would cut the machine off
	}
	c.Do = append(c.Do, do)
	if undo != "" {
		c.Undo = append(c.Undo, undo)
	}
	c.mend = func() (err error) { // the examination's socket is closed by then
		if p.kernel, err = ask(); err != nil {
			return err
		}
		defer p.close()
		return mend()
	}
}

// examine looks at one interface.
func (k kernel) examine(name string, watch time.Duration) []Check {
	p := &patient{kernel: k, name: name}
	var err error
	if p.flags, err = k.flags(name); err != nil {
		p.say("interface", Bad, "is not there").Do = []string{"ip link"}
		return p.checks
	}
	if r, err := k.request(name, unix.SIOCGIFHWADDR); err == nil && r.Uint16() != unix.ARPHRD_ETHER && r.Uint16() != unix.ARPHRD_LOOPBACK {
		p.say("interface", Bad, "is no Ethernet interface (hardware type %d)", r.Uint16())
		return p.checks
	}
	p.route()
	p.silent()
	p.state()
	p.offloads()
	p.losses()
	p.agents()
	p.sends(watch)
	return p.checks
}

// route finds out whether the machine itself speaks through the interface: by a default route, or
// on a connection that is open just now.
func (p *patient) route() {
	for _, f := range lines("/proc/thread-self/net/route") {
		if len(f) > 7 && f[0] == p.name && f[1] == "00000000" && f[7] == "00000000" {
			p.own = "the machine's own traffic leaves by it (default route)"
		}
	}
	for _, f := range lines("/proc/thread-self/net/ipv6_route") {
		if len(f) > 9 && f[9] == p.name && f[0] == strings.Repeat("0", 32) && f[1] == "00" {
			p.own = "the machine's own traffic leaves by it (default route)"
		}
	}
	addresses, _ := p.addresses4(p.name)
	for _, f := range lines("/proc/thread-self/net/tcp") {
		for _, a := range addresses {
			b := a.prefix.Addr().As4()
			local := fmt.Sprintf("%08X:", binary.NativeEndian.Uint32(b[:]))
			if len(f) > 3 && f[3] == "01" && strings.HasPrefix(f[1], local) {
				p.own = "connections of this machine are open on " + a.prefix.Addr().String()
			}
		}
	}
	if p.own != "" {
		p.say("own traffic", Bad, "%s; it is not prepared. Mirror into an interface of its own", p.own)
	}
}

// lines are the fields of each line of a file of the kernel's.
func lines(path string) (list [][]string) {
	text, _ := os.ReadFile(path)
	for _, line := range strings.Split(string(text), "\n") {
		list = append(list, strings.Fields(line))
	}
	return list
}

// state is whether frames can come at all.
func (p *patient) state() {
	switch {
	case p.flags&unix.IFF_UP == 0:
		p.say("link", Bad, "is down: nothing comes").mends(p, "ip link set "+p.name+" up", "ip link set "+p.name+" down", func() error { return p.setFlags(p.name, unix.IFF_UP, 0) })
	case p.flags&unix.IFF_RUNNING == 0:
		p.say("link", Bad, "is up and has no carrier").Do = []string{"plug the cable in, or switch the mirror port on"}
	default:
		p.say("link", Good, "is up")
	}
	if p.flags&unix.IFF_PROMISC != 0 {
		p.say("promiscuous", Good, "is on")
	} else {
		p.say("promiscuous", Good, "is off; Davy switches it on while it captures")
	}
}

// silent is whether the kernel answers or asks there by itself.
func (p *patient) silent() {
	four, err := p.addresses4(p.name)
	if err != nil {
		p.say("address", Warn, "cannot be found out: %v", err)
	}
	if len(four) == 0 {
		p.say("address", Good, "has no IPv4 address")
	} else {
		c := p.say("address", Bad, "has the address %s: the machine answers there", list(four))
		c.mends(p, "ip -4 addr flush dev "+p.name, "", func() error { return p.flush() })
		for _, a := range four {
			if p.own != "" {
				break
			}
			c.Undo = append(c.Undo, fmt.Sprintf("ip addr add %s dev %s label %s", a.prefix, p.name, a.label))
		}
	}
	path := "/proc/sys/net/ipv6/conf/" + p.name + "/disable_ipv6"
	switch v, err := os.ReadFile(path); {
	case err != nil:
		p.say("IPv6", Good, "the kernel has no IPv6 there")
	case strings.TrimSpace(string(v)) == "1":
		p.say("IPv6", Good, "is off")
	default:
		text := "is on: the machine asks for neighbours and routers there"
		if six := addresses6(p.name); len(six) > 0 {
			text += ", as " + list(six)
		}
		p.say("IPv6", Bad, "%s", text).mends(p, "sysctl -w net/ipv6/conf/"+p.name+"/disable_ipv6=1", "sysctl -w net/ipv6/conf/"+p.name+"/disable_ipv6=0",
			func() error { return os.WriteFile(path, []byte("1\n"), 0o644) })
	}
	if p.flags&(unix.IFF_NOARP|unix.IFF_LOOPBACK) != 0 {
		p.say("ARP", Good, "is off")
		return
	}
	// Linux answers for the addresses of its other interfaces, too (arp_ignore).
	p.say("ARP", Bad, "is on: the machine answers there for its other addresses").mends(p, "ip link set "+p.name+" arp off", "ip link set "+p.name+" arp on",
		func() error { return p.setFlags(p.name, unix.IFF_NOARP, 0) })
}

func list(addresses []address) string {
	var s []string
	for _, a := range addresses {
		s = append(s, a.prefix.String())
	}
	return strings.Join(s, ", ")
}

// flush takes the IPv4 addresses away, one after the other.
func (p *patient) flush() error {
	for range 256 {
		left, err := p.addresses4(p.name)
		if err != nil || len(left) == 0 {
			return err
		}
		r, err := unix.NewIfreq(left[0].label)
		if err != nil {
			return err
		}
		if err := r.SetInet4Addr([]byte{0, 0, 0, 0}); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(p.fd, unix.SIOCSIFADDR, r); err != nil {
			return err
		}
	}
	return nil
}

// losses are what the interface and the kernel lost before anybody could capture it.
func (p *patient) losses() {
	c, err := readCounters(p.name)
	if err != nil {
		p.say("losses", Warn, "cannot be found out: %v", err)
		return
	}
	if c.missed > 0 {
		p.say("losses", Warn, "the interface lost %d of %d packets: its own buffer was full", c.missed, c.received).Do = []string{"ethtool -g " + p.name, "ethtool -G " + p.name + " rx <the maximum>"}
	} else {
		p.say("losses", Good, "the interface lost none of %d packets", c.received)
	}
	if n := backlog(); n > 0 {
		p.say("backlog", Warn, "the kernel dropped %d packets that waited for a CPU, of all interfaces", n).Do = []string{"sysctl -w net.core.netdev_max_backlog=10000"}
	}
}

// backlog are the kernel's drops before any socket: /proc/net/softnet_stat, second column.
func backlog() (n uint64) {
	for _, f := range lines("/proc/net/softnet_stat") {
		if len(f) > 1 {
			if b, err := hex.DecodeString(f[1]); err == nil && len(b) == 4 {
				n += uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
			}
		}
	}
	return n
}

// sends watches whether anybody sends by the interface.
func (p *patient) sends(watch time.Duration) {
	before, err := readCounters(p.name)
	if err != nil {
		return
	}
	time.Sleep(watch)
	after, err := readCounters(p.name)
	if err != nil {
		return
	}
	switch n := after.sent - before.sent; {
	case n > 0:
		p.say("sends", Bad, "%d packets were sent in %v: somebody speaks there", n, watch).Do = []string{"tcpdump -Q out -e -n -c 10 -i " + p.name}
	case after.sent > 0:
		p.say("sends", Note, "nothing was sent in %v; %d packets since it is there", watch, after.sent)
	default:
		p.say("sends", Good, "nothing was ever sent")
	}
}
