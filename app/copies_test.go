package app

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/packet"
	"github.com/davylamp/davy/plant"
	"github.com/davylamp/davy/plant/frame"
)

// pauseBetween is longer than any leg waits for the other: what one conversation tells is
// known when the next begins.
const pauseBetween = 200 * time.Millisecond

// everyone adds conversations of every protocol that is read whole: an HMI polls, an
// engineer changes things, stations are sought.
func everyone(t *tape) {
	t.arp(hmi, plc)
	t.arp(hmi, s7plc)
	t.arp(hmi, logix)
	t.wait(pauseBetween)
	chat(t)
	t.wait(pauseBetween)
	k := t.dial(hmi, plc, 50011, 502)
	k.ask(frame.ModbusIdentify(nil, 1, 1), frame.ModbusIdentity(nil, 1, 1, "Schneider Electric", "TM221CE24R", "1.6"))
	k.ask(frame.Umas(nil, 2, 0, frame.UmasReadID, nil), frame.UmasReply(nil, 2, 0, frame.UmasIdentity(nil, 0x12345678, 0x0300, "BMX P34 2020")))
	k.ask(frame.Umas(nil, 3, 0, frame.UmasStop, []byte{0xff, 0}), frame.UmasReply(nil, 3, 0, nil))

	t.wait(pauseBetween)
	k = t.dial(hmi, s7plc, 50002, 102)
	k.ask(frame.CotpConnect(nil, false, 0x100, 0x102), frame.CotpConnect(nil, true, 0x100, 0x102))
	k.ask(frame.S7SetupJob(nil, 1, 1, 480), frame.S7SetupReply(nil, 1, 1, 240))
	k.ask(frame.S7Query(nil, 2, frame.S7GroupCPU, frame.S7ReadSZL, frame.SZL(0x11, 0)),
		frame.S7Answer(nil, 2, frame.S7GroupCPU, frame.S7ReadSZL, 0, frame.SZLList(0x11, 0, frame.SZLModule(1, "6ES7 315-2EH14-0AB0", 3, 2))))
	item := []frame.S7Item{{Block: 10, Offset: 4, Length: 4}}
	for i := range uint16(4) {
		k.ask(frame.S7ReadJob(nil, 3+i, item), frame.S7ReadReply(nil, 3+i, [][]byte{{0, 1, 2, byte(i)}}))
	}
	k.ask(frame.S7WriteJob(nil, 10, item, [][]byte{{9, 9, 9, 9}}), frame.S7WriteReply(nil, 10, 1))
	k.ask(frame.S7StopProgram(nil, 11), frame.S7Plain(nil, 11, frame.S7Stop))
	k.bye()

	id := frame.Identity{Vendor: 1, Kind: 14, Product: 55, Major: 20, Minor: 11, Serial: 0xc0ffee, Name: "1756-L61/B LOGIX5561"}
	t.wait(pauseBetween)
	t.udp(hmi, logix, 50100, 44818, frame.EnipListIdentity(nil, 1))
	t.udp(logix, hmi, 44818, 50100, frame.EnipIdentity(nil, 1, logix.ip, id))
	t.wait(pauseBetween)
	k = t.dial(hmi, logix, 50003, 44818)
	k.ask(frame.EnipRegister(nil, 0, 1), frame.EnipRegister(nil, 77, 1))
	cip := func(context uint64, request, answer []byte) {
		k.ask(frame.EnipUnconnected(nil, 77, context, request), frame.EnipUnconnected(nil, 77, context, answer))
	}
	cip(2, frame.CipIdentify(nil), frame.CipIdentity(nil, id))
	tag := frame.Tag{Name: "Recipe.Speed", Type: frame.CipDint, Bits: 1500}
	cip(3, frame.CipRead(nil, tag), frame.CipReadReply(nil, tag))
	cip(4, frame.CipWrite(nil, tag), frame.CipReply(nil, frame.CipWriteTag, nil))
	io := frame.Connection{ToTarget: 0x1001, ToOriginator: 0x2001, Serial: 5, Vendor: 1, OriginatorSerial: 9, Interval: 20000,
		SizeToTarget: 10, SizeToOriginator: 8, IO: true, Path: frame.AssemblyPath(id, 1, 2, 3)}
	cip(5, frame.CipOpen(nil, io), frame.CipOpened(nil, io))
	t.wait(200 * time.Millisecond)
	for n := range uint32(30) {
		t.udp(hmi, logix, 2222, 2222, frame.EnipIO(nil, io.ToTarget, n, uint16(n), true, []byte{1, 2, 3, 4}))
		t.udp(logix, hmi, 2222, 2222, frame.EnipIO(nil, io.ToOriginator, n, uint16(n), false, []byte{5, 6, 7, 8}))
		t.wait(18 * time.Millisecond)
	}
	cip(6, frame.CipClose(nil, io), frame.CipClosed(nil, io))
	k.bye()

	io1 := frame.Station{Name: "io-fill-1", Vendor: "ET 200SP", VendorID: 0x2a, DeviceID: 0x313, Role: 1, IP: s7plc.ip + 10, Mask: 0xffffff00, Gate: router.ip}
	device := davy.MAC(0x001b_1b01_0077)
	t.wait(pauseBetween)
	t.put(ether(frame.DCPGroup, hmi.mac, frame.TypeProfinet, frame.DCPIdentifyAll(nil, 0x10)))
	t.put(ether(hmi.mac, device, frame.TypeProfinet, frame.DCPIdentity(nil, 0x10, io1)))
	t.wait(pauseBetween)
	t.put(ether(device, hmi.mac, frame.TypeProfinet, frame.DCPSetIP(nil, 0x11, io1)))
	t.put(ether(hmi.mac, device, frame.TypeProfinet, frame.DCPSetDone(nil, 0x11)))
	t.wait(pauseBetween)
	t.put(ether(frame.DCPGroup, device, frame.TypeProfinet, frame.DCPHello(nil, 0x12, io1)))
	t.wait(pauseBetween)
	t.udp(hmi, router, 50200, 53, frame.DNSQuery(nil, 4, "mirror.example.net"))
	t.udp(router, hmi, 53, 50200, frame.DNSAnswer(nil, 4, "mirror.example.net", far.ip))
}

// later adds what nobody did while Davy learned: a stranger who scans, writes and stops.
func later(t *tape) {
	stranger := stationAt("10.1.0.66", 0x0000_5e99_0066)
	for i := range uint32(60) {
		s := station{0, plc.ip&0xffffff00 + 100 + i}
		t.put(ether(davy.BroadcastMAC, stranger.mac, frame.TypeARP, frame.ARP(nil, frame.ARPRequest, stranger.mac, stranger.ip, 0, s.ip)))
	}
	t.wait(pauseBetween)
	t.arp(stranger, plc)
	t.wait(pauseBetween)
	k := t.dial(stranger, plc, 51001, 502)
	k.poll(3, 0)
	k.ask(frame.ModbusWriteOne(nil, 7, 1, frame.WriteRegister, 10, 1), frame.ModbusWriteOne(nil, 7, 1, frame.WriteRegister, 10, 1))
	k.bye()
	t.arp(stranger, s7plc)
	t.wait(pauseBetween)
	k = t.dial(stranger, s7plc, 51002, 102)
	k.ask(frame.CotpConnect(nil, false, 0x100, 0x102), frame.CotpConnect(nil, true, 0x100, 0x102))
	k.ask(frame.S7SetupJob(nil, 1, 1, 480), frame.S7SetupReply(nil, 1, 1, 240))
	block := frame.S7Block{Kind: '8', Number: 1, Code: make([]byte, 300), Author: "x", Days: 15000}
	k.ask(frame.S7RequestDownload(nil, 2, block), frame.S7Plain(nil, 2, frame.S7RequestDown))
	pieces := block.Bytes()
	for more := true; more; {
		n := min(200, len(pieces))
		more = n < len(pieces)
		k.say(1, frame.S7AskBlock(nil, 3, frame.S7DownBlock, block))
		k.say(0, frame.S7GiveBlock(nil, 3, pieces[:n], more))
		pieces = pieces[n:]
	}
	k.say(1, frame.S7AskBlock(nil, 4, frame.S7DownEnd, block))
	k.say(0, frame.S7Plain(nil, 4, frame.S7DownEnd))
	k.ask(frame.S7Insert(nil, 5, block), frame.S7Plain(nil, 5, frame.S7Control))
	k.ask(frame.S7StopProgram(nil, 6), frame.S7Plain(nil, 6, frame.S7Stop))
	k.bye()
	outside := stationAt("198.51.100.7", router.mac)
	t.dial(stranger, outside, 51003, 443).say(0, []byte("hello?"))
}

// A mirroring changes a capture as mirrors do.
type mirroring struct {
	name string
	do   func(*tape) *tape
	// skewed says that what stations do at the same time can change its order: then a story's
	// findings may be told in another one.
	skewed bool
}

var mirrorings = []mirroring{
	{"mirrored twice", func(t *tape) *tape {
		c := &tape{shots: slices.Clone(t.shots)}
		copied(c, 5*time.Millisecond, mirroredTwice)
		return c
	}, false},
	{"legs reversed by 20 ms", func(t *tape) *tape { return legs(t, -20*time.Millisecond) }, true},
	{"legs apart by 20 ms", func(t *tape) *tape { return legs(t, 20*time.Millisecond) }, true},
	{"two LANs with trailers", func(t *tape) *tape {
		c := &tape{}
		for i, s := range t.shots {
			for n, lan := range []uint16{0xa, 0xb} {
				x := s
				x.data = slices.Clone(s.data)
				if s.link == 1 && len(s.data) >= 14 && ethertype(s.data) > 1500 {
					x = trailed(x, lan, uint16(i))
				}
				x.iface, x.at = n, s.at+int64(n)*3e5
				c.shots = append(c.shots, x)
			}
		}
		return c
	}, false},
}

func ethertype(b []byte) uint16 { return binary.BigEndian.Uint16(b[12:]) }

// mirroredTwice is the copy that another mirror port brings: with other MACs, one hop less
// where that can be, and in another VLAN. Frames without IP keep their MACs, but for those
// whose bodies say by themselves who speaks.
func mirroredTwice(s shot) shot {
	if s.link != 1 || len(s.data) < 34 {
		return s
	}
	const to, from = 0x0000_0c77_0001, 0x0000_0c77_0002
	switch kind := ethertype(s.data); {
	case kind == frame.TypeIPv4 && s.data[14] == 0x45 && s.data[22] > 1 && !davy.MACOf(s.data).Group():
		s = hopped(s, to, from)
	case kind == frame.TypeARP, kind == frame.TypeIPv4, kind == 0x86dd, kind == frame.TypeProfinet && s.data[14] == 0xfe && s.data[15] >= 0xfc:
		copy(s.data, ether(to, from, kind, nil))
	}
	return tagged(s, 0x8100, 77)
}

// legs is what a tap brings whose legs are out of step: every second station, in the order
// of their first frames, is on the side whose leg is off.
func legs(t *tape, by time.Duration) *tape {
	c, sides := &tape{}, map[davy.MAC]bool{}
	for _, s := range t.shots {
		off, known := sides[sender(s)]
		if !known {
			off = len(sides)%2 == 1
			sides[sender(s)] = off
		}
		if off {
			s.at += int64(by)
			s.iface = 1
		}
		c.shots = append(c.shots, s)
	}
	return c
}

// sender is the station that sent a frame: by its MAC, or where there is none by its address.
func sender(s shot) davy.MAC {
	p := packet.Packet{Link: packet.LinkType(s.link), Data: s.data, Wire: max(s.wire, len(s.data))}
	new(packet.Decoder).Decode(&p)
	if p.SrcMAC == 0 {
		return davy.MAC(p.Src.Hash())
	}
	return p.SrcMAC
}

// same compares what two analyses say of one traffic: assets, links, findings and incidents,
// but for times, frames, counts, the numbers of rows, and routers.
func same(t *testing.T, want, got *result, skewed bool) {
	t.Helper()
	for _, x := range []struct {
		name      string
		want, got []row
		form      func(row) string
	}{
		{"assets", want.assets, got.assets, formAsset}, {"links", want.links, got.links, formLink},
		{"findings", want.findings, got.findings, formFinding}, {"incidents", want.incidents, got.incidents, formIncident},
	} {
		if skewed && x.name == "incidents" {
			continue
		}
		lost, made := missing(forms(x.want, x.form), forms(x.got, x.form)), missing(forms(x.got, x.form), forms(x.want, x.form))
		for _, l := range lost {
			t.Errorf("%s: %s", x.name, apart(l, made))
		}
		for _, m := range made {
			t.Errorf("%s made: %.400s", x.name, strings.Join(m, " "))
		}
	}
}

// missing are the rows of a that b has not, or not as often.
func missing(a, b map[string]int) (list [][]string) {
	for _, k := range slices.Sorted(maps.Keys(a)) {
		for range a[k] - b[k] {
			list = append(list, strings.Split(k, "\x00"))
		}
	}
	return list
}

// apart says in which fields a row differs from the one of others that is most like it.
func apart(r []string, others [][]string) string {
	best, most := []string(nil), -1
	for _, o := range others {
		n := 0
		for _, f := range r {
			if slices.Contains(o, f) {
				n++
			}
		}
		if n > most {
			best, most = o, n
		}
	}
	var was, is, both []string
	for _, f := range r {
		if slices.Contains(best, f) {
			both = append(both, f)
		} else {
			was = append(was, f)
		}
	}
	for _, f := range best {
		if !slices.Contains(r, f) {
			is = append(is, f)
		}
	}
	return fmt.Sprintf("lost %.600s\n\tis now %.600s\n\tof %.200s", strings.Join(was, " "), strings.Join(is, " "), strings.Join(both, " "))
}

// moments are times in texts.
var moments = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`)

func forms(rows []row, form func(row) string) map[string]int {
	n := map[string]int{}
	for _, r := range rows {
		n[form(r)]++
	}
	return n
}

// shape is a row's fields in order, without those named.
func shape(r row, without ...string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(r)) {
		if !slices.Contains(without, k) {
			text := fmt.Sprintf("%s=%v", k, r[k])
			if strings.Contains(k, " ") {
				text = fmt.Sprint(r[k])
			}
			parts = append(parts, moments.ReplaceAllString(text, "TIME"))
		}
	}
	return strings.Join(parts, "\x00")
}

// inner gives each row of a list its shape.
func inner(r row, key string, without ...string) row {
	out := maps.Clone(r)
	var shapes []string
	list, _ := r[key].([]any)
	for _, v := range list {
		m, _ := v.(map[string]any)
		shapes = append(shapes, key+" {"+strings.ReplaceAll(shape(m, without...), "\x00", " ")+"}")
	}
	slices.Sort(shapes)
	delete(out, key)
	for i, k := range shapes {
		out[fmt.Sprintf("%s %03d", key, i)] = k
	}
	return out
}

func formAsset(r row) string {
	r = inner(r, "evidence", "first", "last", "count")
	return shape(r, "id", "first_seen", "last_seen", "members")
}

func formLink(r row) string {
	r = inner(r, "operations", "count", "cycle_s", "jitter_s", "response_s", "last")
	return shape(r, "id", "first_seen", "last_seen", "messages", "requests", "failures", "packets", "bytes")
}

func formFinding(r row) string {
	if e := list(r, "entities"); r.text("detector") == "D36" && len(e) > 1 {
		// A scan names the station that was one too many: which it is depends on who has
		// answered by then.
		r = maps.Clone(r)
		r["entities"] = e[:1]
	}
	return shape(r, "id", "time", "last", "file", "frames", "count")
}

func formIncident(r row) string {
	r = maps.Clone(r)
	for _, k := range []string{"entities", "attack"} { // in the order of their times
		l := list(r, k)
		slices.Sort(l)
		r[k] = l
	}
	r = inner(r, "timeline", "time", "finding")
	return shape(r, "id", "first", "last", "findings")
}

// TestMirroredCaptures: a capture, and the same one mirrored twice, with its legs out of
// step, or from two redundant LANs, tell the same.
func TestMirroredCaptures(t *testing.T) {
	made := map[string]func(t *testing.T) *tape{
		"all protocols": func(*testing.T) *tape {
			c := newTape()
			everyone(c)
			return c
		},
		"a stranger after learning": func(*testing.T) *tape {
			c := newTape()
			everyone(c)
			c.wait(2 * time.Minute)
			later(c)
			return c
		},
		"the plant's campaign": func(t *testing.T) *tape { return campaign(t, 0) },
		// Two mirrors show one packet on both sides of a router: shifted, either can come first.
		"the plant's campaign in two mirrors": func(t *testing.T) *tape { return campaign(t, 0, 1) },
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		t.Run(name, func(t *testing.T) { compareMirrored(t, made[name](t), !strings.Contains(name, "two mirrors")) })
	}
}

// campaign is an hour of the simulated plant as its sensors see it.
func campaign(t *testing.T, sensors ...int) *tape {
	c := newTape()
	if _, err := plant.Write(plant.Options{Scenario: "bottling-campaign", Length: time.Hour, Seed: 3, Pace: plant.Slow}, c); err != nil {
		t.Fatal(err)
	}
	c.shots = slices.DeleteFunc(c.shots, func(s shot) bool { return !slices.Contains(sensors, s.iface) })
	return c
}

// Frame makes a tape a sink for the simulated plant.
func (t *tape) Frame(at int64, port int, data []byte) error {
	t.shots = append(t.shots, shot{at: at, iface: port, data: slices.Clone(data), link: 1})
	return nil
}

// compareMirrored analyses a capture and what mirrors make of it. Learning ends in the widest
// pause of the capture's middle, so that no shift of a few ms moves a packet across.
func compareMirrored(t *testing.T, base *tape, legs bool) {
	t.Helper()
	spans := []time.Duration{pause(base), 24 * time.Hour, 0}
	if os.Getenv("DAVY_FULL") != "1" {
		spans = spans[:1]
	}
	for _, span := range spans {
		o := Options{Learn: Learn{Span: span}}
		want := base.analyzed(t, o)
		for _, m := range mirrorings {
			if m.skewed && !legs {
				continue
			}
			t.Run(fmt.Sprintf("%s, learning for %v", m.name, o.Learn.Span), func(t *testing.T) {
				same(t, want, m.do(base).analyzed(t, o), m.skewed)
			})
		}
	}
}

// pause is how long after the first packet the widest pause of the middle third is half over.
func pause(c *tape) time.Duration {
	var stamps []int64
	for _, s := range c.shots {
		stamps = append(stamps, s.at)
	}
	slices.Sort(stamps)
	widest, middle := int64(-1), int64(1)
	for i := len(stamps) / 3; i+1 < len(stamps)*2/3+1 && i+1 < len(stamps); i++ {
		if gap := stamps[i+1] - stamps[i]; gap > widest && gap < int64(10*time.Minute) { // not where a clock jumped
			widest, middle = gap, stamps[i]-stamps[0]+gap/2
		}
	}
	return time.Duration(max(middle, 1))
}

// realCaptures are conversations of real devices and tools, one line each.
var realCaptures = []string{
	"antoine-lemay__Modbus_dataset/CnC_uploading_exe_modbus_6RTU_with_operate.pcap",
	"antoine-lemay__Modbus_dataset/send_a_fake_command_modbus_6RTU_with_operate.pcap",
	"ITI__ICS-Security-Tools/pcaps/ModbusTCP/mb2.pcap",
	"zeek__zeek/testing/btest/Traces/modbus/modbusBig.pcap",
	"Lemorn1__ICS-Traffic/databases/M221_flow/download/a1.pcap",
	"Lemorn1__ICS-Traffic/databases/M340_flow/run2stop.pcap",
	"Lemorn1__ICS-Traffic/databases/M340_flow/download1.pcap",
	"Lemorn1__ICS-Traffic/databases/S7COMM/operating-mode.pcap",
	"ITI__ICS-Security-Tools/pcaps/s7/s7comm_varservice_libnodavedemo_bench.pcap",
	"ITI__ICS-Security-Tools/pcaps/s7/S7Comm/s7comm_clean.pcap",
	"cisagov__icsnpp-enip/tests/traces/enip_cip_example.pcap",
	"ITI__ICS-Security-Tools/pcaps/EthernetIP/EthernetIP-CIP.pcap",
	"tonylturner__cipdip/baseline_captures/baseline_all.pcap",
	"ITI__ICS-Security-Tools/pcaps/openics/EIP-LockPLCAttempt.pcap",
	"davy-peers/modbus-py.pcap",
	"davy-peers/s7.pcap",
	"davy-peers/enip-opener.pcap",
	"davy-peers/scapy-l2.pcap",
	"davy-peers/snmpd.pcap",
	"davy-peers/dhcp.pcap",
}

// TestMirroredCorpus does the same with real captures.
func TestMirroredCorpus(t *testing.T) {
	dir := corpus(t)
	for i, name := range realCaptures {
		if i%3 != 0 && os.Getenv("DAVY_FULL") != "1" {
			continue
		}
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Run(name, func(t *testing.T) { compareMirrored(t, readTape(t, path), true) })
	}
}

// readTape reads a capture, in the order of its stamps.
func readTape(t *testing.T, path string) *tape {
	in, err := capture.Open([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	c := newTape()
	b := new(capture.Batch)
	for {
		if err := in.Fill(b); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, r := range b.Records {
			c.shots = append(c.shots, shot{at: max(r.Stamp, 0), data: slices.Clone(r.Data), wire: r.Wire, link: r.Link})
		}
	}
	return c
}
