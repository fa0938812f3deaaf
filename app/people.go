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

// who is a principal in the words of the house; a token's number is not told to the API.
func who(p api.Principal) davy.Principal {
	out := davy.Principal{Name: p.Name, Role: davy.Role(p.Role), From: p.From}
	if p.Via == "token" {
		out.Token = "used"
	}
	return out
}

func shownPrincipal(p davy.Principal) api.Principal {
	via := "session"
	if p.Token != "" {
		via = "token"
	}
	return api.Principal{Name: p.Name, Role: string(p.Role), Via: via, From: p.From}
}

// Decide asks whether somebody may do something.
func (p *people) Decide(by api.Principal, act, object string) api.Decision {
	d := p.desk.Decide(who(by), act, object)
	return api.Decision{Allowed: d.Allowed, Reason: d.Reason}
}

// BySession finds who holds the secret of a cookie.
func (p *people) BySession(secret string) (api.Principal, error) {
	l, err := p.desk.Session("", secret)
	return shownPrincipal(l.Principal), err
}

// ByToken finds who holds a token.
func (p *people) ByToken(secret string) (api.Principal, error) {
	v, err := p.desk.Token("", secret)
	return shownPrincipal(v), err
}

// LogIn compares a password and makes a session.
func (p *people) LogIn(name, password, from string) (string, api.Principal, error) {
	l, err := p.desk.LogIn(from, name, password)
	return l.Secret, shownPrincipal(l.Principal), err
}

// LogOut ends a session.
func (p *people) LogOut(secret string) error {
	l, err := p.desk.Session("", secret)
	if err == nil {
		err = p.desk.LogOut(l.Principal, secret)
	}
	return err
}

// SetupNeeded reports whether there is no user yet.
func (p *people) SetupNeeded() (bool, error) {
	needed, err := p.desk.Needed()
	return needed, err
}

// SetUp makes the first administrator.
func (p *people) SetUp(token, name, password, from string) (string, api.Principal, error) {
	l, err := p.desk.SetUp(from, token, name, password)
	return l.Secret, shownPrincipal(l.Principal), err
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
func (p *people) AddUser(by api.Principal, name, password, role string) (api.User, error) {
	return p.user(name, p.desk.AddUser(who(by), name, davy.Role(role), password))
}

// ChangeUser changes what is given.
func (p *people) ChangeUser(by api.Principal, name string, c api.UserChange) (api.User, error) {
	return p.user(name, p.desk.ChangeUser(who(by), name, identity.Change{Role: davy.Role(c.Role), Password: c.Password, Disabled: c.Disabled}))
}

// RemoveUser takes a user out.
func (p *people) RemoveUser(by api.Principal, name string) error {
	return p.desk.DropUser(who(by), name)
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
func (p *people) AddToken(by api.Principal, name, role string, ends time.Time) (api.Token, error) {
	at := int64(0)
	if !ends.IsZero() {
		at = ends.UnixNano()
	}
	secret, t, err := p.desk.AddToken(who(by), name, davy.Role(role), at)
	if err != nil {
		return api.Token{}, err
	}
	out := shownToken(t)
	out.Secret = secret
	return out, nil
}

// RemoveToken ends a key.
func (p *people) RemoveToken(by api.Principal, id string) error {
	return p.desk.DropToken(who(by), id)
}

var (
	_ api.Gate   = (*people)(nil)
	_ api.People = (*people)(nil)
)
