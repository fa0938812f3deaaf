package s7

import (
	"bytes"
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// statusList tells what a whole system status list says of the controller: identifier,
// index, length and number of records, records (STEP 7, "System Software for S7-300/400,
// System and Standard Functions", chapter on system status lists). The low byte of the
// identifier is the list, the high one the part of it.
func (d *conversation) statusList(p *pdu, b []byte) {
	r := wire.NewReader(b)
	id := r.U16()
	r.Skip(2)
	length, count := int(r.U16()), int(r.U16())
	if r.Short() || length == 0 {
		return
	}
	for range count {
		record := r.Bytes(length)
		if r.Short() {
			return
		}
		switch id & 0xff {
		case 0x11:
			d.module(p, record)
		case 0x1c:
			d.component(p, record)
		case 0x24:
			d.operatingState(p, record)
		case 0x32:
			d.protection(p, record)
		case 0x19, 0x74:
			d.lamp(p, record)
		}
	}
}

// Where the facts come from.
const (
	fromModule     = "s7 SZL 0x11 module identification"
	fromComponent  = "s7 SZL 0x1c component identification"
	fromState      = "s7 SZL 0x24 operating state"
	fromProtection = "s7 SZL 0x32 protection"
	fromLamps      = "s7 SZL 0x19 LED"
)

// Confidence of the device's own word, and of conclusions from it.
const (
	own       = 95
	ownSecond = 90
	concluded = 60
)

// module reads a record of the module identification: index, order number, type, version.
func (d *conversation) module(p *pdu, b []byte) {
	r := wire.NewReader(b)
	index, order := r.U16(), clean(r.Bytes(20))
	r.Skip(2)
	version, release := r.U16(), r.U16()
	if r.Short() {
		return
	}
	switch index {
	case 1, 6: // the module, its hardware
		d.tell(p, davy.AttrOrder, order, fromModule, own)
		d.tell(p, davy.AttrModel, order, fromModule, concluded)
		d.text = strconv.AppendUint(d.text[:0], uint64(version), 10)
		d.tell(p, davy.AttrHardware, d.text, fromModule, own)
		if bytes.HasPrefix(order, []byte("6ES7 ")) || bytes.HasPrefix(order, []byte("6GK7 ")) {
			d.tell(p, davy.AttrVendor, siemens, fromModule, concluded)
		}
	case 7: // the firmware
		d.text = appendVersion(d.text[:0], version, release)
		d.tell(p, davy.AttrFirmware, d.text, fromModule, own)
	case 0x81: // the boot loader, called by its name
		if len(order) > 0 {
			d.text = append(append(d.text[:0], order...), ' ')
			d.text = appendVersion(d.text, version, release)
			d.tell(p, davy.AttrSoftware, d.text, fromModule, own)
		}
	}
}

var siemens = []byte("Siemens")

// appendVersion writes a version: a letter and a number, and two numbers more.
func appendVersion(dst []byte, version, release uint16) []byte {
	if letter := byte(version >> 8); letter >= 'A' && letter <= 'Z' {
		dst = append(dst, letter)
	}
	dst = strconv.AppendUint(dst, uint64(version&0xff), 10)
	dst = strconv.AppendUint(append(dst, '.'), uint64(release>>8), 10)
	return strconv.AppendUint(append(dst, '.'), uint64(release&0xff), 10)
}

// manufacturerSiemens is Siemens in the list of manufacturers of PROFIBUS and PROFINET
// International.
const manufacturerSiemens = 0x002a

// component reads a record of the component identification: index, and 32 bytes, of which
// names and serial number fill 24 and the rest is reserved, whatever is left in it. The lists
// of redundant systems have the CPU before the index and are left out.
func (d *conversation) component(p *pdu, b []byte) {
	if len(b) != 34 {
		return
	}
	r := wire.NewReader(b)
	index := r.U16()
	n := 32
	switch index {
	case 1, 2, 5:
		n = 24
	case 4:
		n = 26
	}
	// A name has the letters of the station that gave it, which need not be UTF-8.
	d.text = davy.AppendClean(d.text[:0], clean(r.Bytes(n)))
	text := d.text
	switch index {
	case 1: // name of the automation system
		d.tell(p, davy.AttrName, text, fromComponent, own)
	case 2: // name of the module
		d.tell(p, davy.AttrName, text, fromComponent, ownSecond)
	case 3, 0x0b: // plant designation, location
		d.tell(p, davy.AttrLocation, text, fromComponent, own)
	case 4: // copyright
		if bytes.Contains(text, siemens) {
			d.tell(p, davy.AttrVendor, siemens, fromComponent, ownSecond)
		}
	case 5: // serial number of the module
		d.tell(p, davy.AttrSerial, text, fromComponent, own)
	case 7: // type of the module
		d.tell(p, davy.AttrModel, text, fromComponent, own)
		if bytes.HasPrefix(text, []byte("CPU ")) || bytes.HasSuffix(text, []byte(" CPU")) {
			d.tell(p, davy.AttrKind, controller, fromComponent, own)
		}
	case 8: // serial number of the memory card
		d.tell(p, davy.AttrModule, text, fromComponent, own)
	case 9: // manufacturer
		if uint16(b[2])<<8|uint16(b[3]) == manufacturerSiemens {
			d.tell(p, davy.AttrVendor, siemens, fromComponent, own)
		}
	}
}

// states names the operating states of the low half byte of a transition.
var states = [16]string{1: "stop", 2: "stop", 3: "stop", 4: "stop", 5: "startup", 6: "startup", 7: "startup", 8: "run",
	9: "run redundant", 10: "hold", 11: "link-up", 12: "update", 13: "defect", 14: "self-test", 15: "no power"}

// operatingState reads the last transition: event, a byte, and the states.
func (d *conversation) operatingState(p *pdu, b []byte) {
	if len(b) < 4 {
		return
	}
	d.text = append(d.text[:0], states[b[3]&15]...)
	d.tell(p, davy.AttrRunState, d.text, fromState, own)
}

var (
	levels   = [...]string{1: "level 1", 2: "level 2", 3: "level 3"}
	switches = [...]string{1: "RUN", 2: "RUN-P", 3: "STOP", 4: "MRES"}
)

// protection reads the protection in force and the position of the mode switch: index, three
// levels, of which the last is valid, and the switch.
func (d *conversation) protection(p *pdu, b []byte) {
	r := wire.NewReader(b)
	index := r.U16()
	r.Skip(4)
	level, key := int(r.U16()), int(r.U16())
	if r.Short() || index != 4 {
		return
	}
	if level < len(levels) {
		d.text = append(d.text[:0], levels[level]...)
		d.tell(p, davy.AttrProtected, d.text, fromProtection, own)
	}
	if key < len(switches) {
		d.text = append(d.text[:0], switches[key]...)
		d.tell(p, davy.AttrKey, d.text, fromProtection, own)
	}
}

// lamp reads the state of a lamp: which, on, flashing. RUN and STOP that burn steadily tell
// the operating state.
func (d *conversation) lamp(p *pdu, b []byte) {
	if len(b) < 4 || b[0] != 0 || b[2] != 1 || b[3] != 0 {
		return
	}
	switch b[1] {
	case 4:
		d.tell(p, davy.AttrRunState, stateRun, fromLamps, ownSecond)
	case 5:
		d.tell(p, davy.AttrRunState, stateStop, fromLamps, ownSecond)
	}
}

// clean cuts a text at its first NUL and takes spaces off its end and beginning.
func clean(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return bytes.Trim(b, " ")
}
