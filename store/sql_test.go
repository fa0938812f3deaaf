package store

import "testing"

// TestNaturalKeepsTextsApart: what differs only in where its zeros stand is still two rows.
func TestNaturalKeepsTextsApart(t *testing.T) {
	seen := map[string]string{}
	for _, s := range []string{"L-00000000000000a1", "L-0000000000000a01", "L-a0b00c", "L-a00b0c", "F-1", "F-01", "F-001", "0", "00", "10.0.0.1", "10.0.0.01"} {
		if other, ok := seen[natural(s)]; ok {
			t.Errorf("%q and %q stand in one place", s, other)
		}
		seen[natural(s)] = s
	}
	for _, pair := range [][2]string{{"F-9", "F-10"}, {"10.1.0.9", "10.1.0.10"}, {"A-7", "A-7/unit 3"}, {"A-7/unit 3", "A-10"}, {"F-1", "F-01"}} {
		if natural(pair[0]) >= natural(pair[1]) {
			t.Errorf("%q does not stand before %q", pair[0], pair[1])
		}
	}
}
