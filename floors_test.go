package davy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The plan of the house, as ARCHITECTURE.md tells it. Change the house to fit the plan, or
// the plan in an ADR; do not change this list to make a build pass.
var (
	ground = []string{"", "wire", "rule", "fetch"}
	rooms  = []string{"capture", "packet", "protocol", "inventory", "baseline", "detect", "incident", "evidence", "web", "api", "store", "identity"}
	roof   = []string{"app", "plant"}
	hushed = []string{"", "wire", "rule", "fetch", "packet", "protocol", "inventory", "baseline", "detect", "incident", "evidence", "plant"}
)

const module = "github.com/davylamp/davy"

// loud reports whether a package opens sockets, runs programs or reaches the kernel: all of
// net but the addresses, and whatever is not the standard library's unless it is kept.
func loud(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return pkg == "net" || strings.HasPrefix(pkg, "net/") && pkg != "net/netip" || strings.Contains(first, ".") && !slices.Contains(quiet, pkg) ||
		slices.Contains([]string{"os/exec", "os/signal", "syscall", "plugin", "crypto/tls", "log/syslog"}, pkg)
}

// quiet are packages of others that hushed rooms use: they compute, and open nothing.
var quiet = []string{"github.com/expr-lang/expr", "github.com/expr-lang/expr/ast", "github.com/expr-lang/expr/vm", "go.yaml.in/yaml/v3"}

// sends are the calls that put packets on a wire, and what they can be hidden behind; capture
// never makes one.
var sends = []string{"Write", "WriteTo", "Send", "Sendto", "SendmsgN", "Sendmsg", "SendmsgBuffers", "Sendfile", "Splice", "Tee", "Vmsplice", "Writev", "Pwrite", "Pwritev",
	"Pwritev2", "Connect", "WritePacketData", "PACKET_TX_RING", "PACKET_QDISC_BYPASS", "Syscall", "Syscall6", "RawSyscall", "RawSyscall6", "SYS_WRITE", "SYS_SENDTO", "SYS_SENDMSG", "SYS_SENDMMSG", "AF_XDP", "AF_NETLINK"}

type source struct {
	dir, path string
	file      *ast.File
	set       *token.FileSet
	test      bool
}

// sources parses every Go file of the tree.
func sources(t *testing.T) (list []source) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "node_modules" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if dir == "." {
			dir = ""
		}
		list = append(list, source{dir, path, f, set, strings.HasSuffix(path, "_test.go")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// imported are the packages of this module and others that a file imports.
func (s *source) imports() (own, other []string) {
	for _, i := range s.file.Imports {
		p := strings.Trim(i.Path.Value, `"`)
		if rest, ok := strings.CutPrefix(p, module); ok {
			own = append(own, strings.TrimPrefix(rest, "/"))
		} else {
			other = append(other, p)
		}
	}
	return own, other
}

func (s *source) generator() bool {
	for _, c := range s.file.Comments {
		if c.Pos() < s.file.Package && strings.Contains(c.Text(), "go:build ignore") || strings.HasPrefix(c.List[0].Text, "//go:build ignore") {
			return true
		}
	}
	return false
}

func room(dir string) string {
	first, _, _ := strings.Cut(dir, "/")
	return first
}

// TestFloors holds the plan: a room knows the ground and itself, the roof knows the rooms,
// the simulated plant knows the ground alone, and nobody knows the command.
func TestFloors(t *testing.T) {
	for _, s := range sources(t) {
		if s.generator() {
			continue
		}
		at := room(s.dir)
		own, _ := s.imports()
		for _, p := range own {
			to := room(p)
			switch {
			case slices.Contains(ground, p), to == at:
			case at == "cmd", at == "scripts", slices.Contains(roof, at) && at != "plant" && to != "cmd":
			default:
				t.Errorf("%s: %q may not import %q: a room knows the ground and nothing else", s.path, at, p)
			}
		}
		if slices.Contains(ground, s.dir) && s.dir == "" && len(own) > 0 && !s.test {
			t.Errorf("%s: the nouns import nothing of the house, not even %v", s.path, own)
		}
	}
}

// TestEveryRoomIsOnThePlan: a folder that holds code stands on a floor.
func TestEveryRoomIsOnThePlan(t *testing.T) {
	plan := slices.Concat(ground, rooms, roof, []string{"cmd", "scripts"})
	found := map[string]bool{}
	for _, s := range sources(t) {
		found[room(s.dir)] = true
	}
	for r := range found {
		if !slices.Contains(plan, r) {
			t.Errorf("folder %q is on no floor of the plan", r)
		}
	}
	for _, r := range plan {
		if !found[r] {
			t.Errorf("the plan names %q, and there is no such folder", r)
		}
	}
}

// TestHushedRooms: what watches and thinks opens nothing, runs nothing and has no clock of
// its own.
func TestHushedRooms(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.generator() || !slices.Contains(hushed, room(s.dir)) {
			continue
		}
		_, other := s.imports()
		for _, p := range other {
			if loud(p) {
				t.Errorf("%s: a hushed room imports %q", s.path, p)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch v := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: a thinker starts a goroutine", s.set.Position(v.Pos()))
			case *ast.SelectorExpr:
				if x, ok := v.X.(*ast.Ident); ok && x.Name == "time" && (v.Sel.Name == "Now" || v.Sel.Name == "Since" || v.Sel.Name == "After" || v.Sel.Name == "Sleep") {
					t.Errorf("%s: a thinker looks at the clock of the machine", s.set.Position(v.Pos()))
				}
			case *ast.FuncDecl:
				if v.Recv == nil && v.Name.Name == "init" {
					t.Errorf("%s: no init: lists are explicit", s.set.Position(v.Pos()))
				}
			}
			return true
		})
	}
}

// TestCaptureNeverSends: the door has no way out.
func TestCaptureNeverSends(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || room(s.dir) != "capture" {
			continue
		}
		_, other := s.imports()
		for _, p := range other {
			if p == "net" || p == "net/http" || p == "os/exec" {
				t.Errorf("%s imports %q", s.path, p)
			}
		}
		for _, p := range other {
			if p != "syscall" && !strings.HasPrefix(p, "golang.org/x/sys") {
				continue
			}
			ast.Inspect(s.file, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok && asks(c) {
					return false
				}
				if v, ok := n.(*ast.SelectorExpr); ok && slices.Contains(sends, v.Sel.Name) {
					t.Errorf("%s: %s in a file that reaches the kernel", s.set.Position(v.Pos()), v.Sel.Name)
				}
				return true
			})
		}
	}
}

// asks says whether a call is a bare one into the kernel that asks or sets something and cannot send.
func asks(c *ast.CallExpr) bool {
	f, ok := c.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "Syscall" || len(c.Args) == 0 {
		return false
	}
	n, ok := c.Args[0].(*ast.SelectorExpr)
	return ok && n.Sel.Name == "SYS_IOCTL"
}

// TestPackageComments: every package says once, in whole sentences, what it is for.
func TestPackageComments(t *testing.T) {
	docs := map[string]int{}
	for _, s := range sources(t) {
		if s.test || s.generator() {
			continue
		}
		docs[s.dir] += 0
		if s.file.Doc != nil {
			docs[s.dir]++
			text := s.file.Doc.Text()
			if !strings.HasPrefix(text, "Package ") && s.file.Name.Name != "main" || !strings.Contains(text, ".") {
				t.Errorf("%s: the package comment is no sentence about the package", s.path)
			}
		}
	}
	for dir, n := range docs {
		if n != 1 {
			t.Errorf("package %q has %d package comments; one is needed", dir, n)
		}
	}
}

// TestNoForbiddenNames: names are what a plant engineer would say.
func TestNoForbiddenNames(t *testing.T) {
	for _, s := range sources(t) {
		for _, bad := range []string{"util", "utils", "common", "model", "types", "manager", "service", "pkg", "helpers"} {
			if slices.Contains(strings.Split(s.dir, "/"), bad) {
				t.Errorf("%s: a folder is called %q", s.path, bad)
			}
		}
	}
}
