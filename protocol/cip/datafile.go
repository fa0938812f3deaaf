package cip

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// How a DataFile object is addressed, above the file type in Sub.
const (
	plainAddress = 1 << 24 // Index is a word address (PLC-2)
	plc5Levels   = 1 << 25 // file, element and sub-element without a type
)

// fileType is a type of SLC and MicroLogix file: the letters that engineers write, the size
// of an element in bytes, and how its words are read (1770-6.5.16, 7-17; 1763-RM001 and
// 1766-RM001, "Protocol configuration").
type fileType struct {
	code    uint8
	letters string
	size    uint32
	kind    davy.ValueKind
}

var fileTypes = [...]fileType{
	{0x82, "O", 2, davy.U16LE},
	{0x83, "I", 2, davy.U16LE},
	{0x84, "S", 2, davy.U16LE},
	{0x85, "B", 2, davy.U16LE},
	{0x86, "T", 6, davy.I16LE},
	{0x87, "C", 6, davy.I16LE},
	{0x88, "R", 6, davy.I16LE},
	{0x89, "N", 2, davy.I16LE},
	{0x8a, "F", 4, davy.F32LE},
	{0x8b, "O", 2, davy.U16LE}, // by logical slot
	{0x8c, "I", 2, davy.U16LE},
	{0x8d, "ST", 84, davy.Bytes},
	{0x8e, "A", 2, davy.U16LE},
	{0x8f, "D", 2, davy.U16LE},
	{0x91, "L", 4, davy.I32LE},
	{0x92, "MG", 50, davy.Bytes},
	{0x93, "PD", 46, davy.I16LE},
	{0x94, "PLS", 12, davy.I16LE},
}

// File types that hold no data but the program and its forces (tshark and RSLogix 500 call
// 0x22 ladder logic, 0x65 online edits, 0xa1 and 0xa2 output and input forces).
const (
	ladderFile      = 0x22
	editFile        = 0x65
	outputForceFile = 0xa1
	inputForceFile  = 0xa2
)

func fileTypeOf(code uint8) (f fileType) {
	for i := range fileTypes {
		if fileTypes[i].code == code {
			return fileTypes[i]
		}
	}
	return fileType{code: code, kind: davy.Bytes}
}

// fileVerb is what reading or writing means for what a file holds.
func fileVerb(v davy.Verb, code uint8) davy.Verb {
	switch {
	case code == ladderFile && v == davy.Read:
		return davy.Upload
	case code == ladderFile && v == davy.Write:
		return davy.Download
	case code == editFile && v == davy.Write:
		return davy.Edit
	case (code == outputForceFile || code == inputForceFile) && v == davy.Write:
		return davy.Force
	}
	return v
}

// fileValue reads elements of a file.
func fileValue(code uint8, b []byte) davy.Value {
	if len(b) == 0 {
		return davy.Value{}
	}
	return davy.Value{Kind: fileTypeOf(code).kind, Raw: b}
}

// address reads what a command is about; rest is what follows.
func (p *pccc) address(c *pcccCommand) (o davy.Object, rest []byte, ok bool) {
	r := wire.NewReader(p.data)
	switch c.form {
	case byAddress:
		o = davy.Object{Space: &DataFile, Index: uint64(r.U16LE()), Sub: plainAddress}
		if c.verb == davy.Read {
			o.Count = uint32(r.U8()) / 2
		}
	case bySection, bySectionSub, masked:
		size := uint32(r.U8())
		o = davy.Object{Space: &DataFile, Area: level(&r)}
		f := fileTypeOf(r.U8())
		o.Index, o.Sub = uint64(level(&r)), uint32(f.code)<<16
		if c.form != bySection {
			o.Sub |= level(&r) & 0xffff
		}
		if f.size > 0 && size%f.size == 0 {
			o.Count = size / f.size
		}
	case byFile:
		size := uint32(r.U8())
		o = davy.Object{Space: &DataFile, Area: uint32(r.U16LE()), Index: uint64(r.U16LE())}
		o.Sub, o.Count = uint32(r.U8())<<16, size/2
	case openFile:
		r.Skip(1)
		o = davy.Object{Space: &DataFile, Area: level(&r)}
		o.Sub = uint32(r.U8()) << 16
	case byRange, byLevels:
		if c.form == byRange {
			r.Skip(4) // offset and total of a transaction in several packets
		}
		o = plc5Address(&r)
	}
	rest = r.Rest()
	return o, rest, !r.Short()
}

// level reads a number of a logical address: a byte, or 0xff and 16 bits.
func level(r *wire.Reader) uint32 {
	if v := r.U8(); v != 0xff {
		return uint32(v)
	}
	return uint32(r.U16LE())
}

// plc5Address reads a PLC-5 system address (1770-6.5.16, 13-9): levels after a byte that
// says which, or text after 0x00 and '$' up to 0x00.
func plc5Address(r *wire.Reader) davy.Object {
	o := davy.Object{Space: &DataFile, Sub: plc5Levels}
	flags := r.U8()
	if flags == 0 {
		r.Skip(1) // '$'
		start := *r
		n := 0
		for r.Len() > 0 && r.U8() != 0 {
			n++
		}
		o.Name = start.Bytes(n)
		return o
	}
	for i := range 7 {
		if flags>>i&1 == 0 {
			continue
		}
		v := level(r)
		switch i {
		case 1:
			o.Area = v
		case 2:
			o.Index = uint64(v)
		case 3:
			o.Sub |= v & 0xffff
		}
	}
	return o
}

// appendDataFile writes "data file N7:10", "data file T4:2.1, 3 elements", "data file 3 type
// 0x65", or the address where there are no types.
func appendDataFile(dst []byte, o *davy.Object) []byte {
	dst = append(dst, "data file "...)
	code, sub := uint8(o.Sub>>16), o.Sub&0xffff
	f := fileTypeOf(code)
	switch {
	case len(o.Name) > 0:
		return davy.AppendClean(dst, o.Name)
	case o.Sub&plainAddress != 0:
		dst = strconv.AppendUint(append(dst, "address "...), o.Index, 10)
	case o.Sub&plc5Levels == 0 && f.letters == "":
		dst = strconv.AppendUint(dst, uint64(o.Area), 10)
		dst = appendHex(append(dst, " type "...), uint32(code))
		dst = strconv.AppendUint(append(dst, " element "...), o.Index, 10)
	default:
		dst = strconv.AppendUint(append(dst, f.letters...), uint64(o.Area), 10)
		dst = strconv.AppendUint(append(dst, ':'), o.Index, 10)
		if sub > 0 {
			dst = strconv.AppendUint(append(dst, '.'), uint64(sub), 10)
		}
	}
	if o.Count > 1 {
		dst = append(strconv.AppendUint(append(dst, ", "...), uint64(o.Count), 10), " elements"...)
	}
	return dst
}
