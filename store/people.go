package store

import (
	"github.com/davylamp/davy"
)

// Users lists who may sign in, by name.
func (db *DB) Users() (list []davy.User, err error) {
	err = db.read(func(tx *tx) error {
		return tx.each(`SELECT name, role, password, disabled, created, seen FROM users ORDER BY name`, nil, func(scan func(...any) error) error {
			var u davy.User
			defer func() { list = append(list, u) }()
			return scan(&u.Name, &u.Role, &u.Password, &u.Disabled, &u.Created, &u.Seen)
		})
	})
	return list, err
}

// User is one of them.
func (db *DB) User(name string) (u davy.User, err error) {
	err = db.read(func(tx *tx) error {
		return tx.one(`SELECT name, role, password, disabled, created, seen FROM users WHERE name = $1`, []any{name}, &u.Name, &u.Role, &u.Password, &u.Disabled, &u.Created, &u.Seen)
	})
	return u, noSuch(err, "users", name)
}

func addUser(tx *tx, u davy.User) error {
	n, err := tx.changed(`INSERT INTO users (name, role, password, disabled, created, seen) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`, u.Name, u.Role, u.Password, flag(u.Disabled), u.Created, u.Seen)
	if err == nil && n == 0 {
		err = &davy.Fault{Kind: davy.Taken, Text: "there is a user " + u.Name + " already", Hint: "choose another name"}
	}
	return err
}

// AddUser writes a new user.
func (db *DB) AddUser(by davy.Principal, u davy.User) error {
	return db.change(by, "add user", u.Name, string(u.Role), func(tx *tx) error { return addUser(tx, u) })
}

// ChangeUser writes a user's role and password. Whoever was signed in by that name has to
// sign in again. The last administrator stays one.
func (db *DB) ChangeUser(by davy.Principal, u davy.User, what string) error {
	return db.change(by, "change user", u.Name, what, func(tx *tx) error {
		n, err := tx.changed(`UPDATE users SET role = $1, password = $2, disabled = $3 WHERE name = $4`, u.Role, u.Password, flag(u.Disabled), u.Name)
		if err == nil && n == 0 {
			return noUser(u.Name)
		}
		if err == nil {
			err = tx.do(`DELETE FROM sessions WHERE user_name = $1`, u.Name)
		}
		if err != nil {
			return err
		}
		return someAdmin(tx)
	})
}

// DropUser takes a user out with sessions and tokens.
func (db *DB) DropUser(by davy.Principal, name string) error {
	return db.change(by, "delete user", name, "", func(tx *tx) error {
		n, err := tx.changed(`DELETE FROM users WHERE name = $1`, name)
		if err == nil && n == 0 {
			return noUser(name)
		}
		if err != nil {
			return err
		}
		return someAdmin(tx)
	})
}

func noUser(name string) error {
	return &davy.Fault{Kind: davy.NotFound, Text: "there is no user " + clip(name), Hint: "look at the list of users"}
}

func someAdmin(tx *tx) error {
	n := 0
	if err := tx.one(`SELECT count(*) FROM users WHERE role = $1 AND disabled = 0`, []any{davy.Admin}, &n); err != nil {
		return err
	}
	if n == 0 {
		return &davy.Fault{Kind: davy.Invalid, Text: "somebody has to be administrator", Hint: "make another user administrator first"}
	}
	return nil
}

// maxSessions bounds a user's sessions; the one that was used longest ago ends first.
const maxSessions = 20

// AddSession writes that somebody signed in.
func (db *DB) AddSession(by davy.Principal, s davy.Session) error {
	return db.change(by, "sign in", s.User, "", func(tx *tx) error {
		if err := tx.do(`DELETE FROM sessions WHERE ends <= $1`, db.now().UnixNano()); err != nil {
			return err
		}
		err := tx.do(`INSERT INTO sessions (hash, user_name, from_address, created, used, ends) VALUES ($1, $2, $3, $4, $5, $6)`, s.Hash, s.User, s.From, s.Created, s.Used, s.Ends)
		if err != nil {
			return err
		}
		err = tx.do(`DELETE FROM sessions WHERE user_name = $1 AND hash NOT IN (SELECT hash FROM sessions WHERE user_name = $1 ORDER BY used DESC, created DESC LIMIT $2)`, s.User, maxSessions)
		if err != nil {
			return err
		}
		return tx.do(`UPDATE users SET seen = $1 WHERE name = $2`, s.Created, s.User)
	})
}

// Session finds a session and its user by the hash of its secret.
func (db *DB) Session(hash string) (s davy.Session, u davy.User, err error) {
	err = db.read(func(tx *tx) error {
		return tx.one(`SELECT s.hash, s.user_name, s.from_address, s.created, s.used, s.ends, u.name, u.role, u.password, u.disabled, u.created, u.seen
 FROM sessions s JOIN users u ON u.name = s.user_name WHERE s.hash = $1`, []any{hash},
			&s.Hash, &s.User, &s.From, &s.Created, &s.Used, &s.Ends, &u.Name, &u.Role, &u.Password, &u.Disabled, &u.Created, &u.Seen)
	})
	return s, u, err
}

// TouchSession notes that a session was used.
func (db *DB) TouchSession(hash string, at int64) error {
	return db.write(func(tx *tx) error { return tx.do(`UPDATE sessions SET used = $1 WHERE hash = $2`, at, hash) })
}

// DropSession ends a session.
func (db *DB) DropSession(by davy.Principal, hash string) error {
	return db.change(by, "sign out", by.Name, "", func(tx *tx) error { return tx.do(`DELETE FROM sessions WHERE hash = $1`, hash) })
}

// Tokens lists the keys of programs, by name.
func (db *DB) Tokens() (list []davy.Token, err error) {
	err = db.read(func(tx *tx) error {
		return tx.each(`SELECT id, name, user_name, role, hash, created, used, ends FROM tokens ORDER BY name, id`, nil, func(scan func(...any) error) error {
			var t davy.Token
			defer func() { list = append(list, t) }()
			return scan(&t.ID, &t.Name, &t.User, &t.Role, &t.Hash, &t.Created, &t.Used, &t.Ends)
		})
	})
	return list, err
}

// AddToken writes a new key.
func (db *DB) AddToken(by davy.Principal, t davy.Token) error {
	return db.change(by, "add token", t.ID, t.Name+" ("+string(t.Role)+")", func(tx *tx) error {
		return tx.do(`INSERT INTO tokens (id, name, user_name, role, hash, created, used, ends) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, t.ID, t.Name, t.User, t.Role, t.Hash, t.Created, t.Used, t.Ends)
	})
}

// Token finds a key and its user by the hash of its secret.
func (db *DB) Token(hash string) (t davy.Token, u davy.User, err error) {
	err = db.read(func(tx *tx) error {
		return tx.one(`SELECT t.id, t.name, t.user_name, t.role, t.hash, t.created, t.used, t.ends, u.name, u.role, u.password, u.disabled, u.created, u.seen
 FROM tokens t JOIN users u ON u.name = t.user_name WHERE t.hash = $1`, []any{hash},
			&t.ID, &t.Name, &t.User, &t.Role, &t.Hash, &t.Created, &t.Used, &t.Ends, &u.Name, &u.Role, &u.Password, &u.Disabled, &u.Created, &u.Seen)
	})
	return t, u, err
}

// TouchToken notes that a key was used.
func (db *DB) TouchToken(id string, at int64) error {
	return db.write(func(tx *tx) error { return tx.do(`UPDATE tokens SET used = $1 WHERE id = $2`, at, id) })
}

// DropToken ends a key.
func (db *DB) DropToken(by davy.Principal, id string) error {
	return db.change(by, "delete token", id, "", func(tx *tx) error {
		n, err := tx.changed(`DELETE FROM tokens WHERE id = $1`, id)
		if err == nil && n == 0 {
			err = &davy.Fault{Kind: davy.NotFound, Text: "there is no token " + clip(id), Hint: "look at the list of tokens"}
		}
		return err
	})
}

// OfferSetup replaces the set-up link.
func (db *DB) OfferSetup(l davy.SetupLink) error {
	return db.change(davy.Itself, "offer set-up", "", "until "+stampOf(l.Ends), func(tx *tx) error {
		if err := tx.do(`DELETE FROM setups`); err != nil {
			return err
		}
		return tx.do(`INSERT INTO setups (hash, ends) VALUES ($1, $2)`, l.Hash, l.Ends)
	})
}

// SetUp makes the first user with the set-up link, which is dead afterwards.
func (db *DB) SetUp(by davy.Principal, hash string, u davy.User) error {
	return db.change(by, "set up", u.Name, "", func(tx *tx) error {
		n := 0
		if err := tx.one(`SELECT count(*) FROM users`, nil, &n); err != nil {
			return err
		}
		alive, err := tx.changed(`DELETE FROM setups WHERE hash = $1 AND ends > $2`, hash, db.now().UnixNano())
		if err != nil {
			return err
		}
		if alive == 0 || n > 0 {
			return &davy.Fault{Kind: davy.Denied, Text: "this set-up link is used, too old or was never given", Hint: "restart davy up: while there is no user it prints a new one"}
		}
		if err := tx.do(`DELETE FROM setups`); err != nil {
			return err
		}
		return addUser(tx, u)
	})
}
