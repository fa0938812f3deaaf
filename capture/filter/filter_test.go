package filter

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// seen is a packet as the kernel shows it to a filter.
type seen struct {
	data   []byte
	tagged bool // the outer tag lies beside
	tag    uint16
}

// run runs a program as the kernel does: a load from beyond the packet ends it with 0.
func run(t *testing.T, prog []Instruction, p seen) uint32 {
	t.Helper()
	var a, x uint32
	var m [16]uint32
	load := func(at uint64, n int) (v uint32, ok bool) {
		if at+uint64(n) > uint64(len(p.data)) {
			return 0, false
		}
		for _, b := range p.data[at : at+uint64(n)] {
			v = v<<8 | uint32(b)
		}
		return v, true
	}
	for pc := 0; ; pc++ {
		i := prog[pc]
		ok := true
		jump := func(yes bool) {
			if yes {
				pc += int(i.Jt)
			} else {
				pc += int(i.Jf)
			}
		}
		switch i.Code {
		case loadByte, loadHalf, loadWord:
			switch {
			case i.K == vlanHasTag:
				a = map[bool]uint32{true: 1}[p.tagged]
			case i.K == vlanTag:
				a = uint32(p.tag)
			default:
				a, ok = load(uint64(i.K), map[uint16]int{loadByte: 1, loadHalf: 2, loadWord: 4}[i.Code])
			}
		case loadByteX, loadHalfX, loadWordX:
			a, ok = load(uint64(x)+uint64(i.K), map[uint16]int{loadByteX: 1, loadHalfX: 2, loadWordX: 4}[i.Code])
		case loadMemX:
			x = m[i.K]
		case loadImmX:
			x = i.K
		case storeX:
			m[i.K] = x
		case headerX:
			x, ok = load(uint64(i.K), 1)
			x = x & 15 * 4
		case and:
			a &= i.K
		case shift:
			a <<= i.K
		case addX:
			a += x
		case toX:
			x = a
		case jump0:
			pc += int(i.K)
		case equal:
			jump(a == i.K)
		case greater:
			jump(a > i.K)
		case atLeast:
			jump(a >= i.K)
		case anyBit:
			jump(a&i.K != 0)
		case ret:
			return i.K
		default:
			// What libpcap's programs use beside.
			switch i.Code {
			case 0x0: // A = K
				a = i.K
			case 0x60: // A = M[K]
				a = m[i.K]
			case 0x2: // M[K] = A
				m[i.K] = a
			case 0x87: // A = X
				a = x
			case 0x4:
				a += i.K
			case 0x1d:
				jump(a == x)
			default:
				t.Fatalf("instruction %d: code %#x", pc, i.Code)
			}
		}
		if !ok {
			return 0
		}
	}
}

const jump0 = jump

// ether is an Ethernet frame with tags between addresses and type.
func ether(kind uint16, body []byte, tags ...uint32) []byte {
	b, _ := hex.DecodeString("001b1b0000020080f4000001")
	for _, t := range tags {
		b = binary.BigEndian.AppendUint32(b, t)
	}
	return append(binary.BigEndian.AppendUint16(b, kind), body...)
}

func ip4of(proto byte, src, dst [4]byte, fragment uint16, options int, body []byte) []byte {
	b := make([]byte, 20+4*options)
	b[0] = 0x45 + byte(options)
	binary.BigEndian.PutUint16(b[6:], fragment)
	b[9] = proto
	copy(b[12:], src[:])
	copy(b[16:], dst[:])
	return append(b, body...)
}

func ip6of(next byte, src, dst byte, body []byte) []byte {
	b := make([]byte, 40)
	b[0], b[6] = 0x60, next
	copy(b[8:], []byte{0x20, 1, 0xd, 0xb8})
	copy(b[24:], []byte{0x20, 1, 0xd, 0xb8})
	b[23], b[39] = src, dst
	return append(b, body...)
}

func portsOf(src, dst uint16) []byte {
	b := binary.BigEndian.AppendUint16(nil, src)
	return append(binary.BigEndian.AppendUint16(b, dst), make([]byte, 20)...)
}

// frames are packets that the expressions below tell apart.
func frames() (list [][]byte) {
	plc, hmi, out := [4]byte{10, 0, 0, 1}, [4]byte{10, 0, 1, 2}, [4]byte{192, 168, 7, 9}
	arp := append([]byte{0, 1, 8, 0, 6, 4, 0, 1, 0, 0x80, 0xf4, 0, 0, 1}, append(plc[:], append(make([]byte, 6), hmi[:]...)...)...)
	bodies := []struct {
		kind uint16
		body []byte
	}{
		{0x800, ip4of(6, plc, hmi, 0, 0, portsOf(502, 40000))},
		{0x800, ip4of(6, hmi, plc, 0x4000, 3, portsOf(40000, 502))},
		{0x800, ip4of(6, hmi, out, 0x2000, 0, portsOf(443, 80))},
		{0x800, ip4of(6, hmi, plc, 0x00b9, 0, portsOf(502, 502))},
		{0x800, ip4of(17, out, plc, 0, 0, portsOf(161, 47808))},
		{0x800, ip4of(6, plc, plc, 0, 0, portsOf(502, 502))},
		{0x800, ip4of(132, out, plc, 0, 0, portsOf(502, 80))},
		{0x800, ip4of(1, hmi, out, 0, 0, make([]byte, 8))},
		{0x800, ip4of(2, hmi, out, 0, 1, make([]byte, 8))},
		{0x86dd, ip6of(6, 1, 2, portsOf(502, 40000))},
		{0x86dd, ip6of(17, 2, 1, portsOf(161, 53))},
		{0x86dd, ip6of(58, 2, 1, make([]byte, 8))},
		{0x86dd, ip6of(44, 2, 1, append([]byte{6, 0, 0, 0, 0, 0, 0, 1}, portsOf(502, 80)...))},
		{0x86dd, ip6of(44, 2, 1, append([]byte{58, 0, 0, 0, 0, 0, 0, 1}, portsOf(502, 80)...))},
		{0x806, arp}, {0x8035, arp}, {0x88cc, []byte{1, 2, 3, 4}}, {0x8892, make([]byte, 46)},
	}
	for _, b := range bodies {
		for _, tags := range [][]uint32{nil, {0x8100_0005}, {0x8100_2005}, {0x8100_0007}, {0x88a8_0005, 0x8100_0007}, {0x8100_0007, 0x8100_0005}, {0x9100_0001, 0x88a8_0002, 0x8100_0003}} {
			list = append(list, ether(b.kind, b.body, tags...))
		}
	}
	list = append(list, nil, list[0][:13], list[0][:30], list[8][:56])
	swapped := ether(0x800, ip4of(6, plc, hmi, 0, 0, portsOf(1, 2)))
	copy(swapped, []byte{0, 0x80, 0xf4, 0, 0, 1, 0, 0x1b, 0x1b, 0, 0, 2})
	return append(list, swapped)
}

var expressions = []string{
	"host 10.0.0.1", "src host 10.0.0.1", "dst host 10.0.0.1", "src or dst host 10.0.0.1", "src and dst host 10.0.0.1", "src 10.0.0.1",
	"ip host 10.0.0.1", "arp host 10.0.0.1", "rarp host 10.0.0.1", "arp src host 10.0.0.1", "arp dst host 10.0.1.2", "host 2001:db8::1", "ip6 src host 2001:db8::1", "dst 2001:db8::1",
	"net 10.0.0.0/8", "net 10", "net 10.0", "src net 10.0.0", "dst net 192.168.0.0 mask 255.255.0.0", "net 0.0.0.0/0", "net 10.0.0.0/23", "net 2001:db8::/32", "net 2001:db8::2/127", "src net 2001:db8::1/128", "net 10.0.0.1", "arp net 10.0.1.0/24",
	"port 502", "src port 502", "dst port 502", "src and dst port 502", "tcp port 502", "udp port 161", "udp src port 161", "sctp port 80", "portrange 80-502", "tcp dst portrange 80-500", "portrange 502-502", "src portrange 40000-40000",
	"tcp", "udp", "sctp", "icmp", "icmp6", "igmp", "ip", "ip6", "arp", "rarp", "ip proto 6", "ip6 proto 6", "proto 17", `ip proto \tcp`, "ether proto 0x88cc", `ether proto \arp`, "ip proto 132",
	"ether host 00:80:f4:00:00:01", "ether src 00:80:f4:00:00:01", "ether dst host 00-1b-1b-00-00-02", "ether dst 00:80:f4:0:0:1", "ether src 0080.f400.0001",
	"vlan", "vlan 5", "vlan 7", "vlan and vlan", "vlan 5 and vlan 7", "vlan 1 and vlan 2 and vlan 3", "vlan 5 and tcp", "vlan 5 and host 10.0.0.1 and port 502", "vlan and vlan 5 and udp dst port 47808",
	"not vlan", "vlan 7 and port 502", "vlan 5 or tcp", "vlan and ip6 and tcp port 502", "vlan and ether host 00:80:f4:00:00:01", "vlan and arp host 10.0.0.1", "vlan 5 and (portrange 400-600 or net 192.168.0.0/16)", "vlan and vlan and host 2001:db8::2",
	"not tcp", "! udp and not icmp", "tcp or udp and host 10.0.0.1", "host 10.0.0.1 or 192.168.7.9", "host 10.0.0.1 and not port 502", "tcp port 502 or 80 or 443", "port (502 or 80)", "not (tcp or udp)", "tcp && (port 502 || port 80)", "not host 10.0.0.1 and 192.168.7.9",
	"not not tcp", "port 502 and 40000", "((tcp))", "port 502 or vlan 5 and port 502", "src net 10.0.0.0/24 and dst net 10.0.1.0/24 and tcp dst port 40000",
}

// Each expression gives what tcpdump's own compiler gives: for frames as they lie in a file, and
// for frames as the kernel shows them, with the tag beside. There, as with tcpdump, what is
// asked before the word vlan is asked of tagged and untagged frames alike.
func TestAgainstTcpdump(t *testing.T) {
	if _, err := exec.LookPath("tcpdump"); err != nil {
		t.Skip("tcpdump is not installed")
	}
	packets := frames()
	for _, e := range expressions {
		prog, err := Compile(e, 1000)
		if err != nil {
			t.Errorf("%q: %v", e, err)
			continue
		}
		theirs, err := tcpdump(t, "-y", "EN10MB", e)
		if err != nil {
			t.Errorf("%q: %v", e, err)
			continue
		}
		// To compile for an interface it must be opened, which needs a right.
		live, noRight := tcpdump(t, "-i", "lo", e)
		matched := 0
		for _, p := range packets {
			whole := seen{data: p}
			want := run(t, theirs, whole)
			if want > 0 {
				matched++
			}
			if got := run(t, prog, whole); got != want {
				t.Errorf("%q: %d, tcpdump %d for %x", e, got, want, p)
			}
			s, ok := strip(p)
			if !ok || noRight != nil {
				continue
			}
			if got, want := run(t, prog, s), run(t, live, s); got != want {
				t.Errorf("%q: %d with the tag beside, tcpdump %d for %x", e, got, want, p)
			}
		}
		if matched == 0 || matched == len(packets) {
			t.Errorf("%q matches %d of %d packets", e, matched, len(packets))
		}
	}
}

func tcpdump(t *testing.T, how, of, e string) ([]Instruction, error) {
	out, err := exec.Command("tcpdump", "-ddd", "-s", "1000", how, of, e).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("tcpdump: %w: %s", err, out)
	}
	return parse(t, string(out)), nil
}

// strip takes the outer tag off as the kernel does.
func strip(p []byte) (seen, bool) {
	if len(p) < 18 || p[12] != 0x81 && p[12] != 0x88 || p[12] == 0x88 && p[13] != 0xa8 {
		return seen{}, false
	}
	return seen{append(append([]byte{}, p[:12]...), p[16:]...), true, binary.BigEndian.Uint16(p[14:])}, true
}

// parse reads what tcpdump -ddd prints.
func parse(t *testing.T, s string) (prog []Instruction) {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for len(lines) > 0 && strings.Count(lines[0], " ") > 0 { // warnings come first
		lines = lines[1:]
	}
	for _, l := range lines[1:] {
		var i Instruction
		if _, err := fmt.Sscan(l, &i.Code, &i.Jt, &i.Jf, &i.K); err != nil {
			t.Fatalf("tcpdump printed %q", l)
		}
		prog = append(prog, i)
	}
	return prog
}

// An error names the word that is not understood.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ expr, word, text string }{
		{"tcp and plc1", "plc1", "expected a condition"},
		{"host plc1", "plc1", "names are not looked up"},
		{"host 10.0.0.0/8", "10.0.0.0/8", "by net"},
		{"net 10.0.0.1/8", "10.0.0.1/8", "did you mean 10.0.0.0/8"},
		{"net 10.0.0.0/33", "33", "from 0 to 32"},
		{"net 10.0.0.0 mask 255.0.255.0", "255.0.255.0", "ones stand in front"},
		{"port http", "http", "from 0 to 65535"},
		{"port 70000", "70000", "from 0 to 65535"},
		{"port 80-90", "80-90", "portrange"},
		{"portrange 80", "80", "100-200"},
		{"vlan 4096", "4096", "from 0 to 4095"},
		{"tcp host 10.0.0.1", "tcp", "does not go with"},
		{"ether port 80", "ether", "does not go with"},
		{"ether host 10.0.0.1", "10.0.0.1", "MAC"},
		{"ip6 host 10.0.0.1", "10.0.0.1", "IPv6"},
		{"arp host 2001:db8::1", "2001:db8::1", "IPv4"},
		{"(tcp", "(", "not closed"},
		{"tcp)", ")", "closes none"},
		{"tcp udp", "udp", "and, or, or the end"}, {"10.0.0.1", "10.0.0.1", "expected a condition"},
		{"tcp and", "", "a condition is expected"},
		{"host", "", "a value of host"},
		{"ether", "ether", "ether host"},
		{"less 100", "less", "expected a condition"},
		{"tcp[13] & 2 != 0", "tcp[13]", "expected a condition"},
		{strings.Repeat("(", 200), "(", "nested"},
		{strings.Repeat("not ", 200) + "tcp", "not", "nested"},
		{strings.Repeat("port 1 or ", 500) + "port 2", "", "too long"},
	} {
		_, err := Compile(c.expr, 1000)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q was taken: %v", c.expr, err)
			continue
		}
		if got := c.expr[min(e.At, len(c.expr)):min(e.At+e.Len, len(c.expr))]; c.text != "too long" && got != c.word || !strings.Contains(e.Text, c.text) {
			t.Errorf("%q: points at %q: %v", c.expr, got, err)
		}
	}
	_, err := Compile("tcp and plc1", 1)
	if want := "expected a condition such as host, net, port, tcp, vlan, found \"plc1\"\n  tcp and plc1\n          ^^^^"; err.Error() != want {
		t.Errorf("%q", err)
	}
}

// Long programs jump far and mean the same.
func TestLong(t *testing.T) {
	e := strings.Repeat("port 1 or ", 60) + "host 10.0.0.1"
	prog, err := Compile(e, 7)
	if err != nil {
		t.Fatal(err)
	}
	p := ether(0x800, ip4of(6, [4]byte{10, 0, 0, 1}, [4]byte{10, 0, 0, 2}, 0, 0, portsOf(5, 6)))
	if len(prog) < 500 || run(t, prog, seen{data: p}) != 7 {
		t.Errorf("%d instructions", len(prog))
	}
	p[29] = 9
	if run(t, prog, seen{data: p}) != 0 {
		t.Error("another host matches")
	}
}

// Fuzz compiles anything: it gives a program that ends, or an error that points into the text.
func Fuzz(f *testing.F) {
	for _, e := range expressions {
		f.Add(e)
	}
	p := seen{data: frames()[3], tagged: true, tag: 5}
	f.Fuzz(func(t *testing.T, e string) {
		prog, err := Compile(e, 9)
		if err != nil {
			if x := err.(*Error); x.At > len(e) {
				t.Errorf("%q: %v", e, err)
			}
			return
		}
		if len(prog) > maxInstructions {
			t.Errorf("%d instructions", len(prog))
		}
		run(t, prog, p)
	})
}
