package evidence

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/davylamp/davy"
)

// where are the places of a selection.
func where(s *Selection) (list []string) {
	s.Each(func(f *Frame, _ []string) error {
		list = append(list, fmt.Sprintf("%d/%d", f.File, f.Frame))
		return nil
	})
	return list
}

// TestWhatBelongs: each case differs from the first in what decides.
func TestWhatBelongs(t *testing.T) {
	all := plant()
	count := func(want func(f *Frame) bool) (n int) {
		for i := range all {
			if want(&all[i]) {
				n++
			}
		}
		return n
	}
	names := func(f *Frame, a davy.Addr) bool { return slices.Contains(who(f, nil), a) }
	for _, c := range []struct {
		what   string
		change func(*Finding)
		want   int
	}{
		{"what passed between the two", func(f *Finding) {}, count(func(f *Frame) bool { return names(f, evil) })},
		{"with what they said shortly before", func(f *Finding) { f.Stations = []davy.Addr{hmi, plc} },
			lead + count(func(f *Frame) bool { return names(f, hmi) && (f.File == 2 || f.Frame > 21) }) + 1},
		{"until its last packet", func(f *Finding) { f.Last = epoch + 20*second }, count(func(f *Frame) bool { return names(f, evil) && f.Stamp <= epoch+20*second })},
		{"of a scan all of the actor", func(f *Finding) { f.Detector, f.Stations = "D36", []davy.Addr{evil, hmi} }, count(func(f *Frame) bool { return names(f, evil) })},
		{"of spoofing all of everybody", func(f *Finding) { f.Detector, f.Stations = "D38", []davy.Addr{evil, hmi} },
			lead + count(func(f *Frame) bool { return f.File == 2 || f.Frame > 20 })},
		{"of one station alone all of it", func(f *Finding) { f.Stations = []davy.Addr{evil} }, count(func(f *Frame) bool { return names(f, evil) })},
		{"by its MAC, where it is known by that", func(f *Finding) { f.Stations = []davy.Addr{davy.AddrOfMAC(davy.MACOf([]byte{2, 0, 192, 0, 2, 9}), 0)} },
			count(func(f *Frame) bool { return names(f, evil) })},
		{"of nobody its first packet", func(f *Finding) { f.Stations = nil }, 1},
	} {
		f := written()
		c.change(&f)
		if s := chosen(t, []Finding{f}, all, Defaults); s.Len() != c.want {
			t.Errorf("%s: %d packets, want %d: %v", c.what, s.Len(), c.want, where(s))
		}
	}
}

// TestScopesDoNotHide: rows name no scope, and the station is found all the same.
func TestScopesDoNotHide(t *testing.T) {
	f := written()
	f.Stations = []davy.Addr{davy.AddrOf4(0xc0000209, davy.VLANScope(7)), plc}
	if got, want := chosen(t, []Finding{f}, plant(), Defaults).Len(), chosen(t, []Finding{written()}, plant(), Defaults).Len(); got != want {
		t.Errorf("%d packets of a station in a VLAN, want %d", got, want)
	}
	if got := Stations([]string{"192.0.2.9", "02:00:c0:00:02:09", "nobody", "2001:db8::1"}); len(got) != 3 || got[0] != evil {
		t.Errorf("stations %v", got)
	}
}

// TestWords: what Davy says stands at the frame it is about.
func TestWords(t *testing.T) {
	f := written()
	f.Seen += string([]byte{0xff}) + strings.Repeat("x", 2*maxWords)
	s := chosen(t, []Finding{f}, plant(), Defaults)
	words := map[string][]string{}
	s.Each(func(f *Frame, w []string) error {
		words[fmt.Sprintf("%d/%d", f.File, f.Frame)] = w
		return nil
	})
	if w := words["1/21"]; len(w) != 2 || !strings.HasPrefix(w[0], "Davy F-7 (D29, high): New writer\nSeen: 192.0.2.9 wrote to press?xxx") || len(w[0]) > maxWords+8 || w[1] != "recorded in file 1 as frame 21" {
		t.Errorf("at its first frame it says %q", w)
	}
	if w := words["1/25"]; len(w) != 2 || w[0] != "Davy F-7 goes on: New writer" {
		t.Errorf("at a later frame it says %q", w)
	}
}

// TestLimits: a loud finding leaves room for a quiet one; nothing is left out uncounted; a
// finding's first packet is always there, and of the others those of its beginning and end.
func TestLimits(t *testing.T) {
	loud, quiet := written(), written()
	loud.ID, loud.Detector = "F-1", "D38"
	loud.File, loud.Frame, loud.Time = 1, 1, epoch
	quiet.Stations = []davy.Addr{evil, plc}
	s := chosen(t, []Finding{loud, quiet}, plant(), Limits{Packets: 40, Bytes: 1 << 20})
	if s.Len() > 40 {
		t.Errorf("%d packets where 40 are allowed", s.Len())
	}
	byID := map[string]Count{}
	for _, c := range s.Counts {
		byID[c.Finding] = c
	}
	if c := byID["F-1"]; uint64(c.Packets)+c.LeftOut < 100 || c.LeftOut == 0 {
		t.Errorf("of about 120 packets %d were taken and %d counted as left out", c.Packets, c.LeftOut)
	}
	if c := byID["F-7"]; c.Packets < 16 {
		t.Errorf("the quiet finding has %d packets", c.Packets)
	}
	list := where(s)
	if !slices.Contains(list, "1/21") || !slices.Contains(list, "1/1") || !slices.Contains(list, "2/59") {
		t.Errorf("beginning or end is missing: %v", list)
	}
	tiny := chosen(t, []Finding{loud, quiet}, plant(), Limits{})
	if got := where(tiny); !reflect.DeepEqual(got, []string{"1/1", "1/21"}) {
		t.Errorf("with no room at all: %v, want the two first packets", got)
	}
}

// TestGoneAndUnread: what the recording lost and what was not looked through is said.
func TestGoneAndUnread(t *testing.T) {
	f := written()
	f.Last = f.Time + 3*3600*second
	late := plant()[60:] // the first file is overwritten
	s := chosen(t, []Finding{f}, late, Defaults)
	if c := s.Counts[0]; !c.Gone || c.Unread != "2h49m0s" || c.Packets != 15 {
		t.Errorf("%+v", c)
	}
}
