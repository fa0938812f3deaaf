package s7

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// Transport sizes of data, which say how its length is counted and what it is.
const (
	dataNull  = 0
	dataBit   = 3  // length in bits
	dataByte  = 4  // bytes, words, double words: length in bits
	dataInt   = 5  // length in bits
	dataDInt  = 6  // length in bytes
	dataReal  = 7  // length in bytes
	dataOctet = 9  // length in bytes
	dataNCK1  = 17 // addresses of a SINUMERIK follow instead of data
	dataNCK2  = 18
)

// datum is a data item: what a read returns, or a write brings.
type datum struct {
	code   uint8
	size   uint8  // transport size
	count  uint32 // the length as it is told: bits or bytes
	bytes  []byte
	result davy.Result
}

// datumOf reads a data item. Items stand on even bytes but for the end of the last.
func datumOf(r *wire.Reader, last bool) (d datum) {
	d.code, d.size = r.U8(), r.U8()
	d.count = uint32(r.U16())
	d.result = returned(d.code)
	if d.code != returnOK && d.code != returnReserved {
		return d // refused: no data, whatever the length says
	}
	n := int(d.count)
	switch d.size {
	case dataBit, dataByte, dataInt:
		n = (n + 7) / 8
	}
	d.bytes = r.Bytes(n)
	if n%2 == 1 && !last {
		r.Skip(1)
	}
	return d
}

// value reads the data as the address says it is to be read; where that is not known, or
// does not fit, as the data's own transport size says.
func (d *datum) value(o *davy.Object) davy.Value {
	b := d.bytes
	if len(b) == 0 {
		return davy.Value{}
	}
	if d.size == dataBit {
		return davy.Value{Kind: davy.Bits, Count: d.count, Raw: b}
	}
	if o != nil && o.Space != nil && typed(o.Space) {
		e := elementOf(o.Sub)
		switch {
		case e.kind == davy.Bits:
			if len(b) == 1 {
				return davy.Value{Kind: davy.Bits, Count: 1, Raw: b}
			}
		case e.bytes > 0 && len(b)%e.bytes == 0:
			return davy.Value{Kind: e.kind, Raw: b}
		}
	}
	switch {
	case d.size == dataInt && len(b)%2 == 0:
		return davy.Value{Kind: davy.I16BE, Raw: b}
	case d.size == dataDInt && len(b)%4 == 0:
		return davy.Value{Kind: davy.I32BE, Raw: b}
	case d.size == dataReal && len(b)%4 == 0:
		return davy.Value{Kind: davy.F32BE, Raw: b}
	}
	return davy.Value{Kind: davy.Bytes, Raw: b}
}

// typed reports whether the Sub of objects of a space is a transport size.
func typed(s *davy.Space) bool {
	switch s {
	case &symbol, &nck, &drive, &syntax, &record:
		return false
	}
	return true
}

// Return codes of an item.
const (
	returnReserved = 0x00
	returnNone     = 0x0a // object does not exist; of services beside: there is no data
	returnSame     = 0xfe // of data sent when they change: they have not
	returnOK       = 0xff
)

// returned is an item's return code as a result.
func returned(code uint8) davy.Result {
	r := davy.Result{Told: true, Failed: true, Code: uint32(code)}
	switch code {
	case returnOK:
		return davy.Result{Told: true}
	case returnSame:
		r.Failed, r.Name = false, "not changed"
	case returnReserved:
		r.Name = "reserved return code"
	case 0x01:
		r.Name = "hardware fault"
	case 0x03:
		r.Name = "access not allowed"
	case 0x05:
		r.Name = "invalid address"
	case 0x06:
		r.Name = "data type not supported"
	case 0x07:
		r.Name = "data type inconsistent"
	case returnNone:
		r.Name = "object does not exist"
	}
	return r
}

// refused is the result of an answer that carries an error in its header or parameters.
func refused(code uint16) davy.Result {
	if code == 0 {
		return davy.Result{Told: true}
	}
	return davy.Result{Told: true, Failed: true, Code: uint32(code), Name: errorName(code)}
}
