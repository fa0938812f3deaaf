package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/plant/frame"
)

// A tape is a capture in the making: what a tap or a mirror port shows, frame by frame. The
// simulated plant's encoders fill the frames; they share nothing with what reads them here.
type tape struct {
	now   int64 // ns since the epoch
	step  int64 // from one frame to the next
	ids   map[uint32]uint16
	shots []shot
}

// shot is one frame as a sensor stores it.
type shot struct {
	at    int64
	iface int
	data  []byte
	wire  int // length on the wire where that was more than len(data)
	link  uint16
}

// begun is when the tests' captures begin: 2026-03-02 06:00 UTC.
var begun = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC).UnixNano()

func newTape() *tape { return &tape{now: begun, step: 1e6, ids: map[uint32]uint16{}} }

// station is a host on the test's networks.
type station struct {
	mac davy.MAC
	ip  uint32
}

func stationAt(ip string, mac davy.MAC) station {
	var b [4]byte
	for i, p := range bytes.Split([]byte(ip), []byte(".")) {
		for _, c := range p {
			b[i] = b[i]*10 + c - '0'
		}
	}
	return station{mac, uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])}
}

func (s station) addr() davy.Addr { return davy.AddrOf4(s.ip, 0) }

// put adds a frame now, padded to the least length of Ethernet, and lets time pass.
func (t *tape) put(data []byte) *shot {
	t.shots = append(t.shots, shot{at: t.now, data: frame.Pad(data, 0), link: 1})
	t.now += t.step
	return &t.shots[len(t.shots)-1]
}

// wait lets time pass.
func (t *tape) wait(d time.Duration) { t.now += int64(d) }

// header is an IP header with the sender's next identification.
func (t *tape) header(from, to station) frame.IP {
	t.ids[from.ip]++
	return frame.IP{Src: from.ip, Dst: to.ip, ID: t.ids[from.ip], TTL: 64}
}

func ether(to, from davy.MAC, kind uint16, packet []byte) []byte {
	return append(frame.Ether(nil, to, from, frame.Untagged, kind), packet...)
}

func (t *tape) udp(from, to station, src, dst uint16, payload []byte) *shot {
	return t.put(ether(to.mac, from.mac, frame.TypeIPv4, frame.UDP(nil, t.header(from, to), src, dst, payload)))
}

// arp has one station ask for another, and that one answer.
func (t *tape) arp(from, to station) {
	t.put(ether(davy.BroadcastMAC, from.mac, frame.TypeARP, frame.ARP(nil, frame.ARPRequest, from.mac, from.ip, 0, to.ip)))
	t.put(ether(from.mac, to.mac, frame.TypeARP, frame.ARP(nil, frame.ARPReply, to.mac, to.ip, from.mac, from.ip)))
}

// call is a TCP connection between two stations. Via, where set, are the MACs that stand in
// the frames instead of theirs: a router's.
type call struct {
	t    *tape
	ends [2]station
	port [2]uint16
	seq  [2]uint32
}

// join takes a connection up in its middle.
func (t *tape) join(client, server station, from, to uint16) *call {
	return &call{t: t, ends: [2]station{client, server}, port: [2]uint16{from, to}, seq: [2]uint32{uint32(from)<<16 + 1000, uint32(from)<<15 + 7000}}
}

// dial opens a connection.
func (t *tape) dial(client, server station, from, to uint16) *call {
	k := t.join(client, server, from, to)
	k.segment(0, frame.SYN, nil)
	k.segment(1, frame.SYN|frame.ACK, nil)
	k.segment(0, frame.ACK, nil)
	return k
}

// segment sends one segment; dir 0 is the client's.
func (k *call) segment(dir int, flags uint8, payload []byte) *shot {
	from, to := k.ends[dir], k.ends[1-dir]
	h := frame.TCP{Src: k.port[dir], Dst: k.port[1-dir], Seq: k.seq[dir], Flags: flags, Window: 8192}
	if flags&frame.ACK != 0 {
		h.Ack = k.seq[1-dir]
	}
	k.seq[dir] += uint32(len(payload))
	if flags&(frame.SYN|frame.FIN) != 0 {
		k.seq[dir]++
	}
	return k.t.put(ether(to.mac, from.mac, frame.TypeIPv4, h.Append(nil, k.t.header(from, to), payload)))
}

func (k *call) say(dir int, payload []byte) *shot {
	return k.segment(dir, frame.ACK|frame.PSH, payload)
}

// ask sends a request and its answer.
func (k *call) ask(request, answer []byte) {
	k.say(0, request)
	k.say(1, answer)
}

func (k *call) bye() {
	k.segment(0, frame.FIN|frame.ACK, nil)
	k.segment(1, frame.FIN|frame.ACK, nil)
	k.segment(0, frame.ACK, nil)
}

// poll reads registers of a Modbus server, n times.
func (k *call) poll(n int, first uint16) {
	for i := range n {
		id := uint16(k.seq[0]) ^ uint16(i)
		k.ask(frame.ModbusRead(nil, id, 1, frame.ReadHolding, first, 4), frame.ModbusWords(nil, id, 1, frame.ReadHolding, []uint16{1, 2, 3, uint16(i)}))
	}
}

// write makes the capture in a folder of its own, in the order of the stamps, and gives its path.
func (t *tape) write(tb testing.TB) string {
	tb.Helper()
	slices.SortStableFunc(t.shots, func(a, b shot) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	return t.writeAsIs(tb)
}

// writeAsIs makes the capture in the order of the frames, whatever their stamps say.
func (t *tape) writeAsIs(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "made.pcapng")
	if err := os.WriteFile(path, t.bytes(tb), 0o644); err != nil {
		tb.Fatal(err)
	}
	return path
}

// bytes is the capture as it stands.
func (t *tape) bytes(tb testing.TB) []byte {
	tb.Helper()
	var out bytes.Buffer
	w, err := capture.NewWriter(&out)
	if err != nil {
		tb.Fatal(err)
	}
	type key struct {
		iface int
		link  uint16
	}
	number := map[key]int{}
	for _, s := range t.shots {
		k := key{s.iface, s.link}
		if _, ok := number[k]; !ok {
			if number[k], err = w.AddInterface("leg-"+itoa(s.iface), s.link); err != nil {
				tb.Fatal(err)
			}
		}
		if err := w.Write(number[k], s.at, s.data, max(s.wire, len(s.data))); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// row is a line of NDJSON.
type row map[string]any

func (r row) text(key string) string { s, _ := r[key].(string); return s }

// result is everything that an analysis wrote.
type result struct {
	sum                                          *Summary
	messages, findings, assets, links, incidents []row
}

// analyzed runs a tape (or captures that lie somewhere) and reads all rows back.
func (t *tape) analyzed(tb testing.TB, o Options) *result {
	tb.Helper()
	o.Paths = []string{t.write(tb)}
	return analyzed(tb, o)
}

func analyzed(tb testing.TB, o Options) *result {
	tb.Helper()
	o.Out, o.Messages = tb.TempDir(), AllMessages
	sum, err := Analyze(o)
	if err != nil {
		tb.Fatal(err)
	}
	if len(sum.Errors) > 0 {
		tb.Fatalf("errors: %v", sum.Errors)
	}
	d := &result{sum: sum}
	for name, to := range map[string]*[]row{"messages": &d.messages, "findings": &d.findings, "assets": &d.assets, "links": &d.links, "incidents": &d.incidents} {
		*to = readRows(tb, filepath.Join(o.Out, name+".ndjson"))
	}
	return d
}

func readRows(tb testing.TB, path string) (rows []row) {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	for _, l := range bytes.Split(text, []byte("\n")) {
		if len(l) == 0 {
			continue
		}
		var r row
		if err := json.Unmarshal(l, &r); err != nil {
			tb.Fatalf("%s: %v in %s", path, err, l)
		}
		rows = append(rows, r)
	}
	return rows
}

// count counts the rows that have all these fields, given as key, value, key, value.
func count(rows []row, fields ...string) (n int) {
	for _, r := range rows {
		ok := true
		for i := 0; i < len(fields); i += 2 {
			ok = ok && r.text(fields[i]) == fields[i+1]
		}
		if ok {
			n++
		}
	}
	return n
}

// judged counts the message rows that are no duplicates.
func judged(rows []row) (n int) {
	for _, r := range rows {
		if r["duplicate"] == nil {
			n++
		}
	}
	return n
}
