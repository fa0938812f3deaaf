// Test runs go test and prints failures and skips. With DAVY_STRICT=1 a skip is a failure,
// but for those in docs/skips.txt, each with its reason.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

func main() {
	cmd := exec.Command("go", append([]string{"test", "-json", "-timeout", "30m"}, os.Args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	said := map[string][]string{}
	var failed, skipped, forbidden, passed int
	kept := keptSkips()
	lines := bufio.NewReaderSize(out, 1<<20)
	for {
		text, err := lines.ReadBytes('\n')
		if len(text) > 0 {
			var e event
			if json.Unmarshal(text, &e) != nil {
				os.Stdout.Write(text)
				continue
			}
			key := e.Package + " " + e.Test
			switch e.Action {
			case "output":
				said[key] = append(said[key], e.Output)
			case "build-output":
				fmt.Print(e.Output)
			case "pass":
				if e.Test != "" {
					passed++
				} else {
					fmt.Printf("ok    %s (%.1f s)\n", e.Package, e.Elapsed)
				}
				delete(said, key)
			case "fail":
				failed++
				fmt.Printf("FAIL  %s\n%s", key, strings.Join(said[key], ""))
				delete(said, key)
			case "skip":
				if e.Test == "" {
					continue
				}
				why := reason(said[key])
				if skipped++; os.Getenv("DAVY_STRICT") == "1" && !allowed(kept, key, why) {
					forbidden++
					fmt.Printf("SKIP  %s: %s (not in docs/skips.txt)\n", key, why)
				} else {
					fmt.Printf("skip  %s: %s\n", key, why)
				}
				delete(said, key)
			}
		}
		if err != nil {
			break
		}
	}
	runErr := cmd.Wait()
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if runErr != nil || failed > 0 || forbidden > 0 {
		os.Exit(1)
	}
}

// reason is what a test said when it skipped.
func reason(lines []string) string {
	for _, l := range lines {
		if t := strings.TrimSpace(l); t != "" && !strings.HasPrefix(t, "===") && !strings.HasPrefix(t, "---") {
			if _, rest, ok := strings.Cut(t, ".go:"); ok {
				_, t, _ = strings.Cut(rest, " ")
			}
			return t
		}
	}
	return "no reason given"
}

// keptSkips are the lines of docs/skips.txt: a part of the test's name or reason, a colon,
// and why that may be.
func keptSkips() (list []string) {
	text, err := os.ReadFile("docs/skips.txt")
	if err != nil {
		return nil
	}
	for _, l := range strings.Split(string(text), "\n") {
		if part, why, ok := strings.Cut(l, ": "); ok && why != "" && !strings.HasPrefix(l, "#") {
			list = append(list, part)
		}
	}
	return list
}

func allowed(kept []string, key, why string) bool {
	for _, k := range kept {
		if strings.Contains(key, k) || strings.Contains(why, k) {
			return true
		}
	}
	return false
}
