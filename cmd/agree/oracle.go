package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// identity is a line of the corpus' identities.tsv that counts here.
type identity struct {
	capture, address, mac, attribute, value, kind string
	ok                                            bool
}

// action is a line of the corpus' actions.tsv that counts here.
type action struct {
	capture, protocol, verb, detail string
	group                           int
	frames                          []int
	ok                              bool
	other                           *otherVerb // the line that justifies another verb
	seen                            string     // what Davy says instead
}

// otherVerb justifies another verb than an oracle's.
type otherVerb struct {
	protocol, verb string
	detail         *regexp.Regexp
	ours           []string
	reason         string
	used           int
}

// oracles are what the corpus says of devices and actions, by capture.
type oracles struct {
	identities map[string][]*identity
	actions    map[string][]*action
	verbs      []*otherVerb
}

// oracleGroups are the groups by the oracles' names of protocols.
var oracleGroups = map[string]int{"modbus": 0, "umas": 0, "s7comm": 1, "enip-cip": 2, "pccc": 2, "pn-dcp": 3}

// ofOurs begins the attributes of the four protocols.
var ofOurs = regexp.MustCompile(`^(umas|cip|enip|s7|pn|modbus|pccc)_`)

// Kept beside this program: which attributes count, and which other verbs are justified.
//
//go:embed identities.tsv
var identitiesTable string

//go:embed verbs.tsv
var verbsTable string

func readOracles(corpus string) (*oracles, error) {
	o := &oracles{identities: map[string][]*identity{}, actions: map[string][]*action{}}
	kinds := map[string]string{}
	err := table("identities.tsv", strings.NewReader(identitiesTable), func(col func(string) string) { kinds[col("attribute")] = col("kind") })
	if err != nil {
		return nil, err
	}
	var unknown []string
	err = tableAt(filepath.Join(corpus, "oracles", "davy", "identities.tsv"), func(col func(string) string) {
		name, _, _ := strings.Cut(col("attribute"), "[")
		kind, ok := kinds[name]
		if !ok && ofOurs.MatchString(name) {
			unknown = append(unknown, name)
		}
		if !ok || kind == "-" {
			return
		}
		i := &identity{capture: col("capture"), address: col("address"), mac: col("mac"), attribute: col("attribute"), value: col("value"), kind: kind}
		o.identities[i.capture] = append(o.identities[i.capture], i)
	})
	if err != nil {
		return nil, err
	}
	if unknown != nil {
		return nil, fmt.Errorf("identities.tsv does not say what these are: %v", unknown)
	}
	err = tableAt(filepath.Join(corpus, "oracles", "davy", "actions.tsv"), func(col func(string) string) {
		g, ok := oracleGroups[col("protocol")]
		if !ok {
			return
		}
		a := &action{capture: col("capture"), protocol: col("protocol"), verb: col("verb"), detail: col("detail"), group: g}
		a.frames = framesOf(col("frame"), a.detail)
		o.actions[a.capture] = append(o.actions[a.capture], a)
	})
	if err != nil {
		return nil, err
	}
	err = table("verbs.tsv", strings.NewReader(verbsTable), func(col func(string) string) {
		o.verbs = append(o.verbs, &otherVerb{protocol: col("protocol"), verb: col("verb"), detail: regexp.MustCompile(col("detail")),
			ours: strings.Split(col("ours"), ","), reason: col("reason")})
	})
	return o, err
}

var (
	listed  = regexp.MustCompile(` frames=([0-9,]+)`)
	through = regexp.MustCompile(` last=([0-9]+)`)
)

// framesOf are the frames that a line names: the first, those listed, the last.
func framesOf(frame, detail string) (list []int) {
	texts := []string{frame}
	if m := listed.FindStringSubmatch(detail); m != nil {
		texts = append(texts, strings.Split(m[1], ",")...)
	}
	if m := through.FindStringSubmatch(detail); m != nil {
		texts = append(texts, m[1])
	}
	for _, s := range texts {
		if n, err := strconv.Atoi(s); err == nil && !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

// judge looks for what the oracles say of a capture in Davy's assets and rows.
func (o *oracles) judge(capture string, assets []json.RawMessage, our []map[int]*heard) {
	for _, i := range o.identities[capture] {
		i.ok = found(i, assets)
	}
	for _, a := range o.actions[capture] {
		o.judgeAction(a, our[a.group])
	}
}

func (o *oracles) judgeAction(a *action, our map[int]*heard) {
	verbs := []string{a.verb}
	for _, v := range o.verbs {
		if v.protocol == a.protocol && v.verb == a.verb && v.detail.MatchString(a.detail) {
			a.other, verbs = v, append(verbs, v.ours...)
			break
		}
	}
	a.ok = true
	said := map[string]bool{}
	plain := true
	for _, f := range a.frames {
		has := false
		var here []string
		if h := our[f]; h != nil {
			for _, r := range h.rows {
				has = has || slices.Contains(verbs, r.Verb)
				here = append(here, r.Verb+" ("+r.Op+")")
			}
			plain = plain && slices.ContainsFunc(h.rows, func(r row) bool { return r.Verb == a.verb })
		}
		if !has {
			a.ok = false
			said[strings.Join(here, ", ")] = true
		}
	}
	if a.ok && !plain && a.other != nil {
		a.other.used++
	}
	for s := range said {
		if s == "" {
			s = "no row"
		}
		a.seen = s
	}
}

// found reports whether the assets that have an identity's address or MAC say its value.
func found(i *identity, assets []json.RawMessage) bool {
	var text strings.Builder
	for _, raw := range assets {
		var a struct {
			Addresses, MACs []string
		}
		if json.Unmarshal(raw, &a) != nil {
			return false
		}
		if i.address != "" && slices.Contains(a.Addresses, i.address) || i.mac != "" && (slices.Contains(a.MACs, i.mac) || slices.Contains(a.Addresses, i.mac)) {
			var v any
			if json.Unmarshal(raw, &v) != nil {
				return false
			}
			texts(&text, v)
		}
	}
	all := text.String()
	for _, form := range forms(i) {
		if form.MatchString(all) {
			return true
		}
	}
	return false
}

// texts writes every text of a row on a line of its own.
func texts(b *strings.Builder, v any) {
	switch v := v.(type) {
	case string:
		b.WriteString(v + "\n")
	case []any:
		for _, k := range v {
			texts(b, k)
		}
	case map[string]any:
		for _, k := range v {
			texts(b, k)
		}
	}
}

var (
	coded    = regexp.MustCompile(`^(.*) \((0x[0-9a-f]+|[0-9]+)\)$`)
	revision = regexp.MustCompile(`^([0-9]+)\.0*([0-9]+)$`)
	hexTail  = regexp.MustCompile(` hex=([0-9a-f]+)$`)
)

// makers are vendors by the number that PROFIBUS and PROFINET International gave them.
var makers = map[string]string{"0x002a": "Siemens", "0x015a": "GE|General Electric"}

// forms are the ways to write an identity's value that count as the same: without case, with
// the numbers of a revision without leading zeros, a number in hex with or without 0x, a
// vendor by one of its names.
func forms(i *identity) (list []*regexp.Regexp) {
	add := func(pattern string) { list = append(list, regexp.MustCompile(`(?im)`+pattern)) }
	word := func(s string) string { return `(^|[^0-9a-z])` + s + `($|[^0-9a-z])` }
	text := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(i.value)), ",", ",?")
	add(word(strings.ReplaceAll(text, " ", ` +`)))
	if m := coded.FindStringSubmatch(i.value); m != nil {
		for _, name := range strings.Split(m[1], "/") {
			if name != "Unknown" {
				add(word(strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSuffix(name, " Elec.")), ",", ",?")))
			}
		}
		if n := number(m[2]); m[1] == "Unknown" {
			add(word(fmt.Sprintf(`(%d|0x0*%x)`, n, n)))
		}
	}
	switch {
	case i.kind == "version" && revision.MatchString(i.value):
		m := revision.FindStringSubmatch(i.value)
		add(word(m[1] + `\.0*` + m[2]))
	case i.kind == "serial" && strings.HasPrefix(i.value, "0x"):
		add(word(`(0x)?0*` + strings.TrimLeft(i.value[2:], "0")))
	}
	if name, ok := makers[i.value]; ok && i.kind == "vendor" {
		add(word("(" + name + ")"))
	}
	if m := hexTail.FindStringSubmatch(i.value); m != nil {
		plain := strings.TrimSuffix(i.value, m[0])
		add(word(regexp.QuoteMeta(plain)))
		if len(plain) > 1 && plain[0] < 'A' { // a count before the text
			add(word(regexp.QuoteMeta(plain[1:])))
		}
	}
	return list
}
