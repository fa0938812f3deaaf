package identity

import (
	"errors"

	"github.com/davylamp/davy"
)

// Login is what a browser gets: the secret for its cookie, and what it has to send with
// each change, which a foreign page cannot know.
type Login struct {
	Secret    string
	CSRF      string
	Principal davy.Principal
	Ends      int64 // ns since the epoch
}

// csrfOf follows from the secret, so that it need not be kept.
func csrfOf(secret string) string { return hashOf("csrf " + secret) }

// LogIn compares a password. Whoever is wrong is told nothing about which part was.
func (d *Desk) LogIn(from, name, password string) (Login, error) {
	k := keys(name, from)
	if err := d.limits.allow(d.now(), k); err != nil {
		return Login{}, err
	}
	u, err := d.store.User(name)
	if err != nil && !missing(err) {
		return Login{}, err
	}
	if d.compare(u, err == nil && !u.Disabled, password) != nil {
		return Login{}, d.refuse(from, name, k)
	}
	d.limits.right(k)
	return d.open(from, u)
}

// compare hashes one password at a time.
func (d *Desk) compare(u davy.User, there bool, password string) error {
	d.hasher <- struct{}{}
	defer func() { <-d.hasher }()
	kept := nobody
	if there {
		kept = u.Password
	}
	if !samePassword(kept, clipped(password)) || !there {
		return errWrong
	}
	return nil
}

var errWrong = denied("name or password is wrong", "capital letters count; an administrator can give you a new password")

// clipped bounds what is hashed; no password is longer.
func clipped(password string) string { return password[:min(len(password), maxPassword+1)] }

// refuse counts a wrong try and writes it down.
func (d *Desk) refuse(from, name string, k [2]string) error {
	detail := "wrong name or password"
	if d.limits.wrong(d.now(), k) {
		detail += ", locked for a while"
	}
	if err := d.store.Audit(davy.Principal{Name: name, From: from}, "sign in refused", name, detail); err != nil {
		return err
	}
	return errWrong
}

// open makes a session.
func (d *Desk) open(from string, u davy.User) (Login, error) {
	now := d.now()
	s := secret()
	l := Login{Secret: s, CSRF: csrfOf(s), Principal: davy.Principal{Name: u.Name, Role: u.Role, From: from}, Ends: now + int64(d.config.Absolute)}
	return l, d.store.AddSession(l.Principal, davy.Session{Hash: hashOf(s), User: u.Name, From: from, Created: now, Used: now, Ends: l.Ends})
}

// Session finds who holds a cookie's secret.
func (d *Desk) Session(from, secret string) (Login, error) {
	ended := denied("you are not signed in", "sign in again")
	if len(secret) != 43 {
		return Login{}, ended
	}
	s, u, err := d.store.Session(hashOf(secret))
	if missing(err) {
		return Login{}, ended
	}
	if err != nil {
		return Login{}, err
	}
	now := d.now()
	if now >= s.Ends || now-s.Used >= int64(d.config.Idle) || now < s.Created-int64(d.config.Idle) || u.Disabled {
		_ = d.store.DropSession(davy.Principal{Name: u.Name, From: from}, s.Hash) // it is refused anyway
		return Login{}, ended
	}
	if d.touch.due(s.Hash, now) {
		if err := d.store.TouchSession(s.Hash, now); err != nil {
			return Login{}, err
		}
	}
	return Login{Secret: secret, CSRF: csrfOf(secret), Principal: davy.Principal{Name: u.Name, Role: u.Role, From: from}, Ends: s.Ends}, nil
}

// LogOut ends a session.
func (d *Desk) LogOut(p davy.Principal, secret string) error {
	return d.store.DropSession(p, hashOf(secret))
}

// missing reports whether something is simply not there.
func missing(err error) bool {
	var f *davy.Fault
	return errors.As(err, &f) && f.Kind == davy.NotFound
}
