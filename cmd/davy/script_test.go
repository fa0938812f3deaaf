package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The command line and the packet path are contracts: each of their sentences is a script
// in testdata, which anyone can read and run by hand.

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"davy": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TERM", "xterm")
			return nil
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Getuid() == 0, nil
			case "tmpfs": // a small file system of one's own can be mounted
				dir := t.TempDir()
				if exec.Command("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", dir).Run() != nil {
					return false, nil
				}
				return true, exec.Command("umount", dir).Run()
			}
			return false, fmt.Errorf("no condition %q", cond)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"mkstore": cmdMkstore, "hold": cmdHold, "flip": cmdFlip,
			"mkcap": cmdMkcap, "exits": cmdExits, "cut": cmdCut, "poke": cmdPoke, "rows": cmdRows, "field": cmdField, "same": cmdSame, "allow": cmdAllow,
			"mkbundle": cmdMkbundle,
		},
	})
}

// cmdMkcap: mkcap [-FORM] OUT TEXT writes a capture; the form is pcap when none is given.
func cmdMkcap(ts *testscript.TestScript, neg bool, args []string) {
	form := "pcap"
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		form, args = args[0][1:], args[1:]
	}
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mkcap [-form] OUT TEXT")
	}
	m := newMkcap()
	if err := m.read(ts.ReadFile(args[1])); err != nil {
		ts.Fatalf("%s: %v", args[1], err)
	}
	b, err := m.capture(form)
	if err == nil {
		b, err = packed(args[0], b)
	}
	if err == nil {
		err = os.WriteFile(ts.MkAbs(args[0]), b, 0o644)
	}
	ts.Check(err)
}

// cmdExits: exits CODE COMMAND... runs a command that must end with this code.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if stderr := ts.ReadFile("stderr"); strings.Contains(stderr, "panic:") || strings.Contains(stderr, "goroutine ") {
		ts.Fatalf("it panicked:\n%s", stderr)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// cmdCut: cut FILE N takes the last N bytes off.
func cmdCut(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	b := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b[:len(b)-n]), 0o644))
}

// cmdPoke: poke FILE OFFSET HEX changes bytes; an offset below 0 counts from the end.
func cmdPoke(ts *testscript.TestScript, neg bool, args []string) {
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	h, err := hex.DecodeString(args[2])
	ts.Check(err)
	b := []byte(ts.ReadFile(args[0]))
	if at < 0 {
		at += len(b)
	}
	copy(b[at:], h)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o644))
}

// matching are the rows of an NDJSON file that have all these fields: key=value, where a
// value that begins with ~ is a regular expression, and a value that is empty means that
// there is no such field.
func matching(ts *testscript.TestScript, path string, wants []string) (list []map[string]any) {
	for n, line := range strings.Split(strings.TrimSpace(ts.ReadFile(path)), "\n") {
		if line == "" {
			continue
		}
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		var row map[string]any
		if err := d.Decode(&row); err != nil {
			ts.Fatalf("%s line %d: %v", path, n+1, err)
		}
		ok := true
		for _, w := range wants {
			key, want, _ := strings.Cut(w, "=")
			got := shown(row[key])
			if re, isRE := strings.CutPrefix(want, "~"); isRE {
				ok = ok && regexp.MustCompile(re).MatchString(got)
			} else {
				ok = ok && got == want
			}
		}
		if ok {
			list = append(list, row)
		}
	}
	return list
}

func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// cmdRows: rows FILE N key=value... there are N such rows; N+ means at least so many.
func cmdRows(ts *testscript.TestScript, neg bool, args []string) {
	list := matching(ts, args[0], args[2:])
	least, more := strings.CutSuffix(args[1], "+")
	n, err := strconv.Atoi(least)
	ts.Check(err)
	if len(list) != n && !(more && len(list) > n) {
		ts.Fatalf("%s: %d rows with %v, want %s:\n%s", args[0], len(list), args[2:], args[1], ts.ReadFile(args[0]))
	}
}

// cmdField: field FILE key value; the file is one JSON object, and key may lead into it with dots.
func cmdField(ts *testscript.TestScript, neg bool, args []string) {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.UseNumber()
	var v any
	ts.Check(d.Decode(&v))
	for _, k := range strings.Split(args[1], ".") {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	got, re := shown(v), ""
	ok := got == args[2]
	if re, _ = strings.CutPrefix(args[2], "~"); re != args[2] {
		ok = regexp.MustCompile(re).MatchString(got)
	}
	if ok == neg {
		ts.Fatalf("%s: %s is %s, want %s", args[0], args[1], got, args[2])
	}
}

// cmdSame: same A B [without...] two folders of rows are the same, but for what was measured
// and for the fields named.
func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	without := append([]string{"elapsed_s", "cpu_s", "peak_bytes", "allocs_per_packet"}, args[2:]...)
	for _, name := range []string{"summary.json", "assets.ndjson", "links.ndjson", "messages.ndjson", "findings.ndjson", "incidents.ndjson"} {
		a, b := stripped(ts, args[0]+"/"+name, without), stripped(ts, args[1]+"/"+name, without)
		if !bytes.Equal(a, b) && !neg {
			ts.Fatalf("%s differs:\n%s\n%s", name, a, b)
		}
		if !bytes.Equal(a, b) && neg {
			return
		}
	}
	if neg {
		ts.Fatalf("%s and %s are the same", args[0], args[1])
	}
}

func stripped(ts *testscript.TestScript, path string, without []string) []byte {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(path)))
	d.UseNumber()
	var out bytes.Buffer
	for d.More() {
		var v any
		ts.Check(d.Decode(&v))
		b, err := json.Marshal(strip(v, without))
		ts.Check(err)
		out.Write(append(b, '\n'))
	}
	return out.Bytes()
}

func strip(v any, without []string) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			if slices.Contains(without, k) {
				delete(v, k)
			} else {
				v[k] = strip(v[k], without)
			}
		}
	case []any:
		for i := range v {
			v[i] = strip(v[i], without)
		}
	}
	return v
}

// cmdAllow: allow FILE MODE sets its permissions.
func cmdAllow(ts *testscript.TestScript, neg bool, args []string) {
	mode, err := strconv.ParseUint(args[1], 8, 32)
	ts.Check(err)
	ts.Check(os.Chmod(ts.MkAbs(args[0]), os.FileMode(mode)))
}
