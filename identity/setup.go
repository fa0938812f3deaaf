package identity

import (
	"time"

	"github.com/davylamp/davy"
)

// SetupLasts is how long the set-up link lives.
const SetupLasts = 24 * time.Hour

// Needed reports whether there is no user yet.
func (d *Desk) Needed() (bool, error) {
	list, err := d.store.Users()
	return len(list) == 0, err
}

// Offer makes the secret of a set-up link, when there is no user; an earlier link is dead
// then. With users there is none: "".
func (d *Desk) Offer() (string, error) {
	if needed, err := d.Needed(); err != nil || !needed {
		return "", err
	}
	s := secret()
	return s, d.store.OfferSetup(davy.SetupLink{Hash: hashOf(s), Ends: d.now() + int64(SetupLasts)})
}

// SetUp makes the first administrator, whom it signs in. The link is dead afterwards.
func (d *Desk) SetUp(from, link, name, password string) (Login, error) {
	k := keys("", "set-up "+from)
	if err := d.limits.allow(d.now(), k); err != nil {
		return Login{}, err
	}
	if err := checkName(name); err != nil {
		return Login{}, err
	}
	if err := checkPassword(name, password); err != nil {
		return Login{}, err
	}
	if needed, err := d.Needed(); err != nil {
		return Login{}, err
	} else if !needed {
		return Login{}, denied("Davy is set up already", "sign in")
	}
	p := davy.Principal{Name: name, Role: davy.Admin, From: from}
	u := davy.User{Name: name, Role: davy.Admin, Password: d.hash(password), Created: d.now()}
	if err := d.store.SetUp(p, hashOf(link), u); err != nil {
		d.limits.wrong(d.now(), k)
		return Login{}, err
	}
	return d.open(from, u)
}

func (d *Desk) hash(password string) string {
	d.hasher <- struct{}{}
	defer func() { <-d.hasher }()
	return hashPassword(password)
}
