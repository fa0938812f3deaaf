package main

import "testing"

func TestFolded(t *testing.T) {
	const text = "the filler was stopped by äöü-station at night"
	for _, c := range []struct {
		margin, columns int
		want            string
	}{
		{4, 30, "the filler was stopped by\n    äöü-station at night"},
		{4, 29, "the filler was stopped by\n    äöü-station at night"},
		{4, 28, "the filler was stopped\n    by äöü-station at night"},
		{0, 200, text},
		{30, 40, text}, // no room to fold into
	} {
		if got := folded(text, c.margin, c.columns); got != c.want {
			t.Errorf("margin %d of %d columns:\n%s\nwant\n%s", c.margin, c.columns, got, c.want)
		}
	}
}
