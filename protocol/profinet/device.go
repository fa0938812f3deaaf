package profinet

import (
	_ "embed"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
)

// devices and vendors are lines of a hexadecimal number, a tab and a name, in ascending
// order; README.md says where they are from.
//
//go:embed devices.tsv
var devices string

//go:embed vendors.tsv
var vendors string

// appendIDs appends a vendor and device id as they are written in device descriptions.
func appendIDs(dst []byte, ids uint32) []byte {
	dst = appendHex(append(dst, "0x"...), ids>>16, 4)
	return appendHex(append(dst, "/0x"...), ids&0xffff, 4)
}

func appendHex(dst []byte, n uint32, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789abcdef"[n>>shift&15])
	}
	return dst
}

// tellDevice says who made the device, and what it is where the id is a known one.
func (d *dissector) tellDevice(c *protocol.Context, ids uint32) {
	const source = "profinet dcp device id"
	key := appendHex(d.detail[:0], ids, 8)
	text := append(key, find(vendors, key[:4])...)
	c.Tell(davy.AttrVendor, text[8:], source, 90)
	text = append(key, find(devices, key)...)
	c.Tell(davy.AttrModel, text[8:], source, 60)
	// The bare numbers too: a fingerprint may know what the tables here do not.
	d.detail = appendIDs(text[:0], ids)
	c.Tell(davy.AttrModel, d.detail, source, 20)
}

// find returns the name behind key in a sorted table, "" where there is none.
func find(table string, key []byte) string {
	lo, hi := 0, len(table)
	for lo < hi {
		mid := (lo + hi) / 2
		for mid > lo && table[mid-1] != '\n' {
			mid--
		}
		end := mid
		for end < len(table) && table[end] != '\n' {
			end++
		}
		switch line := table[mid:end]; {
		case len(line) <= len(key) || line[:len(key)] < string(key):
			lo = end + 1
		case line[:len(key)] > string(key):
			hi = mid
		default:
			return line[len(key)+1:]
		}
	}
	return ""
}
