package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/davylamp/davy"
)

// commands are the davy commands of the README's code blocks, in their order.
func commands(t *testing.T) (list [][]string) {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		command, _, _ := strings.Cut(line, "#")
		if f := strings.Fields(command); strings.HasPrefix(line, "    ") && len(f) > 1 && f[0] == "bin/davy" {
			list = append(list, f[1:])
		}
	}
	if len(list) < 5 {
		t.Fatalf("the README shows %d commands", len(list))
	}
	return list
}

// reader makes a folder with the files that the README speaks of, and goes there.
func reader(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.Mkdir("captures", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, day := range map[string]string{"mirror.pcapng": "02", "captures/a.pcap": "02", "captures/b.pcap": "03", "monday.pcap": "02", "tuesday.pcap": "03", "01.pcap": "02"} {
		m := newMkcap()
		if err := m.read("start 2026-03-" + day + "T06:00:00Z\ndial a 10.1.0.5:50001 10.1.0.10:502\nask a identify\nask a read 100 4\nask a stop\nbye a\n"); err != nil {
			t.Fatal(err)
		}
		b, err := m.capture(strings.TrimPrefix(filepath.Ext(name), "."))
		if err == nil {
			err = os.WriteFile(name, b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"plant.yaml": "networks:\n  - prefix: 10.1.0.0/24\n    name: line\n    level: \"1\"\n",
		"work.yaml":  "- id: repair\n  from: 2026-03-02T05:00:00Z\n  to: 2026-03-02T09:00:00Z\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, day := range []string{"monday", "tuesday"} {
		if code := run([]string{"analyze", "--out", day, day + ".pcap"}, &streams{os.Stdin, new(bytes.Buffer), new(bytes.Buffer)}); code != exitDone {
			t.Fatalf("analyze %s ends with %d", day, code)
		}
	}
}

// TestReadmeCommands: what the README shows works as it stands there. Commands that run
// until they are stopped are only read.
func TestReadmeCommands(t *testing.T) {
	list := commands(t)
	reader(t)
	for _, args := range list {
		if args[0] == "up" {
			parser, err := kong.New(new(cli), kong.Name("davy"), kong.Bind(new(streams)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(args); err != nil {
				t.Errorf("davy %s: %v", strings.Join(args, " "), err)
			}
			continue
		}
		var out, errs bytes.Buffer
		if code := run(args, &streams{os.Stdin, &out, &errs}); code != exitDone {
			t.Errorf("davy %s: ends with %d: %s", strings.Join(args, " "), code, errs.String())
		}
	}
}

// TestReadmeNamesCommands: a davy command that the documents name exists.
func TestReadmeNamesCommands(t *testing.T) {
	parser, err := kong.New(new(cli), kong.Name("davy"), kong.Bind(new(streams)))
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := filepath.Glob("../../docs/*.md")
	for _, page := range append(pages, "../../README.md", "../../ARCHITECTURE.md", "../../CONTRIBUTING.md", "../../SECURITY.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?:`|^    |bin/)davy ([a-z][a-z -]*)").FindAllStringSubmatch(string(text), -1) {
			n := parser.Model.Node
			for _, word := range strings.Fields(m[1]) {
				i := slices.IndexFunc(n.Children, func(c *kong.Node) bool { return c.Name == word })
				if i < 0 {
					break
				}
				n = n.Children[i]
			}
			if n == parser.Model.Node {
				t.Errorf("%s: there is no davy %s", page, m[1])
			}
		}
	}
}

// TestHelpHasExamples: every command's help has examples, and they are of this command.
func TestHelpHasExamples(t *testing.T) {
	parser, err := kong.New(new(cli), kong.Name("davy"), kong.Bind(new(streams)))
	if err != nil {
		t.Fatal(err)
	}
	var visit func(n *kong.Node, path string)
	visit = func(n *kong.Node, path string) {
		for _, c := range n.Children {
			visit(c, strings.TrimSpace(path+" "+c.Name))
		}
		if n.Type != kong.CommandNode {
			return
		}
		if !regexp.MustCompile(`(?ms)^Examples?:\n.*  .*davy ` + regexp.QuoteMeta(path) + `\b`).MatchString(n.Detail) {
			t.Errorf("davy %s --help has no examples of it:\n%s", path, n.Detail)
		}
		if n.Help == "" {
			t.Errorf("davy %s is told in no sentence", path)
		}
		for _, f := range n.Flags {
			if f.Help == "" {
				t.Errorf("davy %s --%s is told in no sentence", path, f.Name)
			}
		}
	}
	visit(parser.Model.Node, "")
	names := []string{}
	for _, c := range parser.Model.Children {
		names = append(names, c.Name)
	}
	if !slices.Contains(names, "analyze") {
		t.Fatalf("commands: %v", names)
	}
}

// TestSitePage: the examples that docs/site.md gives are read, it names every key there is,
// and every verb.
func TestSitePage(t *testing.T) {
	text, err := os.ReadFile("../../docs/site.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d examples", len(blocks))
	}
	dir := t.TempDir()
	for i, name := range []string{"site.yaml", "work.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(blocks[i][1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := readSite(filepath.Join(dir, "site.yaml")); err != nil {
		t.Error(err)
	}
	windows, err := readWindows(filepath.Join(dir, "work.yaml"))
	if err != nil || len(windows) != 1 || len(windows[0].Verbs) != 3 {
		t.Errorf("%v: %+v", err, windows)
	}
	var keys func(v reflect.Type)
	keys = func(v reflect.Type) {
		switch v.Kind() {
		case reflect.Slice:
			keys(v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				key, _, _ := strings.Cut(v.Field(i).Tag.Get("yaml"), ",")
				if !strings.Contains(page, key+":") {
					t.Errorf("the page does not tell of %s", key)
				}
				keys(v.Field(i).Type)
			}
		}
	}
	keys(reflect.TypeFor[siteFile]())
	keys(reflect.TypeFor[davy.WindowRow]())
	for v := davy.Verb(1); v != davy.Other; v++ {
		if !regexp.MustCompile(`\b` + v.String() + `\b`).MatchString(page[strings.Index(page, "\nVerbs:"):]) {
			t.Errorf("the page does not name the verb %s", v)
		}
	}
}
