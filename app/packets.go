package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/api"
	"github.com/davylamp/davy/evidence"
)

// packets hands out what the ring and the keeper hold of an incident.
type packets struct {
	*house
	*proofs
}

func (h *house) proofs(keeper *evidence.Keeper, sensor string) *proofs {
	return &proofs{keeper: keeper, key: h.key, rules: h.engine.judging.Rules, sensor: sensor, limits: evidence.Defaults, recording: recording{func() (list []recorded) {
		for _, s := range h.ring.Segments() {
			list = append(list, recorded{s.File, s.Path, s.From, s.To})
		}
		return list
	}}}
}

// rows are an incident's row and those of its findings that are still stored.
func (h *house) rows(id string) (*davy.IncidentRow, []davy.FindingRow, error) {
	v, err := h.db.Incident(id)
	if err != nil {
		return nil, nil, err
	}
	return &v.IncidentRow, h.findings(id), nil
}

func (h *house) findings(incident string) (list []davy.FindingRow) {
	q := davy.Query{Where: map[string][]string{"incident": {incident}}, Sort: "id", Limit: 500}
	for {
		p, err := h.db.Findings(q)
		if err != nil {
			h.log.Error("findings of an incident", "incident", incident, "error", err)
			return list
		}
		for i := range p.Items {
			list = append(list, p.Items[i].FindingRow)
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			return list
		}
	}
}

// Packets writes an incident's packets with Davy's words at the frames.
func (p packets) Packets(_ context.Context, id string, w io.Writer) error {
	i, findings, err := p.rows(id)
	if err != nil {
		return err
	}
	return p.proofs.Packets(w, i, findings)
}

// Bundle writes the signed bundle.
func (p packets) Bundle(ctx context.Context, id string, w io.Writer) error {
	i, findings, err := p.rows(id)
	if err != nil {
		return err
	}
	var learned [][]byte
	if err := p.asked(ctx, func(e *engine) { learned = e.learnedAbout(evidence.Stations(i.Entities)) }); err != nil {
		return err
	}
	return p.proofs.Bundle(w, i, findings, learned, time.Now())
}

// Messages decodes an incident's packets anew.
func (p packets) Messages(ctx context.Context, id string, limit int) (m api.Messages, err error) {
	i, findings, err := p.rows(id)
	if err != nil {
		return m, err
	}
	m.Items, m.More, m.Text, err = p.proofs.Messages(ctx, i, findings, limit, p.ring.Name)
	if m.Items == nil {
		m.Items = []json.RawMessage{}
	}
	if err == nil && len(m.Items) == 0 {
		err = errGone(id)
	}
	return m, err
}

// asked has the engine do something between two batches, and waits until it has.
func (h *house) asked(ctx context.Context, f func(*engine)) error {
	done := make(chan struct{})
	select {
	case h.live.asks <- func(e *engine) { f(e); close(done) }:
	case <-ctx.Done():
		return ctx.Err()
	case <-h.live.ctx.Done():
		return errors.New("davy is being stopped")
	}
	<-done
	return nil
}
