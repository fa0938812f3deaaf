package packet

import "testing"

// TestJoined: a connection seen from its middle begins with the first segment of each
// direction, whichever it is.
func TestJoined(t *testing.T) {
	scripted(t, TableConfig{}, clerk{}, `
		1ms > 101/501 "ask;"
		2ms < 501/105 "answer;"
		3ms > 105/508 "ask;"
	`, `
		open joined
		> "ask;" @1
		< "answer;" @2
		> "ask;" @3
	`)
	// By a pure ACK, and by a keep-alive of one byte and of none: the data that follow come next.
	scripted(t, TableConfig{}, clerk{}, `
		1ms > 101/501
		1ms < 500/101
		2ms > 100/501 "\x00"
		3ms < 501/101 "answer;"
		4ms > 101/508 "ask;"
	`, `
		open joined
		< "answer;" @4
		> "ask;" @5
	`)
	// What came just before the join, brought late by the mirror, is a first copy too.
	scripted(t, TableConfig{}, clerk{}, `
		1ms < 501/105
		2ms > 105/501 "two;"
		2ms > 101/501 "one;"
		3ms > 109/501 "three;"
	`, `
		open joined
		> "two;" @2
		> gap 0 @3
		> "one;" @3
		> gap 0 @3
		> "three;" @4
	`)
}

// TestOneDirection: a mirror that has one leg only. The first segments wait for the other
// side, each for a moment; then none does.
func TestOneDirection(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{stamps: true}, `
		10ms < 501/105 "answer;"
		40ms < 508/109 "answer;"
		120ms < 515/113 "answer;"
		180ms < 522/117 "ans"
		190ms < 525/117 "wer;"
	`, `
		open joined
		< "answer;" @1 at 60ms
		< "answer;" @2 at 90ms
		< "answer;" @3 at 170ms
		< "answer;" @5
	`)
	if st := s.table.Stats(); st.OneWay != 1 || st.HeldInVain != 3 || st.Held != 3 || st.OutOfOrder != 0 {
		t.Errorf("counts: %+v", st)
	}
	s.table.Each(func(c *Conversation) {
		if !c.OneWay() || c.Answered {
			t.Errorf("one way %v, answered %v", c.OneWay(), c.Answered)
		}
	})
	// With the handshake's half.
	scripted(t, TableConfig{}, clerk{stamps: true}, `
		1ms < SYN 500/101
		2ms < 501/105 "answer;"
		70ms < 508/109 "answer;"
		120ms tick
	`, `
		open by client
		< "answer;" @2 at 52ms
		< "answer;" @3 at 120ms
	`)
}

// TestOpener: the SYN's sender, or the receiver of the SYN|ACK, whatever comes first.
func TestOpener(t *testing.T) {
	scripted(t, TableConfig{}, clerk{}, `
		1ms < SYN 500/101
		2ms > SYN 100
		3ms < 501/105 "answer;"
		4ms > 101/501 "ask;"
	`, `
		open by client
		> "ask;" @4
		< "answer;" @3
	`)
	s := newScript(t, TableConfig{})
	s.play(`
		1ms > 101/501 "ask;"
		2ms > SYN 100
		3ms < 501/105 "answer;"
	`)
	s.table.Each(func(c *Conversation) {
		if c.Opener != 0 || !c.Answered {
			t.Errorf("opener %d, answered %v", c.Opener, c.Answered)
		}
	})
}

// TestSYNAgain: the same SYN is the same connection, another number is another connection.
func TestSYNAgain(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, `
		1s > SYN 100
		2s > SYN 100
		4s > SYN 100
		4s < SYN 500/101
		5s < SYN 500/101
		5s > 101/501 "one;tw"
		7s > SYN 9000
		7s < SYN 7000/9001
		7s > 9001/7001 "new;"
		7s > 107/501 "o;"
	`, `
		open by client
		> "one;" @6
		replaced
		2 open by client
		2> "new;" @9
	`)
	if st := s.table.Stats(); st.Replaced != 1 || st.DroppedBytes != 2 || st.Conversations != 2 {
		t.Errorf("counts: %+v", st)
	}
	// The same number after data: a device that numbers all its connections alike. A
	// mirror's copy of the first one follows it closely.
	scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 101/501 "one;"
		25ms > SYN 100
		60ms > SYN 100
		60ms < SYN 500/101
		61ms > 101/501 "two;"
		62ms > FIN 105/501
		63ms < FIN 501/106
		80ms > SYN 100
		3s > SYN 100
		3s < SYN 500/101
		3s > 101/501 "three;"
	`, `
		open by client
		> "one;" @4
		replaced
		2 open by client
		2> "two;" @8
		2 finished
		3 open by client
		3> "three;" @14
	`)
}

// TestPortReuseAfterClose: a new SYN after the close is a new connection, at once.
func TestPortReuseAfterClose(t *testing.T) {
	scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > FIN 101/501
		5ms < FIN 501/102
		6ms > 102/502
		7ms > SYN 3000
		8ms < SYN 8000/3001
		9ms > 3001/8001 "new;"
	`, `
		open by client
		finished
		2 open by client
		2> "new;" @9
	`)
}

// TestStragglers: what comes late after the close opens nothing and is told to nobody; data
// of another stream, or long after, are a connection whose SYN was not seen.
func TestStragglers(t *testing.T) {
	closing := shaken + `
		4ms > 101/501 "one;"
		5ms > FIN 105/501
		6ms < FIN 501/106
	`
	s := scripted(t, TableConfig{}, clerk{}, closing+`
		7ms > 106/502
		8ms > 101/501 "one;"
		9ms > FIN 105/501
		9ms > SYN 100
		10ms < RST 502
		11ms > 105/502 "\x00"
	`, `
		open by client
		> "one;" @4
		finished
	`)
	if st := s.table.Stats(); st.Lingering != 6 || st.Conversations != 1 {
		t.Errorf("counts: %+v", st)
	}
	scripted(t, TableConfig{Hold: -1}, clerk{}, closing+`
		1s > 90000000/700 "other;"
	`, `
		open by client
		> "one;" @4
		finished
		2 open joined
		2> "other;" @7
	`)
	scripted(t, TableConfig{Hold: -1}, clerk{}, closing+`
		10m > 101/501 "one;"
	`, `
		open by client
		> "one;" @4
		finished
		2 open joined
		2> "one;" @7
	`)
}

// TestReset: a RST in the window closes, after what the other leg may still bring; one
// outside is no RST.
func TestReset(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, shaken+`
		10ms < RST 40000000
		11ms > 101/501 "one;"
		12ms < RST 501
		14ms > 105/501 "on its way;"
		61ms tick
		62ms tick
		63ms > 116/501 "late;"
	`, `
		open by client
		> "one;" @5
		> "on its way;" @7
		finished
	`)
	if st := s.table.Stats(); st.BadResets != 1 || st.Lingering != 1 || st.Finished != 1 {
		t.Errorf("counts: %+v", st)
	}
	// A new SYN does not wait.
	scripted(t, TableConfig{}, clerk{}, shaken+`
		12ms < RST 501
		13ms > SYN 5000
	`, `
		open by client
		replaced
		2 open by client
	`)
}

// TestRefused: a SYN answered by a RST, in whichever order the legs bring them.
func TestRefused(t *testing.T) {
	for _, lines := range []string{`
		1ms > SYN 100
		2ms < RST 0/101
	`, `
		1ms < RST 0/101
		21ms > SYN 100
	`} {
		s := newScript(t, TableConfig{})
		got := s.play(lines)
		s.table.Each(func(c *Conversation) {
			opener := c.A
			if c.Opener == 1 {
				opener = c.B
			}
			if !c.Refused || c.Answered || opener.Port != 1025 {
				t.Errorf("refused %v, answered %v, opener %v", c.Refused, c.Answered, opener)
			}
		})
		// Windows tries again with the same number, half a second later.
		got += "\n" + s.play(`
			500ms > SYN 100
			1s > SYN 100
		`)
		if st := s.table.Stats(); st.Conversations != 1 || st.Finished != 1 {
			t.Errorf("%s\ncounts: %+v", got, st)
		}
	}
}

// TestForgedClose: a FIN or RST that reaches the watcher only (short TTL, RFC 5961's
// window missed) does not make it look away: its sender goes on, and that is told.
func TestForgedClose(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 101/501 "one;"
		5ms > FIN 105/501
		6ms > 105/501 "two;"
		7ms > RST 109
		8ms > 109/501 "three;"
		1s > 115/501 "four;"
	`, `
		open by client
		> "one;" @4
		> data-after-close @6
		> "two;" @6
		> data-after-close @8
		> "three;" @8
		> "four;" @9
	`)
	if st := s.table.Stats(); st.AfterClose != 2 || st.Live != 1 {
		t.Errorf("counts: %+v", st)
	}
	// Long after the RST took effect the stream's next bytes are a connection joined.
	scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > RST 101
		1s > 101/501 "two;"
		2s < 501/105 "ok;"
	`, `
		open by client
		finished
		2 open joined
		2> "two;" @5
		2< "ok;" @6
	`)
}

// TestOddFINs: a FIN at an old number is an old FIN; one in the middle of what is held back
// stops nothing, and is told when another one contradicts it.
func TestOddFINs(t *testing.T) {
	scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 101/501 "one;"
		5ms > FIN 101/501
		6ms > 109/501 "three;"
		7ms > FIN 111/501
		8ms > 105/501 "two;"
		9ms > FIN 115/501
		10ms < FIN 501/116
	`, `
		open by client
		> "one;" @4
		> "two;" @8
		> "three;" @6
		> data-after-close @9
		finished
	`)
	// A hole before the FIN alone is noticed too.
	scripted(t, TableConfig{}, clerk{stamps: true}, shaken+`
		5ms > FIN 105/501
		6ms < FIN 501/106
		56ms tick
	`, `
		open by client
		> gap 4 @4 at 56ms
		finished
	`)
}

// TestSimultaneousOpen (RFC 9293, 3.5, figure 8): SYNs cross, one connection.
func TestSimultaneousOpen(t *testing.T) {
	scripted(t, TableConfig{}, clerk{}, `
		1ms > SYN 100
		1ms < SYN 500
		2ms > SYN 100/501
		2ms < SYN 500/101
		3ms > 101/501 "one;"
		4ms < 501/105 "two;"
	`, `
		open by client
		> "one;" @5
		< "two;" @6
	`)
}

// TestFastOpen (RFC 7413): data in the SYN are the stream's first bytes, acknowledged or
// not, also when the SYN comes after its answer.
func TestFastOpen(t *testing.T) {
	for _, lines := range []string{`
		1ms > SYN 100 "one;tw"
		2ms < SYN 500/107 "hi;"
		3ms > 107/504 "o;"
	`, `
		1ms < SYN 500/107
		2ms > SYN 100 "one;tw"
		2ms < 501/107 "hi;"
		3ms > 107/504 "o;"
	`, `
		1ms > SYN 100 "one;tw"
		2ms < SYN 500/101
		2ms > SYN 100 "one;tw"
		3ms < 501/101 "hi;"
		3ms > 101/504 "one;two;"
	`} {
		s := newScript(t, TableConfig{})
		s.play(lines)
		var got []string
		for _, line := range s.taker.out {
			got = append(got, line[:len(line)-3])
		}
		want := []string{"open by cli", `> "one;"`, `< "hi;"`, `> "two;"`}
		if len(got) != 4 || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
			t.Errorf("%q", got)
		}
	}
}

// TestAnswerAnew: a side that answers the SYN a second time with another number.
func TestAnswerAnew(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{}, `
		1ms > SYN 100
		2ms < SYN 500/101
		3ms < SYN 900/101
		4ms > 101/901 "one;"
		5ms < 901/105 "two;"
		6ms < SYN 7777/101
		7ms < 905/105 "more;"
	`, `
		open by client
		> "one;" @4
		< "two;" @5
		< "more;" @7
	`)
	if st := s.table.Stats(); st.BadHandshakes != 1 {
		t.Errorf("counts: %+v", st)
	}
}

// TestForgedSYN: a SYN that only the watcher sees replaces the conversation; what really
// goes on, in both directions, is still read.
func TestForgedSYN(t *testing.T) {
	scripted(t, TableConfig{}, clerk{}, shaken+`
		4ms > 101/501 "one;"
		5ms < 501/105 "ok;"
		10ms > SYN 3000000000
		1s > 105/504 "two;"
		1s < 504/109 "ok;"
		2s > 109/507 "three;"
		2s < 507/115 "ok;"
	`, `
		open by client
		> "one;" @4
		< "ok;" @5
		replaced
		2 open by client
		2< "ok;" @8
		2> gap 0 @7
		2> "two;" @7
		2> "three;" @9
		2< "ok;" @10
	`)
}

// TestOldConnection: the late leg still brings segments of the connection before.
func TestOldConnection(t *testing.T) {
	scripted(t, TableConfig{}, clerk{}, `
		1ms > SYN 3000000000
		2ms < FIN 501/105
		3ms < SYN 7000/3000000001
		4ms > 3000000001/7001 "ask;"
		5ms < 7001/3000000005 "answer;"
	`, `
		open by client
		> "ask;" @4
		< "answer;" @5
	`)
}

// TestLateCopyOfAReset: a mirror brings a half-open try a second time, later than copies are
// known as such. Nobody went on after a RST.
func TestLateCopyOfAReset(t *testing.T) {
	scripted(t, TableConfig{}, clerk{}, `
		1ms > SYN 100
		2ms < SYN 500/101
		3ms > RST 101/501
		26ms > SYN 100
		27ms < SYN 500/101
		28ms > RST 101/501
		200ms flush
	`, `
		open by client
		finished
	`)
	scripted(t, TableConfig{}, clerk{}, `
		1ms > SYN 100
		2ms < SYN 500/101
		3ms > 101/501 "ask;"
		4ms < RST 501/105
		26ms > SYN 100
		27ms < SYN 500/101
		28ms > 101/501 "ask;"
		29ms < RST 501/105
		200ms flush
	`, `
		open by client
		> "ask;" @3
		finished
	`)
}
