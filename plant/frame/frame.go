// Package frame writes what devices of a plant put on the wire: Ethernet, IP and
// the protocols above, each in a file of its own, after the specifications named
// there. The simulated plant speaks through it.
//
// The package knows no device and keeps no state: every function appends bytes to
// a slice and returns it. It must not use what Davy reads with: an encoder that
// shared code with a dissector could only prove that both make the same mistake.
package frame

import (
	"encoding/binary"

	"github.com/davylamp/davy"
)

func be16(b []byte, v uint16) []byte { return binary.BigEndian.AppendUint16(b, v) }
func be32(b []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(b, v) }
func be64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }
func le16(b []byte, v uint16) []byte { return binary.LittleEndian.AppendUint16(b, v) }
func le32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }
func le64(b []byte, v uint64) []byte { return binary.LittleEndian.AppendUint64(b, v) }

// put16 fills in a length that is known only when the rest is written.
func put16(b []byte, at int, v int) { binary.BigEndian.PutUint16(b[at:], uint16(v)) }

func mac(b []byte, m davy.MAC) []byte { return be32(be16(b, uint16(m>>32)), uint32(m)) }

// zeros appends n zero bytes.
func zeros(b []byte, n int) []byte {
	for range n {
		b = append(b, 0)
	}
	return b
}

// padded appends s cut or filled with fill to n bytes.
func padded(b []byte, s string, n int, fill byte) []byte {
	for i := range n {
		if i < len(s) {
			b = append(b, s[i])
		} else {
			b = append(b, fill)
		}
	}
	return b
}

// utf16 appends s in UTF-16LE, as Windows protocols want it; s is ASCII.
func utf16(b []byte, s string) []byte {
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}
