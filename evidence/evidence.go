// Package evidence makes what Davy says provable. Of a recording it picks the packets that
// an incident's findings stand on and writes them as pcapng, with Davy's words at the frames;
// it binds them with the incident, its findings, the rules that judged and what had been
// learned into one signed bundle; it says whether a bundle is still what was signed, and if
// not, what was changed; and it keeps an incident's packets when the recording would
// overwrite them.
//
// It judges nothing and decodes nothing: who talks in a frame is told by a [Who] that it is
// given, and frames come from a [Frames]. It has no clock, starts no goroutine and opens
// nothing outside the folders it was given. What it takes is bounded, and what did not fit is
// counted and stands in the bundle.
package evidence

import (
	"time"

	"github.com/davylamp/davy"
)

// Frame is a packet as it was recorded, and where. Data is lent for the call.
type Frame struct {
	File, Frame uint32 // number of the recording's file, and of the packet in it from 1
	Stamp       int64  // ns since the epoch
	Interface   string
	Link        uint16 // libpcap LINKTYPE
	Wire        int    // length on the wire
	Data        []byte
}

// Span is a part of a recording that is worth reading: the file with this number, and of
// others what was recorded between two stamps, ns.
type Span struct {
	File     uint32
	From, To int64
}

// Wanted reports whether a file with packets between two stamps has to be read.
func Wanted(spans []Span, file uint32, from, to int64) bool {
	for _, s := range spans {
		if s.File == file || s.From <= to && from <= s.To {
			return true
		}
	}
	return false
}

// Frames is a recording. Each hands on the frames of the spans, in the order of their places;
// it may hand on others, too. It ends with the first error of f.
type Frames interface {
	Each(want []Span, f func(*Frame) error) error
}

// Who appends the stations that a frame names to the list: the innermost sender and receiver
// first, then others that it concerns, such as its MACs and what an ARP asks for.
type Who func(f *Frame, to []davy.Addr) []davy.Addr

// Finding is what has to be known of a finding to find its packets.
type Finding struct {
	ID, Detector, Severity string
	Title, Expected, Seen  string
	File, Frame            uint32 // its first packet
	Time, Last             int64  // ns: the first packet's stamp, and the message time of the last
	Stations               []davy.Addr
	Row                    []byte // its row of findings.ndjson
}

// Rule is the rule or detector that judged, as it was: its version changes with its text.
type Rule struct {
	Detector, Version string
	Text              []byte // YAML
}

// Case is an incident with everything that explains it.
type Case struct {
	ID, Title string
	Severity  davy.Severity
	Row       []byte // its row of incidents.ndjson
	Findings  []Finding
	Rules     []Rule
	Learned   [][]byte // rows of what was learned about the links concerned, one JSON value each
	Sensor    string   // what the sensor is called
	Made      int64    // when the bundle is made, ns since the epoch
	LeftOut   uint64   // packets for which there was no room when they were kept
}

// Limits bound what is taken for one incident.
type Limits struct {
	Packets int
	Bytes   int
}

// Defaults are limits that a browser and a mail still carry.
var Defaults = Limits{Packets: 20_000, Bytes: 32 << 20}

// How far from a finding's first packet is looked for what belongs to it: so many packets of
// the same stations before it, and no longer ago than that; of a scan as far as its detector
// counts back. Of a finding that lasts longer than its beginning and its end may be, what is
// between is not looked through.
const (
	lead      = 8
	leadTime  = int64(30 * time.Second)
	scanTime  = int64(10 * time.Minute)
	beginning = int64(10 * time.Minute)
	ending    = int64(time.Minute)
	tail      = 8 // packets kept of a finding's end when it has too many
)

// reach is which frames belong to a finding.
type reach uint8

const (
	pair  reach = iota // between the actor and one of those whom it concerns
	actor              // all of the actor's
	all                // of any station that it names
)

// reachOf knows the detectors that judge more than a conversation: new stations and scans are
// what the actor did, to whomever; conflicts and spoofing are what several say of an address.
func reachOf(f *Finding) reach {
	switch f.Detector {
	case "D01", "D36":
		return actor
	case "D04", "D38":
		return all
	}
	if len(f.Stations) < 2 {
		return actor
	}
	return pair
}

// spans are what has to be read for a finding, and how long a time between is left out, ns.
func (f *Finding) spans() (list []Span, unread int64) {
	from := f.Time - leadTime
	if f.Detector == "D36" {
		from = f.Time - scanTime
	}
	last := max(f.Last, f.Time)
	if last-f.Time <= beginning+ending {
		return []Span{{f.File, from, last}}, 0
	}
	return []Span{{f.File, from, f.Time + beginning}, {f.File, last - ending, last}}, last - f.Time - beginning - ending
}

// Spans are what has to be read of a recording for these findings.
func Spans(findings []Finding) (list []Span) {
	for i := range findings {
		s, _ := findings[i].spans()
		list = append(list, s...)
	}
	return list
}

// Stations reads addresses as rows hold them; what is none is passed over. Rows name no
// scope, so that stations are compared without theirs: a packet too many does no harm.
func Stations(texts []string) (list []davy.Addr) {
	for _, t := range texts {
		if a := parse(t); !a.IsZero() {
			list = append(list, a)
		}
	}
	return list
}
