package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/davylamp/davy"
)

const pdml = `<?xml version="1.0"?>
<pdml>
<packet>
  <proto name="geninfo" pos="0">
    <field name="num" pos="0" show="7" showname="Number" value="7" size="60"/>
  </proto>
  <proto name="mbtcp" showname="Modbus/TCP">
    <field name="mbtcp.unit_id" showname="Unit Identifier: 1" size="1" show="1" value="01"/>
  </proto>
  <proto name="modbus" showname="Modbus">
    <field name="modbus.func_code" show="3" value="3"/>
    <field name="modbus.request_frame" show="6"/>
    <field name="" show="Register 5 (UINT16): 258" value="0102">
      <field name="modbus.regnum16" show="5" value="0102"/>
      <field name="modbus.regval_uint16" show="258" value="0102"/>
    </field>
    <field name="x" show="a &lt;b&gt; &quot;c&quot; &amp;lt;"/>
  </proto>
</packet>
</pdml>
`

func TestReadDetails(t *testing.T) {
	n := 0
	err := readDetails(strings.NewReader(pdml), func(d *details) {
		n++
		if d.frame != 7 {
			t.Errorf("frame %d", d.frame)
		}
		if s, _ := d.first(0, "x"); s != `a <b> "c" &lt;` {
			t.Errorf("text %q", s)
		}
		m := theirModbus(d)
		if len(m) != 1 || m[0].String() != "unit=1 function=3 reference=5 values=258" {
			t.Errorf("reads as %v", m)
		}
	})
	if err != nil || n != 1 {
		t.Errorf("%d packets, %v", n, err)
	}
	if err := readDetails(strings.NewReader(pdml[:400]), func(*details) { t.Error("half a packet was told") }); err == nil {
		t.Error("half a packet is no error")
	}
}

func said(fields ...string) (m message) {
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		m.say(name, value)
	}
	return m
}

func TestPair(t *testing.T) {
	g := groups[0]
	for _, c := range []struct {
		name        string
		their, ours []message
		want        string // names that differ, message by message
	}{
		{"the same", []message{said("unit=1", "values=1,2")}, []message{said("unit=1", "count=2", "values=1,2")}, ""},
		{"another value", []message{said("unit=1", "values=1,2")}, []message{said("unit=1", "values=1,3")}, "values"},
		{"left unsaid", []message{said("unit=1", "reference=4")}, []message{said("unit=1")}, "reference"},
		{"items in another order", []message{said("item=a", "item=b")}, []message{said("item=b", "item=a")}, "item"},
		{"one more of ours", []message{said("unit=2")}, []message{said("unit=1"), said("unit=2")}, ";extra"},
		{"one less", []message{said("unit=1"), said("unit=2")}, []message{said("unit=2")}, ";missing"},
	} {
		var got []string
		for _, p := range g.pair(c.their, c.ours) {
			got = append(got, strings.Join(p.names, ","))
		}
		if s := strings.Join(got, ";"); s != c.want {
			t.Errorf("%s: %q, not %q", c.name, s, c.want)
		}
	}
	whole := []message{said("values=ff01feff02")}
	split := []message{said("values=01", "values=02", "area=ff01", "area=fe", "area=ff02")}
	if p := groups[1].pair(whole, split); len(p[0].names) > 0 {
		t.Errorf("areas of one item differ: %v", p[0].names)
	}
}

func TestParts(t *testing.T) {
	m := func(protocol string, part, parts uint16) *davy.Message {
		return &davy.Message{Protocol: protocol, Part: part, Parts: parts}
	}
	all := []*davy.Message{m("modbus", 0, 2), m("modbus", 1, 2), m("modbus", 0, 0), m("modbus", 0, 1), m("umas", 0, 2), m("umas", 1, 2)}
	var got []int
	for _, p := range parts(all) {
		got = append(got, len(p))
	}
	if !slices.Equal(got, []int{2, 1, 1, 2}) {
		t.Errorf("items of a message: %v", got)
	}
}

// TestExclude: only what disagrees may be taken out.
func TestExclude(t *testing.T) {
	fresh := func() *outcome {
		return &outcome{both: []int{1, 2}, missing: []int{3}, extra: []int{4, 5}, messages: 12, lost: map[int]int{3: 2}}
	}
	o := fresh()
	if err := o.exclude(&exclusion{frames: []int{3, 4}}); err != nil {
		t.Error(err)
	}
	if len(o.missing) != 0 || !slices.Equal(o.extra, []int{5}) || !slices.Equal(o.excluded, []int{3, 4}) || o.messages != 10 || o.union() != 3 {
		t.Errorf("%+v", o)
	}
	for name, x := range map[string]*exclusion{"a frame that agrees": {frames: []int{2}}, "a frame that nobody has": {frames: []int{9}}, "all, and some agree": {}} {
		if err := fresh().exclude(x); err == nil {
			t.Errorf("%s could be taken out", name)
		}
	}
	o = &outcome{extra: []int{4, 5}}
	if err := o.exclude(&exclusion{}); err != nil || len(o.extra) > 0 {
		t.Errorf("all that Davy alone has: %v, %v left", err, o.extra)
	}
}

func TestFramesOf(t *testing.T) {
	if got := framesOf("4186", "write (5) count=3 frames=4186,4218,4254 last=4254"); !slices.Equal(got, []int{4186, 4218, 4254}) {
		t.Error(got)
	}
	if got := framesOf("13", "Write Var 1 count=2002 frames=13,15,... last=10164"); !slices.Equal(got, []int{13, 15, 10164}) {
		t.Error(got)
	}
}

func TestFound(t *testing.T) {
	asset := json.RawMessage(`{"addresses":["10.0.0.1"],"macs":["00:00:00:00:00:01"],"vendor":"Rockwell Automation","firmware":"4.3",
		"modules":[{"model":"1756-L61/B  LOGIX5561"}],"evidence":[{"value":"0x0051aec3"},{"value":"Vorne Industries Inc."},{"value":"product code 58"},{"value":"CIP vendor 9999"}]}`)
	for _, c := range []struct {
		kind, address, value string
		want                 bool
	}{
		{"version", "10.0.0.1", "4.003", true},
		{"version", "10.0.0.1", "4.03", true},
		{"version", "10.0.0.1", "4.30", false},
		{"version", "10.0.0.1", "14.3", false},
		{"serial", "10.0.0.1", "0x0051AEC3", true},
		{"serial", "10.0.0.1", "0x0051aec4", false},
		{"vendor", "10.0.0.1", "Rockwell Automation/Allen-Bradley (0x0001)", true},
		{"vendor", "10.0.0.1", "Vorne Industries, Inc. (0x0017)", true},
		{"vendor", "10.0.0.1", "Unknown (0x270f)", true},
		{"vendor", "10.0.0.1", "Siemens (0x002a)", false},
		{"model", "10.0.0.1", "1756-L61/B LOGIX5561", true},
		{"model", "10.0.0.1", "58", true},
		{"model", "10.0.0.1", "5", false},
		{"model", "10.0.0.2", "58", false},
	} {
		i := &identity{kind: c.kind, address: c.address, value: c.value}
		if got := found(i, []json.RawMessage{asset}); got != c.want {
			t.Errorf("%s %q of %s: found is %v", c.kind, c.value, c.address, got)
		}
	}
	if i := (&identity{kind: "model", mac: "00:00:00:00:00:01", value: "58"}); !found(i, []json.RawMessage{asset}) {
		t.Error("not found by its MAC")
	}
}

// TestKeptFiles: each file can be read, and names only what there is.
func TestKeptFiles(t *testing.T) {
	if list, err := readExclusions(); err != nil || len(list) == 0 {
		t.Error(len(list), err)
	}
	list, err := readCauses()
	if err != nil || len(list) == 0 {
		t.Error(len(list), err)
	}
	for _, c := range list {
		if !slices.Contains([]string{"frames", "content", "identity", "action"}, c.kind) || c.cause == "" {
			t.Errorf("causes.tsv: %q %q", c.kind, c.cause)
		}
	}
}
