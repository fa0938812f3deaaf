// Package identity knows who may do what. It answers one question, Decide, and keeps what
// the answer rests on: users and their passwords (as argon2id), sessions, keys for programs
// and the one link that makes the first user. Secrets are made here, handed out once and
// kept as hashes only. It opens no door itself, and nil never means yes.
package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/davylamp/davy"
)

// Users is where users are kept.
type Users interface {
	Users() ([]davy.User, error)
	User(name string) (davy.User, error)
	AddUser(by davy.Principal, u davy.User) error
	ChangeUser(by davy.Principal, u davy.User, what string) error
	DropUser(by davy.Principal, name string) error
}

// Sessions is where sessions are kept. A session that is not there is a NotFound fault.
type Sessions interface {
	AddSession(by davy.Principal, s davy.Session) error
	Session(hash string) (davy.Session, davy.User, error)
	TouchSession(hash string, at int64) error
	DropSession(by davy.Principal, hash string) error
}

// Tokens is where keys of programs are kept.
type Tokens interface {
	Tokens() ([]davy.Token, error)
	AddToken(by davy.Principal, t davy.Token) error
	Token(hash string) (davy.Token, davy.User, error)
	TouchToken(id string, at int64) error
	DropToken(by davy.Principal, id string) error
}

// Setups is where the set-up link is kept. SetUp takes the link and makes the user at once.
type Setups interface {
	OfferSetup(davy.SetupLink) error
	SetUp(by davy.Principal, hash string, u davy.User) error
}

// Trail writes down what was refused.
type Trail interface {
	Audit(by davy.Principal, act, object, detail string) error
}

// Store is all of these; one database has them.
type Store interface {
	Users
	Sessions
	Tokens
	Setups
	Trail
}

// Config says how long sessions live; zeros are the defaults.
type Config struct {
	Idle     time.Duration // a session that was not used so long ends; 12 h
	Absolute time.Duration // every session ends after it; 7 days
	Now      func() time.Time
}

// Desk is where people and programs show who they are. Any number of goroutines may use it.
type Desk struct {
	store  Store
	config Config
	limits limits
	hasher chan struct{} // one password is hashed at a time: each takes 64 MiB
	touch  touches
}

// New opens the desk.
func New(store Store, c Config) *Desk {
	if c.Idle == 0 {
		c.Idle = 12 * time.Hour
	}
	if c.Absolute == 0 {
		c.Absolute = 7 * 24 * time.Hour
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Desk{store: store, config: c, hasher: make(chan struct{}, 1)}
}

func (d *Desk) now() int64 { return d.config.Now().UnixNano() }

// secret makes 256 random bits as text.
func secret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// hashOf is what is kept of a secret. It is random enough for a plain hash.
func hashOf(secret string) string {
	h := sha256.Sum256([]byte("davy " + secret))
	return hex.EncodeToString(h[:])
}

func denied(text, hint string) error {
	return &davy.Fault{Kind: davy.Denied, Text: text, Hint: hint}
}
