package tls

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

const badCertificate davy.Defect = "bad-certificate" // not the DER of a certificate

// DER tags (X.690).
const (
	derInteger  = 0x02
	derOID      = 0x06
	derSequence = 0x30
	derSet      = 0x31
	derVersion  = 0xa0
)

// element reads a DER element of this tag.
func element(r *wire.Reader, want uint8) (body wire.Reader, ok bool) {
	tag := r.U8()
	n := int(r.U8())
	if n >= 0x80 {
		count := n & 0x7f
		if count == 0 || count > 3 {
			return body, false
		}
		n = 0
		for range count {
			n = n<<8 | int(r.U8())
		}
	}
	body = wire.NewReader(r.Bytes(n))
	return body, !r.Short() && tag == want
}

// Object identifiers of the subject's attributes (RFC 5280, A.1), as they are encoded.
const (
	oidCommonName   = "\x55\x04\x03"
	oidOrganization = "\x55\x04\x0a"
)

// subjectOf walks a certificate (RFC 5280, 4.1) to its subject.
func subjectOf(der []byte) (name wire.Reader, ok bool) {
	r := wire.NewReader(der)
	outer, ok1 := element(&r, derSequence)
	tbs, ok2 := element(&outer, derSequence)
	if !ok1 || !ok2 {
		return name, false
	}
	if tbs.Peek() == derVersion {
		element(&tbs, derVersion)
	}
	_, ok1 = element(&tbs, derInteger)
	_, ok2 = element(&tbs, derSequence)  // signature
	_, ok3 := element(&tbs, derSequence) // issuer
	_, ok4 := element(&tbs, derSequence) // validity
	name, ok5 := element(&tbs, derSequence)
	return name, ok1 && ok2 && ok3 && ok4 && ok5
}

// attribute reads the next attribute of a name; of a set with several the first.
func attribute(name *wire.Reader) (oid, value []byte, ok bool) {
	set, ok1 := element(name, derSet)
	pair, ok2 := element(&set, derSequence)
	id, ok3 := element(&pair, derOID)
	text, _ := element(&pair, 0) // one of several kinds of strings
	return id.Rest(), text.Rest(), ok1 && ok2 && ok3 && !pair.Short()
}
