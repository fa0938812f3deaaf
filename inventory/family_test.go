package inventory

import (
	"testing"

	"github.com/davylamp/davy"
)

func TestFamily(t *testing.T) {
	for model, want := range map[string]string{
		"ATV320U22N4B": davy.KindDrive, "PowerFlex 525 3P 400V 5.0HP": davy.KindDrive, "SINAMICS-G120": davy.KindDrive,
		"ET200SP": davy.KindIO, "1734-AENTR/B Ethernet Adapter": davy.KindIO, "Hirschmann RSP30 09.1.02": davy.KindSwitch,
		"PanelView Plus 7": davy.KindHMI, "1756-L83E/B": "", "S7-1500": "", "750-8212": "", "": "", "BME H58 2040": "",
	} {
		if got := family(model); got != want {
			t.Errorf("%q is %q, want %q", model, got, want)
		}
	}
}

// TestFamiliar: a model tells more than what a device serves, and less than the device itself
// or the operator.
func TestFamiliar(t *testing.T) {
	for _, c := range []struct {
		what, source string
		confidence   uint8
		want, level  string
	}{
		{"concluded", "serves modbus", roleSure, davy.KindDrive, "0"},
		{"told", "s7 setup communication", 50, davy.KindController, "1"},
		{"declared", "declared", 100, davy.KindController, "1"},
	} {
		r := davy.Asset{Kind: davy.KindController, Level: "1", Model: "ATV320", Evidence: []davy.Evidence{{Attribute: davy.AttrKind, Value: davy.KindController, Source: c.source, Confidence: c.confidence}}}
		familiar(&r)
		if r.Kind != c.want || r.Level != c.level || len(r.Evidence) != 1 || r.Evidence[0].Value != c.want {
			t.Errorf("%s: %s at level %q by %v", c.what, r.Kind, r.Level, r.Evidence)
		}
	}
}
