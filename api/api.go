// Package api is the door for browsers and programs: HTTPS under /api/v1, described by an
// OpenAPI document that is made from the code, live by server-sent events. It asks the house
// by the small interfaces in needs.go, decides nothing about the plant, and lets nobody in
// whom the Gate does not let in: a route that is not in the table does not exist. What
// comes in is bounded in size and time, and a slow reader holds nobody up.
package api

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/davylamp/davy"
)

// Prefix is where the API is.
const Prefix = "/api/v1"

// Config is what a Server is made of. Everything but Console, Log and Origins is
// needed: a Server without a Gate cannot be made.
type Config struct {
	Inventory  Inventory
	Judgements Judgements
	Counter    Counter
	Work       Work
	Uploads    Uploads
	Evidence   Evidence
	Plant      Plant
	Auditor    Auditor
	Gate       Gate
	People     People
	Hub        *Hub

	// Console serves every path outside /api; nil: there is none.
	Console http.Handler
	// Origins are further origins ("https://davy.example") that the console is reached by,
	// behind a proxy; the server's own is always one.
	Origins []string
	// MaxUpload is the largest capture that is taken, in bytes; 0: 16 GiB.
	MaxUpload int64
	Log       *slog.Logger
}

// Server answers requests; it is an http.Handler, and Serve runs it behind TLS.
type Server struct {
	Config
	mux     *http.ServeMux
	huma    huma.API
	routes  map[string]*Route // by the pattern of the mux
	spec    []byte
	uploads chan struct{} // slots
	exports chan struct{}
	beat    time.Duration // how often a stream says that it lives, and asks whether it still may
}

// What is done at once. Each upload and each export reads or writes a disk; more at a time
// are not sooner done.
const (
	uploadsAtOnce = 3
	exportsAtOnce = 4
	maxUpload     = 16 << 30
)

// once: huma keeps how errors look, and whether lists may be null, in variables of its own.
var once sync.Once

// New makes a server; it refuses a Config with something missing.
func New(c Config) (*Server, error) {
	for name, missing := range map[string]bool{"Inventory": c.Inventory == nil, "Judgements": c.Judgements == nil, "Counter": c.Counter == nil, "Work": c.Work == nil,
		"Uploads": c.Uploads == nil, "Evidence": c.Evidence == nil, "Plant": c.Plant == nil, "Auditor": c.Auditor == nil, "Gate": c.Gate == nil,
		"People": c.People == nil, "Hub": c.Hub == nil} {
		if missing {
			return nil, errors.New("api: nobody was given as " + name)
		}
	}
	return build(c), nil
}

// build makes the routes; it asks nothing of the Config yet.
func build(c Config) *Server {
	once.Do(func() {
		huma.NewError = newProblem
		huma.DefaultArrayNullable = false
	})
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxUpload <= 0 {
		c.MaxUpload = maxUpload
	}
	s := &Server{Config: c, mux: http.NewServeMux(), routes: map[string]*Route{},
		uploads: make(chan struct{}, uploadsAtOnce), exports: make(chan struct{}, exportsAtOnce), beat: beatTime}
	format := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	config := huma.DefaultConfig("Davy", davy.Version)
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	config.Formats = map[string]huma.Format{"application/json": format, "json": format}
	config.RejectUnknownQueryParameters = true
	config.Info.Description = about
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "Given by POST /session. Requests that change something need the header X-CSRF-Token from GET /session, too."},
		"token":   {Type: "http", Scheme: "bearer", Description: "An API token made under Administration."},
	}
	s.huma = humago.NewWithPrefix(s.mux, Prefix, config)
	s.routeSessions()
	s.routePeople()
	s.routeLists()
	s.routePlant()
	s.routeWork()
	s.routeCaptures()
	s.routeEvidence()
	s.routeEvents()
	s.routeSpec()
	return s
}

// ServeHTTP answers one request: the API below /api, the console everywhere else.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.caught(w, r)
	secure(w.Header())
	if r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/") {
		s.api(w, r)
		return
	}
	if s.Console == nil {
		s.refuse(w, r, problemOf(http.StatusNotFound, "There is no console here.", "The API is under "+Prefix+"."))
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.refuse(w, r, problemOf(http.StatusMethodNotAllowed, "The console is only read.", "Changes go to "+Prefix+"."))
		return
	}
	w.Header().Set("Content-Security-Policy", consolePolicy)
	s.Console.ServeHTTP(w, r)
}

const about = `What Davy sees in a plant's network, what it judges, and what people decided.

Lists come in parts: ask again with the cursor that was in next. Filters may be given several times and let any of their values through; the value "-" asks for rows where nothing is known. Errors are problem documents (RFC 9457) with a hint for the next step.`
