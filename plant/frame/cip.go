package frame

// CIP messages (The CIP Networks Library, volume 1, chapters 2 and 3, appendix C) and the
// tag services of Logix controllers (Rockwell Automation 1756-PM020, chapter 1).

// CIP services.
const (
	cipGetAll       uint8 = 0x01
	CipMultiple     uint8 = 0x0a
	CipReadTag      uint8 = 0x4c
	CipWriteTag     uint8 = 0x4d
	CipForwardClose uint8 = 0x4e
	cipUnconnected  uint8 = 0x52
	CipForwardOpen  uint8 = 0x54
)

// CIP elementary types.
const (
	CipBool uint16 = 0xc1
	CipInt  uint16 = 0xc3
	CipDint uint16 = 0xc4
	CipReal uint16 = 0xca
)

// Tag is a controller tag with its value as bits.
type Tag struct {
	Name string
	Type uint16
	Bits uint32
}

func (t Tag) value(b []byte) []byte {
	switch t.Type {
	case CipBool:
		return append(b, byte(t.Bits))
	case CipInt:
		return le16(b, uint16(t.Bits))
	}
	return le32(b, t.Bits)
}

// CipReply grants a request of the service.
func CipReply(b []byte, service uint8, data []byte) []byte {
	return append(append(b, service|0x80, 0, 0, 0), data...)
}

// symbol appends the request path of a tag: an ANSI extended symbol segment.
func symbol(b []byte, service uint8, name string) []byte {
	b = append(b, service, byte((len(name)+1)/2+1), 0x91, byte(len(name)))
	b = append(b, name...)
	if len(name)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// CipRead reads one element of a tag, CipReadReply answers.
func CipRead(b []byte, t Tag) []byte { return le16(symbol(b, CipReadTag, t.Name), 1) }

func CipReadReply(b []byte, t Tag) []byte {
	return t.value(le16(CipReply(b, CipReadTag, nil), t.Type))
}

// CipWrite writes one element of a tag.
func CipWrite(b []byte, t Tag) []byte {
	return t.value(le16(le16(symbol(b, CipWriteTag, t.Name), t.Type), 1))
}

// CipBundle packs requests (replies, when reply) into one Multiple Service Packet.
func CipBundle(b []byte, reply bool, messages ...[]byte) []byte {
	if reply {
		b = CipReply(b, CipMultiple, nil)
	} else {
		b = append(b, CipMultiple, 2, 0x20, 2, 0x24, 1)
	}
	b = le16(b, uint16(len(messages)))
	offset := 2 + 2*len(messages)
	for _, m := range messages {
		b = le16(b, uint16(offset))
		offset += len(m)
	}
	for _, m := range messages {
		b = append(b, m...)
	}
	return b
}

// CipIdentify asks the identity object for all its attributes.
func CipIdentify(b []byte) []byte { return append(b, cipGetAll, 2, 0x20, 1, 0x24, 1) }

// CipIdentity answers CipIdentify.
func CipIdentity(b []byte, id Identity) []byte {
	return CipReply(b, cipGetAll, id.Append(nil))
}

// CipThrough sends a message through a chassis to a slot (Unconnected_Send, 3-5.5.4).
func CipThrough(b []byte, slot uint8, message []byte) []byte {
	b = append(b, cipUnconnected, 2, 0x20, 6, 0x24, 1, 7, 233)
	b = append(le16(b, uint16(len(message))), message...)
	if len(message)%2 == 1 {
		b = append(b, 0)
	}
	return append(b, 1, 0, 1, slot)
}

// Connection is what a Forward_Open agrees on (3-5.5.2).
type Connection struct {
	ToTarget, ToOriginator uint32 // connection identifiers, each chosen by its receiver
	Serial                 uint16
	Vendor                 uint16 // of the originator
	OriginatorSerial       uint32
	Interval               uint32 // requested packet interval, µs
	SizeToTarget           uint16 // bytes with the sequence count (and run/idle word)
	SizeToOriginator       uint16
	IO                     bool // class 1 with cyclic data; else class 3 for messages
	Path                   []byte
}

// MessagePath leads through the backplane to a controller's message router.
func MessagePath(slot uint8) []byte { return []byte{1, slot, 0x20, 2, 0x24, 1} }

// AssemblyPath leads to a device's I/O: a key that says which device must be there, then the
// assemblies of configuration, output and input.
func AssemblyPath(id Identity, configuration, output, input uint8) []byte {
	p := le16(le16(le16([]byte{0x34, 4}, id.Vendor), id.Kind), id.Product)
	p = append(p, id.Major|0x80, id.Minor)
	return append(p, 0x20, 4, 0x24, configuration, 0x2c, output, 0x2c, input)
}

// CipOpen asks for the connection.
func CipOpen(b []byte, c Connection) []byte {
	b = append(b, CipForwardOpen, 2, 0x20, 6, 0x24, 1, 0x0a, 0x0e)
	b = le16(le32(le32(b, 0), c.ToOriginator), c.Serial)
	b = le32(le16(b, c.Vendor), c.OriginatorSerial)
	params, trigger := uint16(0x4200), uint8(0xa3)
	if c.IO {
		params, trigger = 0x4800, 0x01
	}
	b = le32(append(b, 1, 0, 0, 0), c.Interval)
	b = le32(le16(b, params|c.SizeToTarget), c.Interval)
	b = append(le16(b, params|c.SizeToOriginator), trigger)
	return append(append(b, byte(len(c.Path)/2)), c.Path...)
}

// CipOpened grants it.
func CipOpened(b []byte, c Connection) []byte {
	b = le32(le32(CipReply(b, CipForwardOpen, nil), c.ToTarget), c.ToOriginator)
	b = le32(le16(le16(b, c.Serial), c.Vendor), c.OriginatorSerial)
	return append(le32(le32(b, c.Interval), c.Interval), 0, 0)
}

// CipClose ends the connection, CipClosed grants that.
func CipClose(b []byte, c Connection) []byte {
	b = append(b, CipForwardClose, 2, 0x20, 6, 0x24, 1, 0x0a, 0x0e)
	b = le32(le16(le16(b, c.Serial), c.Vendor), c.OriginatorSerial)
	return append(append(b, byte(len(c.Path)/2), 0), c.Path...)
}

func CipClosed(b []byte, c Connection) []byte {
	b = CipReply(b, CipForwardClose, nil)
	return append(le32(le16(le16(b, c.Serial), c.Vendor), c.OriginatorSerial), 0, 0)
}
