package inventory

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"sync"

	"github.com/davylamp/davy"
)

//go:generate go run oui_generate.go

//go:embed oui.tsv.gz
var ouiFacts []byte

// vendors unpacks the table once, when the first MAC asks.
var vendors = sync.OnceValue(func() string {
	z, err := gzip.NewReader(bytes.NewReader(ouiFacts))
	if err != nil {
		return ""
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return ""
	}
	return string(text)
})

// Vendor names the organisation that a MAC's prefix is assigned to, by the IEEE's MA-M and
// MA-L registries, "" when it is locally administered, a group address, or unknown.
func Vendor(m davy.MAC) string {
	if m == 0 || m.Group() || m.Local() {
		return ""
	}
	const digits = "0123456789ABCDEF"
	var prefix [7]byte
	for i := range prefix {
		prefix[i] = digits[m>>(44-4*i)&15]
	}
	for _, n := range []int{7, 6} {
		if name := look(vendors(), string(prefix[:n])+"\t"); name != "" {
			return name
		}
	}
	return ""
}

// look finds the line that begins with key in sorted lines by halving.
func look(text, key string) string {
	lo, hi := 0, len(text)
	for lo < hi {
		mid := lo + (hi-lo)/2
		start := strings.LastIndexByte(text[:mid], '\n') + 1
		end := start + strings.IndexByte(text[start:], '\n')
		line := text[start:end]
		switch {
		case strings.HasPrefix(line, key):
			return line[len(key):]
		case line < key:
			lo = end + 1
		default:
			hi = start
		}
	}
	return ""
}
