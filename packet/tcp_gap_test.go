package packet

import (
	"fmt"
	"strings"
	"testing"
)

// TestLostByTheMirror: the receiver acknowledges what the mirror did not bring. The hole is
// given up 50 ms later, for that leg may be early; each held segment is offered as the start it is, and
// the part of a message before the hole is lost.
func TestLostByTheMirror(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{stamps: true}, shaken+`
		10ms > 101/501 "one;tw"
		20ms > 110/501 "three;"
		25ms < 501/116
		30ms > 116/501 "four;"
		74ms > 121/501 "five;"
		80ms > 126/501 "six;"
	`, `
		open by client
		> "one;" @4
		> gap 3 @5 at 75ms
		> "three;" @5 at 75ms
		> "four;" @7 at 75ms
		> "five;" @8 at 75ms
		> "six;" @9
	`)
	if st := s.table.Stats(); st.Gaps != 1 || st.GapBytes != 3 || st.DroppedBytes != 2 {
		t.Errorf("counts: %+v", st)
	}
}

// TestTickReleases: with no packet of its own following, the epoch's end releases; when
// Tick comes makes no difference to what is told.
func TestTickReleases(t *testing.T) {
	lines := shaken + `
		10ms > 101/501 "one;"
		20ms > 108/501 "three;"
		25ms < 501/114
	`
	want := `
		open by client
		> "one;" @4
		> gap 3 @5 at 75ms
		> "three;" @5 at 75ms
	`
	scripted(t, TableConfig{}, clerk{stamps: true}, lines+`75ms tick`, want)
	scripted(t, TableConfig{}, clerk{stamps: true}, lines+`300ms tick`, want)
	scripted(t, TableConfig{}, clerk{stamps: true}, lines+`
		30ms tick
		74ms tick
		500ms 2> SYN 100`, want+`2 open by client`)
}

// TestAcknowledgedBeforeTheHole: an early leg has brought the acknowledgement already.
func TestAcknowledgedBeforeTheHole(t *testing.T) {
	scripted(t, TableConfig{}, clerk{stamps: true}, shaken+`
		10ms < 501/114
		20ms > 108/501 "three;"
		69ms tick
		80ms > 114/501 "four;"
	`, `
		open by client
		> gap 7 @5 at 70ms
		> "three;" @5 at 70ms
		> "four;" @6
	`)
}

// TestAcknowledgedEarly: the acknowledgement's leg is early, and the retransmission that it
// is for comes after it.
func TestAcknowledgedEarly(t *testing.T) {
	scripted(t, TableConfig{}, clerk{stamps: true}, shaken+`
		10ms > 105/501 "two;"
		600ms < 501/109
		620ms > 101/501 "one;"
	`, `
		open by client
		> "one;" @6
		> "two;" @4 at 620ms
	`)
}

// TestManyAfterAnAcknowledgedHole: eight segments behind it are enough, whatever the time.
func TestManyAfterAnAcknowledgedHole(t *testing.T) {
	lines := shaken + `10ms < 501/200
	`
	for i := range 8 {
		lines += fmt.Sprintf("%dms > %d/501 \"%d;\"\n", 11+i, 105+2*i, i)
	}
	scripted(t, TableConfig{}, clerk{}, lines, `
		open by client
		> gap 4 @5
		> "0;" @5
		> "1;" @6
		> "2;" @7
		> "3;" @8
		> "4;" @9
		> "5;" @10
		> "6;" @11
		> "7;" @12
	`)
}

// TestHoleNotAcknowledged: nobody says whether the bytes came; the hole is given up after a
// second of message time.
func TestHoleNotAcknowledged(t *testing.T) {
	scripted(t, TableConfig{}, clerk{stamps: true}, shaken+`
		10ms > 105/501 "two;"
		1009ms > 109/501 "three;"
		1010ms tick
	`, `
		open by client
		> gap 4 @4 at 1.01s
		> "two;" @4 at 1.01s
		> "three;" @5 at 1.01s
	`)
	// Retransmission fills it in time.
	scripted(t, TableConfig{}, clerk{stamps: true}, shaken+`
		10ms > 105/501 "two;"
		900ms > 101/501 "one;"
		1100ms tick
	`, `
		open by client
		> "one;" @5
		> "two;" @4 at 900ms
	`)
}

// TestTwoHoles: each is given up in its own time.
func TestTwoHoles(t *testing.T) {
	scripted(t, TableConfig{}, clerk{stamps: true}, shaken+`
		10ms > 105/501 "two;"
		500ms > 113/501 "four;"
		1200ms > 109/501 "XXX;"
		2000ms > 122/501 "six;"
		3000ms tick
	`, `
		open by client
		> gap 4 @4 at 1.01s
		> "two;" @4 at 1.01s
		> "XXX;" @6
		> "four;" @5 at 1.2s
		> gap 4 @7 at 3s
		> "six;" @7 at 3s
	`)
}

// TestFlush: at the end of an input all is released; a part of a message in order stays.
func TestFlush(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, shaken+`
		10ms > 101/501 "one;tw"
		11ms < 505/107 "mine;"
		flush
		1h > 107/501 "o;"
	`, `
		open by client
		> "one;" @4
		< gap 4 @5
		< "mine;" @5
		> "two;" @6
	`)
	if got := s.table.Earliest(); got != 0 {
		t.Errorf("something is still held: %d", got)
	}
}

// TestEarliest: the smallest time of all that is held back.
func TestEarliest(t *testing.T) {
	s := newScript(t, TableConfig{})
	s.play(shaken)
	for _, step := range []struct {
		line string
		want int64
	}{
		{`10ms > 101/501 "a"`, 0},
		{`20ms > 110/501 "two;"`, 20e6},
		{`25ms 2> SYN 100`, 20e6},
		{`26ms 2> 105/501 "x"`, 20e6},
		{`27ms > 102/501 ";456789;"`, 26e6},
		{`1030ms tick`, 0},
	} {
		s.play(step.line)
		if got := s.table.Earliest(); got != step.want {
			t.Errorf("after %s: %d, not %d", step.line, got, step.want)
		}
	}
}

// TestHeldBounds: more than the allowed segments or bytes behind a hole give it up.
func TestHeldBounds(t *testing.T) {
	for name, config := range map[string]TableConfig{"segments": {Segments: 4}, "bytes": {SegmentBytes: 8}} {
		t.Run(name, func(t *testing.T) {
			scripted(t, config, clerk{}, shaken+`
				10ms > 102/501 "2;"
				11ms > 104/501 "4;"
				12ms > 106/501 "6;"
				13ms > 108/501 "8;"
				14ms > 110/501 "A;"
				15ms > 112/501 "C;"
			`, `
				open by client
				> gap 1 @4
				> "2;" @4
				> "4;" @5
				> "6;" @6
				> "8;" @7
				> "A;" @8
				> "C;" @9
			`)
		})
	}
}

// TestLateBytes: bytes of a hole that was given up are still first copies. They are handed
// on, out of step and once, so that nothing that a receiver takes stays unread.
func TestLateBytes(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, shaken+`
		10ms > 113/501 "four;f"
		1101ms > 101/501 "one;two;"
		1102ms > 119/501 "ive;"
		1103ms > 105/501 "two;tri;"
		1104ms > 101/501 "one;two;tri;four;f"
		1105ms > 123/501 "six;"
	`, `
		open by client
		> gap 12 @4
		> "four;" @4
		> gap 0 @5
		> "one;" @5
		> "two;" @5
		> gap 0 @5
		> "ive;" @6
		> gap 0 @7
		> "tri;" @7
		> gap 0 @7
		> "six;" @9
	`)
	if st := s.table.Stats(); st.LateBytes != 12 || st.Gaps != 1 || st.DroppedBytes != 1 || st.Conflicts != 0 {
		t.Errorf("counts: %+v", st)
	}
	// From the middle of the hole: what is before it may still come.
	scripted(t, TableConfig{}, clerk{}, shaken+`
		10ms > 113/501 "four;"
		1101ms > 105/501 "two;"
		1102ms > 101/501 "one;two;"
	`, `
		open by client
		> gap 12 @4
		> "four;" @4
		> gap 0 @5
		> "two;" @5
		> gap 0 @5
		> gap 0 @6
		> "one;" @6
		> gap 0 @6
	`)
}

// TestLedAstray: one forged segment far ahead, which the receiver never takes, makes the
// watcher jump after a second of silence. What really follows is read all the same.
func TestLedAstray(t *testing.T) {
	for _, c := range [][3]string{
		{"5000000", "4999895", "> gap 0 @6\n> \"stop;\" @6\n> gap 0 @6"}, // near enough to be known as the hole
		{"50000000", "49999895", "> gap 0 @6\n> \"stop;\" @6"},           // a jump back
		{"4100000000", "0", "> gap 194967394 @6\n> \"stop;\" @6"},
	} {
		far, gap, back := c[0], c[1], c[2]
		scripted(t, TableConfig{}, clerk{}, shaken+`
			10ms > 101/501 "one;"
			11ms > `+far+`/501 "forged;"
			2s > 105/501 "stop;"
			4s > 110/501 "start;"
			5s > 116/501 "more;"
		`, `
			open by client
			> "one;" @4
			> gap `+gap+` @5
			> "forged;" @5
			`+back+`
			> "start;" @7
			> "more;" @8
		`)
	}
}

// TestBufferPressure: when all buffers are taken, what waits goes on, the next in time
// first; then parts of messages are lost, the oldest first. Nothing exceeds the bound.
func TestBufferPressure(t *testing.T) {
	lines := ""
	for i := 2; i < 8; i++ {
		lines += strings.ReplaceAll(`
			0ms #> SYN 100
			0ms #< SYN 500/101
			0ms #> 101/501
			1ms #> 105/501 "held;part"
		`, "#", fmt.Sprint(i))
	}
	s := newScript(t, TableConfig{Buffered: 4 * (backlogSize + 256)})
	got := s.play(lines)
	for _, want := range []string{"2> gap 4 @4", "2> \"held;\" @4", "3> gap 4 @8"} {
		if i := strings.Index(got, want[1:]); i < 0 {
			t.Errorf("%s: missing from\n%s", want, got)
		}
	}
	if st := s.table.Stats(); st.BufferPressure == 0 || st.Overflows == 0 || st.DroppedBytes == 0 {
		t.Errorf("counts: %+v", st)
	}
}
