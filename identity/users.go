package identity

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/davylamp/davy"
)

// may turns a decision into an error.
func (d *Desk) may(by davy.Principal, act, object string) error {
	if v := d.Decide(by, act, object); !v.Allowed {
		return denied(v.Reason, "ask an administrator")
	}
	return nil
}

// Users lists who may sign in, without the hashes of their passwords.
func (d *Desk) Users() ([]davy.User, error) {
	list, err := d.store.Users()
	for i := range list {
		list[i].Password = ""
	}
	return list, err
}

// User is one of them.
func (d *Desk) User(name string) (davy.User, error) {
	u, err := d.store.User(name)
	u.Password = ""
	return u, err
}

// AddUser makes a user.
func (d *Desk) AddUser(by davy.Principal, name string, role davy.Role, password string) error {
	if err := d.may(by, "administer", name); err != nil {
		return err
	}
	if err := checkName(name); err != nil {
		return err
	}
	if err := checkRole(role); err != nil {
		return err
	}
	if err := checkPassword(name, password); err != nil {
		return err
	}
	return d.store.AddUser(by, davy.User{Name: name, Role: role, Password: d.hash(password), Created: d.now()})
}

func checkRole(r davy.Role) error {
	if !known(r) {
		return &davy.Fault{Kind: davy.Invalid, Text: fmt.Sprintf("there is no role %.40q", string(r)), Hint: "viewer, operator or admin"}
	}
	return nil
}

// Change is what changes of a user; what is empty stays.
type Change struct {
	Role     davy.Role
	Password string
	Disabled *bool
}

// ChangeUser gives a user another role or password, or stops or lets in again. The user's
// sessions end.
func (d *Desk) ChangeUser(by davy.Principal, name string, c Change) error {
	if err := d.may(by, "administer", name); err != nil {
		return err
	}
	u, err := d.store.User(name)
	if err != nil {
		return err
	}
	var what []string
	if c.Role != "" && c.Role != u.Role {
		if err := checkRole(c.Role); err != nil {
			return err
		}
		what = append(what, fmt.Sprintf("role %s to %s", u.Role, c.Role))
		u.Role = c.Role
	}
	if c.Password != "" {
		if err := checkPassword(name, c.Password); err != nil {
			return err
		}
		what = append(what, "password")
		u.Password = d.hash(c.Password)
	}
	if c.Disabled != nil && *c.Disabled != u.Disabled {
		u.Disabled = *c.Disabled
		what = append(what, map[bool]string{true: "stopped", false: "let in again"}[u.Disabled])
	}
	if len(what) == 0 {
		return nil
	}
	if err := d.store.ChangeUser(by, u, strings.Join(what, ", ")); err != nil {
		return err
	}
	d.limits.right(keys(name, ""))
	return nil
}

// ChangeOwnPassword asks for the old one. All sessions end.
func (d *Desk) ChangeOwnPassword(by davy.Principal, old, password string) error {
	if err := d.may(by, "self", by.Name); err != nil {
		return err
	}
	if by.Token != "" {
		return denied("a token changes no password", "sign in with the old password")
	}
	k := keys(by.Name, by.From)
	if err := d.limits.allow(d.now(), k); err != nil {
		return err
	}
	u, err := d.store.User(by.Name)
	if err != nil {
		return err
	}
	if d.compare(u, true, old) != nil {
		return d.refuse(by.From, by.Name, k)
	}
	if err := checkPassword(by.Name, password); err != nil {
		return err
	}
	u.Password = d.hash(password)
	return d.store.ChangeUser(by, u, "own password")
}

// DropUser takes a user out, with sessions and tokens.
func (d *Desk) DropUser(by davy.Principal, name string) error {
	if err := d.may(by, "administer", name); err != nil {
		return err
	}
	return d.store.DropUser(by, name)
}

// Tokens lists keys of programs, without their hashes.
func (d *Desk) Tokens() ([]davy.Token, error) {
	list, err := d.store.Tokens()
	for i := range list {
		list[i].Hash = ""
	}
	return list, err
}

// AddToken makes a key for a program; its secret is told this once. It may never do more
// than whoever made it. It ends at a moment (ns since the epoch); 0 is no end.
func (d *Desk) AddToken(by davy.Principal, name string, role davy.Role, ends int64) (secretText string, t davy.Token, err error) {
	if err := d.may(by, "administer", name); err != nil {
		return "", t, err
	}
	if by.Token != "" {
		return "", t, denied("a token makes no tokens", "sign in to make one")
	}
	if err := checkRole(role); err != nil {
		return "", t, err
	}
	if name = strings.TrimSpace(name); name == "" || utf8.RuneCountInString(name) > 64 || !utf8.ValidString(name) {
		return "", t, &davy.Fault{Kind: davy.Invalid, Text: "a token needs a name of at most 64 characters", Hint: "name the program that will use it"}
	}
	if ends != 0 && ends <= d.now() {
		return "", t, &davy.Fault{Kind: davy.Invalid, Text: "a token cannot end before it begins", Hint: "choose a later end, or none"}
	}
	var id [6]byte
	rand.Read(id[:]) // never fails
	s := "davy_" + secret()
	t = davy.Token{ID: "T-" + hex.EncodeToString(id[:]), Name: name, User: by.Name, Role: lesser(role, by.Role), Hash: hashOf(s), Created: d.now(), Ends: ends}
	if err := d.store.AddToken(by, t); err != nil {
		return "", t, err
	}
	t.Hash = ""
	return s, t, nil
}

// Token finds who holds a key. Its 256 random bits need no limit of tries.
func (d *Desk) Token(from, secret string) (davy.Principal, error) {
	refused := denied("this token is unknown or has ended", "make a new one in the console")
	if len(secret) != len("davy_")+43 {
		return davy.Principal{}, refused
	}
	t, u, err := d.store.Token(hashOf(secret))
	if missing(err) {
		return davy.Principal{}, refused
	}
	if err != nil {
		return davy.Principal{}, err
	}
	now := d.now()
	if t.Ends != 0 && now >= t.Ends || u.Disabled {
		return davy.Principal{}, refused
	}
	if d.touch.due(t.ID, now) {
		if err := d.store.TouchToken(t.ID, now); err != nil {
			return davy.Principal{}, err
		}
	}
	return davy.Principal{Name: u.Name, Role: lesser(t.Role, u.Role), Token: t.ID, From: from}, nil
}

// DropToken ends a key.
func (d *Desk) DropToken(by davy.Principal, id string) error {
	if err := d.may(by, "administer", id); err != nil {
		return err
	}
	return d.store.DropToken(by, id)
}
