package davy

import "strconv"

// Space is a kind of object a protocol addresses: a register table, a data block, an
// object class. A protocol declares each of its spaces once, as a package-level value.
type Space struct {
	Name string // such as "holding register"; unique within Davy
	// Text appends the object in the field's own notation; nil takes the plain form
	// "name index..last" or "name index".
	Text func(dst []byte, o *Object) []byte
}

// Object is what a message is about: a range of registers, a tag, a block, an attribute.
// The zero Object is none.
type Object struct {
	Space *Space
	Area  uint32 // data block number, object class: what is numbered above Index
	Index uint64 // first address, in the space's unit; S7 counts bits
	Count uint32 // how many from Index on; 0 where counting says nothing
	Sub   uint32 // attribute, bit, type: what is numbered below Index
	Name  []byte // tag, block or file name; dies with the packet
}

// Hash is equal for equal objects, in every process.
func (o *Object) Hash() uint64 {
	if o.Space == nil {
		return 0
	}
	h := HashString(0, o.Space.Name)
	h = Mix(h^uint64(o.Area)<<32^uint64(o.Sub), o.Index)
	h = Mix(h, uint64(o.Count))
	if len(o.Name) > 0 {
		h = HashBytes(h, o.Name)
	}
	return h
}

// Append appends the object as text; nothing for the zero Object.
func (o *Object) Append(dst []byte) []byte {
	switch {
	case o.Space == nil:
		return dst
	case o.Space.Text != nil:
		return o.Space.Text(dst, o)
	}
	dst = append(dst, o.Space.Name...)
	if len(o.Name) > 0 {
		return AppendClean(append(dst, ' '), o.Name)
	}
	dst = strconv.AppendUint(append(dst, ' '), o.Index, 10)
	if o.Count > 1 {
		dst = strconv.AppendUint(append(dst, ".."...), o.Index+uint64(o.Count)-1, 10)
	}
	return dst
}

func (o *Object) String() string { return string(o.Append(nil)) }

// PathKind is a way of naming a device behind an address: a Modbus unit, a CIP slot.
type PathKind struct {
	Name string // such as "unit"; unique within Davy
	// Text appends the path; nil takes the plain form "name number".
	Text func(dst []byte, number uint64) []byte
}

// Path names a device behind an address; the zero Path is the address itself.
type Path struct {
	Kind   *PathKind
	Number uint64
}

// Append appends the path as text; nothing for the zero Path.
func (p Path) Append(dst []byte) []byte {
	switch {
	case p.Kind == nil:
		return dst
	case p.Kind.Text != nil:
		return p.Kind.Text(dst, p.Number)
	}
	return strconv.AppendUint(append(append(dst, p.Kind.Name...), ' '), p.Number, 10)
}

func (p Path) String() string { return string(p.Append(nil)) }

// Hash is equal for equal paths, in every process.
func (p Path) Hash() uint64 {
	if p.Kind == nil {
		return 0
	}
	return Mix(HashString(1, p.Kind.Name), p.Number)
}
