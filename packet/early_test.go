package packet

import "testing"

// TestEarlyAnswers: an answer that comes before its request waits for it, however many are
// under way, and is handed on as the packet it came in.
func TestEarlyAnswers(t *testing.T) {
	s := scripted(t, TableConfig{}, clerk{stamps: true}, `
		1ms < udp "a!"
		11ms < udp "b!"
		21ms > udp "a?"
		31ms > udp "b?"
		100ms > udp "c?"
		105ms < udp "c!"
		110ms < udp "d!"
		115ms > udp "d?"
		120ms < udp "data"
	`, `
		open joined
		> datagram "a?" @3
		< datagram "a!" @1 at 21ms
		> datagram "b?" @4
		< datagram "b!" @2 at 31ms
		> datagram "c?" @5
		< datagram "c!" @6
		> datagram "d?" @8
		< datagram "d!" @7 at 115ms
		< datagram "data" @9
	`)
	if st := s.table.Stats(); st.Held != 3 || st.HeldInVain != 0 || st.BufferPeak == 0 {
		t.Errorf("counts: %+v", st)
	}
}

// TestEarlyAnswersInVain: the request does not come for 50 ms. After three such waits none
// waits until the other side shows up.
func TestEarlyAnswersInVain(t *testing.T) {
	scripted(t, TableConfig{}, clerk{stamps: true}, `
		1ms < udp "a!"
		11ms < udp "data"
		60ms tick
		101ms < udp "b!"
		201ms < udp "c!"
		301ms < udp "d!"
		401ms > udp "e"
		402ms < udp "f!"
		403ms > udp "f?"
		410ms < udp "g!"
		411ms flush
	`, `
		open joined
		< datagram "a!" @1 at 51ms
		< datagram "data" @2 at 51ms
		< datagram "b!" @3 at 151ms
		< datagram "c!" @4 at 251ms
		< datagram "d!" @5
		> datagram "e" @6
		> datagram "f?" @8
		< datagram "f!" @7 at 403ms
		< datagram "g!" @9
	`)
}

// TestEarlyAnswersBounded: as many wait as segments may.
func TestEarlyAnswersBounded(t *testing.T) {
	scripted(t, TableConfig{Segments: 2}, clerk{stamps: true}, `
		1ms < udp "a!"
		2ms < udp "b!"
		3ms < udp "c!" +5
		4ms > udp "a?"
		60ms tick
	`, `
		open joined
		< datagram "a!" @1 at 3ms
		> datagram "a?" @4
		< datagram "b!" @2 at 4ms
		< datagram "c!" @3 at 53ms
	`)
}

// TestOldRequests: a request that was not answered for a second does not count for an answer
// that comes then.
func TestOldRequests(t *testing.T) {
	scripted(t, TableConfig{}, clerk{stamps: true}, `
		1ms > udp "a?"
		1500ms < udp "b!"
		1510ms > udp "b?"
	`, `
		open joined
		> datagram "a?" @1
		> datagram "b?" @3
		< datagram "b!" @2 at 1.51s
	`)
}
