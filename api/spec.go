package api

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

//go:generate go test -run TestOpenAPI . -update

// OpenAPI is the document that describes the API, as docs/openapi.json holds it.
func OpenAPI() []byte { return build(Config{}).spec }

// schema is the form of a value, as a reference.
func (s *Server) schema(v any) *huma.Schema {
	return s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, "")
}

// routeSpec comes last: it writes the document down.
func (s *Server) routeSpec() {
	s.raw(Route{Method: "GET", Path: "/openapi.json", Act: ActRead, Tag: "About", Summary: "This document"},
		func(op *huma.Operation) {
			op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{"application/openapi+json": {Schema: &huma.Schema{Type: huma.TypeObject}}}}
		}, func(c *call) error {
			c.w.Header().Set("Content-Type", "application/openapi+json")
			_, err := c.w.Write(s.spec)
			return err
		})
	// The library's own form has no indents and its keys in the order of the specification.
	short, err := s.huma.OpenAPI().MarshalJSON()
	if err != nil {
		panic(err) // a route that cannot be described is a mistake in this room
	}
	var long bytes.Buffer
	if err := json.Indent(&long, short, "", "  "); err != nil {
		panic(err)
	}
	s.spec = append(long.Bytes(), '\n')
}
