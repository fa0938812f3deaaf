package app

import (
	"encoding/json"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

var rowFiles = []string{"messages", "findings", "assets", "links", "incidents"}

// schemaOf compiles one of the published schemas, and gives it as plain JSON, too.
func schemaOf(t *testing.T, name string) (*jsonschema.Schema, map[string]any) {
	t.Helper()
	path := filepath.Join("..", "docs", "schema", name+".schema.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var plain map[string]any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	id, _ := plain["$id"].(string)
	if err := c.AddResource(id, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(id)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s, plain
}

// TestRowsKeepToTheirSchemas: each row of captures of all kinds is valid, and each field that
// a schema describes is really written by some of them.
func TestRowsKeepToTheirSchemas(t *testing.T) {
	written := map[string]map[string]bool{}
	everything := newTape()
	everyone(everything)
	copied(everything, 5e6, func(s shot) shot { return s })
	everything.now += 1e9
	later(everything)
	broken(everything)
	paths := []string{everything.write(t), campaign(t, 0, 1).write(t)}
	if os.Getenv("DAVY_FULL") == "1" {
		paths = append(paths, captures(t, 1)...)
	}
	for _, path := range paths {
		o := Options{Paths: []string{path}, Out: t.TempDir(), Messages: AllMessages, Site: lineSite(t), Windows: shift}
		if _, err := Analyze(o); err != nil {
			t.Fatal(err)
		}
		for _, name := range rowFiles {
			s, _ := schemaOf(t, name)
			for _, r := range readRows(t, filepath.Join(o.Out, name+".ndjson")) {
				if err := s.Validate(map[string]any(r)); err != nil {
					t.Fatalf("%s: %s: %v\n%v", path, name, err, r)
				}
				note(written, name, map[string]any(r))
			}
		}
		s, _ := schemaOf(t, "summary")
		text, err := os.ReadFile(filepath.Join(o.Out, "summary.json"))
		if err != nil {
			t.Fatal(err)
		}
		var sum map[string]any
		if err := json.Unmarshal(text, &sum); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(sum); err != nil {
			t.Fatalf("%s: summary: %v", path, err)
		}
		note(written, "summary", sum)
	}
	for _, name := range append(rowFiles, "summary") {
		_, plain := schemaOf(t, name)
		for _, field := range fields(plain, "") {
			if !written[name][field] && !slices.Contains(rare[name], field) {
				t.Errorf("%s: no row has %q", name, field)
			}
		}
	}
}

// rare are fields that these captures do not bring about.
var rare = map[string][]string{
	"assets":  {"virtual", "members", "modules.vendor", "modules.serial", "modules.name"},
	"summary": {"lost"},
}

// broken adds what is wrong with itself.
func broken(t *tape) {
	k := t.dial(hmi, plc, 50099, 502)
	b := frame.ModbusRead(nil, 1, 1, frame.ReadHolding, 0, 4)
	b[2] = 9 // the protocol identifier of nothing
	k.ask(frame.ModbusRead(nil, 1, 1, 0x77, 0, 4), frame.ModbusException(nil, 1, 1, 0x77, 1))
	k.say(0, b)
}

// note marks the fields of a row, and of the rows inside it.
func note(written map[string]map[string]bool, name string, r map[string]any) {
	if written[name] == nil {
		written[name] = map[string]bool{}
	}
	for k, v := range r {
		written[name][k] = true
		list, _ := v.([]any)
		for _, e := range list {
			if m, ok := e.(map[string]any); ok {
				for inner := range m {
					written[name][k+"."+inner] = true
				}
			}
		}
	}
}

// fields are the names of a schema's properties, those of rows inside with their outer one's.
func fields(schema map[string]any, outer string) (list []string) {
	properties, _ := schema["properties"].(map[string]any)
	for _, k := range slices.Sorted(maps.Keys(properties)) {
		list = append(list, outer+k)
		p, _ := properties[k].(map[string]any)
		if items, ok := p["items"].(map[string]any); ok && outer == "" {
			list = append(list, fields(items, k+".")...)
		}
	}
	return list
}

// TestSchemasDescribeEachField: each in one sentence, each closed to what it does not name,
// all of one version.
func TestSchemasDescribeEachField(t *testing.T) {
	for _, name := range append([]string{"summary"}, rowFiles...) {
		_, plain := schemaOf(t, name)
		want := "https://github.com/davylamp/davy/schema/" + itoa(SchemaVersion) + "/" + name + ".schema.json"
		if plain["$id"] != want || plain["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s: $id %v, $schema %v", name, plain["$id"], plain["$schema"])
		}
		described(t, name, plain)
	}
}

func described(t *testing.T, name string, schema map[string]any) {
	properties, ok := schema["properties"].(map[string]any)
	if !ok {
		return
	}
	if schema["additionalProperties"] != false {
		t.Errorf("%s: open to fields that it does not describe", name)
	}
	for k, v := range properties {
		p, _ := v.(map[string]any)
		d, _ := p["description"].(string)
		if !strings.HasSuffix(d, ".") || strings.Count(d, ". ") > 0 || len(d) < 10 {
			t.Errorf("%s: %s is not described in one sentence: %q", name, k, d)
		}
		for _, inner := range []string{"items", "additionalProperties"} {
			if m, ok := p[inner].(map[string]any); ok {
				described(t, name+"."+k, m)
			}
		}
	}
}

// shift is planned work during which anybody may do anything.
var shift = []davy.Window{{ID: "W-1", From: begun, To: begun + 600e9}}

// lineSite declares a network and an asset of it, so that what is declared is written, too.
func lineSite(t *testing.T) *davy.Site {
	prefix, err := plc.addr().IP().Prefix(24)
	if err != nil {
		t.Fatal(err)
	}
	return &davy.Site{
		Networks: []davy.Network{{Prefix: prefix, Zone: "line", Level: "1"}, {Prefix: netip.MustParsePrefix("10.20.0.0/16"), Scope: "vlan"}},
		Assets:   []davy.Declared{{Address: "10.1.0.10", Name: "filler", Criticality: "high", Owner: "maintenance"}},
	}
}
