package identity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

func TestPasswords(t *testing.T) {
	a, b := hashPassword("four words no link"), hashPassword("four words no link")
	if a == b {
		t.Error("two hashes of a password are equal: no salt")
	}
	if !strings.HasPrefix(a, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Errorf("%s does not tell its parameters", a)
	}
	if !samePassword(a, "four words no link") || samePassword(a, "four words no linK") || samePassword(a, "") {
		t.Error("a password is not told from another")
	}
	key := strings.Split(a, "$")
	for _, bent := range []string{"", "plain", "$argon2id$", nobody, strings.Replace(a, "argon2id", "argon2i", 1), strings.Replace(a, "v=19", "v=16", 1), strings.Replace(a, "m=65536", "m=99999999", 1),
		strings.Replace(a, "t=3", "t=0", 1), strings.Replace(a, "p=4", "p=0", 1), strings.Replace(a, key[4], "!!", 1), strings.Replace(a, key[5], "AAAA", 1), strings.Join(key[:5], "$")} {
		if samePassword(bent, "four words no link") {
			t.Errorf("%q lets in", bent)
		}
	}
	for password, ok := range map[string]bool{"short": false, "elevenchars": false, "twelve chars": true, "aaaaaaaaaaaaaaaa": false, "I am anna, really": false, strings.Repeat("long ", 60): false,
		"\xff\xfe twelve chars": false, "пароль из слов": true} {
		if err := checkPassword("Anna", password); (err == nil) != ok {
			t.Errorf("%q: %v", password, err)
		}
	}
	for name, ok := range map[string]bool{"anna": true, "Anna Müller": true, "a@b.example": true, "": false, " anna": false, "davy": false, "a\nb": false, "<script>": false, strings.Repeat("x", 65): false, "\xff": false} {
		if err := checkName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Each role may what the one before may; nobody may what is not known.
func TestDecide(t *testing.T) {
	d := New(nil, Config{})
	for act, least := range map[string]davy.Role{"read": davy.Viewer, "self": davy.Viewer, "decide": davy.Operator, "plan": davy.Operator, "upload": davy.Operator, "export": davy.Operator,
		"administer": davy.Admin, "audit": davy.Admin, "fly": "nobody", "": "nobody"} {
		for i, role := range []davy.Role{"", "root", davy.Viewer, davy.Operator, davy.Admin} {
			want := map[davy.Role]int{davy.Viewer: 2, davy.Operator: 3, davy.Admin: 4, "nobody": 9}[least] <= i
			v := d.Decide(davy.Principal{Name: "anna", Role: role}, act, "I-1")
			if v.Allowed != want || !v.Allowed && v.Reason == "" {
				t.Errorf("%q may %q: %+v, want %v", role, act, v, want)
			}
			if d.Decide(davy.Principal{Role: role}, act, "").Allowed {
				t.Errorf("somebody without a name may %q as %q", act, role)
			}
		}
	}
	if (*Desk)(nil).Decide(davy.Principal{Name: "anna", Role: davy.Admin}, "read", "").Allowed {
		t.Error("nil means yes")
	}
}

func TestWaitsGrow(t *testing.T) {
	var l limits
	now := int64(1e18)
	k := keys("Anna", "10.0.0.1")
	for n := range freeTries {
		if err := l.allow(now, k); err != nil {
			t.Fatalf("try %d: %v", n, err)
		}
		l.wrong(now, k)
	}
	waits := []time.Duration{}
	for range 8 {
		err, ok := l.allow(now, k).(*davy.Fault)
		if !ok || err.Kind != davy.TooMany || err.Wait <= 0 {
			t.Fatalf("%v", err)
		}
		waits = append(waits, err.Wait)
		if e := l.allow(now+int64(err.Wait)-1, k); e == nil {
			t.Error("a try came before its time")
		}
		now += int64(err.Wait)
		if e := l.allow(now, k); e != nil {
			t.Error("a try in its time is refused:", e)
		}
		l.wrong(now, k)
	}
	if fmt.Sprint(waits) != "[30s 1m0s 2m0s 4m0s 8m0s 15m0s 15m0s 15m0s]" {
		t.Error(waits)
	}
	// The same name from elsewhere and other names from the same place wait, too; others do not.
	if l.allow(now, keys("ANNA", "10.0.0.2")) == nil || l.allow(now, keys("bert", "10.0.0.1")) == nil || l.allow(now, keys("bert", "10.0.0.2")) != nil {
		t.Error("the wrong ones wait")
	}
	l.right(k) // a new password for anna
	if l.allow(now, keys("anna", "10.0.0.2")) != nil || l.allow(now, keys("anna", "10.0.0.1")) == nil {
		t.Error("a right password forgets the name's tries and keeps the address's")
	}
	now += int64(forgotten) + int64(time.Hour)
	l.wrong(now, k)
	if err := l.allow(now, k); err != nil {
		t.Error("a quiet day does not forget:", err)
	}
}

func TestWatchedIsBounded(t *testing.T) {
	var l limits
	for n := range maxWatched * 2 {
		l.wrong(int64(n), keys(fmt.Sprint("name", n), "10.0.0.1"))
		if n > maxWatched && n%1000 != 0 {
			continue
		}
		if len(l.tries) > maxWatched {
			t.Fatalf("%d are watched", len(l.tries))
		}
	}
	if l.allow(maxWatched*2, keys("x", "10.0.0.1")) == nil {
		t.Error("many names made the address forgotten")
	}
	var seen touches
	for n := range maxWatched * 3 {
		seen.due(fmt.Sprint(n), 1)
	}
	if len(seen.last) > maxWatched {
		t.Errorf("%d are remembered", len(seen.last))
	}
}
