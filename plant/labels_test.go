package plant

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/davylamp/davy"
)

// holds tells whether a frame is the thing that a label speaks of; how many are needed.
type holds struct {
	what  string
	least int
	is    func(f seen) bool
}

func s7Function(f seen) byte {
	if p := f.payload; f.dport == 102 && len(p) > 17 && p[7] == 0x32 && p[8] == 1 {
		return p[17]
	}
	return 0
}

func umasFunction(f seen) byte {
	if p := f.payload; f.dport == 502 && len(p) > 9 && p[7] == 90 {
		return p[9]
	}
	return 0
}

var someone = newFleet()

// attacks says, for each label of the campaign, what its frames must hold.
func attacks(l *Label) []holds {
	source := func(f seen) bool { return f.from.String() == l.Sources[0] }
	switch l.Detector + " " + l.Protocol {
	case "D36 tcp":
		return []holds{{"tries", 254 * 3, func(f seen) bool { return source(f) && f.flags == 2 && someone.line.Prefix.Contains(f.to) }},
			{"answers by reset", 20, func(f seen) bool { return f.to.String() == l.Sources[0] && f.flags&4 != 0 }}}
	case "D16 ssh":
		return []holds{{"banners on 445", 2, func(f seen) bool {
			return (f.dport == 445 || f.sport == 445) && bytes.HasPrefix(f.payload, []byte("SSH-2.0-"))
		}}}
	case "D13 tls":
		return []holds{{"hellos to the outside", 5, func(f seen) bool {
			return source(f) && f.to.String() == "203.0.113.77" && len(f.payload) > 5 && f.payload[0] == 22
		}}}
	case "D01 arp":
		return []holds{{"words of the laptop", 50, func(f seen) bool { return f.src == someone.laptop.mac }},
			{"its address announced", 1, func(f seen) bool { return claims(f, l.Sources[0], someone.laptop.mac) }}}
	case "D20 s7":
		return []holds{{"request for a download", 1, func(f seen) bool { return source(f) && s7Function(f) == 0x1a }},
			{"insertion of the block", 1, func(f seen) bool { return source(f) && s7Function(f) == 0x28 }}}
	case "D20 umas":
		return []holds{{"begin of a download", 1, func(f seen) bool { return source(f) && umasFunction(f) == 0x30 }},
			{"blocks", 5, func(f seen) bool { return source(f) && umasFunction(f) == 0x31 }}}
	case "D25 s7":
		return []holds{{"stop", 1, func(f seen) bool { return source(f) && s7Function(f) == 0x29 }},
			{"start", 1, func(f seen) bool { return source(f) && s7Function(f) == 0x28 }}}
	case "D38 arp":
		me := someone.laptop.mac
		return []holds{{"false answers for the filler", 20, func(f seen) bool { return claims(f, "10.20.10.11", me) }},
			{"false answers for its panel", 20, func(f seen) bool { return claims(f, "10.20.10.51", me) }},
			{"packets passed on", 20, func(f seen) bool { return f.src == me && f.between("10.20.10.51", "10.20.10.11") }}}
	case "D29 cip":
		return []holds{{"writes of a tag", 3, func(f seen) bool {
			return source(f) && f.port == 0 && f.dport == 44818 && len(f.payload) > 46 && f.payload[46] == 0x4d
		}}}
	case "D29 modbus":
		return []holds{{"writes of a register", 3, func(f seen) bool {
			return source(f) && f.port == 0 && f.dport == 502 && len(f.payload) > 7 && f.payload[7] == 6
		}}}
	}
	return nil
}

// claims reports whether a frame says by ARP that the address has the MAC.
func claims(f seen, ip string, mac davy.MAC) bool {
	return f.kind == 0x0806 && davy.MACOf(f.payload[8:]) == mac && netip.AddrFrom4([4]byte(f.payload[14:18])).String() == ip
}

// TestLabelsHoldWhatTheySay: between the first and the last frame of each label lies what it
// speaks of, the first and the last frame are its own, and nothing of the kind lies outside.
func TestLabelsHoldWhatTheySay(t *testing.T) {
	protocols := map[string]bool{}
	for seed := uint64(1); seed <= 6; seed++ {
		frames, r := lived(t, "bottling-campaign", seed)
		detectors := map[string]int{}
		for _, l := range r.Labels {
			if l.Frames[0] == 0 || l.Frames[1] < l.Frames[0] || l.Frames[1] > r.Frames || l.Count > l.Frames[1]-l.Frames[0]+1 {
				t.Errorf("seed %d, %s: frames %v, %d of its own", seed, l.ID, l.Frames, l.Count)
			}
			if got := string(davy.AppendTime(nil, frames[l.Frames[0]-1].stamp)); got != l.From {
				t.Errorf("seed %d, %s: begins %s, its first frame is of %s", seed, l.ID, l.From, got)
			}
			if l.Class != Attack {
				continue
			}
			detectors[l.Detector]++
			protocols[l.Detector+" "+l.Protocol] = true
			checks := attacks(l)
			if checks == nil {
				t.Errorf("no check for %s of %s", l.Detector, l.Protocol)
			}
			for _, c := range checks {
				in, out := 0, 0
				for i, f := range frames {
					switch n := uint64(i + 1); {
					case !c.is(f):
					case n >= l.Frames[0] && n <= l.Frames[1]:
						in++
					default:
						out++
					}
				}
				if in < c.least || out > 0 && l.Detector != "D25" && l.Detector != "D20" {
					t.Errorf("seed %d, %s (%s): %d %s inside, %d outside, at least %d", seed, l.ID, l.What, in, c.what, out, c.least)
				}
			}
		}
		want := map[string]int{"D36": 1, "D16": 1, "D13": 1, "D01": 1, "D20": 2, "D25": 1, "D38": 1, "D29": 1}
		if fmt.Sprint(detectors) != fmt.Sprint(want) {
			t.Errorf("seed %d: labels for %v, want %v", seed, detectors, want)
		}
	}
	for _, p := range []string{"D29 cip", "D29 modbus"} {
		if !protocols[p] {
			t.Errorf("no seed had %s", p)
		}
	}
}

// TestEngineeringStaysInWindows: what changes a controller is done by the engineering station
// inside a window, or by the campaign.
func TestEngineeringStaysInWindows(t *testing.T) {
	changes := 0
	for seed := uint64(1); seed <= 3; seed++ {
		frames, r := lived(t, "bottling", seed)
		for i, f := range frames {
			s7, umas := s7Function(f), umasFunction(f)
			if !slices.Contains([]byte{0x1a, 0x1d, 0x28, 0x29}, s7) && !slices.Contains([]byte{0x30, 0x33, 0x40, 0x41}, umas) {
				continue
			}
			changes++
			inside := slices.ContainsFunc(r.Windows, func(w Window) bool {
				return w.holds(f.stamp) && slices.Contains(w.Sources, f.from.String()) && slices.Contains(w.Assets, f.to.String())
			})
			if !inside {
				t.Errorf("seed %d, frame %d: S7 %02x, UMAS %02x from %v to %v outside any window", seed, i+1, s7, umas, f.from, f.to)
			}
		}
	}
	if changes == 0 {
		t.Error("nobody changed anything")
	}
}

// TestSurprises: over some seeds each surprise happens, and its frames show it.
func TestSurprises(t *testing.T) {
	f := newFleet()
	shows := map[string]func(s seen) bool{
		"never seen":         func(s seen) bool { return bytes.Contains(s.payload, []byte("okafor")) },
		"never made":         func(s seen) bool { return s.dport == 102 && s7Function(s) == 5 },
		"hot standby":        func(s seen) bool { return claims(s, "10.20.10.30", f.pastB.mac) },
		"router pair":        func(s seen) bool { return s.proto == 112 && s.from.String() == "10.20.10.3" },
		"found again":        func(s seen) bool { return s.kind == 0x8892 && binary.BigEndian.Uint16(s.payload) == 0xfefc },
		"drive restarts":     func(s seen) bool { return s.flags&4 != 0 && s.from == f.drvPump1.addr() },
		"controller's clock": func(s seen) bool { return s.dport == 123 && s.from == f.util.addr() },
		"sensor's clock":     func(s seen) bool { return true },
		"before its":         func(s seen) bool { return umasFunction(s) == 0x10 },
		"cable is out":       func(s seen) bool { return true },
		"slow link":          func(s seen) bool { return s.sport == 502 && s.from == f.meters.addr() },
		"third segment":      func(s seen) bool { return s.dport == 502 && s.to == f.util.addr() },
	}
	found := map[string]bool{}
	for seed := uint64(1); seed <= 6; seed++ {
		frames, r := lived(t, "bottling", seed)
		for _, l := range r.Labels {
			if l.Class != Surprise {
				continue
			}
			if l.Detector != "" || l.Campaign {
				t.Errorf("%s: a surprise that a detector should report", l.ID)
			}
			known := false
			for words, is := range shows {
				if !strings.Contains(l.What, words) {
					continue
				}
				known, found[words] = true, true
				if !slices.ContainsFunc(frames[l.Frames[0]-1:l.Frames[1]], is) {
					t.Errorf("seed %d, %s: its frames do not show it: %s", seed, l.ID, l.What)
				}
			}
			if !known {
				t.Errorf("%q is checked by nothing", l.What)
			}
		}
	}
	for words := range shows {
		if !found[words] {
			t.Errorf("in six seeds nothing with %q happened", words)
		}
	}
}
