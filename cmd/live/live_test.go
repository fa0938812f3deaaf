//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLive runs each command with -short, against a davy of this tree. What a command looks
// for and does not find fails it.
func TestLive(t *testing.T) {
	if testing.Short() {
		t.Skip("davy up is not started with -short")
	}
	dir := t.TempDir()
	binary, live := filepath.Join(dir, "davy"), filepath.Join(dir, "live")
	for path, pkg := range map[string]string{binary: "../davy", live: "."} {
		cmd := exec.Command("go", "build", "-o", path, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for _, name := range []string{"peers", "latency", "failures", "kill", "soak"} {
		t.Run(name, func(t *testing.T) {
			out, err := exec.Command(live, name, "-short", "-davy", binary).CombinedOutput()
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == exitMissing {
				_, why, _ := strings.Cut(string(out), "missing: ")
				t.Skip("davy up in a network of its own needs", strings.TrimSpace(why))
			}
			if err != nil {
				t.Fatalf("%v:\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}
