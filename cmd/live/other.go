//go:build !linux

package main

import "fmt"

// Network namespaces are Linux's own.

func main() { fmt.Println("live: needs Linux") }
