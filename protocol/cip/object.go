package cip

import (
	"strconv"

	"github.com/davylamp/davy"
)

// What CIP messages are about. In Class, Area is the class, Index the instance (told where
// Count is 1), Sub the attribute, and Name what else the path says: members, outer classes,
// further attributes. In Tag, Name is the tag, Count the elements and Sub the attribute. In DataFile, which
// is of PCCC, Area is the file number, Index the element, Sub the sub-element below the
// file type, and Count the elements.
var (
	Class    = davy.Space{Name: "cip class", Text: appendClass}
	Tag      = davy.Space{Name: "cip tag", Text: appendTag}
	DataFile = davy.Space{Name: "pccc data file", Text: appendDataFile}
)

// Spaces are all of them, for those who load saved objects.
func Spaces() []*davy.Space { return []*davy.Space{&Class, &Tag, &DataFile} }

// object is what the path names.
func (p *epath) object() davy.Object {
	switch {
	case p.classes > 0:
		return davy.Object{Space: &Class, Area: p.class, Index: uint64(p.instance), Count: uint32(min(p.instances, 1)),
			Sub: p.attribute, Name: p.name}
	case p.symbols > 0:
		return davy.Object{Space: &Tag, Sub: p.attribute, Name: p.name}
	}
	return davy.Object{}
}

// appendClass writes "class 0x01 identity instance 1 attribute 7".
func appendClass(dst []byte, o *davy.Object) []byte {
	dst = appendHex(append(dst, "class "...), o.Area)
	if name := className(o.Area); name != "" {
		dst = append(append(dst, ' '), name...)
	}
	if o.Count > 0 {
		dst = strconv.AppendUint(append(dst, " instance "...), o.Index, 10)
	}
	if o.Sub > 0 {
		dst = strconv.AppendUint(append(dst, " attribute "...), uint64(o.Sub), 10)
	}
	if len(o.Name) > 0 {
		if o.Name[0] != ' ' {
			dst = append(dst, " in "...)
		}
		dst = davy.AppendClean(dst, o.Name)
	}
	return dst
}

// appendTag writes "tag Line1.Speed[3], 5 elements".
func appendTag(dst []byte, o *davy.Object) []byte {
	dst = davy.AppendClean(append(dst, "tag "...), o.Name)
	if o.Sub > 0 {
		dst = strconv.AppendUint(append(dst, " attribute "...), uint64(o.Sub), 10)
	}
	if o.Count > 1 {
		dst = strconv.AppendUint(append(dst, ", "...), uint64(o.Count), 10)
		dst = append(dst, " elements"...)
	}
	return dst
}

// appendHex writes 0x01, 0x8e, 0x0334: two digits, four, or eight.
func appendHex(dst []byte, v uint32) []byte {
	const hex = "0123456789abcdef"
	digits := 2
	switch {
	case v > 0xffff:
		digits = 8
	case v > 0xff:
		digits = 4
	}
	dst = append(dst, '0', 'x')
	for digits--; digits >= 0; digits-- {
		dst = append(dst, hex[v>>(4*digits)&15])
	}
	return dst
}
