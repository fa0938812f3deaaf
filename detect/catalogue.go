package detect

import (
	"slices"
	"strings"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/rule"
)

// Detector is what one detector says, for those who read the list of them.
type Detector struct {
	Number string
	Says   string
	Attack []string // techniques of MITRE ATT&CK for ICS that it may be a sign of
	// Usual is how grave a finding is when nothing makes it milder or graver; Least and Most
	// are the bounds outside planned work, which is at most low.
	Usual, Least, Most davy.Severity
	Learned            bool     // judges by what was learned, and only records while Davy learns
	Where              []string // its files in this folder
}

// coded are the detectors that remember something, each a Go file of its own or part of one.
// Those written as YAML tell all this themselves.
var coded = []Detector{
	{newAsset, "A station that was never there, or a known one with a new address", []string{"T0842"},
		davy.Medium, davy.Info, davy.Medium, true, []string{"arrival.go"}},
	{changedDevice, "A known device tells another firmware, model, hardware or serial number", []string{"T0857"},
		davy.High, davy.Low, davy.High, false, []string{"change.go"}},
	{conflict, "Two stations claim one address, an address moved, or an address that no station may have", []string{"T0830"},
		davy.Medium, davy.Low, davy.Medium, false, []string{"claim.go"}},
	{newOperation, "An operation that this link never carried", []string{"T0855"},
		davy.Low, davy.Info, davy.Medium, true, []string{"firstseen.go"}},
	{newObject, "A register, tag, block or other object that this link never touched", []string{"T0836", "T0855"},
		davy.Low, davy.Info, davy.Low, true, []string{"firstseen.go"}},
	{newLink, "Two stations talk that never did, or one opens links to many", []string{"T0842"},
		davy.Medium, davy.Info, davy.Medium, true, []string{"link.go"}},
	{internet, "A station of the plant talks to the Internet, or is reached from there", []string{"T0883", "T0869"},
		davy.High, davy.Info, davy.High, false, []string{"border.go"}},
	{foreignPort, "A protocol on a port that is not its own", []string{"T0885"},
		davy.High, davy.Low, davy.High, false, []string{"port.go"}},
	{newWriter, "Values changed by a source that never changed any", []string{"T0836", "T0855"},
		davy.High, davy.Info, davy.High, true, []string{"firstseen.go"}},
	{malformed, "A malformed or impossible message, or bytes arranged to evade whoever watches", []string{"T0814", "T0866"},
		davy.Low, davy.Low, davy.Medium, false, []string{"validity.go"}},
	{refused, "A controller refused what it was asked", []string{"T0855"},
		davy.Low, davy.Low, davy.Low, false, []string{"validity.go"}},
	{scan, "A scan for addresses, ports, hosts, controllers or devices, slow ones too", []string{"T0846", "T0842"},
		davy.High, davy.Low, davy.High, false, []string{"scan.go"}},
	{spoofing, "Somebody takes over addresses whose owners are still there (ARP spoofing)", []string{"T0830"},
		davy.High, davy.High, davy.High, false, []string{"claim.go"}},
	{blind, "Davy itself sees less: silence, a clock that jumped, one direction only, dropped or undecoded packets", nil,
		davy.Low, davy.Low, davy.High, false, []string{"health.go"}},
}

// attackOf are the techniques that findings of a coded detector carry.
func attackOf(number string) []string {
	for i := range coded {
		if coded[i].Number == number {
			return coded[i].Attack
		}
	}
	return nil
}

// Detectors lists every detector, in the order of their numbers.
func Detectors(rules *rule.Set) []Detector {
	list := slices.Clone(coded)
	for _, r := range rules.List {
		usual, least, most := r.Severities()
		i := slices.IndexFunc(list, func(d Detector) bool { return d.Number == r.ID })
		if i < 0 {
			list = append(list, Detector{r.ID, r.Title, r.Attack, usual, least, most, false, []string{"rules/" + r.File}})
			continue
		}
		// Several rules may be one detector: ways to do the same thing in other protocols.
		d := &list[i]
		d.Usual, d.Least, d.Most = max(d.Usual, usual), min(d.Least, least), max(d.Most, most)
		d.Where = append(slices.Clone(d.Where), "rules/"+r.File)
		for _, a := range r.Attack {
			if !slices.Contains(d.Attack, a) {
				d.Attack = append(slices.Clone(d.Attack), a)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Detector) int { return strings.Compare(a.Number, b.Number) })
	return list
}
