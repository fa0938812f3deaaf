package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// Problem is an error as the API tells it: RFC 9457, with a hint for the next step.
type Problem struct {
	Type   string  `json:"type,omitempty" default:"about:blank"`
	Title  string  `json:"title" doc:"The kind of problem, the same each time."`
	Status int     `json:"status"`
	Detail string  `json:"detail" doc:"What is wrong this time, in a sentence."`
	Hint   string  `json:"hint,omitempty" doc:"What to do next."`
	Errors []Wrong `json:"errors,omitempty" doc:"What is wrong with the request, one by one."`
	wait   time.Duration
}

// Wrong is a part of a request that is wrong. Its value is not repeated: it may be a secret.
type Wrong struct {
	Where string `json:"where,omitempty" doc:"For example body.name or query.limit."`
	What  string `json:"what"`
}

func (p *Problem) Error() string             { return p.Detail }
func (p *Problem) GetStatus() int            { return p.Status }
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders says when to come again.
func (p *Problem) GetHeaders() http.Header {
	if p.wait <= 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.Itoa(secondsLeft(p.wait))}}
}

func problemOf(status int, detail, hint string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: detail, Hint: hint}
}

// mostWrong is how many wrong parts are told.
const mostWrong = 20

// newProblem is how the library makes its errors: what is wrong with the form of a request.
func newProblem(status int, detail string, errs ...error) huma.StatusError {
	p := problemOf(status, detail, "")
	for i, err := range errs {
		if err == nil || i >= mostWrong {
			continue
		}
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			p.Errors = append(p.Errors, Wrong{d.ErrorDetail().Location, d.ErrorDetail().Message})
		} else {
			p.Errors = append(p.Errors, Wrong{What: err.Error()})
		}
	}
	switch status {
	case http.StatusUnprocessableEntity, http.StatusBadRequest:
		p.Detail, p.Hint = "The request is not in the form that this route takes.", "See errors, and GET "+Prefix+"/openapi.json."
	case http.StatusRequestEntityTooLarge:
		p.Detail, p.Hint = "The body is too large.", fmt.Sprintf("Send at most %d bytes.", maxBody)
	case http.StatusRequestTimeout:
		p.Detail, p.Hint = "The body did not come in time.", "Send it again."
	case http.StatusUnsupportedMediaType:
		p.Detail, p.Hint = "The body is in a form that is not read here.", "Send JSON with Content-Type: application/json."
	case http.StatusInternalServerError: // the library's word for a body that broke off
		p = problemOf(http.StatusBadRequest, "The request could not be read to its end.", "Send it again.")
	}
	return p
}

// problem makes a Problem of any error. What has no kind is told to the log alone.
func (s *Server) problem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if m := (*http.MaxBytesError)(nil); errors.As(err, &m) {
		return problemOf(http.StatusRequestEntityTooLarge, "The body is too large.", fmt.Sprintf("Send at most %d bytes.", m.Limit))
	}
	f := faultOf(err)
	status := statuses[f.What]
	if status == 0 {
		s.Log.Error("api: a request failed", "error", err)
		return problemOf(http.StatusInternalServerError, inside, "Try again; the log says what it was.")
	}
	if status >= http.StatusInternalServerError {
		s.Log.Error("api: a request failed", "error", err, "cause", f.Reason)
	}
	p = problemOf(status, sentence(f.Text), sentence(f.Next))
	p.wait = f.Delay
	return p
}

// problemAt is problem for a route: who has come in as somebody and is refused something is
// still somebody, and not asked to log in.
func (s *Server) problemAt(r *Route, err error) *Problem {
	p := s.problem(err)
	if p.Status == http.StatusUnauthorized && r.Act != "" {
		p.Status, p.Title = http.StatusForbidden, http.StatusText(http.StatusForbidden)
	}
	return p
}

const inside = "Something went wrong inside Davy."

// statuses are what the kinds of faults become.
var statuses = map[string]int{Missing: http.StatusNotFound, Invalid: http.StatusUnprocessableEntity, Conflict: http.StatusConflict, Refused: http.StatusUnauthorized,
	Locked: http.StatusTooManyRequests, TooLarge: http.StatusRequestEntityTooLarge, Full: http.StatusInsufficientStorage, Busy: http.StatusServiceUnavailable,
	Broken: http.StatusInternalServerError}

// sentence is a text as it stands alone: with a capital and a full stop.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	s = string(unicode.ToUpper(r)) + s[n:]
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}

// refuse writes a problem as the whole answer.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, p *Problem) {
	h := w.Header()
	for k, v := range p.GetHeaders() {
		h[k] = v
	}
	h.Del("Content-Disposition")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Security-Policy", dataPolicy)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		b, _ := json.Marshal(p)
		w.Write(append(b, '\n'))
	}
}

// caught turns a panic of a handler into an answer; the log keeps where it was. What is
// already half sent is cut off, so that nobody takes it for whole.
func (s *Server) caught(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.Log.Error("api: panic", "method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	if t, ok := w.(interface{ begun() bool }); ok && t.begun() {
		panic(http.ErrAbortHandler)
	}
	s.refuse(w, r, problemOf(http.StatusInternalServerError, inside, "Try again; the log says what it was."))
}

func tooLarge(err error) bool {
	var m *http.MaxBytesError
	return errors.As(err, &m)
}
