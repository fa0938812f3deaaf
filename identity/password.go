package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/davylamp/davy"
	"golang.org/x/crypto/argon2"
)

// The cost of a password: RFC 9106, section 4, the second recommended option. It stands in
// each hash, so that it can be raised.
const (
	passes  = 3
	memory  = 64 << 10 // KiB
	threads = 4
	length  = 32
)

// Bounds of a password: NIST SP 800-63B-4, 3.1.1.2, asks for 15 characters where nothing
// else is asked for, and for 64 at least to be taken.
const (
	minPassword = 12
	maxPassword = 256
)

// checkPassword refuses what is too short, too long or the user's name.
func checkPassword(name, password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return &davy.Fault{Kind: davy.Invalid, Text: "the password is no valid text", Hint: "use letters, digits and signs"}
	case n < minPassword:
		return &davy.Fault{Kind: davy.Invalid, Text: fmt.Sprintf("the password has %d characters: at least %d", n, minPassword), Hint: "four words that have nothing to do with each other are long and easy to keep"}
	case len(password) > maxPassword:
		return &davy.Fault{Kind: davy.Invalid, Text: fmt.Sprintf("the password has more than %d bytes", maxPassword), Hint: "take a shorter one"}
	case strings.Contains(strings.ToLower(password), strings.ToLower(name)):
		return &davy.Fault{Kind: davy.Invalid, Text: "the password holds the user's name", Hint: "take one that nobody can guess from the name"}
	case strings.Count(password, password[:1]) == len(password):
		return &davy.Fault{Kind: davy.Invalid, Text: "the password is one character over and over", Hint: "four words that have nothing to do with each other are long and easy to keep"}
	}
	return nil
}

// checkName bounds the names of users.
func checkName(name string) error {
	ok := name != "" && utf8.RuneCountInString(name) <= 64 && utf8.ValidString(name) && name == strings.TrimSpace(name) && name != davy.Itself.Name
	for _, r := range name {
		ok = ok && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .-_@", r))
	}
	if !ok {
		return &davy.Fault{Kind: davy.Invalid, Text: fmt.Sprintf("%.80q is no name for a user", name), Hint: "up to 64 letters, digits, spaces and . - _ @"}
	}
	return nil
}

// hashPassword makes the text that is kept, in the usual form of argon2's own tools.
func hashPassword(password string) string {
	var salt [16]byte
	rand.Read(salt[:]) // never fails
	key := argon2.IDKey([]byte(password), salt[:], passes, memory, threads, length)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, threads, enc.EncodeToString(salt[:]), enc.EncodeToString(key))
}

// nobody is compared with when there is no such user, so that the answer takes as long.
var nobody = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, threads, "AAAAAAAAAAAAAAAAAAAAAA", strings.Repeat("A", 43))

// samePassword compares in constant time. A hash it cannot read fits nothing; parameters
// beyond reason are refused, for whoever can write the database shall not stop the desk.
func samePassword(kept, password string) bool {
	parts := strings.Split(kept, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprint("v=", argon2.Version) {
		return false
	}
	var m, t uint32
	var p uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil || m > 1<<20 || t == 0 || t > 20 || p == 0 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) != length {
		return false
	}
	return subtle.ConstantTimeCompare(argon2.IDKey([]byte(password), salt, t, m, p, length), want) == 1
}
