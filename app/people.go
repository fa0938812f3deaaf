package app

import (
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/api"
	"github.com/davylamp/davy/identity"
	"github.com/davylamp/davy/store"
)

// people hands the identity room to the API, in the API's words.
type people struct{ desk *identity.Desk }

func newPeople(db *store.DB) (*people, error) {
	return &people{identity.New(db, identity.Config{})}, nil
}

// offer is the secret of a new set-up link; "" when there are users.
func (p *people) offer() (string, error) { return p.desk.Offer() }

// Decide asks whether somebody may do something.
func (p *people) Decide(by davy.Principal, act, object string) davy.Decision {
	return p.desk.Decide(by, act, object)
}

// BySession finds who holds the secret of a cookie.
func (p *people) BySession(from, secret string) (davy.Principal, error) {
	l, err := p.desk.Session(from, secret)
	return l.Principal, err
}

// ByToken finds who holds a token.
func (p *people) ByToken(from, secret string) (davy.Principal, error) {
	return p.desk.Token(from, secret)
}

// LogIn compares a password and makes a session.
func (p *people) LogIn(from, name, password string) (string, davy.Principal, error) {
	l, err := p.desk.LogIn(from, name, password)
	return l.Secret, l.Principal, err
}

// LogOut ends a session.
func (p *people) LogOut(by davy.Principal, secret string) error { return p.desk.LogOut(by, secret) }

// ChangePassword changes one's own.
func (p *people) ChangePassword(by davy.Principal, old, password string) error {
	return p.desk.ChangeOwnPassword(by, old, password)
}

// SetupNeeded reports whether there is no user yet.
func (p *people) SetupNeeded() (bool, error) { return p.desk.Needed() }

// SetUp makes the first administrator.
func (p *people) SetUp(from, token, name, password string) (string, davy.Principal, error) {
	l, err := p.desk.SetUp(from, token, name, password)
	return l.Secret, l.Principal, err
}

func shownUser(u davy.User) api.User {
	return api.User{Name: u.Name, Role: string(u.Role), Disabled: u.Disabled, Created: moment(u.Created), Last: moment(u.Seen)}
}

// moment is a time as rows have it; "" for none.
func moment(ns int64) string {
	if ns == 0 {
		return ""
	}
	return string(davy.AppendTime(nil, ns))
}

// Users lists who may sign in.
func (p *people) Users() ([]api.User, error) {
	list, err := p.desk.Users()
	out := make([]api.User, 0, len(list))
	for _, u := range list {
		out = append(out, shownUser(u))
	}
	return out, err
}

func (p *people) user(name string, err error) (api.User, error) {
	if err != nil {
		return api.User{}, err
	}
	u, err := p.desk.User(name)
	return shownUser(u), err
}

// AddUser makes a user.
func (p *people) AddUser(by davy.Principal, name, password, role string) (api.User, error) {
	return p.user(name, p.desk.AddUser(by, name, davy.Role(role), password))
}

// ChangeUser changes what is given.
func (p *people) ChangeUser(by davy.Principal, name string, c api.UserChange) (api.User, error) {
	return p.user(name, p.desk.ChangeUser(by, name, identity.Change{Role: davy.Role(c.Role), Password: c.Password, Disabled: c.Disabled}))
}

// RemoveUser takes a user out.
func (p *people) RemoveUser(by davy.Principal, name string) error {
	return p.desk.DropUser(by, name)
}

func shownToken(t davy.Token) api.Token {
	return api.Token{ID: t.ID, Name: t.Name, Role: string(t.Role), By: t.User, Created: moment(t.Created), Ends: moment(t.Ends), Last: moment(t.Used)}
}

// Tokens lists the keys of programs.
func (p *people) Tokens() ([]api.Token, error) {
	list, err := p.desk.Tokens()
	out := make([]api.Token, 0, len(list))
	for _, t := range list {
		out = append(out, shownToken(t))
	}
	return out, err
}

// AddToken makes a key; a zero end is no end.
func (p *people) AddToken(by davy.Principal, name, role string, ends time.Time) (api.Token, error) {
	at := int64(0)
	if !ends.IsZero() {
		at = ends.UnixNano()
	}
	secret, t, err := p.desk.AddToken(by, name, davy.Role(role), at)
	if err != nil {
		return api.Token{}, err
	}
	out := shownToken(t)
	out.Secret = secret
	return out, nil
}

// RemoveToken ends a key.
func (p *people) RemoveToken(by davy.Principal, id string) error {
	return p.desk.DropToken(by, id)
}

var (
	_ api.Gate   = (*people)(nil)
	_ api.People = (*people)(nil)
)
