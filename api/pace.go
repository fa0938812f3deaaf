package api

import (
	"io"
	"net/http"
	"time"
)

// A long request goes on for as long as bytes move: this much a second on the whole, and
// never nothing for so long.
const (
	slowest = 16 << 10
	silence = 30 * time.Second
)

// pace is the deadline of a long request. It moves on with what was moved, so that a peer
// that gives a byte now and then holds no slot.
type pace struct {
	control *http.ResponseController
	start   time.Time
	moved   int64
}

// startPace takes the place of the deadlines that every ordinary request has.
func startPace(w http.ResponseWriter) *pace {
	p := &pace{control: http.NewResponseController(w), start: time.Now()}
	p.move(0)
	return p
}

func (p *pace) move(n int) {
	p.moved += int64(n)
	end := p.end(time.Now())
	// What serves without deadlines has none to set.
	_ = p.control.SetReadDeadline(end)
	_ = p.control.SetWriteDeadline(end)
}

// end is until when the next bytes have to move.
func (p *pace) end(now time.Time) time.Time {
	end := now.Add(silence)
	if fair := p.start.Add(2*silence + time.Duration(p.moved/slowest)*time.Second); fair.Before(end) {
		return fair
	}
	return end
}

// pacedBody is the body of a long request.
type pacedBody struct {
	io.Reader
	pace  *pace
	broke bool // the peer did not send it to its end
}

func (b *pacedBody) Read(to []byte) (int, error) {
	n, err := b.Reader.Read(to)
	b.pace.move(n)
	b.broke = b.broke || err != nil && err != io.EOF && !tooLarge(err)
	return n, err
}

// pacedWriter is the answer of a long request.
type pacedWriter struct {
	to   io.Writer
	pace *pace
}

func (w *pacedWriter) Write(b []byte) (int, error) {
	n, err := w.to.Write(b)
	w.pace.move(n)
	return n, err
}

// slot takes one of a few places, or says that there is none.
func slot(slots chan struct{}, what string) (release func(), err error) {
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	default:
		return nil, &Fault{What: Busy, Text: "Others have as much as can be done at once: " + what + ".", Next: "Try again when they are done.", Delay: 10 * time.Second}
	}
}
