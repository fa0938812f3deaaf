package cip

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/davylamp/davy"
)

// Port segments as CIP Vol. 1, C-1.4.1 writes them.
var routes = []struct{ hex, text string }{
	{"", ""},
	{"0100", "slot 0"},
	{"01ff", "slot 255"},
	{"0203", "route 2,3"},
	{"0102 0101", "route 1,2,1,1"},
	{"0100 0201 0302 0403", "route 1,0,2,1,3,2,4,3"},
	{"120a 3139322e302e322e3137 0105", "route 2,192.0.2.17,1,5"}, // an address of ten characters
	{"120b 3230332e302e3131332e37 00 0100", "route 2,203.0.113.7,1,0"},
	{"0f1200 05", "long route"}, // port 18
	{"1204 706c6331 0100", "long route"},
	{"0100 0201 0302 0403 0504", "long route"},
}

func readRoute(t *testing.T, text string) route {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	var p epath
	p.read(b, nil)
	if p.defect != "" {
		t.Fatalf("%s: %s", text, p.defect)
	}
	return p.route
}

func TestRouteText(t *testing.T) {
	seen := map[davy.Path]string{}
	for _, r := range routes {
		way := readRoute(t, r.hex)
		p := way.path()
		if got := p.String(); got != r.text && !(r.text == "long route" && strings.HasPrefix(got, "long route #")) {
			t.Errorf("%s is %q, not %q", r.hex, got, r.text)
		}
		if other, ok := seen[p]; ok {
			t.Errorf("%s and %s are the same path", r.hex, other)
		}
		seen[p] = r.hex
	}
}

// A route in two halves is the route as a whole, wherever the whole can be written.
func TestJoinRoute(t *testing.T) {
	for _, c := range [][3]string{
		{"", "0100", "0100"},
		{"0102", "", "0102"},
		{"0102", "0101", "0102 0101"},
		{"0102 120b 3230332e302e3131332e37 00", "0100", "0102 120b 3230332e302e3131332e37 00 0100"},
	} {
		first, then, whole := readRoute(t, c[0]), readRoute(t, c[1]), readRoute(t, c[2])
		if got, want := joinRoute(first.path(), &then), whole.path(); got != want {
			t.Errorf("%q and %q make %v, not %v", c[0], c[1], got, want)
		}
	}
	long, then := readRoute(t, "0f1200 05"), readRoute(t, "0100")
	if got := joinRoute(long.path(), &then); got.Kind != &LongRoutePath || got == long.path() {
		t.Errorf("behind a long route is %v", got)
	}
}
