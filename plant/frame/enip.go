package frame

// EtherNet/IP encapsulation (The CIP Networks Library, volume 2, chapter 2).

// Encapsulation commands.
const (
	enipListIdentity    uint16 = 0x63
	enipRegisterSession uint16 = 0x65
	enipSendRRData      uint16 = 0x6f
	enipSendUnitData    uint16 = 0x70
)

func enip(b []byte, command uint16, session uint32, context uint64, length int) []byte {
	b = le16(le16(b, command), uint16(length))
	b = le32(le32(b, session), 0)
	return le32(le64(b, context), 0)
}

// EnipListIdentity asks every device on the segment who it is.
func EnipListIdentity(b []byte, context uint64) []byte {
	return enip(b, enipListIdentity, 0, context, 0)
}

// Identity is a CIP identity object (volume 1, 5A-2).
type Identity struct {
	Vendor, Kind, Product uint16
	Major, Minor          uint8
	Status                uint16
	Serial                uint32
	Name                  string
	State                 uint8
}

// Append appends the attributes as Get_Attributes_All tells them.
func (id Identity) Append(b []byte) []byte {
	b = le16(le16(le16(b, id.Vendor), id.Kind), id.Product)
	b = le16(append(b, id.Major, id.Minor), id.Status)
	b = append(le32(b, id.Serial), byte(len(id.Name)))
	return append(b, id.Name...)
}

// EnipIdentity answers EnipListIdentity (volume 2, 2-4.2.2).
func EnipIdentity(b []byte, context uint64, ip uint32, id Identity) []byte {
	item := be32(be16(be16(le16(nil, 1), 2), 44818), ip)
	item = append(id.Append(zeros(item, 8)), id.State)
	b = enip(b, enipListIdentity, 0, context, 6+len(item))
	return append(le16(le16(le16(b, 1), 0x0c), uint16(len(item))), item...)
}

// EnipRegister opens a session; the answer (session not 0) names it.
func EnipRegister(b []byte, session uint32, context uint64) []byte {
	return le16(le16(enip(b, enipRegisterSession, session, context, 4), 1), 0)
}

// EnipUnconnected carries a CIP message outside a connection.
func EnipUnconnected(b []byte, session uint32, context uint64, message []byte) []byte {
	b = enip(b, enipSendRRData, session, context, 16+len(message))
	b = le16(le16(le32(b, 0), 10), 2)
	b = le16(le16(b, 0), 0)
	return append(le16(le16(b, 0xb2), uint16(len(message))), message...)
}

// EnipConnected carries a CIP message on the connection of that identifier.
func EnipConnected(b []byte, session, connection uint32, sequence uint16, message []byte) []byte {
	b = enip(b, enipSendUnitData, session, 0, 22+len(message))
	b = le16(le16(le32(b, 0), 0), 2)
	b = le32(le16(le16(b, 0xa1), 4), connection)
	b = le16(le16(le16(b, 0xb1), uint16(2+len(message))), sequence)
	return append(b, message...)
}

// EnipIO is a datagram of implicit I/O (volume 2, 2-6.2): sequence counts datagrams, count
// the data within a class 1 connection. A scanner sends a run/idle word before its data.
func EnipIO(b []byte, connection, sequence uint32, count uint16, run bool, data []byte) []byte {
	length := 2 + len(data)
	if run {
		length += 4
	}
	b = le16(le16(le16(b, 2), 0x8002), 8)
	b = le32(le32(b, connection), sequence)
	b = le16(le16(le16(b, 0xb1), uint16(length)), count)
	if run {
		b = le32(b, 1)
	}
	return append(b, data...)
}
