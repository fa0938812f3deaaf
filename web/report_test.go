package web

import (
	"bytes"
	"strings"
	"testing"

	"github.com/davylamp/davy"
)

func sample() *Report {
	a, b := davy.AddrOf4(0x0a000001, 0), davy.AddrOf4(0x0a000002, 0)
	finding := func(id string, at int64, seen string) *davy.Finding {
		return &davy.Finding{ID: id, Detector: "D11", Title: "New link", Severity: davy.Medium, Time: at, Entities: []davy.Addr{a, b}, Seen: seen, Expected: "nothing", LastFrame: 9}
	}
	return &Report{Title: "Test", From: 1e18, To: 1e18 + 5e9, File: func(uint32) string { return "<b>x.pcap" },
		Assets:    []davy.Asset{{ID: "A-1", Name: `<script>alert(1)</script>`, Addresses: []davy.Addr{a}, Kind: davy.KindController, Level: "1", Vendor: `"><img>`}, {ID: "A-2", Addresses: []davy.Addr{b}, Kind: davy.KindHMI, Level: "2"}},
		Links:     []davy.Link{{Client: b, Server: a, Protocol: "modbus", Port: 502, Messages: 3}},
		Findings:  []*davy.Finding{finding("F-1", 1e18, "one"), finding("F-2", 1e18+1e9, "two"), finding("F-3", 1e18+2e9, "alone")},
		Incidents: []davy.Incident{{ID: "I-1", Title: "A story", Severity: davy.Medium, First: 1e18, Last: 1e18 + 1e9, Findings: []string{"F-1", "F-2"}}},
	}
}

// TestReportIsOnePage: what stood in a packet stays text, nothing is fetched from anywhere,
// and like findings are told together.
func TestReportIsOnePage(t *testing.T) {
	var out bytes.Buffer
	if err := sample().Write(&out); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	for _, bad := range []string{"<script", "<img", "<b>x.pcap", "http://", "https://", "src=", "@import", "url("} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, want := range []string{"&lt;script&gt;alert(1)", "A story", "and 1 more of the kind", "Expected: nothing", "alone", "<svg", "2 supervision"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestStory: who acted and whom it concerns stand apart, by their names, on the page and on
// the map; what is grave is told one by one; planned work is named.
func TestStory(t *testing.T) {
	r := sample()
	for _, f := range r.Findings {
		f.Severity = davy.High
	}
	r.Findings[0].Window = "night-7"
	r.Assets[1].Name = "panel"
	r.Incidents[0].Attack = []string{"T0843"}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	for _, want := range []string{"<dt>Whom it concerns</dt><dd>panel (10.0.0.2)</dd>", "inside planned work night-7", "Program Download (T0843)",
		`class="box who"`, `class="box reached"`, `class="link hot"`, "Seen: two"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "more of the kind") {
		t.Error("what is grave is not told one by one")
	}
	r.Incidents = nil
	out.Reset()
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), `class="link hot"`) || strings.Contains(out.String(), `class="box who"`) {
		t.Error("without an incident something stands out on the map")
	}
}

func TestMapLeavesOutWhatNobodyCanLookAt(t *testing.T) {
	r := sample()
	for i := range 40 {
		r.Assets = append(r.Assets, davy.Asset{ID: "A", Level: "1", Kind: davy.KindController, Addresses: []davy.Addr{davy.AddrOf4(uint32(100+i), 0)}})
	}
	if svg := drawMap(r.Assets, r.Links, &marks{}); !strings.Contains(svg, "and 11 more") || strings.Count(svg, `class="box"`) != 31 {
		t.Errorf("the map draws %d boxes", strings.Count(svg, `class="box"`))
	}
}
