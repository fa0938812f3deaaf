package packet

import (
	"bufio"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded are the first messages of the conversations that the protocols' tests hold: what
// real programs sent each other.
func recorded(t testing.TB) (list [][]byte) {
	t.Helper()
	paths, err := filepath.Glob("../protocol/*/testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		for n := 0; lines.Scan() && n < 2; {
			text, _, _ := strings.Cut(lines.Text(), "#")
			if !strings.HasPrefix(text, "> ") && !strings.HasPrefix(text, "< ") {
				continue
			}
			b, err := hex.DecodeString(strings.ReplaceAll(text[2:], " ", ""))
			if err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			list = append(list, b)
			n++
		}
		f.Close()
	}
	return list
}
