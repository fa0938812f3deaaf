package inventory

import (
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// families are kinds of device by the beginning of what they call their model, as the makers'
// catalogues name them. Only where a model leaves no doubt: an interface module that may also
// hold a processor is not here, its protocols tell more.
var families = []struct{ prefix, kind string }{
	// Drives: Schneider Altivar, Siemens SINAMICS and MICROMASTER, Rockwell PowerFlex and
	// Kinetix, ABB ACS, Danfoss VLT, SEW MOVI, Lenze.
	{"ATV", davy.KindDrive}, {"ALTIVAR", davy.KindDrive}, {"SINAMICS", davy.KindDrive}, {"MICROMASTER", davy.KindDrive},
	{"POWERFLEX", davy.KindDrive}, {"KINETIX", davy.KindDrive}, {"ACS5", davy.KindDrive}, {"ACS8", davy.KindDrive}, {"VLT ", davy.KindDrive},
	{"MOVITRAC", davy.KindDrive}, {"MOVIDRIVE", davy.KindDrive}, {"MOVIFIT", davy.KindDrive}, {"I550", davy.KindDrive},
	// Remote I/O: Siemens ET 200, Rockwell's Ethernet adapters, WAGO couplers, Beckhoff couplers,
	// Schneider drops and STB, Phoenix Contact.
	{"ET200", davy.KindIO}, {"ET 200", davy.KindIO}, {"1734-AENT", davy.KindIO}, {"1738-AENT", davy.KindIO}, {"1794-AENT", davy.KindIO},
	{"1756-ENBT/REMOTE", davy.KindIO}, {"750-34", davy.KindIO}, {"750-35", davy.KindIO}, {"750-36", davy.KindIO}, {"750-37", davy.KindIO},
	{"EK1", davy.KindIO}, {"BMXCRA", davy.KindIO}, {"BMX CRA", davy.KindIO}, {"BMECRA", davy.KindIO}, {"BME CRA", davy.KindIO}, {"STBNI", davy.KindIO},
	{"AXL F BK", davy.KindIO}, {"IL PN BK", davy.KindIO}, {"IL ETH BK", davy.KindIO},
	// Panels: Siemens, Rockwell PanelView, Schneider Magelis.
	{"SIMATIC HMI", davy.KindHMI}, {"SIMATIC-HMI", davy.KindHMI}, {"PANELVIEW", davy.KindHMI}, {"2711", davy.KindHMI}, {"HMIG", davy.KindHMI}, {"HMIS", davy.KindHMI},
	// Switches: Siemens SCALANCE X, Hirschmann, Rockwell Stratix, Moxa, Phoenix Contact.
	{"SCALANCE-X", davy.KindSwitch}, {"SCALANCE X", davy.KindSwitch}, {"HIRSCHMANN RSP", davy.KindSwitch}, {"HIRSCHMANN RS2", davy.KindSwitch},
	{"HIRSCHMANN MS2", davy.KindSwitch}, {"STRATIX", davy.KindSwitch}, {"1783-", davy.KindSwitch}, {"EDS-", davy.KindSwitch}, {"FL SWITCH", davy.KindSwitch},
	// Gateways to serial lines and field buses: Moxa, Schneider.
	{"MGATE", davy.KindGateway}, {"NPORT", davy.KindGateway}, {"EGX", davy.KindGateway}, {"TSXETG", davy.KindGateway},
}

// family is the kind of device that a model's name leaves no doubt about, "" where it does.
func family(model string) string {
	model = strings.ToUpper(strings.TrimSpace(model))
	for _, f := range families {
		if strings.HasPrefix(model, f.prefix) {
			return f.kind
		}
	}
	return ""
}

// familiar lets a device's model say of what kind it is, where that was only concluded from
// what it serves and asks. What it said itself and what is declared stand.
func familiar(r *davy.Asset) {
	kind := family(r.Model)
	if kind == "" || kind == r.Kind || slices.ContainsFunc(r.Evidence, func(e davy.Evidence) bool { return e.Attribute == davy.AttrKind && !concluded(&e) }) {
		return
	}
	settle(r, kind, "model "+r.Model, 60)
}

// many are the devices behind an address from which it is a gateway's.
const many = 2

// settle gives a row another kind than was concluded before, and the level that follows from
// it where none is declared.
func settle(r *davy.Asset, kind, why string, confidence uint8) {
	r.Evidence = slices.DeleteFunc(r.Evidence, func(e davy.Evidence) bool { return e.Attribute == davy.AttrKind })
	r.Evidence = append(r.Evidence, davy.Evidence{Attribute: davy.AttrKind, Value: kind, Source: why, Confidence: confidence, First: r.First, Last: r.Last, Count: 1})
	if r.Level == levels[r.Kind] {
		r.Level = levels[kind]
	}
	r.Kind = kind
}

// concluded reports whether a kind was concluded from a device's roles.
func concluded(e *davy.Evidence) bool {
	return e.Confidence == roleSure && (strings.HasPrefix(e.Source, "serves ") || strings.HasPrefix(e.Source, "polls ") || strings.HasPrefix(e.Source, "uses "))
}
