//go:build !linux

// Live measures `davy up` in network namespaces, which only Linux has.
package main

import "fmt"

func main() { fmt.Println("live: needs Linux") }
