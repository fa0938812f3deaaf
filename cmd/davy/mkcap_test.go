package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/davylamp/davy/plant/frame"
)

// mkcap makes small captures for the scripts from a text, one statement a line. The text
// says what happens on the wire; the statements are told by the methods below.
//
//	start 2026-03-02T06:00:00Z    when the next frame is captured; each takes one step
//	step 10ms | wait 2h | once 2038-01-19T03:14:08Z (of the next frame alone)
//	link 113                      link type of what follows
//	interface NAME | section | unknown          pcapng only
//	under vlan:5 mpls:7 ...       what the frames that follow are wrapped in; nothing: plain
//	v6 hop route dest | v4        IPv6, with extension headers, or IPv4
//	fragments 64                  the IP packets that follow come in pieces; 0: whole
//	arp A B | ping A B | list A B               a question and its answer
//	dial N A:P B:P | join N A:P B:P             TCP connection N, with or without its handshake
//	ask N what | request N what | reply N what  what: read FIRST COUNT, write AT VALUE, refuse,
//	                                            identify, stop, or text "..."
//	bye N | reset N
//	again | swap | drop | alter | slice BYTES   what becomes of the frame made last
//	raw HEX
//	repeat N STATEMENT
//	keep FIRST LAST               at the end: only these frames are written
type mkcap struct {
	now, step int64
	once      int64
	link      uint16
	face      string
	under     []string
	six       bool
	headers   []string
	pieces    int
	id        uint16
	calls     map[string]*wireCall
	blocks    []capBlock
}

// capBlock is what stands in the capture one after the other.
type capBlock struct {
	what string // frame, section or unknown
	at   int64
	link uint16
	face string
	data []byte
	wire int
}

// wireCall is a TCP connection.
type wireCall struct {
	ends [2]netip.AddrPort
	seq  [2]uint32
	unit uint16 // number of the next request
}

func newMkcap() *mkcap {
	return &mkcap{now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC).UnixNano(), step: 10e6, link: 1, calls: map[string]*wireCall{}}
}

// read takes a text; an error names its line.
func (m *mkcap) read(text string) (err error) {
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		func() {
			defer func() {
				if r := recover(); r != nil {
					err = fmt.Errorf("line %d: %s: %v", n, line, r)
				}
			}()
			m.do(strings.Fields(line), line)
		}()
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *mkcap) do(f []string, line string) {
	last := len(m.blocks) - 1
	switch f[0] {
	case "start":
		m.now = stampOf(f[1])
	case "once":
		m.once = stampOf(f[1])
	case "step", "wait":
		d, err := time.ParseDuration(f[1])
		must(err)
		if f[0] == "step" {
			m.step = int64(d)
		} else {
			m.now += int64(d)
		}
	case "link":
		m.link = uint16(number(f[1]))
	case "interface":
		m.face = f[1]
	case "section", "unknown":
		m.blocks = append(m.blocks, capBlock{what: f[0]})
	case "under":
		m.under = f[1:]
	case "v4":
		m.six = false
	case "v6":
		m.six, m.headers = true, f[1:]
	case "fragments":
		m.pieces = number(f[1])
	case "arp":
		a, b := netip.MustParseAddr(f[1]), netip.MustParseAddr(f[2])
		m.put(m.ether(^uint64(0)>>16, macOf(a), frame.TypeARP, frame.ARP(nil, frame.ARPRequest, frameMAC(a), ip4(a), 0, ip4(b))))
		m.put(m.ether(macOf(a), macOf(b), frame.TypeARP, frame.ARP(nil, frame.ARPReply, frameMAC(b), ip4(b), frameMAC(a), ip4(a))))
	case "ping":
		m.ping(f[1], f[2])
	case "list":
		a, b := netip.MustParseAddrPort(f[1]+":50100"), netip.MustParseAddrPort(f[2]+":44818")
		m.udp(a, b, frame.EnipListIdentity(nil, 1))
		m.udp(b, a, frame.EnipIdentity(nil, 1, ip4(b.Addr()), frame.Identity{Vendor: 1, Kind: 14, Product: 55, Major: 20, Minor: 11, Serial: 0xc0ffee, Name: "1756-L61"}))
	case "dial", "join":
		k := &wireCall{ends: [2]netip.AddrPort{netip.MustParseAddrPort(f[2]), netip.MustParseAddrPort(f[3])}, seq: [2]uint32{1000, 9000}}
		k.seq[0] += uint32(k.ends[0].Port()) << 12
		m.calls[f[1]] = k
		if f[0] == "dial" {
			m.tcp(k, 0, frame.SYN, nil)
			m.tcp(k, 1, frame.SYN|frame.ACK, nil)
			m.tcp(k, 0, frame.ACK, nil)
		}
	case "ask":
		m.say(f[1], true, f[2:], line)
		m.say(f[1], false, f[2:], line)
	case "request", "reply":
		m.say(f[1], f[0] == "request", f[2:], line)
	case "bye":
		k := m.calls[f[1]]
		m.tcp(k, 0, frame.FIN|frame.ACK, nil)
		m.tcp(k, 1, frame.FIN|frame.ACK, nil)
		m.tcp(k, 0, frame.ACK, nil)
	case "reset":
		m.tcp(m.calls[f[1]], 1, frame.RST|frame.ACK, nil)
	case "again":
		b := m.blocks[last]
		b.at = m.tick()
		m.blocks = append(m.blocks, b)
	case "alter": // the same numbers again, other bytes: the checksum goes along
		b := m.blocks[last]
		b.at, b.data = m.tick(), slices.Clone(b.data)
		end := len(b.data)
		b.data[end-1] ^= 0x11
		b.data[end-3] ^= 0x11
		binary.BigEndian.PutUint16(b.data[50:], 0)
		binary.BigEndian.PutUint16(b.data[50:], tcpSum(b.data[14:34], b.data[34:]))
		m.blocks = append(m.blocks, b)
	case "swap":
		m.blocks[last], m.blocks[last-1] = m.blocks[last-1], m.blocks[last]
		m.blocks[last].at, m.blocks[last-1].at = m.blocks[last-1].at, m.blocks[last].at
	case "drop":
		m.blocks = m.blocks[:last]
	case "slice":
		b := &m.blocks[last]
		b.wire, b.data = len(b.data), b.data[:number(f[1])]
	case "repeat":
		for range number(f[1]) {
			m.do(f[2:], line)
		}
	case "keep":
		m.blocks = m.blocks[number(f[1])-1 : number(f[2])]
	case "raw":
		b, err := hex.DecodeString(strings.Join(f[1:], ""))
		must(err)
		m.put(b)
	default:
		panic("no such statement")
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	must(err)
	return n
}

func stampOf(s string) int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	must(err)
	return t.UnixNano()
}

// tick is the stamp of the next frame.
func (m *mkcap) tick() int64 {
	if at := m.once; at != 0 {
		m.once = 0
		return at
	}
	at := m.now
	m.now += m.step
	return at
}

func (m *mkcap) put(data []byte) {
	m.blocks = append(m.blocks, capBlock{what: "frame", at: m.tick(), link: m.link, face: m.face, data: data})
}

// say makes one Modbus message, or plain text.
func (m *mkcap) say(name string, request bool, what []string, line string) {
	k := m.calls[name]
	if request {
		k.unit++
	}
	var b []byte
	id := k.unit
	switch what[0] {
	case "read":
		first, count := uint16(number(what[1])), uint16(number(what[2]))
		if b = frame.ModbusRead(nil, id, 1, frame.ReadHolding, first, count); !request {
			b = frame.ModbusWords(nil, id, 1, frame.ReadHolding, make([]uint16, count))
		}
	case "write":
		b = frame.ModbusWriteOne(nil, id, 1, frame.WriteRegister, uint16(number(what[1])), uint16(number(what[2])))
	case "refuse":
		if b = frame.ModbusRead(nil, id, 1, frame.ReadInput, 9000, 1); !request {
			b = frame.ModbusException(nil, id, 1, frame.ReadInput, 2)
		}
	case "identify":
		if b = frame.ModbusIdentify(nil, id, 1); !request {
			b = frame.ModbusIdentity(nil, id, 1, "Schneider Electric", "TM221CE24R", "1.6")
		}
	case "stop":
		if b = frame.Umas(nil, id, 0, frame.UmasStop, []byte{0xff, 0}); !request {
			b = frame.UmasReply(nil, id, 0, nil)
		}
	case "text":
		text, err := strconv.Unquote(line[strings.IndexByte(line, '"'):])
		must(err)
		b = []byte(text)
	default:
		panic("no such message")
	}
	dir := 1
	if request {
		dir = 0
	}
	m.tcp(k, dir, frame.PSH|frame.ACK, b)
}

// tcp sends a segment of a connection.
func (m *mkcap) tcp(k *wireCall, dir int, flags uint8, payload []byte) {
	from, to := k.ends[dir], k.ends[1-dir]
	b := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, from.Port()), to.Port())
	b = binary.BigEndian.AppendUint32(b, k.seq[dir])
	ack := uint32(0)
	if flags&frame.ACK != 0 {
		ack = k.seq[1-dir]
	}
	b = binary.BigEndian.AppendUint32(b, ack)
	b = append(b, 0x50, flags, 0x20, 0, 0, 0, 0, 0)
	k.seq[dir] += uint32(len(payload))
	if flags&(frame.SYN|frame.FIN) != 0 {
		k.seq[dir]++
	}
	m.ip(from.Addr(), to.Addr(), frame.ProtoTCP, append(b, payload...), 16)
}

func (m *mkcap) udp(from, to netip.AddrPort, payload []byte) {
	b := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, from.Port()), to.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	m.ip(from.Addr(), to.Addr(), frame.ProtoUDP, append(append(b, 0, 0), payload...), 6)
}

func (m *mkcap) ping(a, b string) {
	from, to := netip.MustParseAddr(a), netip.MustParseAddr(b)
	for kind := range 2 {
		echo := []byte{byte(8 - 8*kind), 0, 0, 0, 0, 7, 0, 1, 'd', 'a', 'v', 'y'}
		binary.BigEndian.PutUint16(echo[2:], ^sum16(0, echo))
		m.ip(from, to, frame.ProtoICMP, echo, -1)
		from, to = to, from
	}
}
