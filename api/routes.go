package api

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Acts that the Gate decides about.
const (
	ActRead       = "read"       // look at everything but people and the audit trail
	ActDecide     = "decide"     // acknowledge, learn, reopen
	ActPlan       = "plan"       // windows of planned work
	ActUpload     = "upload"     // hand in captures and take them away
	ActExport     = "export"     // take packets and bundles out of the house
	ActAdminister = "administer" // users and tokens
	ActAudit      = "audit"      // read the audit trail
	ActSelf       = "self"       // one's own session
)

// Route is a row of the table of routes. Without an Act anybody may call it: that is so for
// setting up and logging in alone.
type Route struct {
	Method, Path string
	Act          string
	Object       string // path parameter that names the object of the act
	Summary      string
	Tag          string
	Status       int  // of success; 0: 200, or 204 without a body
	long         bool // reads or writes for as long as it goes on; sets its own deadlines
	secret       bool // holds a secret: never compressed
}

// pattern is the route as the mux knows it.
func (r *Route) pattern() string { return r.Method + " " + Prefix + r.Path }

// ownSession says whether the route is about the caller's own session, which a token has not.
func (r *Route) ownSession() bool { return r.Act == ActSelf }

// Changes says whether the route changes something.
func (r *Route) Changes() bool { return r.Method != http.MethodGet }

// Routes is the table, sorted by path and method.
func (s *Server) Routes() (list []Route) {
	for _, r := range s.routes {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b Route) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return list
}

// call is a request that has passed the guard.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	route  *Route
	who    Principal
	secret string // of the session's cookie; "" with a token
}

type callKey struct{}

// called finds the call that a handler answers.
func called(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// operation describes a route for the OpenAPI document.
func (r *Route) operation() huma.Operation {
	op := huma.Operation{Method: r.Method, Path: r.Path, OperationID: operationID(r), Summary: r.Summary, Tags: []string{r.Tag}, DefaultStatus: r.Status,
		MaxBodyBytes: maxBody, BodyReadTimeout: bodyTime, Extensions: map[string]any{}}
	if r.Act != "" {
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
		op.Extensions["x-act"] = r.Act
		if r.ownSession() {
			op.Security = op.Security[:1]
		}
	} else {
		op.Security = []map[string][]string{}
	}
	return op
}

// operationID is "listAssets"-like, without anybody having to name it: the method and the
// path's words.
func operationID(r *Route) string {
	id := strings.ToLower(r.Method)
	for part := range strings.SplitSeq(r.Path, "/") {
		if part = strings.Trim(part, "{}"); part != "" {
			part, _, _ = strings.Cut(part, ".")
			id += strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return id
}

// answer is what the library writes: a body, and nothing else.
type answer[T any] struct{ Body T }

// body is what the library reads: a body, and nothing else.
type body[T any] struct{ Body T }

// none is the answer of routes that have nothing to say.
type none struct{}

// add puts a route with its handler in the table.
func add[I, T any](s *Server, r Route, f func(*call, *I) (T, error)) {
	s.enter(&r)
	huma.Register(s.huma, r.operation(), func(ctx context.Context, in *I) (*answer[T], error) {
		out, err := f(called(ctx), in)
		if err != nil {
			return nil, s.problemAt(&r, err)
		}
		return &answer[T]{out}, nil
	})
}

// do puts a route in the table that answers with nothing but success.
func do[I any](s *Server, r Route, f func(*call, *I) error) {
	s.enter(&r)
	huma.Register(s.huma, r.operation(), func(ctx context.Context, in *I) (*none, error) {
		if err := f(called(ctx), in); err != nil {
			return nil, s.problemAt(&r, err)
		}
		return &none{}, nil
	})
}

// raw puts a route in the table whose handler reads or writes the stream itself. An error
// before the first byte becomes a problem; after it the stream is cut off, so that nobody
// takes it for whole.
func (s *Server) raw(r Route, describe func(*huma.Operation), f func(*call) error) {
	s.enter(&r)
	op := r.operation()
	op.Responses = map[string]*huma.Response{"default": {Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: s.schema(Problem{})}}}}
	for part := range strings.SplitSeq(r.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			op.Parameters = append(op.Parameters, &huma.Param{Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
		}
	}
	describe(&op)
	s.huma.OpenAPI().AddOperation(&op)
	s.mux.HandleFunc(r.pattern(), func(w http.ResponseWriter, req *http.Request) {
		c := called(req.Context())
		c.w, c.r = w, req
		err := f(c)
		switch {
		case err == nil:
		case w.(*response).begun():
			s.Log.Warn("api: an answer was cut off", "path", req.URL.Path, "error", err)
			panic(http.ErrAbortHandler)
		default:
			s.refuse(w, req, s.problemAt(&r, err))
		}
	})
}

func (s *Server) enter(r *Route) { s.routes[r.pattern()] = r }

// find looks a request up in the table. Where the path is known under other methods, they
// are listed.
func (s *Server) find(r *http.Request) (route *Route, allowed []string) {
	if p := r.URL.EscapedPath(); path.Clean(p) != p {
		return nil, nil // the mux would send the browser elsewhere
	}
	_, pattern := s.mux.Handler(r)
	if route = s.routes[pattern]; route != nil {
		return route, nil
	}
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := &http.Request{Method: m, URL: &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath}, Host: r.Host}
		if _, pattern := s.mux.Handler(other); s.routes[pattern] != nil {
			allowed = append(allowed, m)
		}
	}
	return nil, allowed
}

// The bounds of an ordinary request.
const (
	maxBody  = 64 << 10
	bodyTime = 10 * time.Second
	callTime = 30 * time.Second // from the headers to the last byte of the answer
)
