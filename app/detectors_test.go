package app

import (
	"encoding/json"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/detect"
	"github.com/davylamp/davy/plant/frame"
)

// Detectors that remember are held here by captures: each has one that fires and one that
// stays silent, which differ in the fact that matters. Rules carry their tests themselves.

var (
	historian = stationAt("10.1.0.6", 0x0080_f401_0006)
	laptop    = stationAt("10.1.0.99", 0x0080_f401_0099)
	spare     = stationAt("10.1.0.10", 0x0080_f401_0110) // has the address of plc, too
	beyond    = stationAt("198.51.100.7", uplink)
)

// morning is what is usual: a panel that reads and writes, a historian that only reads, an
// engineer's SSH session, a controller that told who it is. It lasts ten minutes.
func morning(t *tape) (panel, reader *call) {
	for _, s := range []station{hmi, historian} {
		t.arp(s, plc)
	}
	panel, reader = t.dial(hmi, plc, 50001, 502), t.dial(historian, plc, 50002, 502)
	panel.ask(frame.ModbusIdentify(nil, 900, 1), frame.ModbusIdentity(nil, 900, 1, "Maker", "M-100", "1.0"))
	panel.set(10, 70)
	for range 20 {
		panel.poll(1, 100)
		reader.poll(1, 100)
		t.wait(30 * time.Second)
	}
	return panel, reader
}

// set writes one register.
func (k *call) set(at, value uint16) {
	b := frame.ModbusWriteOne(nil, uint16(k.seq[0]), 1, frame.WriteRegister, at, value)
	k.ask(b, b)
}

// tellMAC has a station say by ARP, to another, that it has an address.
func (t *tape) tellMAC(from, to station, ip uint32) {
	t.put(ether(to.mac, from.mac, frame.TypeARP, frame.ARP(nil, frame.ARPReply, from.mac, ip, to.mac, to.ip)))
}

type zero struct{}

func (zero) Fill(b []byte) { clear(b) }

// shell opens an SSH conversation to a port.
func (t *tape) shell(from, to station, port uint16) {
	k := t.dial(from, to, 50400, port)
	k.ask(frame.SSHBanner(nil, "OpenSSH_9.2"), frame.SSHBanner(nil, "OpenSSH_8.4"))
	k.ask(frame.SSHKeyInit(nil, zero{}), frame.SSHKeyInit(nil, zero{}))
}

// knock tries hosts that do not answer, n of them.
func (t *tape) knock(from station, n int) {
	for i := range n {
		to := station{mac: router.mac, ip: plc.ip&^0xff | uint32(120+i)}
		k := t.join(from, to, uint16(51000+i), 80)
		k.segment(0, frame.SYN, nil)
		t.wait(500 * time.Millisecond)
	}
}

// spoofs has the rival claim the controller's address, again and again, while the
// controller goes on.
func spoofs(t *tape, panel *call, rival station) {
	for range 6 {
		t.tellMAC(rival, hmi, plc.ip)
		t.wait(2 * time.Second)
		panel.poll(1, 100)
		t.arp(hmi, plc)
		t.wait(2 * time.Second)
	}
}

// relays is spoofs by one who passes on what it drew to itself from the first moment, as a
// router would.
func relays(t *tape, panel *call, rival station) {
	t.tellMAC(rival, hmi, plc.ip)
	drawn := slices.Clone(t.udp(hmi, station{rival.mac, plc.ip}, 5000, 5001, []byte("drawn")).data)
	t.put(hopped(shot{data: drawn}, plc.mac, rival.mac).data)
	spoofs(t, panel, rival)
}

type detectorCase struct {
	detector string
	what     string
	fires    bool
	then     func(t *tape, panel, reader *call)
	site     *davy.Site
}

var detectorCases = []detectorCase{
	{"D01", "a laptop asks for the controller", true, func(t *tape, _, _ *call) { t.arp(laptop, plc); t.wait(time.Minute); t.arp(hmi, plc) }, nil},
	{"D01", "the panel asks for it", false, func(t *tape, _, _ *call) { t.arp(hmi, plc); t.wait(time.Minute); t.arp(hmi, plc) }, nil},
	{"D03", "a controller tells another revision", true, func(t *tape, p, _ *call) {
		p.ask(frame.ModbusIdentify(nil, 901, 1), frame.ModbusIdentity(nil, 901, 1, "Maker", "M-100", "2.0"))
	}, nil},
	{"D03", "it tells the same one again", false, func(t *tape, p, _ *call) {
		p.ask(frame.ModbusIdentify(nil, 901, 1), frame.ModbusIdentity(nil, 901, 1, "Maker", "M-100", "1.0"))
	}, nil},
	{"D04", "a device with the controller's address is put on the network", true, func(t *tape, p, _ *call) { spoofs(t, p, spare) }, nil},
	{"D04", "the controller tells its own address again", false, func(t *tape, p, _ *call) { spoofs(t, p, plc) }, nil},
	{"D07", "the historian asks the controller who it is, which it never did", true, func(t *tape, _, r *call) {
		r.ask(frame.ModbusIdentify(nil, 902, 1), frame.ModbusIdentity(nil, 902, 1, "Maker", "M-100", "1.0"))
	}, nil},
	{"D07", "a link asks for what it asked for before", false, func(t *tape, p, _ *call) {
		p.ask(frame.ModbusIdentify(nil, 902, 1), frame.ModbusIdentity(nil, 902, 1, "Maker", "M-100", "1.0"))
	}, nil},
	{"D08", "the panel reads other registers", true, func(t *tape, p, _ *call) { p.poll(1, 4000) }, nil},
	{"D08", "the panel reads the same registers", false, func(t *tape, p, _ *call) { p.poll(1, 100) }, nil},
	{"D11", "the panel talks to another controller", true, func(t *tape, _, _ *call) { t.dial(hmi, logix, 50003, 502).poll(1, 100) }, nil},
	{"D11", "the panel opens its old link anew", false, func(t *tape, _, _ *call) { t.dial(hmi, plc, 50003, 502).poll(1, 100) }, nil},
	{"D13", "the panel reaches out to the Internet", true, func(t *tape, _, _ *call) {
		t.dial(hmi, beyond, 50005, 443).say(0, frame.TLSClientHello(nil, "updates.example", "", zero{}))
	}, nil},
	{"D13", "the panel reaches the same address, which is declared to be inside", false, func(t *tape, _, _ *call) {
		t.dial(hmi, beyond, 50005, 443).say(0, frame.TLSClientHello(nil, "updates.example", "", zero{}))
	}, &davy.Site{Internal: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}}},
	{"D16", "SSH on the port of file sharing", true, func(t *tape, _, _ *call) { t.shell(hmi, historian, 445) }, nil},
	{"D16", "SSH on its own port", false, func(t *tape, _, _ *call) { t.shell(hmi, historian, 22) }, nil},
	{"D29", "the historian writes", true, func(t *tape, _, r *call) { r.set(10, 90) }, nil},
	{"D29", "the panel writes, as it does", false, func(t *tape, p, _ *call) { p.set(10, 90) }, nil},
	{"D33", "a request whose lengths disagree", true, func(t *tape, p, _ *call) {
		b := frame.ModbusWrite(nil, 903, 1, 10, []uint16{1, 2})
		b[12]++ // the byte count
		p.say(0, b)
	}, nil},
	{"D33", "the same request as it should be", false, func(t *tape, p, _ *call) { p.say(0, frame.ModbusWrite(nil, 903, 1, 10, []uint16{1, 2})) }, nil},
	{"D34", "a read is refused", true, func(t *tape, p, _ *call) {
		p.ask(frame.ModbusRead(nil, 904, 1, frame.ReadHolding, 100, 4), frame.ModbusException(nil, 904, 1, frame.ReadHolding, 2))
	}, nil},
	{"D34", "the same read is answered", false, func(t *tape, p, _ *call) {
		p.ask(frame.ModbusRead(nil, 904, 1, frame.ReadHolding, 100, 4), frame.ModbusWords(nil, 904, 1, frame.ReadHolding, []uint16{1, 2, 3, 4}))
	}, nil},
	{"D36", "sixty hosts are tried in half a minute", true, func(t *tape, _, _ *call) { t.knock(historian, 60) }, nil},
	{"D36", "eight hosts are tried", false, func(t *tape, _, _ *call) { t.knock(historian, 8) }, nil},
	{"D38", "the historian says that it has the controller's address", true, func(t *tape, p, _ *call) { spoofs(t, p, historian) }, nil},
	{"D38", "it passes on at once what it drew to itself", true, func(t *tape, p, _ *call) { relays(t, p, historian) }, nil},
	{"D38", "the same, where the two are declared to fail over to each other", false, func(t *tape, p, _ *call) { spoofs(t, p, historian) },
		&davy.Site{Redundant: [][]netip.Addr{{plc.addr().IP(), historian.addr().IP()}}}},
	{"D46", "nothing is heard for eight minutes", true, func(t *tape, p, _ *call) { t.wait(8 * time.Minute); p.poll(1, 100) }, nil},
	{"D46", "two packets in eight minutes", false, func(t *tape, p, _ *call) {
		for range 2 {
			t.wait(4 * time.Minute)
			p.poll(1, 100)
		}
	}, nil},
}

func TestDetectors(t *testing.T) {
	rules, err := detect.Rules()
	if err != nil {
		t.Fatal(err)
	}
	list := detect.Detectors(rules)
	fired, silent := map[string]bool{}, map[string]bool{}
	for _, c := range detectorCases {
		t.Run(c.detector+" "+c.what, func(t *testing.T) {
			tape := newTape()
			panel, reader := morning(tape)
			c.then(tape, panel, reader)
			got := tape.analyzed(t, Options{Learn: Learn{Span: 9 * time.Minute}, Site: c.site})
			found := 0
			for _, f := range got.findings {
				listed(t, list, f)
				if f.text("detector") == c.detector && f.text("severity") != "info" {
					found++
				}
			}
			if found > 0 != c.fires {
				text, _ := json.MarshalIndent(got.findings, "", " ")
				t.Errorf("%d findings of %s, wanted some: %v\n%s", found, c.detector, c.fires, text)
			}
		})
		if c.fires {
			fired[c.detector] = true
		} else {
			silent[c.detector] = true
		}
	}
	for _, d := range list {
		if slices.ContainsFunc(d.Where, func(w string) bool { return w[:5] != "rules" }) && !(fired[d.Number] && silent[d.Number]) {
			t.Errorf("%s lacks a capture that fires, or one that stays silent", d.Number)
		}
	}
}

// listed holds a finding against what the list of detectors says of its kind.
func listed(t *testing.T, list []detect.Detector, f row) {
	t.Helper()
	i := slices.IndexFunc(list, func(d detect.Detector) bool { return d.Number == f.text("detector") })
	if i < 0 {
		t.Errorf("a detector that is not listed: %v", f)
		return
	}
	d := list[i]
	if s, _ := davy.ParseSeverity(f.text("severity")); s > d.Most || s < d.Least && f.text("window") == "" {
		t.Errorf("%s is listed as %s to %s: %v", d.Number, d.Least, d.Most, f)
	}
	attack, _ := f["attack"].([]any)
	for _, a := range attack {
		if !slices.Contains(d.Attack, a.(string)) {
			t.Errorf("%s does not list %v", d.Number, a)
		}
	}
	if f.text("expected") == "" || f.text("seen") == "" {
		t.Errorf("says not what was expected and what was seen: %v", f)
	}
}
