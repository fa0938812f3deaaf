package wire

import "encoding/binary"

// Writer appends the forms that Reader reads back.
type Writer struct{ B []byte }

func (w *Writer) U8(v uint8)       { w.B = append(w.B, v) }
func (w *Writer) U16(v uint16)     { w.B = binary.BigEndian.AppendUint16(w.B, v) }
func (w *Writer) U16LE(v uint16)   { w.B = binary.LittleEndian.AppendUint16(w.B, v) }
func (w *Writer) U32(v uint32)     { w.B = binary.BigEndian.AppendUint32(w.B, v) }
func (w *Writer) U32LE(v uint32)   { w.B = binary.LittleEndian.AppendUint32(w.B, v) }
func (w *Writer) U64(v uint64)     { w.B = binary.BigEndian.AppendUint64(w.B, v) }
func (w *Writer) Uvarint(v uint64) { w.B = binary.AppendUvarint(w.B, v) }
func (w *Writer) Varint(v int64)   { w.B = binary.AppendUvarint(w.B, uint64(v)<<1^uint64(v>>63)) }

// Bool writes one byte.
func (w *Writer) Bool(v bool) {
	if v {
		w.U8(1)
	} else {
		w.U8(0)
	}
}

// Blob writes a length and the bytes.
func (w *Writer) Blob(b []byte) {
	w.Uvarint(uint64(len(b)))
	w.B = append(w.B, b...)
}

// String writes a length and the bytes.
func (w *Writer) String(s string) {
	w.Uvarint(uint64(len(s)))
	w.B = append(w.B, s...)
}

// Count writes how many things follow.
func (w *Writer) Count(n int) { w.Uvarint(uint64(n)) }

// Uvarints writes several numbers, such as an address's Words.
func (w *Writer) Uvarints(list ...uint64) {
	for _, v := range list {
		w.Uvarint(v)
	}
}
