package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/identity"
	"github.com/davylamp/davy/store"
)

// doorbell is an identity room over a real store, with a clock that the test moves.
type doorbell struct {
	*identity.Desk
	db  *store.DB
	now time.Time
}

func newDoor(t *testing.T) *doorbell {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	b := &doorbell{db: db, now: time.Now()}
	b.Desk = identity.New(db, identity.Config{Now: func() time.Time { return b.now }})
	t.Cleanup(func() {
		if err := errors.Join(second(db.VerifyAudit()), db.Close()); err != nil {
			t.Error(err)
		}
	})
	return b
}

func second(_ int64, err error) error { return err }

const pass = "four words no link"

// founded has anna as its first administrator.
func founded(t *testing.T) (*doorbell, identity.Login) {
	t.Helper()
	b := newDoor(t)
	link, err := b.Offer()
	if err != nil {
		t.Fatal(err)
	}
	l, err := b.SetUp("10.0.0.9", link, "anna", pass)
	if err != nil {
		t.Fatal(err)
	}
	return b, l
}

// refused checks what sort of fault came.
func refused(t *testing.T, what string, err error, kind davy.FaultKind) {
	t.Helper()
	var f *davy.Fault
	if !errors.As(err, &f) || f.Kind != kind {
		t.Errorf("%s: %v (%T), want a fault of kind %d", what, err, err, kind)
	}
}

func acts(t *testing.T, db *store.DB) string {
	t.Helper()
	p, err := db.AuditTrail(davy.Query{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, r := range p.Items {
		list = append([]string{r.By + " " + r.Act + " " + r.Object}, list...)
	}
	return strings.Join(list, "\n")
}

func TestSetupLinkWorksOnce(t *testing.T) {
	b := newDoor(t)
	if needed, err := b.Needed(); !needed || err != nil {
		t.Fatal(needed, err)
	}
	first, err := b.Offer()
	if err != nil || len(first) != 43 {
		t.Fatal(first, err)
	}
	link, err := b.Offer() // started again
	if err != nil || link == first {
		t.Fatal(link, err)
	}
	_, err = b.SetUp("10.0.0.9", first, "anna", pass)
	refused(t, "an earlier link", err, davy.Denied)
	_, err = b.SetUp("10.0.0.9", link, "anna", "short")
	refused(t, "a short password", err, davy.Invalid)
	_, err = b.SetUp("10.0.0.9", link+"x", "anna", pass)
	refused(t, "a wrong link", err, davy.Denied)
	l, err := b.SetUp("10.0.0.9", link, "anna", pass)
	if err != nil {
		t.Fatal(err)
	}
	if l.Principal.Role != davy.Admin || len(l.Secret) != 43 {
		t.Errorf("%+v", l)
	}
	_, err = b.SetUp("10.0.0.9", link, "bert", pass)
	refused(t, "the link again", err, davy.Denied)
	if link, err := b.Offer(); link != "" || err != nil {
		t.Errorf("a link with users there: %q %v", link, err)
	}

	old := newDoor(t)
	// The store looks at its own clock: a link that ended is made by a desk of yesterday.
	old.now = old.now.Add(-identity.SetupLasts)
	link, err = old.Offer()
	if err != nil {
		t.Fatal(err)
	}
	_, err = old.SetUp("10.0.0.9", link, "anna", pass)
	refused(t, "a link of yesterday", err, davy.Denied)
}

func TestSessions(t *testing.T) {
	b, l := founded(t)
	who, err := b.Session("10.0.0.9", l.Secret)
	if err != nil || who.Principal.Name != "anna" || who.CSRF != l.CSRF || who.CSRF == "" {
		t.Fatal(who, err)
	}
	for _, wrong := range []string{"", "x", l.Secret[1:], l.Secret[:42] + "~", strings.Repeat("A", 43)} {
		_, err := b.Session("10.0.0.9", wrong)
		refused(t, "the secret "+wrong, err, davy.Denied)
	}
	other, err := b.LogIn("10.0.0.9", "anna", pass)
	if err != nil || other.Secret == l.Secret {
		t.Fatal(err)
	}
	if err := b.LogOut(who.Principal, l.Secret); err != nil {
		t.Fatal(err)
	}
	_, err = b.Session("10.0.0.9", l.Secret)
	refused(t, "after signing out", err, davy.Denied)
	// Used each ten hours it lives, for seven days and no longer.
	for h := 10; h < 7*24; h += 10 {
		b.now = b.now.Add(10 * time.Hour)
		if _, err := b.Session("10.0.0.9", other.Secret); err != nil {
			t.Fatalf("after %d h: %v", h, err)
		}
	}
	b.now = b.now.Add(10 * time.Hour)
	_, err = b.Session("10.0.0.9", other.Secret)
	refused(t, "after seven days", err, davy.Denied)
	idle, err := b.LogIn("10.0.0.9", "anna", pass)
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(12 * time.Hour)
	_, err = b.Session("10.0.0.9", idle.Secret)
	refused(t, "twelve idle hours", err, davy.Denied)
	users, err := b.Users()
	if err != nil || len(users) != 1 || users[0].Password != "" || users[0].Seen == 0 {
		t.Errorf("%+v %v", users, err)
	}
}

func TestTenWrongPasswords(t *testing.T) {
	b, _ := founded(t)
	for n := range 10 {
		name := []string{"anna", "nobody"}[n%2]
		_, err := b.LogIn("10.6.6.6", name, fmt.Sprint("wrong password ", n))
		refused(t, "a wrong password", err, davy.Denied)
		if !strings.Contains(err.Error(), "name or password") {
			t.Error(err)
		}
	}
	_, err := b.LogIn("10.6.6.6", "anna", pass)
	refused(t, "the right one after ten wrong ones", err, davy.TooMany)
	if _, err := b.LogIn("10.0.0.9", "anna", pass); err != nil {
		t.Error("from elsewhere, after five wrong ones for the name:", err)
	}
	b.now = b.now.Add(31 * time.Second)
	if _, err := b.LogIn("10.6.6.6", "anna", pass); err != nil {
		t.Error("after the wait:", err)
	}
	if text := acts(t, b.db); strings.Count(text, "sign in refused") != 10 || strings.Contains(text, pass) || strings.Contains(text, "wrong password 3") {
		t.Error(text)
	}
}

func TestAdministration(t *testing.T) {
	b, l := founded(t)
	anna := l.Principal
	if err := b.AddUser(anna, "bert", davy.Operator, pass+" too"); err != nil {
		t.Fatal(err)
	}
	refused(t, "the same name", b.AddUser(anna, "bert", davy.Viewer, pass+" too"), davy.Taken)
	refused(t, "no such role", b.AddUser(anna, "carl", "root", pass+" too"), davy.Invalid)
	s, err := b.LogIn("10.0.0.8", "bert", pass+" too")
	if err != nil {
		t.Fatal(err)
	}
	bert := s.Principal
	refused(t, "an operator makes users", b.AddUser(bert, "carl", davy.Viewer, pass+" too"), davy.Denied)
	refused(t, "an operator makes himself administrator", b.ChangeUser(bert, "bert", identity.Change{Role: davy.Admin}), davy.Denied)
	refused(t, "an operator deletes", b.DropUser(bert, "anna"), davy.Denied)
	_, _, err = b.AddToken(bert, "script", davy.Viewer, 0)
	refused(t, "an operator makes tokens", err, davy.Denied)

	refused(t, "the last administrator steps down", b.ChangeUser(anna, "anna", identity.Change{Role: davy.Viewer}), davy.Invalid)
	yes := true
	refused(t, "the last administrator is stopped", b.ChangeUser(anna, "anna", identity.Change{Disabled: &yes}), davy.Invalid)
	refused(t, "the last administrator goes", b.DropUser(anna, "anna"), davy.Invalid)

	// A change of role or password ends the sessions.
	if err := b.ChangeUser(anna, "bert", identity.Change{Role: davy.Viewer}); err != nil {
		t.Fatal(err)
	}
	_, err = b.Session("10.0.0.8", s.Secret)
	refused(t, "a session of the old role", err, davy.Denied)
	s, err = b.LogIn("10.0.0.8", "bert", pass+" too")
	if err != nil || s.Principal.Role != davy.Viewer {
		t.Fatal(s, err)
	}
	refused(t, "a wrong old password", b.ChangeOwnPassword(s.Principal, "wrong", pass+" new"), davy.Denied)
	if err := b.ChangeOwnPassword(s.Principal, pass+" too", pass+" new"); err != nil {
		t.Fatal(err)
	}
	_, err = b.LogIn("10.0.0.8", "bert", pass+" too")
	refused(t, "the old password", err, davy.Denied)
	if s, err = b.LogIn("10.0.0.8", "bert", pass+" new"); err != nil {
		t.Fatal(err)
	}
	if err := b.ChangeUser(anna, "bert", identity.Change{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	_, err = b.Session("10.0.0.8", s.Secret)
	refused(t, "a session of somebody who is stopped", err, davy.Denied)
	_, err = b.LogIn("10.0.0.8", "bert", pass+" new")
	refused(t, "signing in when stopped", err, davy.Denied)
	if err := b.DropUser(anna, "bert"); err != nil {
		t.Fatal(err)
	}
	if want := "anna change user bert"; !strings.Contains(acts(t, b.db), want) {
		t.Error(acts(t, b.db))
	}
}

func TestTokens(t *testing.T) {
	b, l := founded(t)
	anna := l.Principal
	secret, token, err := b.AddToken(anna, "historian", davy.Operator, b.now.Add(time.Hour).UnixNano())
	if err != nil || token.Hash != "" || !strings.HasPrefix(secret, "davy_") {
		t.Fatal(secret, token, err)
	}
	p, err := b.Token("10.0.0.7", secret)
	if err != nil || p.Name != "anna" || p.Role != davy.Operator || p.Token != token.ID {
		t.Fatalf("%+v %v", p, err)
	}
	_, _, err = b.AddToken(p, "child", davy.Viewer, 0)
	refused(t, "a token makes tokens", err, davy.Denied)
	refused(t, "a token changes the password", b.ChangeOwnPassword(p, pass, pass+" x"), davy.Denied)
	_, _, err = b.AddToken(anna, "late", davy.Viewer, b.now.UnixNano())
	refused(t, "a token that ended before it began", err, davy.Invalid)
	for _, wrong := range []string{"", "davy_", secret[:len(secret)-1] + "!", secret[5:]} {
		_, err := b.Token("10.0.0.7", wrong)
		refused(t, "a wrong token", err, davy.Denied)
	}
	list, err := b.Tokens()
	if err != nil || len(list) != 1 || list[0].Hash != "" || list[0].Used == 0 {
		t.Errorf("%+v %v", list, err)
	}
	b.now = b.now.Add(time.Hour)
	_, err = b.Token("10.0.0.7", secret)
	refused(t, "a token that has ended", err, davy.Denied)

	// A token is never more than its user, and goes with the user.
	if err := b.AddUser(anna, "root", davy.Admin, pass+" 2"); err != nil {
		t.Fatal(err)
	}
	secret, _, err = b.AddToken(davy.Principal{Name: "root", Role: davy.Admin}, "all", davy.Admin, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.ChangeUser(anna, "root", identity.Change{Role: davy.Viewer}); err != nil {
		t.Fatal(err)
	}
	if p, err := b.Token("", secret); err != nil || p.Role != davy.Viewer {
		t.Errorf("%+v %v", p, err)
	}
	if err := b.DropUser(anna, "root"); err != nil {
		t.Fatal(err)
	}
	_, err = b.Token("", secret)
	refused(t, "a token of nobody", err, davy.Denied)
	secret, token, err = b.AddToken(anna, "again", davy.Viewer, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.DropToken(anna, token.ID); err != nil {
		t.Fatal(err)
	}
	_, err = b.Token("", secret)
	refused(t, "a token that was taken back", err, davy.Denied)
}

// Nothing secret lies in the database: neither passwords nor the secrets of sessions,
// tokens and links.
func TestStoreHoldsNoSecret(t *testing.T) {
	b := newDoor(t)
	link, err := b.Offer()
	if err != nil {
		t.Fatal(err)
	}
	l, err := b.SetUp("10.0.0.9", link, "anna", pass)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := b.AddToken(l.Principal, "script", davy.Viewer, 0)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(b.db.Path())
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		text := readAll(t, f)
		for what, secret := range map[string]string{"password": pass, "link": link, "session": l.Secret, "csrf": l.CSRF, "token": strings.TrimPrefix(token, "davy_")} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds the %s", f, what)
			}
		}
	}
}

func readAll(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
