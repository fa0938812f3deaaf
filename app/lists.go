package app

import (
	"strings"
	"sync"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/api"
	"github.com/davylamp/davy/store"
)

// lists answers the API's questions about what is stored.
type lists struct {
	db    *store.DB
	learn func() int64 // message time at which learning ended: what is older is not new
	now   func() int64 // message time: captures of last year have a yesterday of their own
	apply func()       // called when what people accept has changed

	mu     sync.Mutex
	grave  map[string]davy.Severity
	deeds  map[[2]string]davy.Severity // by actor and whom it concerns
	graved time.Time
}

// newFor is how long something counts as new.
const newFor = 24 * time.Hour

// fresh is the moment since which things are new.
func (l *lists) fresh() string {
	return string(davy.AppendTime(nil, max(l.now()-int64(newFor), l.learn()+1)))
}

func query(q api.Query, where map[string][]string) davy.Query {
	for k, v := range where {
		if len(v) == 0 || len(v) == 1 && v[0] == "" {
			delete(where, k)
		}
	}
	return davy.Query{Q: q.Q, Where: where, Sort: strings.Join(q.Sort, ","), Cursor: q.Cursor, Limit: q.Limit}
}

// page makes a page of the store one of the API's.
func page[S, T any](p davy.Page[S], err error, as func(S) T) (api.Page[T], error) {
	out := api.Page[T]{Items: make([]T, 0, len(p.Items)), Next: p.Next, Total: p.Total}
	for _, v := range p.Items {
		out.Items = append(out.Items, as(v))
	}
	return out, err
}

// Assets lists assets.
func (l *lists) Assets(q api.AssetQuery) (api.Page[api.Asset], error) {
	where := map[string][]string{"kind": q.Kind, "vendor": q.Vendor, "level": q.Level, "zone": q.Zone}
	since := l.fresh()
	if q.New {
		where["new"] = []string{since}
	}
	grave, err := l.graves()
	if err != nil {
		return api.Page[api.Asset]{}, err
	}
	p, err := l.db.Assets(query(q.Query, where))
	return page(p, err, func(r davy.AssetRow) api.Asset { return assetOf(r, since, grave) })
}

func assetOf(r davy.AssetRow, since string, grave map[string]davy.Severity) api.Asset {
	a := api.Asset{AssetRow: r, New: r.First >= since}
	top := davy.Info
	for _, list := range [][]string{r.Addresses, r.MACs} {
		for _, x := range list {
			top = max(top, grave[x])
		}
	}
	if top > davy.Info {
		a.Severity = top.String()
	}
	return a
}

// Asset finds one.
func (l *lists) Asset(id string) (api.Asset, error) {
	r, err := l.db.Asset(id)
	if err != nil {
		return api.Asset{}, err
	}
	grave, err := l.graves()
	return assetOf(r, l.fresh(), grave), err
}

// Facets counts what assets can be filtered by.
func (l *lists) Facets() (map[string][]api.Facet, error) {
	m, err := l.db.AssetFacets(davy.Query{}, "kind", "vendor", "level", "zone")
	out := map[string][]api.Facet{}
	for name, list := range m {
		for _, f := range list {
			out[name] = append(out[name], api.Facet{Value: f.Value, Count: f.Count})
		}
	}
	return out, err
}

// Links lists links.
func (l *lists) Links(q api.LinkQuery) (api.Page[api.Link], error) {
	where := map[string][]string{"protocol": q.Protocol, "asset": {q.Asset}}
	since := l.fresh()
	if q.New {
		where["new"] = []string{since}
	}
	p, err := l.db.Links(query(q.Query, where))
	if err != nil {
		return api.Page[api.Link]{}, err
	}
	names, err := l.db.Names(p.Items)
	return page(p, err, func(r davy.LinkRow) api.Link {
		return api.Link{LinkRow: r, New: r.First >= since, ClientName: names[[2]string{r.Scope, r.Client}], ServerName: names[[2]string{r.Scope, r.Server}]}
	})
}

// Findings lists findings.
func (l *lists) Findings(q api.FindingQuery) (api.Page[davy.FindingRow], error) {
	p, err := l.db.Findings(query(q.Query, map[string][]string{"severity": q.Severity, "detector": q.Detector, "incident": {q.Incident}, "asset": {q.Asset}}))
	return page(p, err, func(v davy.FindingView) davy.FindingRow { return v.FindingRow })
}

// Finding finds one.
func (l *lists) Finding(id string) (davy.FindingRow, error) {
	v, err := l.db.Finding(id)
	return v.FindingRow, err
}

// Incidents lists incidents.
func (l *lists) Incidents(q api.IncidentQuery) (api.Page[api.Incident], error) {
	p, err := l.db.Incidents(query(q.Query, map[string][]string{"state": q.State, "severity": q.Severity}))
	return page(p, err, incidentOf)
}

// incidentOf is an incident as the API shows it. One that became part of an older one is
// looked after there.
func incidentOf(v davy.IncidentView) api.Incident {
	i := api.Incident{IncidentRow: v.IncidentRow, State: v.State, Decisions: []api.DecisionRow{}}
	for _, r := range v.Ruled {
		i.Decisions = append(i.Decisions, api.DecisionRow{Time: r.Time, By: r.By, Act: r.Act, Reason: r.Reason})
	}
	return i
}

// Incident finds one.
func (l *lists) Incident(id string) (api.Incident, error) {
	v, err := l.db.Incident(id)
	return incidentOf(v), err
}

// Decided keeps what a person decided about an incident.
func (l *lists) Decided(by api.Principal, id, act, reason string) (api.Incident, error) {
	if err := l.db.Decide(by, id, act, reason); err != nil {
		return api.Incident{}, err
	}
	l.apply()
	return l.Incident(id)
}

// Counts are of all that is stored.
func (l *lists) Counts() (c api.Counts, err error) {
	all := davy.Query{Limit: 1}
	if c.Assets, err = total(l.db.Assets(all)); err != nil {
		return c, err
	}
	if c.Links, err = total(l.db.Links(all)); err != nil {
		return c, err
	}
	if c.Findings, err = total(l.db.Findings(all)); err != nil {
		return c, err
	}
	if c.Incidents, err = total(l.db.Incidents(all)); err != nil {
		return c, err
	}
	open, err := l.db.IncidentFacets(davy.Query{Where: map[string][]string{"state": {davy.StateOpen}}}, "severity")
	c.Open = map[string]int{}
	for _, f := range open["severity"] {
		c.Open[f.Value] = f.Count
	}
	return c, err
}

// News counts what is new.
func (l *lists) News(since time.Time) (n api.News, err error) {
	then := l.now() - int64(time.Since(since))
	where := map[string][]string{"new": {string(davy.AppendTime(nil, max(then, l.learn()+1)))}}
	if n.Assets, err = total(l.db.Assets(davy.Query{Where: where, Limit: 1})); err != nil {
		return n, err
	}
	if n.Links, err = total(l.db.Links(davy.Query{Where: where, Limit: 1})); err != nil {
		return n, err
	}
	where["least"] = []string{davy.Low.String()}
	n.Findings, err = total(l.db.Findings(davy.Query{Where: where, Limit: 1}))
	return n, err
}

// total is how many rows a query fits.
func total[T any](p davy.Page[T], err error) (int, error) { return p.Total, err }

// graves are the gravest open incidents of the stations, by address. They are counted anew
// every few seconds.
func (l *lists) graves() (map[string]davy.Severity, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.graved) < 2*time.Second {
		return l.grave, nil
	}
	open, err := l.db.Incidents(davy.Query{Where: map[string][]string{"state": {davy.StateOpen}}, Limit: 500})
	if err != nil {
		return nil, err
	}
	l.grave, l.deeds, l.graved = map[string]davy.Severity{}, map[[2]string]davy.Severity{}, time.Now()
	for i := range open.Items {
		s, _ := davy.ParseSeverity(open.Items[i].Severity)
		for _, a := range open.Items[i].Entities {
			l.grave[a] = max(l.grave[a], s)
			deed := [2]string{open.Items[i].Entities[0], a}
			l.deeds[deed] = max(l.deeds[deed], s)
		}
	}
	return l.grave, nil
}

// deed is how grave it is that two stations talk: one is the actor of an open incident, and
// the other is part of it.
func (l *lists) deed(a, b string) davy.Severity {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.deeds[[2]string{a, b}], l.deeds[[2]string{b, a}])
}

// Audit lists who did what.
func (l *lists) Audit(cursor string, limit int) (api.Page[api.AuditRecord], error) {
	p, err := l.db.AuditTrail(davy.Query{Cursor: cursor, Limit: limit})
	return page(p, err, func(r davy.Record) api.AuditRecord {
		return api.AuditRecord{Seq: r.Number, Time: r.Time, By: r.By, From: r.From, Act: r.Act, Object: r.Object, Detail: r.Detail, Hash: r.Hash}
	})
}
