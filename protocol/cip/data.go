package cip

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// fillData adds to a request's object what its data says: how many elements, which
// attributes.
func (d *Dialogue) fillData(m *davy.Message, q *request) {
	r := wire.NewReader(q.data)
	switch {
	case q.path.namesTag() && (q.service == readTag || q.service == readFragment):
		elements(m, uint32(r.U16LE()))
	case q.path.namesTag() && (q.service == writeTag || q.service == writeFragment):
		_, n := typed(q.data, 2)
		elements(m, n)
	case q.service == getAttributeList:
		n := int(r.U16LE())
		if r.Short() || 2*n > r.Len() {
			if q.defect == "" {
				m.Defect = davy.LengthMismatch
			}
			return
		}
		if n == 1 {
			m.Object.Sub = uint32(r.U16LE())
			return
		}
		for i := range n {
			text := ", "
			if i == 0 {
				text = " attributes "
			}
			d.text = strconv.AppendUint(append(d.text, text...), uint64(r.U16LE()), 10)
		}
		m.Object.Name = d.text
	case q.service == setAttributeList:
		d.fillSetList(m, q, r)
	}
}

// fillSetList adds to an object the attributes that are set at once: all where the length
// of each value is known, else the first and how many follow.
func (d *Dialogue) fillSetList(m *davy.Message, q *request, r wire.Reader) {
	n := int(r.U16LE())
	first, before, told := r, len(d.text), 0
	for ; told < n; told++ {
		id := uint32(r.U16LE())
		r.Skip(attributeLen(q.path.class, id, r))
		if r.Short() {
			break
		}
		text := ", "
		if told == 0 {
			text = " attributes "
		}
		d.text = strconv.AppendUint(append(d.text, text...), uint64(id), 10)
	}
	if n > 1 && told == n {
		m.Object.Name = d.text
		return
	}
	d.text = d.text[:before]
	m.Object.Sub = uint32(first.U16LE())
	if n > 1 && !first.Short() {
		d.text = strconv.AppendUint(append(d.text, " and "...), uint64(n-1), 10)
		d.text = append(d.text, " more"...)
		m.Object.Name = d.text
	}
}

// attributeLen is how many bytes at the front of r are the value of an attribute; more than
// there are where its length is not known.
func attributeLen(class, attribute uint32, r wire.Reader) int {
	const addresses = 20 // of the interface configuration; the domain name follows
	if class == tcpipClass && attribute == 5 {
		r.Skip(addresses)
		return addresses + nameLen(r)
	}
	code := uint8(0)
	for i := range attributes {
		if a := &attributes[i]; a.class == class && a.attribute == attribute {
			code = a.code
		}
	}
	switch code {
	case typeUSINT:
		return 1
	case typeUINT, typeWORD:
		return 2
	case typeUDINT, typeDWORD:
		return 4
	case typeShort:
		return 1 + int(r.U8())
	case typeSTRING:
		return nameLen(r)
	}
	return past
}

// nameLen is the length of a host's or domain's name, which is filled up to an even number
// of characters (CIP Vol. 2, 5-4.3.2).
func nameLen(r wire.Reader) int {
	n := int(r.U16LE())
	return 2 + n + n&1
}

// requestValue is what a request carries beside its path.
func (d *Dialogue) requestValue(q *request) davy.Value {
	if q.path.namesTag() {
		switch q.service {
		case readTag, readFragment, listInstances:
			return davy.Value{}
		case writeTag:
			v, _ := typed(q.data, 2)
			return v
		case writeFragment:
			v, _ := typed(q.data, 6)
			return v
		}
	}
	switch q.service {
	case getAttributesAll, getAttributeList, getAttribute:
		return davy.Value{}
	case setAttribute:
		return attributeValue(&q.path, q.data)
	case setAttributeList:
		if len(q.data) > 2 {
			return opaque(q.data[2:])
		}
	case resetService:
		if len(q.data) == 1 {
			return davy.NumberValue(int64(q.data[0]))
		}
	case forwardOpen, largeForwardOpen, forwardClose:
		if q.path.class == connectionManager {
			return d.connectionValue(q)
		}
	case executePCCC:
		if q.path.class == pcccClass {
			return pcccRequestValue(q.data)
		}
	}
	return opaque(q.data)
}

// replyValue is what the reply p brings of what q asked.
func (d *Dialogue) replyValue(q *request, p *reply) davy.Value {
	if p.status != success && p.status != partialTransfer {
		return opaque(p.data)
	}
	if q.path.namesTag() {
		switch q.service {
		case readTag, readFragment:
			v, _ := typed(p.data, 0)
			return v
		case listInstances:
			if v, ok := d.symbolNames(q.data, p.data); ok {
				return v
			}
		}
	}
	switch q.service {
	case getAttribute:
		return attributeValue(&q.path, p.data)
	case forwardOpen, largeForwardOpen:
		if q.path.class == connectionManager {
			return d.openedValue(p)
		}
	case forwardClose:
		if q.path.class == connectionManager {
			return davy.Value{}
		}
	case executePCCC:
		if q.path.class == pcccClass {
			return pcccReplyValue(q.data, p.data)
		}
	}
	return opaque(p.data)
}

// elements notes how many elements of a tag are asked for. A tag that is named by its
// instance keeps it where the number is cut off.
func elements(m *davy.Message, n uint32) {
	if n > 0 || m.Object.Space == &Tag {
		m.Object.Count = n
	}
}
