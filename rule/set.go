package rule

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// Set is rules indexed by verb.
type Set struct {
	List   []*Rule
	byVerb [32][]*Rule
}

// LoadAll reads every .yaml file of a folder, in the order of their names.
func LoadAll(files fs.FS, dir string) (*Set, error) {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil, err
	}
	s := &Set{}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".yaml") {
			continue
		}
		text, err := fs.ReadFile(files, path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		r, err := Load(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		r.File = e.Name()
		s.List = append(s.List, r)
		for v := range s.byVerb {
			if len(r.Verbs) == 0 || slices.Contains(r.Verbs, davy.Verb(v).String()) {
				s.byVerb[v] = append(s.byVerb[v], r)
			}
		}
	}
	return s, nil
}

// For are the rules that a message of this verb may fire.
func (s *Set) For(v davy.Verb) []*Rule { return s.byVerb[v%32] }

// Of are the rules of a detector.
func (s *Set) Of(detector string) (list []*Rule) {
	for _, r := range s.List {
		if r.ID == detector {
			list = append(list, r)
		}
	}
	return list
}
