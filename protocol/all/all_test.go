package all

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/davylamp/davy/protocol/protocoltest"
)

// TestTogether holds that a protocol is told apart from all others by its content.
func TestTogether(t *testing.T) {
	dirs, err := filepath.Glob("../*/testdata")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) == 0 {
		t.Fatal("no protocol has conversations to play")
	}
	protocoltest.Together(t, Protocols(), dirs...)
}

// TestFoldersAreWhole: each protocol's folder says in its README what is read and from which
// sources, and passes the suite and the fuzzer.
func TestFoldersAreWhole(t *testing.T) {
	for _, dir := range folders(t) {
		name := filepath.Base(dir)
		readme, _ := os.ReadFile(filepath.Join(dir, "README.md"))
		if !bytes.HasPrefix(readme, []byte("# ")) || !bytes.Contains(readme, []byte("Sources")) {
			t.Errorf("%s/README.md does not say under a title what is read, what is not, and its Sources", name)
		}
		var tests []byte
		files, _ := filepath.Glob(filepath.Join(dir, "*_test.go"))
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			tests = append(tests, text...)
		}
		for _, want := range []string{"protocoltest.Run(", "protocoltest.Fuzz("} {
			if !strings.Contains(string(tests), want) {
				t.Errorf("no test in %s calls %s...)", name, want)
			}
		}
	}
}

// folders are those beside this one that declare a protocol, as the generator finds them.
func folders(t *testing.T) (list []string) {
	t.Helper()
	files, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("\nvar Protocol = protocol.Protocol{")) {
			list = append(list, filepath.Dir(f))
		}
	}
	if len(list) != len(Protocols()) {
		t.Fatalf("%d folders declare a protocol, and the list has %d", len(list), len(Protocols()))
	}
	return list
}
