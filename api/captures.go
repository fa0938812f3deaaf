package api

import (
	"fmt"
	"io"
	"net/http"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) routeCaptures() {
	const tag = "Captures"
	add(s, Route{Method: "GET", Path: "/captures", Act: ActRead, Tag: tag, Summary: "Captures that were handed in, newest first"},
		func(c *call, _ *struct{}) (list[Capture], error) { return listOf(s.Uploads.Captures()) })
	s.raw(Route{Method: "POST", Path: "/captures", Act: ActUpload, Tag: tag, Summary: "Hand in a capture: the body is the file", Status: 201, long: true},
		func(op *huma.Operation) {
			op.Parameters = append(op.Parameters, &huma.Param{Name: "name", In: "query", Required: true, Description: "What the file is called.", Schema: &huma.Schema{Type: huma.TypeString}})
			op.RequestBody = &huma.RequestBody{Required: true, Description: "A pcap or pcapng file, also gzip or zstd.", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: binary()}}}
			op.Responses["201"] = &huma.Response{Description: "Taken and queued", Content: map[string]*huma.MediaType{"application/json": {Schema: s.schema(Capture{})}}}
		}, s.take)
	add(s, Route{Method: "GET", Path: "/captures/{id}", Act: ActRead, Tag: tag, Summary: "One capture: how far it is read, and its summary"},
		func(c *call, in *IDIn) (Capture, error) { return s.Uploads.Capture(in.ID) })
	s.raw(Route{Method: "GET", Path: "/captures/{id}/report", Act: ActRead, Tag: tag, Summary: "The report of a capture that was read: one page", long: true},
		func(op *huma.Operation) {
			op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: huma.TypeString}}}}
		}, s.report)
	do(s, Route{Method: "DELETE", Path: "/captures/{id}", Act: ActUpload, Object: "id", Tag: tag, Summary: "Take a capture and its report away"},
		func(c *call, in *IDIn) error { return s.Uploads.Remove(c.who, in.ID) })
}

func binary() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }

// take reads an upload for as long as it comes fast enough.
func (s *Server) take(c *call) error {
	name, err := fileName(c.r.URL.Query().Get("name"))
	if err != nil {
		return err
	}
	if c.r.ContentLength > s.MaxUpload {
		return &http.MaxBytesError{Limit: s.MaxUpload}
	}
	release, err := slot(s.uploads, "captures are handed in")
	if err != nil {
		return err
	}
	defer release()
	in := &pacedBody{Reader: http.MaxBytesReader(c.w, c.r.Body, s.MaxUpload), pace: startPace(c.w)}
	row, err := s.Uploads.Take(c.r.Context(), c.who, name, in)
	if err != nil {
		if in.broke {
			err = fmt.Errorf("%w: %w", &Fault{What: Invalid, Text: "The capture did not come to its end.", Next: "Send it again."}, err)
		}
		return err
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Location", Prefix+"/captures/"+row.ID)
	c.w.WriteHeader(http.StatusCreated)
	return marshal(c.w, row)
}

func (s *Server) report(c *call) error {
	page, err := s.Uploads.Report(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	defer page.Close()
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.Header().Set("Content-Security-Policy", reportPolicy)
	_, err = io.Copy(&pacedWriter{c.w, startPace(c.w)}, page)
	return err
}

// longest is how long a file's name may be, in bytes: what file systems take.
const longest = 255

// fileName takes a name for show: no path, no control characters, nothing that turns the
// reading direction.
func fileName(name string) (string, error) {
	bad := func(r rune) bool {
		return r == '/' || r == '\\' || r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
	}
	ok := name != "" && name != "." && name != ".." && len(name) <= longest
	for _, r := range name {
		ok = ok && !bad(r)
	}
	if !ok {
		return "", &Fault{What: Invalid, Text: "The name is no file's name.", Next: "Give the query parameter name: without folders and control characters, 255 bytes at most."}
	}
	return name, nil
}
