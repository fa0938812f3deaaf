package detect

import (
	"testing"

	"github.com/davylamp/davy"
)

// nobody is an inventory that knows nobody.
type nobody struct{}

func (nobody) Controls(davy.Addr) bool                                { return false }
func (nobody) Operates(davy.Addr) bool                                { return false }
func (nobody) Known(davy.Addr) bool                                   { return false }
func (nobody) Writer(davy.Addr) bool                                  { return false }
func (nobody) MAC(davy.Addr) davy.MAC                                 { return 0 }
func (nobody) Owner(davy.MAC) davy.Addr                               { return davy.Addr{} }
func (nobody) Others(davy.MAC, davy.Addr) bool                        { return false }
func (nobody) Forwards(davy.MAC) bool                                 { return false }
func (nobody) Virtual(davy.Addr) bool                                 { return false }
func (nobody) Member(davy.MAC, davy.Addr) bool                        { return false }
func (nobody) Told(davy.Addr, davy.Path, davy.Attribute, string) bool { return false }
func (nobody) Crowded() bool                                          { return false }

func testConfig(t testing.TB) *Config {
	t.Helper()
	rules, err := Rules()
	if err != nil {
		t.Fatal(err)
	}
	return &Config{Site: new(davy.Site), Rules: rules, Ledger: 64, Scans: 64, Findings: 100,
		Industrial: func(p string) bool { return p == "modbus" || p == "s7" },
		Owns:       func(p string, port uint16) bool { return p == "modbus" && port == 502 || p == "ssh" && port == 22 },
		Owners: func(layer string, port uint16) []string {
			switch port {
			case 502:
				return []string{"modbus"}
			case 445:
				return []string{"smb"}
			}
			return nil
		}}
}

func host(n uint32) davy.Addr { return davy.AddrOf4(0x0a000000+n, 0) }

func findings(b *Board, detector string) (list []*davy.Finding) {
	for _, f := range b.Close() {
		if f.Detector == detector {
			list = append(list, f)
		}
	}
	return list
}

func TestScans(t *testing.T) {
	at := func(n int, layer string, to uint32, port uint16, now int64) davy.Attempt {
		return davy.Attempt{Time: now, Origin: davy.Origin{Frame: uint32(n)}, From: davy.Endpoint{Addr: host(1)}, To: davy.Endpoint{Addr: host(to), Port: port}, Layer: layer}
	}
	for _, c := range []struct {
		what string
		want int
		ask  func(b *Board)
	}{
		{"sixty hosts that do not answer, in a minute", 1, func(b *Board) {
			for i := range 60 {
				a := at(i, "tcp", uint32(100+i), 80, int64(i)*1e9)
				b.Attempt(&a, false)
			}
		}},
		{"sixty hosts in ten hours", 0, func(b *Board) {
			for i := range 60 {
				a := at(i, "tcp", uint32(100+i), 80, int64(i)*600e9)
				b.Attempt(&a, false)
			}
		}},
		{"one host that does not answer, again and again", 0, func(b *Board) {
			for i := range 60 {
				a := at(i, "tcp", 100, 80, int64(i)*1e9)
				b.Attempt(&a, false)
			}
		}},
		{"sixty hosts that answer while Davy learns", 0, func(b *Board) {
			for i := range 60 {
				a := at(i, "tcp", uint32(100+i), 80, int64(i)*1e9)
				b.Attempt(&a, true)
				a.Outcome = davy.Answered
				b.Attempt(&a, true)
			}
		}},
		{"thirty ports of one host", 1, func(b *Board) {
			for i := range 30 {
				a := at(i, "tcp", 100, uint16(1000+i), int64(i)*1e9)
				b.Attempt(&a, false)
			}
		}},
		{"three ports of each of forty hosts, controllers' ports among them", 1, func(b *Board) {
			for i := range 120 {
				a := at(i, "tcp", uint32(100+i/3), []uint16{80, 502, 443}[i%3], int64(i)*1e8)
				b.Attempt(&a, false)
			}
		}},
		{"nine controllers", 0, func(b *Board) {
			for i := range 9 {
				a := at(i, "tcp", uint32(100+i), 502, int64(i)*1e9)
				b.Attempt(&a, false)
			}
		}},
		{"forty-one addresses asked for by ARP", 1, func(b *Board) {
			for i := range 41 {
				a := at(i, "arp", uint32(100+i), 0, int64(i)*1e9)
				b.Attempt(&a, false)
			}
		}},
		{"ten devices asked who they are", 1, func(b *Board) {
			for i := range 10 {
				a := at(i, "identify", uint32(100+i), 0, int64(i)*1e9)
				b.Attempt(&a, false)
			}
		}},
	} {
		b := NewBoard(testConfig(t), nobody{})
		c.ask(b)
		if got := findings(b, scan); len(got) != c.want {
			t.Errorf("%s: %d findings, want %d", c.what, len(got), c.want)
		}
	}
}
