package opcua

import (
	"strconv"

	"github.com/davylamp/davy/wire"
)

// text reads a String or ByteString: a length, -1 for null, and the bytes (OPC 10000-6, 5.2.2.4).
func text(r *wire.Reader) []byte {
	n := int32(r.U32LE())
	if n <= 0 {
		return nil
	}
	return r.Bytes(int(n))
}

// count reads the length of an array, of things at least min bytes long.
func count(r *wire.Reader, min int) int {
	n := int32(r.U32LE())
	if n <= 0 {
		return 0
	}
	if int(n) > r.Len()/min+1 {
		return r.Len()/min + 1 // more than there can be: the reads will find out
	}
	return int(n)
}

// Encodings of a NodeId (OPC 10000-6, 5.2.2.9).
const (
	idTwoByte  = 0
	idFourByte = 1
	idNumeric  = 2
	idString   = 3
	idGUID     = 4
	idOpaque   = 5
	idServer   = 0x40 // flags of an ExpandedNodeId
	idURI      = 0x80
)

// nodeID is a node's identifier; ok is false where its encoding is unknown.
type nodeID struct {
	space  uint16
	number uint32
	kind   uint8
	bytes  []byte
	ok     bool
}

func readNodeID(r *wire.Reader) (n nodeID) {
	kind := r.U8()
	n.kind, n.ok = kind&0x3f, true
	switch n.kind {
	case idTwoByte:
		n.number = uint32(r.U8())
	case idFourByte:
		n.space, n.number = uint16(r.U8()), uint32(r.U16LE())
	case idNumeric:
		n.space, n.number = r.U16LE(), r.U32LE()
	case idString, idOpaque:
		n.space = r.U16LE()
		n.bytes = text(r)
	case idGUID:
		n.space = r.U16LE()
		n.bytes = r.Bytes(16)
	default:
		n.ok = false
	}
	if kind&idURI != 0 {
		text(r)
	}
	if kind&idServer != 0 {
		r.Skip(4)
	}
	return n
}

// append writes the identifier in the notation of OPC 10000-6, 5.3.1.10.
func (n *nodeID) append(dst []byte) []byte {
	if n.space > 0 {
		dst = strconv.AppendUint(append(dst, "ns="...), uint64(n.space), 10)
		dst = append(dst, ';')
	}
	switch n.kind {
	case idString:
		return append(append(dst, "s="...), n.bytes...)
	case idGUID, idOpaque:
		mark := "b="
		if n.kind == idGUID {
			mark = "g="
		}
		dst = append(dst, mark...)
		for _, c := range n.bytes {
			dst = append(dst, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
		return dst
	}
	return strconv.AppendUint(append(dst, "i="...), uint64(n.number), 10)
}

// skipExtension passes over an ExtensionObject and returns its type and body.
func skipExtension(r *wire.Reader) (id nodeID, body []byte) {
	id = readNodeID(r)
	if r.U8() != 0 {
		body = text(r)
	}
	return id, body
}

// maxInner bounds how deep diagnostic information may nest.
const maxInner = 8

// skipDiagnostic passes over a DiagnosticInfo (OPC 10000-6, 5.2.2.12).
func skipDiagnostic(r *wire.Reader) {
	for range maxInner {
		mask := r.U8()
		for bit := uint8(1); bit <= 8; bit <<= 1 {
			if mask&bit != 0 {
				r.Skip(4)
			}
		}
		if mask&0x10 != 0 {
			text(r)
		}
		if mask&0x20 != 0 {
			r.Skip(4)
		}
		if mask&0x40 == 0 {
			return
		}
	}
}

// localized reads the text of a LocalizedText.
func localized(r *wire.Reader) []byte {
	mask := r.U8()
	if mask&1 != 0 {
		text(r)
	}
	if mask&2 != 0 {
		return text(r)
	}
	return nil
}

// skipRequest passes over a RequestHeader (OPC 10000-4, 7.33).
func skipRequest(r *wire.Reader) {
	readNodeID(r)
	r.Skip(8 + 4 + 4)
	text(r)
	r.Skip(4)
	skipExtension(r)
}

// readResponse reads a ResponseHeader (OPC 10000-4, 7.34) and returns the service's result.
func readResponse(r *wire.Reader) (status uint32) {
	r.Skip(8 + 4)
	status = r.U32LE()
	skipDiagnostic(r)
	for n := count(r, 4); n > 0 && !r.Short(); n-- {
		text(r)
	}
	skipExtension(r)
	return status
}
