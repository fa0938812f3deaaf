package capture

import (
	"bytes"
	"encoding/binary"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The captures of these tests are made here, field by field, as draft-ietf-opsawg-pcap and
// draft-ietf-opsawg-pcapng lay them out; the writer under test takes no part in it.

type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

var (
	le order = binary.LittleEndian
	be order = binary.BigEndian
)

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// noise is bytes that do not pack well.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

// pcapHead is a pcap file header (4) with a snapshot length of 65535.
func pcapHead(o order, magic uint32, link uint32) []byte {
	return pcapHeadOf(o, magic, 2, 4, 65535, link)
}

func pcapHeadOf(o order, magic uint32, major, minor uint16, snap, link uint32) []byte {
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, major)
	b = o.AppendUint16(b, minor)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = o.AppendUint32(b, snap)
	return o.AppendUint32(b, link)
}

// pcapRec is a packet record (5).
func pcapRec(o order, sec, frac, wire uint32, data []byte) []byte {
	return append(pcapRecHead(o, sec, frac, uint32(len(data)), wire), data...)
}

func pcapRecHead(o order, sec, frac, n, wire uint32) []byte {
	b := o.AppendUint32(nil, sec)
	b = o.AppendUint32(b, frac)
	b = o.AppendUint32(b, n)
	return o.AppendUint32(b, wire)
}

// block is a pcapng block (3.1) around a body, padded.
func block(o order, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	b := o.AppendUint32(nil, kind)
	b = o.AppendUint32(b, uint32(len(body)+12))
	b = append(b, body...)
	return o.AppendUint32(b, uint32(len(body)+12))
}

// opt is an option (3.5), padded.
func opt(o order, code uint16, value []byte) []byte {
	b := o.AppendUint16(nil, code)
	b = o.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func opt64(o order, code uint16, v uint64) []byte { return opt(o, code, o.AppendUint64(nil, v)) }

// shb is a section header (4.1) without options.
func shb(o order, options ...[]byte) []byte {
	b := o.AppendUint32(nil, 0x1a2b3c4d)
	b = o.AppendUint16(b, 1)
	b = o.AppendUint16(b, 0)
	b = o.AppendUint64(b, 0xffffffffffffffff)
	return block(o, 0x0a0d0d0a, append(b, cat(options...)...))
}

// idb is an interface description (4.2) without a snapshot length.
func idb(o order, link uint16, options ...[]byte) []byte { return idbSnap(o, link, 0, options...) }

func idbSnap(o order, link uint16, snap uint32, options ...[]byte) []byte {
	b := o.AppendUint16(nil, link)
	b = append(b, 0, 0)
	b = o.AppendUint32(b, snap)
	return block(o, 1, append(b, cat(options...)...))
}

// epb is an enhanced packet block (4.3) of a whole packet.
func epb(o order, iface uint32, units uint64, data []byte, options ...[]byte) []byte {
	return epbOf(o, iface, units, uint32(len(data)), uint32(len(data)), data, options...)
}

func epbOf(o order, iface uint32, units uint64, n, wire uint32, data []byte, options ...[]byte) []byte {
	b := o.AppendUint32(nil, iface)
	b = o.AppendUint32(b, uint32(units>>32))
	b = o.AppendUint32(b, uint32(units))
	b = o.AppendUint32(b, n)
	b = o.AppendUint32(b, wire)
	b = append(b, data...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return block(o, 6, append(b, cat(options...)...))
}

// pb is an obsolete packet block (appendix A).
func pb(o order, iface, drops uint16, units uint64, data []byte) []byte {
	b := o.AppendUint16(nil, iface)
	b = o.AppendUint16(b, drops)
	b = o.AppendUint32(b, uint32(units>>32))
	b = o.AppendUint32(b, uint32(units))
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, uint32(len(data)))
	return block(o, 2, append(b, data...))
}

// spb is a simple packet block (4.4).
func spb(o order, wire uint32, data []byte) []byte {
	return block(o, 3, append(o.AppendUint32(nil, wire), data...))
}

// isb is an interface statistics block (4.6).
func isb(o order, iface uint32, options ...[]byte) []byte {
	b := o.AppendUint32(nil, iface)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	return block(o, 5, append(b, cat(options...)...))
}

// gz packs each part as a gzip member of its own.
func gz(parts ...[]byte) []byte {
	var out bytes.Buffer
	for _, p := range parts {
		w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
		w.Write(p)
		w.Close()
	}
	return out.Bytes()
}

// zst packs each part as a zstd frame of its own.
func zst(parts ...[]byte) []byte {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err)
	}
	defer w.Close()
	var out []byte
	for _, p := range parts {
		out = w.EncodeAll(p, out)
	}
	return out
}
