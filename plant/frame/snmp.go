package frame

// SNMP version 2c (RFC 1901, 3416) in BER, as far as asking a switch how it is.

func ber(kind uint8, body ...[]byte) []byte {
	n := 0
	for _, p := range body {
		n += len(p)
	}
	b := []byte{kind, byte(n)}
	if n >= 128 {
		b = []byte{kind, 0x82, byte(n >> 8), byte(n)}
	}
	for _, p := range body {
		b = append(b, p...)
	}
	return b
}

func berNumber(kind uint8, v uint32) []byte {
	p := be32([]byte{0}, v)
	for len(p) > 1 && p[0] == 0 && p[1] < 0x80 {
		p = p[1:]
	}
	return ber(kind, p)
}

// OID is an object identifier from its third arc on; all of SNMP's begin with 1.3.
type OID []uint32

func (o OID) ber() []byte {
	p := []byte{0x2b}
	for _, arc := range o {
		if arc >= 1<<14 {
			p = append(p, byte(arc>>14)|0x80)
		}
		if arc >= 128 {
			p = append(p, byte(arc>>7)|0x80)
		}
		p = append(p, byte(arc)&0x7f)
	}
	return ber(6, p)
}

// Variable is an object with its value: text, or a number of the kind (0x41 counter, 0x43
// time ticks).
type Variable struct {
	OID    OID
	Text   string
	Kind   uint8
	Number uint32
}

// SNMP appends a get request, or with reply its answer.
func SNMP(b []byte, reply bool, id uint32, community string, vars ...Variable) []byte {
	kind := uint8(0xa0)
	var list []byte
	for _, v := range vars {
		value := []byte{5, 0}
		switch {
		case !reply:
		case v.Kind == 0:
			value = ber(4, []byte(v.Text))
		default:
			value = berNumber(v.Kind, v.Number)
		}
		list = append(list, ber(0x30, v.OID.ber(), value)...)
	}
	if reply {
		kind = 0xa2
	}
	pdu := ber(kind, berNumber(2, id), berNumber(2, 0), berNumber(2, 0), ber(0x30, list))
	return append(b, ber(0x30, berNumber(2, 1), ber(4, []byte(community)), pdu)...)
}
