package cotp

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/protocol/protocoltest"
)

// play feeds segments of a client, in hex, and returns what was said.
func play(t *testing.T, segments ...string) string {
	t.Helper()
	c := &protocoltest.Conversation{Layer: protocol.TCP, Client: davy.Endpoint{Addr: davy.AddrOf4(1, 0), Port: 50000},
		Server: davy.Endpoint{Addr: davy.AddrOf4(2, 0), Port: 102}}
	for _, s := range segments {
		b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		c.Packets = append(c.Packets, protocoltest.Packet{FromClient: true, Bytes: b})
	}
	p := protocoltest.NewPlayer(c, &Protocol)
	p.Play()
	return p.Out.Rows.String()
}

const request = "0300 0016 11e0 0000 0005 00 c0010a c1020100 c2020102"

// TestOutOfStep holds that a stream which is no longer TPKT is said to be none once, is
// picked up at the next segment that begins with one, and that half a TSDU from before is
// not glued to what comes after (RFC 1006, clause 6; X.224 13.7).
func TestOutOfStep(t *testing.T) {
	rows := play(t, request, "0300 0009 02f000 0102", "474554202f20", "2f20", "0300 0009 02f080 0304", "0300 0005 02", "0300 0009 02f080 0506")
	for text, want := range map[string]int{`"defect":"not-tpkt"`: 1, `"defect":"bad-length"`: 1, `"op":"data"`: 2} {
		if n := strings.Count(rows, text); n != want {
			t.Errorf("%s stands %d times, want %d\n%s", text, n, want, rows)
		}
	}
}

// TestEndless holds that a TSDU without end is not kept, is said to be too long once, and
// that what follows its end is read again.
func TestEndless(t *testing.T) {
	part := "0300 2007 02f000" + strings.Repeat("00", 8192)
	segments := []string{request}
	for range 20 {
		segments = append(segments, part)
	}
	rows := play(t, append(segments, "0300 0009 02f080 0102", "0300 0009 02f080 0304")...)
	if n := strings.Count(rows, `"defect":"oversized"`); n != 1 {
		t.Errorf("too long is said %d times, want once\n%s", n, rows)
	}
	if n := strings.Count(rows, `"op":"data"`); n != 2 {
		t.Errorf("data are said %d times, want 2: the long one and the next\n%s", n, rows)
	}
}
