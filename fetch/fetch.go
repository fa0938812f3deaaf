// Package fetch asks the processor for memory before it is used. Where much is looked at once,
// all over the memory, most of the time is waiting for it; asked for beforehand, many such waits
// take place at once. It is a hint: nothing depends on it.
package fetch

import "unsafe"

// line is the size of a cache line, of all processors that matter here.
const line = 64

// All asks for all of what p points to. p may be nil.
func All[T any](p *T) { lines(unsafe.Pointer(p), int(unsafe.Sizeof(*p)+line-1)/line) }

// First asks for the cache line that p points to.
func First[T any](p *T) { lines(unsafe.Pointer(p), 1) }
