package davy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are the repository's documents.
func pages(t *testing.T) (list []string) {
	t.Helper()
	for _, glob := range []string{"*.md", "docs/*.md", "docs/adr/*.md", "changelog/*.md", "protocol/*/README.md", "plant/README.md"} {
		found, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, found...)
	}
	for _, want := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/acceptance.md"} {
		if !slices.Contains(list, want) {
			t.Errorf("there is no %s", want)
		}
	}
	return list
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	linked  = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`) // [text](place), of this repository
	quoted  = regexp.MustCompile("`([^`\n]+)`")
	toMake  = regexp.MustCompile(`\bmake ((?:[a-z]+\b ?)+)`)
	oneWord = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)
)

// TestDocumentsNameWhatExists: a file that a document links or names is there.
func TestDocumentsNameWhatExists(t *testing.T) {
	for _, page := range pages(t) {
		text := read(t, page)
		for _, m := range linked.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links %s: there is none", page, m[1])
			}
		}
		if strings.Contains(page, "/") && page != "docs/acceptance.md" {
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			// Of what is quoted, files are what has a folder of this repository before it, or an
			// ending; what make up and analyze leave is not there before.
			name := m[1]
			top, _, below := strings.Cut(name, "/")
			if !oneWord.MatchString(name) || !below && !slices.Contains([]string{".md", ".go", ".yml"}, filepath.Ext(name)) {
				continue
			}
			if info, err := os.Stat(top); below && (err != nil || !info.IsDir()) {
				continue
			}
			if _, err := os.Stat(name); err != nil && !spoken(name) {
				t.Errorf("%s names `%s`: there is none", page, name)
			}
		}
	}
}

// spoken are names that stand for a file of any room, protocol or reader.
func spoken(name string) bool {
	found, _ := filepath.Glob("*/" + name)
	return len(found) > 0 || strings.HasPrefix(name, "demo/") || strings.HasPrefix(name, "bin/")
}

// TestDocumentsNameTargets: a make target that a document names is in the Makefile, and each
// of those is called what it is: no file has its name.
func TestDocumentsNameTargets(t *testing.T) {
	makefile := read(t, "Makefile")
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(makefile, -1) {
		targets[m[1]] = true
	}
	phony := regexp.MustCompile(`(?m)^\.PHONY: (.*)$`).FindStringSubmatch(makefile)
	for name := range targets {
		if len(phony) == 0 || !slices.Contains(strings.Fields(phony[1]), name) {
			t.Errorf("the target %s is not .PHONY", name)
		}
	}
	for _, page := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/acceptance.md"} {
		var commands []string
		text := read(t, page)
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			commands = append(commands, m[1])
		}
		for _, line := range strings.Split(text, "\n") {
			if command, _, _ := strings.Cut(line, "#"); strings.HasPrefix(line, "    ") {
				commands = append(commands, command)
			}
		}
		for _, c := range commands {
			for _, m := range toMake.FindAllStringSubmatch(c, -1) {
				for _, target := range strings.Fields(m[1]) {
					if !targets[target] {
						t.Errorf("%s says %q: there is no target %s", page, c, target)
					}
				}
			}
		}
	}
}

// TestArchitectureNamesEveryRoom: whoever looks for a folder finds it on the plan, and the
// plan in words is the plan that is held.
func TestArchitectureNamesEveryRoom(t *testing.T) {
	plan := read(t, "ARCHITECTURE.md")
	commands, err := filepath.Glob("cmd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range slices.Concat(ground[1:], rooms, roof, commands) {
		if !strings.Contains(plan, "`"+want+"`") {
			t.Errorf("ARCHITECTURE.md does not name `%s`", want)
		}
	}
}

// TestNoPageIsLost: each page in docs is named by another document.
func TestNoPageIsLost(t *testing.T) {
	list := pages(t)
	for _, page := range list {
		if filepath.Dir(page) != "docs" {
			continue
		}
		if !slices.ContainsFunc(list, func(other string) bool {
			text := read(t, other)
			return other != page && (strings.Contains(text, page) || strings.Contains(text, "]("+filepath.Base(page)) || strings.Contains(text, "](../docs/"+filepath.Base(page)))
		}) {
			t.Errorf("no other document names %s", page)
		}
	}
}
