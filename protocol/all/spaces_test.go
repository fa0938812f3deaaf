package all

import (
	"path/filepath"
	"testing"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol/protocoltest"
)

// TestSpacesAreDeclared holds that every object and path that a message names can be found
// again by its name after loading: its protocol declares it.
func TestSpacesAreDeclared(t *testing.T) {
	spaces, kinds := map[string]*davy.Space{}, map[string]*davy.PathKind{}
	for _, p := range Protocols() {
		for _, s := range p.Spaces {
			if o := spaces[s.Name]; o != nil && o != s {
				t.Errorf("two spaces are called %q", s.Name)
			}
			spaces[s.Name] = s
		}
		for _, k := range p.Paths {
			if o := kinds[k.Name]; o != nil && o != k {
				t.Errorf("two kinds of path are called %q", k.Name)
			}
			kinds[k.Name] = k
		}
	}
	dirs, _ := filepath.Glob("../*/testdata")
	for _, dir := range dirs {
		for _, c := range protocoltest.Conversations(t, dir) {
			p := protocoltest.NewPlayer(c, Protocols()...)
			p.Out.Mute = true
			p.Out.Each = func(m *davy.Message) {
				if s := m.Object.Space; s != nil && spaces[s.Name] != s {
					t.Errorf("%s %s: %s names objects of space %q, which no protocol declares in Spaces", dir, c.Name, m.Protocol, s.Name)
				}
				if k := m.Path.Kind; k != nil && kinds[k.Name] != k {
					t.Errorf("%s %s: %s names a path of kind %q, which no protocol declares in Paths", dir, c.Name, m.Protocol, k.Name)
				}
			}
			p.Play()
		}
	}
}
