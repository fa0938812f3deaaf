// Lint checks what go vet does not: formatting, generated lists, files that grew too long,
// and paths of a machine in the tree.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	bad := false
	complain := func(format string, args ...any) {
		bad = true
		fmt.Printf(format+"\n", args...)
	}
	files, err := exec.Command("git", "ls-files", "-co", "--exclude-standard").Output()
	if err != nil {
		fmt.Println("lint: git ls-files:", err)
		os.Exit(1)
	}
	var goFiles []string
	for _, f := range strings.Fields(string(files)) {
		text, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		if strings.HasSuffix(f, ".go") {
			goFiles = append(goFiles, f)
			if n := bytes.Count(text, []byte("\n")); n > 600 && !bytes.Contains(text[:min(len(text), 200)], []byte("Code generated")) {
				complain("%s: %d lines; split it at 600", f, n)
			}
		}
		for _, place := range []string{"/work" + "/main", "/work" + "/shared", "GOPRO" + "XY=", "npm_config_" + "registry"} {
			if bytes.Contains(text, []byte(place)) {
				complain("%s: names %s, a place on one machine", f, place)
			}
		}
	}
	out, err := exec.Command("gofmt", append([]string{"-l"}, goFiles...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		complain("gofmt would change:\n%s", out)
	}
	before, _ := os.ReadFile("protocol/all/list.go")
	gen := exec.Command("go", "generate", "./protocol/all")
	if out, err := gen.CombinedOutput(); err != nil {
		complain("go generate: %s", out)
	}
	if after, _ := os.ReadFile("protocol/all/list.go"); !bytes.Equal(before, after) {
		complain("protocol/all/list.go was not generated anew: run make generate")
	}
	if bad {
		os.Exit(1)
	}
}
