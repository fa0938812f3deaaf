package cip

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// symbolNames reads the reply to Get Instance Attribute List of the symbol class: for each
// tag its instance and the attributes that were asked for (1756-PM020, "Tag browsing"). The
// value is the names, separated by commas; false when the attributes are not known ones
// with the name among them.
func (d *Dialogue) symbolNames(asked, data []byte) (davy.Value, bool) {
	a := wire.NewReader(asked)
	n := int(a.U16LE())
	ids := a.Bytes(2 * n)
	if a.Short() || n == 0 {
		return davy.Value{}, false
	}
	start, named := len(d.text), false
	r := wire.NewReader(data)
	for r.Len() > 0 {
		r.Skip(4) // instance
		for i := range n {
			switch word(ids[2*i:]) {
			case 1:
				name := r.Bytes(int(r.U16LE()))
				if r.Short() {
					return davy.Value{}, false
				}
				if named {
					d.text = append(d.text, ", "...)
				}
				d.text, named = append(d.text, name...), true
			case 2, 7: // type, size of an element
				r.Skip(2)
			case 3, 5, 6: // addresses, software control
				r.Skip(4)
			case 8: // dimensions
				r.Skip(12)
			case 10: // external access
				r.Skip(1)
			default:
				return davy.Value{}, false
			}
		}
	}
	if r.Short() || !named {
		return davy.Value{}, false
	}
	return davy.Value{Kind: davy.Text, Raw: d.text[start:]}, true
}
