package api

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

type messagesIn struct {
	IDIn
	Limit int `query:"limit" minimum:"1" maximum:"5000" default:"500"`
}

// MessagesRow are the decoded messages of an incident.
type MessagesRow struct {
	Items []json.RawMessage `json:"items" doc:"Rows of docs/schema/messages.schema.json, oldest first."`
	More  bool              `json:"more,omitempty" doc:"There are others beyond the limit."`
	Text  string            `json:"text,omitempty" doc:"What is missing, and why."`
}

func (s *Server) routeEvidence() {
	const tag = "Findings and incidents"
	add(s, Route{Method: "GET", Path: "/incidents/{id}/messages", Act: ActRead, Tag: tag, Summary: "The decoded messages of an incident's packets"},
		func(c *call, in *messagesIn) (MessagesRow, error) {
			m, err := s.Evidence.Messages(c.r.Context(), in.ID, in.Limit)
			return MessagesRow{full(m.Items), m.More, m.Text}, err
		})
	s.export(Route{Method: "GET", Path: "/incidents/{id}/packets", Act: ActExport, Object: "id", Tag: tag, Summary: "The packets of an incident, with comments for Wireshark", long: true},
		"application/x-pcapng", ".pcapng", func() exporter { return s.Evidence.Packets })
	s.export(Route{Method: "GET", Path: "/incidents/{id}/evidence", Act: ActExport, Object: "id", Tag: tag, Summary: "The signed bundle of an incident: packets, findings, rules, what was learned", long: true},
		"application/zip", ".davy.zip", func() exporter { return s.Evidence.Bundle })
}

type exporter func(ctx context.Context, incident string, w io.Writer) error

// export is a route that hands out a file.
func (s *Server) export(r Route, kind, ext string, get func() exporter) {
	s.raw(r, func(op *huma.Operation) {
		op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{kind: {Schema: binary()}}}
	}, func(c *call) error {
		release, err := slot(s.exports, "packets are taken out")
		if err != nil {
			return err
		}
		defer release()
		id := c.r.PathValue("id")
		h := c.w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "davy-" + plain(id) + ext}))
		return get()(c.r.Context(), id, &pacedWriter{c.w, startPace(c.w)})
	})
}

// plain is an id as a part of a file's name.
func plain(id string) string {
	id = id[:min(len(id), 64)]
	return strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, id)
}
