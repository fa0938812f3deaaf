package frame

import "fmt"

// S7Block is a block of a controller's program.
type S7Block struct {
	Kind   byte // '8' OB, 'A' DB, 'C' FC, 'E' FB
	Number uint16
	Code   []byte // what it does: MC7
	Author string
	Days   uint16 // since 1984-01-01, of the last change
}

// name is the block as file name, in the passive file system of a download.
func (k S7Block) name(system byte) string {
	return fmt.Sprintf("_0%c%05d%c", k.Kind, k.Number, system)
}

// kinds of blocks as they stand in a block's own header.
var s7SubKind = map[byte]byte{'8': 0x08, 'A': 0x0a, 'C': 0x0c, 'E': 0x0e}

// Bytes is the block as it lies in load memory: header of 36 bytes, code, interface and
// the trailer with author, family and name.
func (k S7Block) Bytes() []byte {
	length := 36 + len(k.Code) + 10 + 36
	b := append([]byte("pp"), 1, 1, 1, s7SubKind[k.Kind])
	b = be32(be32(be16(b, k.Number), uint32(length)), 0)
	b = be16(be32(b, 0x04d1d4e0), k.Days)
	b = be16(be32(b, 0x03a16383), k.Days-400)
	b = be16(be16(be16(be16(b, 10), 4), 6), uint16(len(k.Code)))
	b = append(b, k.Code...)
	b = append(b, 1, 0, 0, 6, 0, 0, 0, 0x14, 0, 0)
	b = padded(b, k.Author, 8, 0)
	b = zeros(b, 16)
	b = be16(append(b, 1, 0), uint16(sum(0, k.Code)))
	return zeros(b, 8)
}

// S7RequestDownload announces the block: its length in load memory and of its code.
func S7RequestDownload(b []byte, ref uint16, k S7Block) []byte {
	p := []byte{S7RequestDown, 0, 1, 0, 0, 0, 0, 0, 9}
	p = append(p, k.name('P')...)
	size := fmt.Sprintf("1%06d%06d", len(k.Bytes()), len(k.Code))
	return s7(b, s7Job, ref, append(append(p, byte(len(size))), size...), nil)
}

// S7Plain answers a job with nothing but its function.
func S7Plain(b []byte, ref uint16, function uint8) []byte {
	return s7(b, s7AckData, ref, []byte{function}, nil)
}

// S7AskBlock is the controller's job for the next piece of a download (S7DownBlock) or for
// its end (S7DownEnd).
func S7AskBlock(b []byte, ref uint16, function uint8, k S7Block) []byte {
	p := append([]byte{function, 0, 0, 0, 0, 0, 0, 0, 9}, k.name('P')...)
	return s7(b, s7Job, ref, p, nil)
}

// S7GiveBlock answers S7AskBlock with a piece; more tells that others follow.
func S7GiveBlock(b []byte, ref uint16, piece []byte, more bool) []byte {
	return s7(b, s7AckData, ref, []byte{S7DownBlock, flag(more)}, append(be16(nil, uint16(len(piece))), append([]byte{0, 0xfb}, piece...)...))
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// S7StartUpload asks for a block, S7UploadStarted grants it under a number.
func S7StartUpload(b []byte, ref uint16, k S7Block) []byte {
	p := append([]byte{S7StartUp, 0, 0, 0, 0, 0, 0, 0, 9}, k.name('A')...)
	return s7(b, s7Job, ref, p, nil)
}

func S7UploadStarted(b []byte, ref uint16, number uint32, k S7Block) []byte {
	size := fmt.Sprintf("%07d", len(k.Bytes()))
	p := append(be32([]byte{S7StartUp, 0, 1, 0}, number), byte(len(size)))
	return s7(b, s7AckData, ref, append(p, size...), nil)
}

// S7UploadJob asks for the next piece (S7Up) or ends the upload (S7EndUp).
func S7UploadJob(b []byte, ref uint16, function uint8, number uint32) []byte {
	return s7(b, s7Job, ref, be32([]byte{function, 0, 0, 0}, number), nil)
}

// S7UploadPiece answers with a piece.
func S7UploadPiece(b []byte, ref uint16, piece []byte, more bool) []byte {
	return s7(b, s7AckData, ref, []byte{S7Up, flag(more)}, append(be16(nil, uint16(len(piece))), append([]byte{0, 0xfb}, piece...)...))
}

// S7Insert makes a downloaded block part of the running program (PI service _INSE).
func S7Insert(b []byte, ref uint16, k S7Block) []byte {
	p := append([]byte{S7Control, 0, 0, 0, 0, 0, 0, 0xfd, 0, 10, 1, 0}, k.name('P')[1:]...)
	return s7(b, s7Job, ref, append(append(p, 5), "_INSE"...), nil)
}

// S7StartProgram starts the controller warm (PI service P_PROGRAM), S7StopProgram stops it.
func S7StartProgram(b []byte, ref uint16) []byte {
	return s7(b, s7Job, ref, append([]byte{S7Control, 0, 0, 0, 0, 0, 0, 0xfd, 0, 0, 9}, "P_PROGRAM"...), nil)
}

func S7StopProgram(b []byte, ref uint16) []byte {
	return s7(b, s7Job, ref, append([]byte{S7Stop, 0, 0, 0, 0, 0, 9}, "P_PROGRAM"...), nil)
}
