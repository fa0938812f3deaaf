package rule

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/davylamp/davy"
)

const good = `id: X1
title: Somebody stops it
why: It should run.
attack: [T0858]
verbs: [stop]
when: asks
severity: high
but:
  - if: known
    severity: low
expected: "{server} runs"
seen: "{client} told {server} to {verb}: {op} {object}"
tests:
  - name: it is stopped
    fires: true
    severity: high
    message: {verb: stop, asks: true}
  - name: as always
    fires: true
    severity: low
    message: {verb: stop, asks: true, known: true}
  - name: an answer
    fires: false
    message: {verb: stop}
`

func TestLoad(t *testing.T) {
	r, err := Load([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	v := View{Verb: "stop", Asks: true, Client: "a laptop", Server: "the filler", Op: "PLC stop", Object: "P_PROGRAM"}
	if s, fires := r.Match(&v, new(Machine)); !fires || s != davy.High {
		t.Errorf("fires %v, %s", fires, s)
	}
	if got := v.Say(r.Seen); got != "a laptop told the filler to stop: PLC stop P_PROGRAM" {
		t.Error(got)
	}
	if usual, least, most := r.Severities(); usual != davy.High || least != davy.Low || most != davy.High {
		t.Error(usual, least, most)
	}
	v.Verb = "read"
	if _, fires := r.Match(&v, new(Machine)); fires {
		t.Error("fires at another verb")
	}
}

// TestRefused: a rule that is wrong is refused, and the sentence says where.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ was, is, says string }{
		{"severity: high\nbut", "severity: loud\nbut", `there is no severity "loud"`},
		{"verbs: [stop]", "verbs: [halt]", `there is no verb "halt"`},
		{"when: asks", "when: asks and colour == 3", "when: "},
		{"- if: known", "- if: known +", "but: "},
		{"title:", "titel:", "line 2: unknown key titel"},
		{"why: It should run.", "", "a rule needs"},
		{"when: asks", "when: \"true\"", `test "an answer": fires true, should be false`},
		{"when: asks", "when: reply", `test "it is stopped": fires false, should be true`},
		{"if: known", "if: reply", `test "as always": severity high, should be low`},
		{"  - name: an answer\n    fires: false\n    message: {verb: stop}\n", "", "one that stays silent"},
		{"id: X1", "id: X1\nid: X2", "already defined"},
		{"id: X1", "---\n---\nid: X1", ""},
	} {
		text := strings.Replace(good, c.was, c.is, 1)
		if text == good {
			t.Fatalf("%q is not in the rule", c.was)
		}
		_, err := Load([]byte(text))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("with %q: %v; want %q", c.is, err, c.says)
		}
	}
}

// TestIndex: rules are asked for by verb; one without verbs hears all, and the folder's first
// error names its file.
func TestIndex(t *testing.T) {
	all := strings.Replace(strings.Replace(good, "verbs: [stop]", "protocols: [\"\"]", 1), "X1", "X2", 1)
	set, err := LoadAll(fstest.MapFS{"r/a.yaml": {Data: []byte(good)}, "r/b.yaml": {Data: []byte(all)}, "r/notes.txt": {Data: []byte("x")}}, "r")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(set.For(davy.Stop)); n != 2 {
		t.Errorf("%d rules at stop", n)
	}
	if n := len(set.For(davy.Read)); n != 1 {
		t.Errorf("%d rules at read", n)
	}
	if set.List[0].File != "a.yaml" {
		t.Error(set.List[0].File)
	}
	_, err = LoadAll(fstest.MapFS{"r/bad.yaml": {Data: []byte("id: X")}}, "r")
	if err == nil || !strings.HasPrefix(err.Error(), "bad.yaml: ") {
		t.Error(err)
	}
}

// TestWords: a rule says whether its conditions, also those of its exceptions, look at what
// takes making; judging without it allocates next to nothing.
func TestWords(t *testing.T) {
	for _, c := range []struct {
		was, is string
		want    bool
	}{
		{"when: asks", "when: asks and code > 3", false},
		{"when: asks", `when: asks and object contains "P_"`, true},
		{"when: asks", `when: asks and not (op == "x")`, true},
		{"if: known", `if: known or client startsWith "the"`, true},
		{"if: known", `if: known or result == "refused"`, true},
	} {
		if !strings.Contains(good, c.was) {
			t.Fatalf("the rule has no %q", c.was)
		}
		r := new(Rule)
		if err := Strict([]byte(strings.Replace(good, c.was, c.is, 1)), r); err != nil {
			t.Fatal(err)
		}
		_, err := r.compile(r.When)
		for _, b := range r.But {
			if _, wrong := r.compile(b.If); wrong != nil {
				err = wrong
			}
		}
		if err != nil || r.Words != c.want {
			t.Errorf("%s: words %v, want %v (%v)", c.is, r.Words, c.want, err)
		}
	}
	r, err := Load([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	v, m := &View{Verb: "stop", Asks: true, Known: true}, new(Machine)
	r.Match(v, m)
	if n := testing.AllocsPerRun(100, func() { r.Match(v, m) }); n > 2 {
		t.Errorf("%v allocations a message, want at most one for each of the two names that are looked at", n)
	}
}
