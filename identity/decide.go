package identity

import (
	"slices"

	"github.com/davylamp/davy"
)

// Acts, by the least role that may do them. What is not listed nobody may.
var (
	viewing   = []string{"read", "self"}
	operating = []string{"decide", "plan", "upload", "export"}
	governing = []string{"administer", "audit"}
)

// Decide answers whether somebody may do something to an object. A principal without a
// name or with a role that nobody knows may nothing.
func (d *Desk) Decide(p davy.Principal, act, object string) davy.Decision {
	no := davy.Decision{Principal: p, Act: act, Object: object}
	if d == nil || p.Name == "" {
		no.Reason = "sign in first"
		return no
	}
	var least davy.Role
	switch {
	case slices.Contains(viewing, act):
		least = davy.Viewer
	case slices.Contains(operating, act):
		least = davy.Operator
	case slices.Contains(governing, act):
		least = davy.Admin
	default:
		no.Reason = "nobody may " + act
		return no
	}
	if rank(p.Role) < rank(least) {
		no.Reason = "this needs the role " + string(least) + "; " + p.Name + " is " + string(p.Role)
		return no
	}
	yes := no
	yes.Allowed = true
	return yes
}

// rank orders roles; 0 is no role.
func rank(r davy.Role) int {
	return slices.Index([]davy.Role{"", davy.Viewer, davy.Operator, davy.Admin}, r)
}

// known reports whether a role is one.
func known(r davy.Role) bool { return rank(r) > 0 }

// lesser is the role that may less.
func lesser(a, b davy.Role) davy.Role {
	if rank(a) < rank(b) {
		return a
	}
	return b
}
