package all

import (
	"path/filepath"
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
