//go:build !linux

package doctor

// Examine says that there is nothing to look at here.
func Examine(Config) []Check {
	return []Check{{Topic: "capture", Level: Bad, Text: "live capture needs Linux"}}
}
