// Package detect judges: it holds the detectors. A [Judge] belongs to a shard and judges
// messages one by one: rules written as YAML, first-seen behaviour, malformed and refused
// requests, protocols on foreign ports. The [Board] looks across shards: new assets and
// links, changed identities, address conflicts, scans, the sensor's own health; it numbers
// findings, extends them while their activity goes on, and tags planned work.
//
// It never acts and never mutes: a window lowers a finding's severity and is named in it.
// It holds no clock but the messages'; its tables have ceilings and count what they lost.
package detect

import (
	"embed"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/rule"
)

//go:generate go run ../scripts/detectors ../docs/detectors.md

//go:embed rules
var builtin embed.FS

// Rules loads the rules that come with Davy.
func Rules() (*rule.Set, error) { return rule.LoadAll(builtin, "rules") }

// Config is what judging needs to know of the site and of the protocols.
type Config struct {
	Site       *davy.Site
	Rules      *rule.Set
	Industrial func(protocol string) bool
	// Owns reports whether a protocol owns a port; Owners names those that do.
	Owns     func(protocol string, port uint16) bool
	Owners   func(layer string, port uint16) []string
	Ledger   int // keys a shard remembers
	Scans    int // sources watched for scanning
	Windows  []davy.Window
	Findings int // open findings on the board
	// PathKind finds how a device behind an address is named, for what was saved.
	PathKind func(name string) *davy.PathKind

	board *Board // that was made with this, for the judges
}

// told reports whether the board has a finding of this key, of no weight and outside planned
// work, that activity now would extend. Judges may look while the board rests: it listens
// only when no judge is at work.
func (c *Config) told(key uint64, now int64) bool {
	if c.board == nil {
		return false
	}
	f := c.board.byKey[key]
	return f != nil && f.Severity == davy.Info && f.Window == "" && now-f.Last <= quietOf(f.Detector)
}

// Quiet times, ns: activity of an equal key after this long is a new finding.
const (
	actionQuiet = 3600e9
	newsQuiet   = 24 * 3600e9
)

// Detector numbers, as findings carry them.
const (
	newAsset      = "D01"
	changedDevice = "D03"
	conflict      = "D04"
	newOperation  = "D07"
	newObject     = "D08"
	newLink       = "D11"
	internet      = "D13"
	foreignPort   = "D16"
	newWriter     = "D29"
	malformed     = "D33"
	refused       = "D34"
	scan          = "D36"
	spoofing      = "D38"
	blind         = "D46"
)

func quietOf(detector string) int64 {
	switch detector {
	case newAsset, newOperation, newObject, newLink, internet, foreignPort, newWriter, refused, malformed:
		return newsQuiet
	}
	return actionQuiet
}

// key makes a finding's key of a detector and what makes it the same story.
func key(detector string, parts ...uint64) uint64 {
	h := davy.HashString(7, detector)
	for _, p := range parts {
		h = davy.Mix(h, p)
	}
	return h
}
