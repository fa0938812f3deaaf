package cip

import (
	"strconv"

	_ "embed"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Identity is what a device says of itself: the Identity object's attributes 1 to 7 (CIP
// Vol. 1, 5-2.2.1), which List Identity carries too.
type Identity struct {
	Vendor, Type, Product uint16
	Major, Minor          uint8
	Status                uint16
	Serial                uint32
	Name                  []byte
}

// ReadIdentity reads attributes 1 to 7 behind each other.
func ReadIdentity(r *wire.Reader) (id Identity, ok bool) {
	id.Vendor, id.Type, id.Product = r.U16LE(), r.U16LE(), r.U16LE()
	id.Major, id.Minor = r.U8(), r.U8()
	id.Status, id.Serial = r.U16LE(), r.U32LE()
	id.Name = r.Bytes(int(r.U8()))
	return id, !r.Short()
}

// Tell tells the identity of the device behind path of the sender. text is memory to write
// into, and is returned.
func (id *Identity) Tell(c *protocol.Context, path davy.Path, source string, text []byte) []byte {
	who := teller{c, path, source, false, text}
	who.identity(id)
	return who.text
}

func (t *teller) identity(id *Identity) {
	t.vendor(id.Vendor)
	t.kind(id.Type)
	name := trim(id.Name)
	if len(name) > 0 {
		t.raw(davy.AttrModel, name)
	}
	if id.Vendor != 0 {
		t.code(id.Product, len(name) > 0)
	}
	t.revision(id.Major, id.Minor)
	t.serial(id.Serial)
	t.status(id.Status, id.Vendor == rockwell && id.Type == controllerType)
}

// Confidences: the device's own word, what is concluded from it, and a bare number beside a
// name, which descriptions of devices and advisories go by.
const (
	sure   = 95
	likely = 70
	number = 20
)

const (
	rockwell       = 1
	controllerType = 0x0e
)

// teller tells facts about one device behind the sender.
type teller struct {
	c      *protocol.Context
	path   davy.Path
	source string
	blind  bool // only the state may be told
	text   []byte
}

// tell tells what is in text.
func (t *teller) tell(a davy.Attribute, confidence uint8) {
	if !t.blind || a == davy.AttrRunState || a == davy.AttrKey {
		t.c.TellOf(t.c.Sender.Addr, t.path, a, t.text, t.source, confidence)
	}
}

// raw tells what stands in the packet.
func (t *teller) raw(a davy.Attribute, value []byte) {
	if !t.blind {
		t.c.TellOf(t.c.Sender.Addr, t.path, a, value, t.source, sure)
	}
}

func (t *teller) vendor(id uint16) {
	if id == 0 {
		return
	}
	t.text = append(t.text[:0], VendorName(id)...)
	if len(t.text) == 0 {
		t.text = strconv.AppendUint(append(t.text, "CIP vendor "...), uint64(id), 10)
	}
	t.tell(davy.AttrVendor, sure)
}

// code tells the product code, by a source of its own: beside a name it is the same word
// about the model, and no second one.
func (t *teller) code(product uint16, named bool) {
	confidence, source := uint8(sure), t.source
	if named {
		confidence, t.source = number, "cip product code"
	}
	t.text = strconv.AppendUint(append(t.text[:0], "product code "...), uint64(product), 10)
	t.tell(davy.AttrModel, confidence)
	t.source = source
}

func (t *teller) kind(id uint16) {
	name, kind := deviceType(id)
	if name == "" {
		t.text = strconv.AppendUint(append(t.text[:0], "device type "...), uint64(id), 10)
	} else {
		t.text = append(t.text[:0], name...)
	}
	t.tell(davy.AttrRole, sure)
	if kind != "" {
		t.text = append(t.text[:0], kind...)
		t.tell(davy.AttrKind, sure)
	}
}

// revision is told as Rockwell and ODVA write it: 4.003 is major 4, minor 3.
func (t *teller) revision(major, minor uint8) {
	if major == 0 && minor == 0 {
		return
	}
	t.text = append(strconv.AppendUint(t.text[:0], uint64(major), 10), '.')
	t.text = append(t.text, '0'+minor/100, '0'+minor/10%10, '0'+minor%10)
	t.tell(davy.AttrFirmware, sure)
}

func (t *teller) serial(n uint32) {
	if n == 0 || n == 0xffffffff {
		return
	}
	const hex = "0123456789abcdef"
	t.text = append(t.text[:0], "0x"...)
	for shift := 28; shift >= 0; shift -= 4 {
		t.text = append(t.text, hex[n>>shift&15])
	}
	t.tell(davy.AttrSerial, sure)
}

// status tells the run state out of the status word (CIP Vol. 1, table 5-2.3): bits 4 to 7
// are the extended device status, bits 8 to 11 faults. A Logix controller has its run mode
// in the former and its key switch in bits 12 and 13, which the specification leaves to
// the vendor (AdvancedHMI, "Class Codes for ControlLogix"). isLogix says that it is one;
// where that is not known, only a word in which both agree is believed.
func (t *teller) status(w uint16, isLogix bool) {
	state, key := "", ""
	switch w >> 4 & 15 {
	case 1:
		state = "firmware update"
	case 5:
		state = "major fault"
	case 6:
		state = "run"
	case 7:
		state = "idle"
	}
	switch w >> 12 & 3 {
	case 1:
		key = "run"
	case 2:
		key = "program"
	case 3:
		key = "remote"
	}
	confidence := uint8(sure)
	if !isLogix {
		agrees := state == "run" && key != "program" || state == "idle" && key != "run"
		if confidence = likely; !agrees || w>>14 != 0 {
			key = ""
		}
	}
	if key != "" && state == "idle" {
		state = "program"
	}
	if state != "" {
		t.text = append(t.text[:0], state...)
		t.tell(davy.AttrRunState, confidence)
	}
	if key != "" {
		t.text = append(t.text[:0], key...)
		t.tell(davy.AttrKey, confidence)
	}
}

// vendors are the vendor ids that ODVA assigned, a number and a name a line, in the order
// of the numbers (a fact carried over from public lists of ODVA's vendor ids; reserved ids
// are left out).
//
//go:embed vendors.tsv
var vendors string

// VendorName is the vendor that ODVA assigned an id to; "" when it is not known.
func VendorName(id uint16) string {
	low, high := 0, len(vendors)
	for low < high {
		line := low + (high-low)/2
		for line > low && vendors[line-1] != '\n' {
			line--
		}
		end := line
		for end < len(vendors) && vendors[end] != '\n' {
			end++
		}
		n, at := 0, line
		for at < end && vendors[at] != '\t' {
			n, at = n*10+int(vendors[at]-'0'), at+1
		}
		switch {
		case n == int(id):
			return vendors[min(at+1, end):end]
		case n < int(id):
			low = end + 1
		default:
			high = line
		}
	}
	return ""
}
