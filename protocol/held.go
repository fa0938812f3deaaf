package protocol

// maxHeld is how many segments of a direction that is out of step wait to be recognised.
const maxHeld = 8

// held are segments too short to be recognised, of a direction of which nobody knows where
// its messages begin: each may be the first piece of one, whose other pieces come later
// (some programs send a header and what follows it apart), or the last piece of one that
// began before. So each segment's beginning is shown to the probes with all that follows.
type held struct {
	n    uint8
	at   [maxHeld]uint8 // where they begin among the unread bytes
	seen uint8          // how many unread bytes there were last time
}

// note takes down that bytes up to n are there now.
func (h *held) note(n int) {
	if n <= int(h.seen) {
		*h = held{}
	}
	if n == 0 {
		return
	}
	h.at[h.n] = h.seen // drop has left room
	h.n++
	h.seen = uint8(min(n, firstBytes))
}

// drop gives up the segments that were long enough to be recognised, and the first when
// there are too many; it returns how many segments, and how many bytes of n.
func (h *held) drop(n int) (segments, bytes int) {
	for segments < int(h.n) && (n-int(h.at[segments]) >= firstBytes || segments == 0 && h.n == maxHeld) {
		segments++
	}
	if segments == int(h.n) {
		*h = held{}
		return segments, n
	}
	bytes = int(h.at[segments])
	left := held{}
	for _, at := range h.at[segments:h.n] {
		left.at[left.n] = at - uint8(bytes)
		left.n++
	}
	left.seen = uint8(n - bytes)
	*h = left
	return segments, bytes
}

// hold decides what becomes of n bytes of a direction in which no message begins as yet.
func (set *Set) hold(s *Session, dir, n int) (read, need int) {
	segments := 1
	if s.started[dir] {
		if n < firstBytes {
			return 0, n + 1
		}
		s.started[dir], read = false, n
	} else {
		segments, read = s.held[dir].drop(n)
	}
	s.tries = uint8(min(int(s.tries)+segments, maxTries))
	if s.proto != nil {
		s.tries = 0 // known, only out of step: it may come back at any time
	}
	if read == n {
		return n, 0
	}
	return read, n - read + 1
}
