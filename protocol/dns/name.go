package dns

import (
	"strconv"
)

// maxPointers bounds the compression pointers of one name: a name of 255 bytes cannot need more.
const maxPointers = 128

// skipName passes over a name that begins at off (RFC 1035, 3.1 and 4.1.4) and returns what
// follows, past the end of b where the name does; -1 where it is no name.
func skipName(b []byte, off int) int {
	for {
		if off >= len(b) {
			return len(b) + 1
		}
		switch n := int(b[off]); {
		case n == 0:
			return off + 1
		case n >= 0xc0:
			if off+1 < len(b) && (n&0x3f)<<8|int(b[off+1]) >= off {
				return -1 // a pointer only ever points back
			}
			return off + 2
		case n > 63:
			return -1
		default:
			off += 1 + n
		}
	}
}

// appendName appends the name at off with dots between its labels. ok is false where the
// name does not end, or its pointers run in a circle.
func appendName(dst, b []byte, off int) (name []byte, ok bool) {
	start := len(dst)
	for range maxPointers * 2 {
		if off >= len(b) || len(dst)-start > 255 {
			return dst, false
		}
		n := int(b[off])
		switch {
		case n == 0:
			if len(dst) == start {
				dst = append(dst, '.')
			}
			return dst, true
		case n >= 0xc0:
			if off+1 >= len(b) {
				return dst, false
			}
			to := (n&0x3f)<<8 | int(b[off+1])
			if to >= off {
				return dst, false
			}
			off = to
		case n > 63 || off+1+n > len(b):
			return dst, false
		default:
			if len(dst) > start {
				dst = append(dst, '.')
			}
			dst = append(dst, b[off+1:off+1+n]...)
			off += 1 + n
		}
	}
	return dst, false
}

// Record types that are read (RFC 1035, 3.2.2; 33 is RFC 2782 and, in NetBIOS, its status).
const (
	typeA       = 1
	typeCNAME   = 5
	typePTR     = 12
	typeAAAA    = 28
	typeNetBIOS = 32
	typeStatus  = 33
)

// typeNames names the common types; others are shown as TYPE and number (RFC 3597, 5).
var typeNames = [...]string{1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 28: "AAAA",
	32: "NB", 33: "SRV", 35: "NAPTR", 39: "DNAME", 41: "OPT", 43: "DS", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 64: "SVCB",
	65: "HTTPS", 251: "IXFR", 252: "AXFR", 255: "ANY"}

func appendType(dst []byte, t uint16) []byte {
	if int(t) < len(typeNames) && typeNames[t] != "" {
		return append(dst, typeNames[t]...)
	}
	return strconv.AppendUint(append(dst, "TYPE"...), uint64(t), 10)
}

// netbios decodes a NetBIOS name: 32 letters A to P, two for each of its 16 bytes (RFC 1001,
// 14.1). It returns the 15 bytes without padding, and the suffix that says what it names.
func netbios(dst, label []byte) (name []byte, suffix uint8, ok bool) {
	if len(label) < 32 {
		return dst, 0, false
	}
	start := len(dst)
	for i := 0; i < 32; i += 2 {
		hi, lo := label[i]-'A', label[i+1]-'A'
		if hi > 15 || lo > 15 {
			return dst[:start], 0, false
		}
		if i < 30 {
			dst = append(dst, hi<<4|lo)
		} else {
			suffix = hi<<4 | lo
		}
	}
	return trim(dst, start), suffix, true
}

// trim cuts the padding off what stands behind start.
func trim(dst []byte, start int) []byte {
	for len(dst) > start && (dst[len(dst)-1] == ' ' || dst[len(dst)-1] == 0) {
		dst = dst[:len(dst)-1]
	}
	return dst
}
