package packet

import (
	"strings"
	"testing"
)

// hello opens a connection: the first bytes are 101 and 501. It takes frames 1 to 3.
const shaken = `
	1ms > SYN 100
	2ms < SYN 500/101
	3ms > 101/501
`

// TestPlainConnection: handshake, a message each way, FIN both ways, the last ACK.
func TestPlainConnection(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 101/501 "ask;"
		5ms < 501/105 "answer;"
		6ms > FIN 105/508
		7ms < FIN 508/106
		8ms > 106/509
	`, `
		open by client
		> "ask;" @4
		< "answer;" @5
		finished
	`)
	st := s.table.Stats()
	if st.Conversations != 1 || st.Live != 0 || st.Finished != 1 || st.OneWay != 0 || st.Lingering != 1 || st.Gaps != 0 || st.DroppedBytes != 0 {
		t.Errorf("counts: %+v", st)
	}
}

// TestMessageInSegments: a message cut into segments belongs to the frame of its last byte;
// what is left of a segment waits for more.
func TestMessageInSegments(t *testing.T) {
	scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 101/501 "as"
		5ms > 103/501 "k"
		6ms > 104/501 ";on"
		7ms > 107/501 "ce;more"
		8ms < 501/114 "yes;"
		9ms > 114/505 ";"
	`, `
		open by client
		> "ask;" @6
		> "once;" @7
		< "yes;" @8
		> "more;" @9
	`)
}

// TestNeed: the Taker is not asked again before as many bytes are there as it wanted.
func TestNeed(t *testing.T) {
	s := newScript(t, TableConfig{})
	s.taker.counted = true
	got := s.play(shaken + `
		4ms > 101/501 "6a"
		5ms > 103/501 "b"
		6ms > 104/501 "c"
		7ms > 105/501 "de2"
		8ms > 108/501 "x"
	`)
	if want := clean(`
		open by client
		> "6abcde" @7
		> "2x" @8
	`); got != want {
		t.Errorf("%s\n\nnot:\n%s", got, want)
	}
	if s.taker.calls != 3 {
		t.Errorf("%d calls, not 3: the first, when 6 are there, when 2 are", s.taker.calls)
	}
}

// TestOutOfOrder: segments wait for those before them and keep their own frame; one that
// completes a message begun by a later frame's bytes does not go back in the input.
func TestOutOfOrder(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{stamps: true}, shaken+`
		4ms > 105/501 "two;"
		5ms > 109/501 "three;f"
		6ms > 101/501 "one;"
		7ms > 118/501 "ve;"
		8ms > 116/501 "i"
		9ms > 117/501 "v"
	`, `
		open by client
		> "one;" @6
		> "two;" @4 at 6ms
		> "three;" @5 at 6ms
		> "fivve;" @9
	`)
	if st := s.table.Stats(); st.OutOfOrder != 3 || st.Gaps != 0 {
		t.Errorf("counts: %+v", st)
	}
}

// TestRetransmissions: the whole segment, its beginning, its end and more, several at once.
func TestRetransmissions(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 101/501 "one;"
		5ms > 101/501 "one;"
		6ms > 101/501 "on"
		7ms > 103/501 "e;two;"
		8ms > 101/501 "one;two;thr"
		9ms > 112/501 "ee;"
		10ms > 101/501 "one;two;three;"
	`, `
		open by client
		> "one;" @4
		> "two;" @7
		> "three;" @9
	`)
	if st := s.table.Stats(); st.Retransmitted != 3 || st.Conflicts != 0 {
		t.Errorf("counts: %+v", st)
	}
}

// TestHeldOverlaps: overlaps among segments that are held back; the first copy of each byte
// is taken, whatever the pieces.
func TestHeldOverlaps(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 103/501 "cd"
		5ms > 107/501 "gh"
		6ms > 102/501 "bcdefghi;"
		7ms > 103/501 "cd"
		8ms > 101/501 "a"
	`, `
		open by client
		> "abcdefghi;" @8
	`)
	if st := s.table.Stats(); st.Retransmitted != 1 || st.Conflicts != 0 || st.DroppedBytes != 0 {
		t.Errorf("counts: %+v", st)
	}
}

// TestConflictingOverlaps: the same numbers with other bytes are an evasion (Ptacek and
// Newsham, 1998): against what was handed on, what is kept of a message, and what is held.
func TestConflictingOverlaps(t *testing.T) {
	for name, c := range map[string][2]string{
		"delivered whole": {`
			4ms > 101/501 "read;"
			5ms > 101/501 "stop;"
			6ms > 106/501 "more;"`, `
			open by client
			> "read;" @4
			> conflicting-overlap @5
			> "more;" @6`},
		"delivered long ago, by parts": {`
			4ms > 101/501 "re"
			5ms > 103/501 "ad;"
			6ms < 501/106 "ok;"
			7ms > 106/504 "more;"
			8ms > 104/504 "X;more;then;"`, `
			open by client
			> "read;" @5
			< "ok;" @6
			> "more;" @7
			> conflicting-overlap @8
			> "then;" @8`},
		"part of a message": {`
			4ms > 101/501 "re"
			5ms > 101/501 "stad;"`, `
			open by client
			> conflicting-overlap @5
			> "read;" @5`},
		"held": {`
			4ms > 103/501 "ad;"
			5ms > 102/501 "tX;s"
			6ms > 101/501 "r"`, `
			open by client
			> conflicting-overlap @5
			> "rtad;" @6`},
	} {
		t.Run(name, func(t *testing.T) {
			s := scripted(t, TableConfig{}, clerk{}, shaken+c[0], c[1])
			if st := s.table.Stats(); st.Conflicts != 1 {
				t.Errorf("%d conflicts", st.Conflicts)
			}
		})
	}
}

// TestKeepAlives: one byte of garbage or none at the number before the next one (RFC 9293,
// 3.8.4) moves nothing and contradicts nothing, also after the FIN's number.
func TestKeepAlives(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 101/501 "one;"
		5ms < 501/105 "two;"
		10s > 104/505 "\x00"
		10s > 104/505
		11s < 504/105 "\x00"
		12s > 105/505 "three;"
		13s > FIN 111/505
		14s > 111/505 "\x00"
		15s < 505/112 "four;"
	`, `
		open by client
		> "one;" @4
		< "two;" @5
		> "three;" @9
		< "four;" @12
	`)
	if st := s.table.Stats(); st.KeepAlives != 3 || st.Conflicts != 0 || st.AfterClose != 0 || st.Retransmitted != 0 {
		t.Errorf("counts: %+v", st)
	}
}

// TestZeroWindowProbe: the probe's byte is the next one of the stream; it comes again with
// what follows (RFC 9293, 3.8.6.1).
func TestZeroWindowProbe(t *testing.T) {
	scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 101/501 "one;"
		5ms > 105/501 "t"
		205ms > 105/501 "t"
		605ms > 105/501 "two;"
	`, `
		open by client
		> "one;" @4
		> "two;" @7
	`)
}

// TestSlicedSegments: what the capture cut off a segment is a gap behind the captured part, not a
// defect; the next segment starts anew.
func TestSlicedSegments(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 101/501 "one;tw" +6
		5ms > 113/501 "three;"
		6ms > 119/501 +5
		7ms > 130/501 "six;" +2
		8ms > 124/501 "five" +2
		9ms > 136/501 "seven;"
	`, `
		open by client
		> "one;" @4
		> gap 6 @4
		> "three;" @5
		> gap 5 @6
		> gap 2 @8
		> "six;" @7
		> gap 2 @7
		> "seven;" @9
	`)
	if st := s.table.Stats(); st.Sliced != 4 || st.SlicedBytes != 15 || st.DroppedBytes != 6 || st.Gaps != 0 {
		t.Errorf("counts: %+v", st)
	}
}

// TestLongMessage: a message may be 64 KiB long; one that goes on puts the direction out
// of step, and the next segment is offered again.
func TestLongMessage(t *testing.T) {
	part := strings.Repeat("x", 60000)
	s := newScript(t, TableConfig{})
	got := s.play(shaken + `
		4ms > 101/501 "` + part + `"
		5ms > 60101/501 "` + part[:5535] + `;a"
		6ms > 65638/501 "` + part[:60000] + `"
		7ms > 125638/501 "` + part[:5536] + `;"
		8ms > 131175/501 "next;"
	`)
	want := clean(`
		open by client
		> "` + part + part[:5535] + `;" @5
		> "a` + part + part[:5536] + `;" @7
		> "next;" @8
	`)
	// Segments of 60,000 are appended before the Taker is asked: 65,537 unread bytes are
	// handed on when their last is there, and only what stays unread is bounded.
	if got != want {
		t.Errorf("not as expected: %.300s", got)
	}
	s = newScript(t, TableConfig{})
	if got := s.play(shaken + `
		4ms > 101/501 "` + part + `"
		5ms > 60101/501 "` + part + `"
		6ms > 120101/501 "next;"
	`); got != clean(`
		open by client
		> gap 0 @5
		> "next;" @6
	`) {
		t.Errorf("not as expected: %.300s", got)
	}
	if st := s.table.Stats(); st.Overflows != 1 || st.DroppedBytes != 120000 || st.BufferPeak > 256<<10 {
		t.Errorf("counts: %+v", st)
	}
}

// TestSuperSegment: a segment of 64 KiB as a host's network card takes it is one segment.
func TestSuperSegment(t *testing.T) {
	many := strings.Repeat("message;", 8191)
	s := newScript(t, TableConfig{})
	s.taker.all = true
	s.play(shaken + `
		4ms > 101/501 "` + many + `"
		5ms > 65629/501 "end;"
	`)
	if len(s.taker.out) != 3 || s.taker.out[1] != `> "`+many+`" @4` || s.taker.out[2] != `> "end;" @5` {
		t.Errorf("not as expected: %.300q", s.taker.out)
	}
}
