package plant

import (
	"fmt"
	"io"
	"strings"
)

// Site is what an operator would declare of the plant.
type Site struct {
	networks  []*network
	redundant [][]*host
	assets    []*host
}

// WriteYAML writes the site file.
func (s Site) WriteYAML(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# The simulated bottling plant.\nnetworks:\n")
	for _, n := range s.networks {
		if n.Kind == "internet" {
			continue // what is not declared is outside
		}
		fmt.Fprintf(&b, "  - prefix: %s\n    name: %s\n    zone: %s\n    level: %q\n    kind: %s\n", n.Prefix, n.Name, n.Zone, n.Level, n.Kind)
	}
	b.WriteString("redundant:\n")
	for _, group := range s.redundant {
		fmt.Fprintf(&b, "  - [%s]\n", strings.Join(names(group), ", "))
	}
	b.WriteString("assets:\n")
	for _, h := range s.assets {
		fmt.Fprintf(&b, "  - address: %s\n    name: %s\n    kind: %s\n    criticality: %s\n    owner: %s\n", h.addr(), h.Name, h.Kind, h.Critical, h.Owner)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
