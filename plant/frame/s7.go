package frame

// S7 communication: TPKT (RFC 1006, 6), COTP class 0 (ISO 8073; RFC 905, 13) and the S7
// protocol, for which there is no public specification; layouts after what S7-300
// controllers and STEP 7 are seen to say, and the field names of Wireshark's packet-s7comm.

// S7 functions of jobs.
const (
	S7Setup         uint8 = 0xf0
	S7Read          uint8 = 0x04
	S7Write         uint8 = 0x05
	S7RequestDown   uint8 = 0x1a
	S7DownBlock     uint8 = 0x1b
	S7DownEnd       uint8 = 0x1c
	S7StartUp       uint8 = 0x1d
	S7Up            uint8 = 0x1e
	S7EndUp         uint8 = 0x1f
	S7Control       uint8 = 0x28
	S7Stop          uint8 = 0x29
	s7DataBlocks    uint8 = 0x84
	s7Job           uint8 = 1
	s7AckData       uint8 = 3
	s7UserData      uint8 = 7
	S7GroupBlocks   uint8 = 3
	S7GroupCPU      uint8 = 4
	S7ListBlocks    uint8 = 1
	S7ListOfType    uint8 = 2
	S7BlockInfo     uint8 = 3
	S7ReadSZL       uint8 = 1
	s7NullTransport uint8 = 0
)

// CotpConnect appends a connection request (confirm when reply) with TSAPs: the client's
// and the server's rack and slot.
func CotpConnect(b []byte, reply bool, clientTSAP, serverTSAP uint16) []byte {
	kind, dst, src := uint8(0xe0), uint16(0), uint16(1)
	if reply {
		kind, dst, src = 0xd0, 1, 2
	}
	b = be16(append(b, 3, 0), 22)
	b = be16(be16(append(b, 17, kind), dst), src)
	b = append(b, 0, 0xc0, 1, 0x0a)
	b = be16(append(b, 0xc1, 2), clientTSAP)
	return be16(append(b, 0xc2, 2), serverTSAP)
}

// s7 appends one S7 message; reply says whether the header carries an error word.
func s7(b []byte, kind uint8, ref uint16, param, data []byte) []byte {
	start := len(b)
	b = append(b, 3, 0, 0, 0, 2, 0xf0, 0x80)
	b = be16(be16(append(b, 0x32, kind), 0), ref)
	b = be16(be16(b, uint16(len(param))), uint16(len(data)))
	if kind == s7AckData {
		b = be16(b, 0)
	}
	b = append(append(b, param...), data...)
	put16(b, start+2, len(b)-start)
	return b
}

// S7SetupJob asks for the setup of communication, S7SetupReply answers: both offer jobs in
// parallel and the length of a message.
func S7SetupJob(b []byte, ref, jobs, length uint16) []byte {
	return s7(b, s7Job, ref, be16(be16(be16([]byte{S7Setup, 0}, jobs), jobs), length), nil)
}

func S7SetupReply(b []byte, ref, jobs, length uint16) []byte {
	return s7(b, s7AckData, ref, be16(be16(be16([]byte{S7Setup, 0}, jobs), jobs), length), nil)
}

// S7Item names bytes of a data block.
type S7Item struct {
	Block, Offset, Length uint16
}

func s7Items(function uint8, items []S7Item) []byte {
	p := append(make([]byte, 0, 2+12*len(items)), function, byte(len(items)))
	for _, it := range items {
		p = be16(append(p, 0x12, 10, 0x10, 2), it.Length)
		p = be16(p, it.Block)
		p = be32(p, uint32(s7DataBlocks)<<24|uint32(it.Offset)<<3)
	}
	return p
}

// S7ReadJob reads items.
func S7ReadJob(b []byte, ref uint16, items []S7Item) []byte {
	return s7(b, s7Job, ref, s7Items(S7Read, items), nil)
}

// S7ReadReply answers with one value for each item.
func S7ReadReply(b []byte, ref uint16, values [][]byte) []byte {
	return s7(b, s7AckData, ref, []byte{S7Read, byte(len(values))}, s7Values(0xff, values))
}

// s7Values appends each value with its return code; all but the last padded to even length.
func s7Values(code uint8, values [][]byte) []byte {
	var d []byte
	for i, v := range values {
		d = append(be16(append(d, code, 4), uint16(8*len(v))), v...)
		if len(v)%2 == 1 && i+1 < len(values) {
			d = append(d, 0)
		}
	}
	return d
}

// S7WriteJob writes items; S7WriteReply grants n of them.
func S7WriteJob(b []byte, ref uint16, items []S7Item, values [][]byte) []byte {
	return s7(b, s7Job, ref, s7Items(S7Write, items), s7Values(0, values))
}

func S7WriteReply(b []byte, ref uint16, n int) []byte {
	d := make([]byte, n)
	for i := range d {
		d[i] = 0xff
	}
	return s7(b, s7AckData, ref, []byte{S7Write, byte(n)}, d)
}

// S7Query is a user data request, such as reading a system state list.
func S7Query(b []byte, ref uint16, group, function uint8, data []byte) []byte {
	p := []byte{0, 1, 0x12, 4, 0x11, 0x40 | group, function, 0}
	if data == nil {
		return s7(b, s7UserData, ref, p, []byte{0x0a, s7NullTransport, 0, 0})
	}
	return s7(b, s7UserData, ref, p, append(be16([]byte{0xff, 9}, uint16(len(data))), data...))
}

// S7Answer answers an S7Query in one piece.
func S7Answer(b []byte, ref uint16, group, function, seq uint8, data []byte) []byte {
	p := []byte{0, 1, 0x12, 8, 0x12, 0x80 | group, function, seq, 0, 0, 0, 0}
	return s7(b, s7UserData, ref, p, append(be16([]byte{0xff, 9}, uint16(len(data))), data...))
}

// SZL is the data of a request for a system state list.
func SZL(id, index uint16) []byte { return be16(be16(nil, id), index) }

// SZLList is the data of its answer: records of equal length.
func SZLList(id, index uint16, records ...[]byte) []byte {
	d := be16(be16(nil, id), index)
	d = be16(be16(d, uint16(len(records[0]))), uint16(len(records)))
	for _, r := range records {
		d = append(d, r...)
	}
	return d
}

// SZLModule is a record of list 0x11: order number and versions.
func SZLModule(index uint16, order string, version, release uint16) []byte {
	r := padded(be16(nil, index), order, 20, ' ')
	return be16(be16(be16(r, 0xc0), version), release)
}

// SZLComponent is a record of list 0x1c: a name or number of 32 characters.
func SZLComponent(index uint16, text string) []byte { return padded(be16(nil, index), text, 32, 0) }

// SZLMode is the record of list 0x424: the operating mode, 8 run and 4 stop.
func SZLMode(running bool) []byte {
	mode := uint8(4)
	if running {
		mode = 8
	}
	r := append(be16(nil, 0x5144), 0xff, mode)
	return append(zeros(r, 8), 0x26, 3, 2, 5, 0x58, 0x12, 0x33, 0x12)
}
