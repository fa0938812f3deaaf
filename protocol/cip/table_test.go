package cip

import (
	"strconv"
	"strings"
	"testing"
)

// The tables are searched by halving: they must stand in order, each key once.
func TestTablesAreInOrder(t *testing.T) {
	ordered(t, "classes", len(classes), func(i int) int { return int(classes[i].id) })
	ordered(t, "own", len(own), func(i int) int { return int(own[i].class)<<8 | int(own[i].service) })
	ordered(t, "profiles", len(profiles), func(i int) int { return int(profiles[i].id) })
	ordered(t, "connectionStatuses", len(connectionStatuses), func(i int) int { return int(connectionStatuses[i].code) })
	ordered(t, "logixStatuses", len(logixStatuses), func(i int) int { return int(logixStatuses[i].code) })
	ordered(t, "pcccCommands", len(pcccCommands), func(i int) int {
		return int(pcccCommands[i].command)<<8 | int(pcccCommands[i].function)
	})
	lines := strings.Split(strings.TrimSuffix(vendors, "\n"), "\n")
	ordered(t, "vendors", len(lines), func(i int) int {
		id, _, _ := strings.Cut(lines[i], "\t")
		n, err := strconv.Atoi(id)
		if err != nil {
			t.Errorf("line %d of the vendors: %v", i+1, err)
		}
		return n
	})
}

func ordered(t *testing.T, name string, n int, key func(int) int) {
	t.Helper()
	for i := 1; i < n; i++ {
		if key(i) <= key(i-1) {
			t.Errorf("%s: entry %d (%#x) stands behind %#x", name, i, key(i), key(i-1))
		}
	}
}

func TestVendorName(t *testing.T) {
	for _, line := range strings.Split(strings.TrimSuffix(vendors, "\n"), "\n") {
		id, name, _ := strings.Cut(line, "\t")
		n, _ := strconv.Atoi(id)
		if got := VendorName(uint16(n)); got != name {
			t.Errorf("vendor %d is %q, not %q", n, got, name)
		}
	}
	for _, id := range []uint16{0, 9999, 65535} {
		if got := VendorName(id); got != "" {
			t.Errorf("vendor %d is nobody, not %q", id, got)
		}
	}
	if n := testing.AllocsPerRun(10, func() { VendorName(1337) }); n > 0 {
		t.Errorf("VendorName allocates %.0f times", n)
	}
}

// An attribute segment that says 0 is told, unlike none (CIP Vol. 1, C-1.4.2: 0x30 is the
// segment of an 8-bit attribute).
func TestAttributeZeroIsTold(t *testing.T) {
	for hex, want := range map[string]string{
		"\x20\x01\x24\x01":         "class 0x01 identity instance 1",
		"\x20\x01\x24\x01\x30\x00": "class 0x01 identity instance 1 attribute 0",
		"\x20\x01\x24\x01\x30\x07": "class 0x01 identity instance 1 attribute 7",
	} {
		var p epath
		p.read([]byte(hex), nil)
		o := p.object()
		if got := o.String(); got != want || p.defect != "" {
			t.Errorf("path %x reads as %q, not %q (%s)", hex, got, want, p.defect)
		}
	}
}
