package vnc

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/davylamp/davy/protocol/protocoltest"
)

func Test(t *testing.T) { protocoltest.Run(t, &Protocol) }

func Fuzz(f *testing.F) { protocoltest.Fuzz(f, &Protocol) }

// TestLogIn plays log-ins whole. They stand apart from the suite's conversations because
// nothing after the version can be known again once a segment was lost.
func TestLogIn(t *testing.T) {
	for _, c := range protocoltest.Conversations(t, "testdata/login") {
		t.Run(c.Name, func(t *testing.T) {
			p := protocoltest.NewPlayer(c, &Protocol)
			for i, k := range c.Packets {
				if err := p.Reload(&Protocol); err != nil {
					t.Fatal(err)
				}
				for j := range k.Bytes {
					p.Feed(i, k.Bytes[j:j+1])
				}
			}
			path := filepath.Join("testdata", "login", c.Name+".golden")
			if flag.Lookup("update").Value.String() == "true" {
				if err := os.WriteFile(path, p.Out.Rows.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if got := p.Out.Rows.String(); err != nil || got != string(want) {
				t.Errorf("%s (%v)\n--- want\n%s--- got\n%s", path, err, want, got)
			}
		})
	}
}
