// Package rule loads what is written as YAML and carries its own tests: a rule names the
// verbs and protocols it is for, holds a condition over a flat view of one message, and
// says in words what is expected and what was seen. It also reads strict YAML for others.
//
// A rule without a test that fires and one that stays silent is refused. Rules are indexed
// by verb, so that a plain cyclic read meets no condition at all. The package knows no
// protocol and no detector.
package rule

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
	"go.yaml.in/yaml/v3"

	"github.com/davylamp/davy"
)

// View is what a condition sees of a message: plain strings, numbers and truths.
type View struct {
	Protocol   string `expr:"protocol" yaml:"protocol"`
	Verb       string `expr:"verb" yaml:"verb"`
	Op         string `expr:"op" yaml:"op"`
	Code       int    `expr:"code" yaml:"code"`
	Object     string `expr:"object" yaml:"object"`
	Client     string `expr:"client" yaml:"client"`
	Server     string `expr:"server" yaml:"server"`
	ClientPort int    `expr:"client_port" yaml:"client_port"`
	ServerPort int    `expr:"server_port" yaml:"server_port"`
	Asks       bool   `expr:"asks" yaml:"asks"`       // a request, or a reply whose request was not seen
	Reply      bool   `expr:"reply" yaml:"reply"`     // travels from server to client
	Refused    bool   `expr:"refused" yaml:"refused"` // the reply refuses
	Result     string `expr:"result" yaml:"result"`
	Defect     string `expr:"defect" yaml:"defect"`
	Industrial bool   `expr:"industrial" yaml:"industrial"` // the protocol is one of controllers
	Known      bool   `expr:"known" yaml:"known"`           // this link carried this operation while learning
	Inside     bool   `expr:"inside" yaml:"inside"`         // both sides belong to the site
}

// Rule is one detection.
type Rule struct {
	ID        string   `yaml:"id"`
	Title     string   `yaml:"title"`
	Why       string   `yaml:"why"`
	Attack    []string `yaml:"attack"`
	Verbs     []string `yaml:"verbs"`
	Protocols []string `yaml:"protocols"`
	When      string   `yaml:"when"`
	Severity  string   `yaml:"severity"`
	But       []But    `yaml:"but"`
	Per       string   `yaml:"per"` // what makes it the same story: verb (default), link, server
	Expected  string   `yaml:"expected"`
	Seen      string   `yaml:"seen"`
	Tests     []Test   `yaml:"tests"`
	File      string   `yaml:"-"` // its name in the folder that it was loaded from

	// Words says that a condition looks at the op, the object, the result or at who they are
	// by name: for others a View need not have these until something is to be said.
	Words bool `yaml:"-"`

	// Text is the file that the rule was read from, and Version the beginning of its SHA-256:
	// no change of a rule can forget to change its version.
	Text    []byte `yaml:"-"`
	Version string `yaml:"-"`

	when     *vm.Program
	severity davy.Severity
}

// But is another severity under a condition; the first that holds counts.
type But struct {
	If       string `yaml:"if"`
	Severity string `yaml:"severity"`

	when     *vm.Program
	severity davy.Severity
}

// Test is a message that fires the rule, or stays silent.
type Test struct {
	Name     string `yaml:"name"`
	Fires    bool   `yaml:"fires"`
	Severity string `yaml:"severity"`
	Message  View   `yaml:"message"`
}

// Strict reads one YAML document into v: an unknown key is an error that names its line.
func Strict(text []byte, v any) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return plain(err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("holds more than one document")
	}
	return nil
}

// plain takes the type names out of the YAML library's errors.
func plain(err error) error {
	var t *yaml.TypeError
	if !errors.As(err, &t) {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	for i, e := range t.Errors {
		if j := strings.Index(e, " not found in type "); j > 0 {
			e = strings.Replace(e[:j], "field ", "unknown key ", 1)
		}
		t.Errors[i] = e
	}
	return errors.New(strings.Join(t.Errors, "; "))
}

// Load reads a rule and runs its tests.
func Load(text []byte) (*Rule, error) {
	r := new(Rule)
	if err := Strict(text, r); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	r.Text, r.Version = bytes.Clone(text), hex.EncodeToString(sum[:6])
	if r.ID == "" || r.Title == "" || r.Expected == "" || r.Seen == "" || r.Why == "" || len(r.Verbs)+len(r.Protocols) == 0 {
		return nil, errors.New("a rule needs id, title, why, expected, seen, and verbs or protocols")
	}
	for _, v := range r.Verbs {
		if _, ok := davy.ParseVerb(v); !ok {
			return nil, fmt.Errorf("%s: there is no verb %q", r.ID, v)
		}
	}
	var err error
	if r.when, err = r.compile(r.When); err != nil {
		return nil, fmt.Errorf("%s: when: %w", r.ID, err)
	}
	var ok bool
	if r.severity, ok = davy.ParseSeverity(r.Severity); !ok {
		return nil, fmt.Errorf("%s: there is no severity %q", r.ID, r.Severity)
	}
	for i := range r.But {
		b := &r.But[i]
		if b.when, err = r.compile(b.If); err != nil {
			return nil, fmt.Errorf("%s: but: %w", r.ID, err)
		}
		if b.severity, ok = davy.ParseSeverity(b.Severity); !ok {
			return nil, fmt.Errorf("%s: there is no severity %q", r.ID, b.Severity)
		}
	}
	return r, r.check()
}

func (r *Rule) compile(condition string) (*vm.Program, error) {
	if condition == "" {
		condition = "true"
	}
	p, err := expr.Compile(condition, expr.Env(View{}), expr.AsBool())
	if err == nil {
		root := p.Node()
		ast.Walk(&root, (*words)(&r.Words))
	}
	return p, err
}

// words notes whether a condition names what [Rule.Words] is about.
type words bool

func (w *words) Visit(n *ast.Node) {
	if name, ok := (*n).(*ast.IdentifierNode); ok && slices.Contains([]string{"op", "object", "client", "server", "result"}, name.Value) {
		*w = true
	}
}

// check runs the rule's own tests.
func (r *Rule) check() error {
	var fires, silent bool
	for _, t := range r.Tests {
		severity, fired := r.Match(&t.Message, new(Machine))
		if fired != t.Fires {
			return fmt.Errorf("%s: test %q: fires %v, should be %v", r.ID, t.Name, fired, t.Fires)
		}
		if fired && t.Severity != "" && severity.String() != t.Severity {
			return fmt.Errorf("%s: test %q: severity %s, should be %s", r.ID, t.Name, severity, t.Severity)
		}
		fires, silent = fires || fired, silent || !fired
	}
	if !fires || !silent {
		return fmt.Errorf("%s: needs a test that fires and one that stays silent", r.ID)
	}
	return nil
}

// Machine runs conditions. One belongs to one thread of work, and is used again, for less
// to allocate.
type Machine = vm.VM

// Match judges a message.
func (r *Rule) Match(v *View, m *Machine) (davy.Severity, bool) {
	if len(r.Verbs) > 0 && !slices.Contains(r.Verbs, v.Verb) || len(r.Protocols) > 0 && !slices.Contains(r.Protocols, v.Protocol) {
		return 0, false
	}
	if !holds(m, r.when, v) {
		return 0, false
	}
	for i := range r.But {
		if holds(m, r.But[i].when, v) {
			return r.But[i].severity, true
		}
	}
	return r.severity, true
}

// Severities are what a finding usually is, and the least and the most that it may be.
func (r *Rule) Severities() (usual, least, most davy.Severity) {
	usual, least, most = r.severity, r.severity, r.severity
	for _, b := range r.But {
		least, most = min(least, b.severity), max(most, b.severity)
	}
	return usual, least, most
}

func holds(m *Machine, p *vm.Program, v *View) bool {
	out, err := m.Run(p, v)
	b, _ := out.(bool)
	return err == nil && b
}

// Say fills {client}, {server}, {verb}, {op}, {object}, {protocol}, {result} and {defect}
// into a text.
func (v *View) Say(text string) string {
	var room [256]byte
	b := room[:0]
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return string(append(b, text...))
		}
		length := strings.IndexByte(text[open:], '}')
		value, ok := "", false
		if length > 0 {
			value, ok = v.field(text[open+1 : open+length])
		}
		if !ok {
			b, text = append(b, text[:open+1]...), text[open+1:]
			continue
		}
		b, text = append(append(b, text[:open]...), value...), text[open+length+1:]
	}
}

// field is what a text may name.
func (v *View) field(name string) (value string, ok bool) {
	switch name {
	case "client":
		return v.Client, true
	case "server":
		return v.Server, true
	case "verb":
		return v.Verb, true
	case "op":
		return v.Op, true
	case "object":
		return v.Object, true
	case "protocol":
		return v.Protocol, true
	case "result":
		return v.Result, true
	case "defect":
		return v.Defect, true
	}
	return "", false
}
