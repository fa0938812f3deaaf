package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// exclusion takes frames out of the measure, because tshark is wrong there.
type exclusion struct {
	capture  string
	group    int
	frames   []int // nil: every frame that Davy alone has
	settings []string
	reason   string
	taken    int // frames taken out
	shown    int // of them, how many tshark reads as Davy does under the settings
}

// cause says why something disagrees that is not taken out.
type cause struct {
	capture *regexp.Regexp
	kind    string // frames, content, identity, action
	what    *regexp.Regexp
	cause   string
	used    int
}

// Kept beside this program: what is taken out, and why the rest disagrees.
//
//go:embed excluded.tsv
var excludedTable string

//go:embed causes.tsv
var causesTable string

func readExclusions() (list []*exclusion, err error) {
	var bad []string
	err = table("excluded.tsv", strings.NewReader(excludedTable), func(col func(string) string) {
		x := &exclusion{capture: col("capture"), settings: strings.Fields(col("settings")), reason: col("reason")}
		x.group = slices.IndexFunc(groups, func(g *group) bool { return g.name == col("protocol") })
		if col("frames") != "all" {
			for _, s := range strings.Fields(col("frames")) {
				n, err := strconv.Atoi(s)
				if err != nil {
					bad = append(bad, s)
				}
				x.frames = append(x.frames, n)
			}
		}
		if x.group < 0 || x.reason == "" {
			bad = append(bad, x.capture)
		}
		list = append(list, x)
	})
	if err == nil && bad != nil {
		err = fmt.Errorf("excluded.tsv: not understood: %v", bad)
	}
	return list, err
}

func readCauses() (list []*cause, err error) {
	err = table("causes.tsv", strings.NewReader(causesTable), func(col func(string) string) {
		list = append(list, &cause{capture: regexp.MustCompile(col("capture")), kind: col("kind"), what: regexp.MustCompile(col("what")), cause: col("cause")})
	})
	return list, err
}

// why finds the cause of a disagreement, "" where nobody wrote one down.
func why(list []*cause, capture, kind, what string) string {
	for _, c := range list {
		if c.kind == kind && c.capture.MatchString(capture) && c.what.MatchString(what) {
			c.used++
			return c.cause
		}
	}
	return ""
}

// exclude takes frames out of an outcome. A frame on which both agree may not be taken out.
func (o *outcome) exclude(x *exclusion) error {
	frames := x.frames
	if frames == nil {
		if len(o.both)+len(o.missing) > 0 {
			return fmt.Errorf("excluded.tsv: %s: all frames are named, and both sides have some", x.capture)
		}
		frames = o.extra
	}
	for _, f := range frames {
		switch i, j := slices.Index(o.missing, f), slices.Index(o.extra, f); {
		case i >= 0:
			o.missing = slices.Delete(slices.Clone(o.missing), i, i+1)
			o.messages -= o.lost[f]
		case j >= 0:
			o.extra = slices.Delete(slices.Clone(o.extra), j, j+1)
		default:
			return fmt.Errorf("excluded.tsv: %s frame %d: nothing disagrees there", x.capture, f)
		}
		o.excluded = append(o.excluded, f)
		x.taken++
	}
	return nil
}
