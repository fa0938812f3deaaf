//go:build amd64 || arm64

package fetch

import "unsafe"

//go:noescape
func lines(p unsafe.Pointer, n int)
