package wire

import (
	"unicode/utf16"
	"unicode/utf8"
)

// AppendUTF16LE appends little-endian UTF-16 as UTF-8, up to the first NUL; what is no
// character becomes U+FFFD.
func AppendUTF16LE(dst, b []byte) []byte {
	for len(b) >= 2 {
		r := rune(b[0]) | rune(b[1])<<8
		b = b[2:]
		if r == 0 {
			return dst
		}
		if utf16.IsSurrogate(r) && len(b) >= 2 {
			if full := utf16.DecodeRune(r, rune(b[0])|rune(b[1])<<8); full != utf8.RuneError {
				r, b = full, b[2:]
			}
		}
		dst = utf8.AppendRune(dst, r) // a lone surrogate is written as U+FFFD
	}
	return dst
}
