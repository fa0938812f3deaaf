package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/davylamp/davy"
)

// The stream's own times.
const (
	beatTime  = 15 * time.Second // a line that says nothing, so that all between know it lives
	eventTime = 10 * time.Second // an event that is not taken in this time ends the stream
)

// Hello is the first event of a stream.
type Hello struct {
	Version string `json:"version"`
	Time    string `json:"time" format:"date-time"`
	Gap     bool   `json:"gap,omitempty" doc:"More was missed than can be told again: ask for everything anew."`
}

const aboutEvents = `Server-sent events. Each has an id that rises; with Last-Event-ID the findings, incidents and assets that were missed come again.

- hello: the first; with gap more was missed than can come again: ask for everything anew
- finding: a row; incident: a row with its state, without its timeline
- asset: {id, new}, without an id when many changed; home: {counts, new}, once a second at most; capture: {id, state, progress, error}; sensor: as GET /sensor
- dropped: the reader was too slow; bye: the server stops or the session has ended. Both end the stream.`

func (s *Server) routeEvents() {
	s.raw(Route{Method: "GET", Path: "/events", Act: ActRead, Tag: "Live", Summary: "What happens, as it happens", long: true},
		func(op *huma.Operation) {
			op.Description = aboutEvents
			op.Parameters = append(op.Parameters, &huma.Param{Name: "Last-Event-ID", In: "header", Schema: &huma.Schema{Type: huma.TypeString}})
			op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}}
			for _, v := range []any{Hello{}, HomeNote{}, AssetNote{}, CaptureNote{}} {
				s.schema(v)
			}
		}, s.events)
}

// stream writes events to one reader.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func (st *stream) text(format string, args ...any) {
	if st.err != nil {
		return
	}
	// A writer without deadlines (a test's) has none to set.
	_ = st.control.SetWriteDeadline(time.Now().Add(eventTime))
	if _, st.err = fmt.Fprintf(st.w, format, args...); st.err == nil {
		st.err = st.control.Flush()
	}
}

func (st *stream) note(n note) { st.text("id: %d\nevent: %s\ndata: %s\n\n", n.id, n.kind, n.data) }

func (st *stream) event(id int64, kind string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		st.err = err
		return
	}
	st.note(note{id, kind, data})
}

// events serves one reader until it leaves, is too slow, or may look no longer.
func (s *Server) events(c *call) error {
	seen, _ := strconv.ParseInt(c.r.Header.Get("Last-Event-ID"), 10, 64) // what is no id has seen nothing
	if seen < 0 {
		seen = 0
	}
	reader, missed, last, whole, err := s.Hub.join(c.who.Name+" "+c.who.Token, seen)
	if err != nil {
		return err
	}
	defer s.Hub.leave(reader)
	st := &stream{w: c.w, control: http.NewResponseController(c.w)}
	_ = st.control.SetReadDeadline(time.Time{})
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	st.text("retry: 2000\n\n")
	// Until the reader has seen all that it missed it keeps the id that it came with.
	st.event(max(seen, 1), "hello", Hello{davy.Version, time.Now().UTC().Format(time.RFC3339Nano), !whole})
	for _, n := range missed {
		st.note(n)
	}
	st.text("id: %d\n: seen\n\n", last)
	tick := time.NewTicker(s.beat)
	defer tick.Stop()
	for st.err == nil {
		select {
		case n, ok := <-reader.queue:
			switch {
			case ok:
				st.note(n)
			case reader.slow:
				st.text("event: dropped\ndata: {\"hint\":\"This window did not keep up. It connects again by itself.\"}\n\n")
				return nil
			default:
				st.text("event: bye\ndata: {\"hint\":\"Davy stops or starts again.\"}\n\n")
				return nil
			}
		case <-tick.C:
			if p := s.still(c); p != nil {
				data, _ := json.Marshal(map[string]string{"hint": p.Detail + " " + p.Hint})
				st.text("event: bye\ndata: %s\n\n", data)
				return nil
			}
			st.text(": %d\n\n", time.Now().Unix())
		case <-c.r.Context().Done():
			return nil
		}
	}
	return nil
}

// still says whether a reader may go on looking.
func (s *Server) still(c *call) *Problem {
	again := &call{w: c.w, r: c.r, route: c.route}
	if p := s.identify(again); p != nil {
		return p
	}
	return s.may(again)
}
