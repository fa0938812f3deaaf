package davy

// Station is an asset as a map draws it.
type Station struct {
	ID, Name, Label   string // Label: its first address
	Kind, Level, Zone string
	First             string // RFC 3339
	Addresses         []string
}

// Talk is all links between the same two over the same protocol.
type Talk struct {
	Client, Server, Protocol string
	OneWay                   bool
	First                    string // RFC 3339
	Links                    int
}
