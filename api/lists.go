package api

import (
	"cmp"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// ListIn is what every list takes.
type ListIn struct {
	Q      string `query:"q" maxLength:"200" doc:"Text that a row holds somewhere."`
	Sort   string `query:"sort" maxLength:"100" pattern:"^-?[a-z_]+(,-?[a-z_]+)*$" doc:"Fields by which rows are sorted; - turns one round: -severity,last"`
	Cursor string `query:"cursor" maxLength:"512" doc:"next of the part before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

func (in *ListIn) query() Query {
	q := Query{Q: in.Q, Cursor: in.Cursor, Limit: in.Limit}
	if in.Sort != "" {
		q.Sort = strings.Split(in.Sort, ",")
	}
	return q
}

// unknownValue is how a filter asks for rows where nothing is known.
const unknownValue = "-"

func known(values []string) []string {
	for i, v := range values {
		if v == unknownValue {
			values[i] = ""
		}
	}
	return values
}

type assetsIn struct {
	ListIn
	Kind   []string `query:"kind,explode" maxItems:"50"`
	Vendor []string `query:"vendor,explode" maxItems:"50"`
	Level  []string `query:"level,explode" maxItems:"50"`
	Zone   []string `query:"zone,explode" maxItems:"50"`
	New    bool     `query:"new" doc:"Only those first seen within the last day, and not from learning."`
}

type linksIn struct {
	ListIn
	Asset    string   `query:"asset" maxLength:"256" doc:"Links of this asset."`
	Protocol []string `query:"protocol,explode" maxItems:"50"`
	New      bool     `query:"new"`
}

type findingsIn struct {
	ListIn
	Severity []string `query:"severity,explode" maxItems:"10"`
	Detector []string `query:"detector,explode" maxItems:"50"`
	Incident string   `query:"incident" maxLength:"256"`
	Asset    string   `query:"asset" maxLength:"256"`
}

type incidentsIn struct {
	ListIn
	State    []string `query:"state,explode" maxItems:"10"`
	Severity []string `query:"severity,explode" maxItems:"10"`
}

// AssetPage is an asset with what is known around it.
type AssetPage struct {
	Asset
	Links        []Link            `json:"links" doc:"The busiest hundred."`
	LinkCount    int               `json:"link_count"`
	Findings     []davy.FindingRow `json:"findings" doc:"The gravest hundred."`
	FindingCount int               `json:"finding_count"`
}

// IncidentPage is an incident with its findings.
type IncidentPage struct {
	Incident
	Full         []davy.FindingRow `json:"finding_rows" doc:"Its findings in the order of time, five hundred at most."`
	FindingCount int               `json:"finding_count"`
}

// NewDecision is what a person decides on an incident.
type NewDecision struct {
	Act    string `json:"act" enum:"acknowledge,learn,reopen" doc:"learn: from now on this is normal."`
	Reason string `json:"reason" minLength:"1" maxLength:"2000"`
}

type decisionIn struct {
	IDIn
	Body NewDecision
}

func pageOf[T any](p Page[T], err error) (Page[T], error) {
	if p.Items == nil {
		p.Items = []T{}
	}
	return p, err
}

// briefly leaves out of a list's rows what only a page of their own shows.
func briefly[T any](brief func(T) T) func(Page[T], error) (Page[T], error) {
	return func(p Page[T], err error) (Page[T], error) {
		items := make([]T, len(p.Items))
		for i, v := range p.Items {
			items[i] = brief(v)
		}
		p.Items = items
		return p, err
	}
}

func (a Asset) brief() Asset {
	a.Evidence = nil
	return a
}

// fewOperations are how many operations a link has in a list: its busiest.
const fewOperations = 5

func (l Link) brief() Link {
	if len(l.Operations) > fewOperations {
		l.Operations = slices.SortedStableFunc(slices.Values(l.Operations), func(a, b davy.OperationRow) int { return cmp.Compare(b.Count, a.Count) })[:fewOperations]
	}
	return l
}

func (i Incident) brief() Incident {
	i.Timeline, i.Decisions = []davy.EventRow{}, full(i.Decisions)
	return i
}

func (s *Server) routeLists() {
	const assets, judged = "Assets and links", "Findings and incidents"
	add(s, Route{Method: "GET", Path: "/assets", Act: ActRead, Tag: assets, Summary: "Who is there; evidence comes with one asset alone"},
		func(c *call, in *assetsIn) (Page[Asset], error) {
			return briefly(Asset.brief)(s.Inventory.Assets(AssetQuery{Query: in.query(), Kind: known(in.Kind), Vendor: known(in.Vendor), Level: known(in.Level), Zone: known(in.Zone), New: in.New}))
		})
	add(s, Route{Method: "GET", Path: "/assets/facets", Act: ActRead, Tag: assets, Summary: "The values of kind, vendor, level and zone, and how many assets have each"},
		func(c *call, _ *struct{}) (map[string][]Facet, error) {
			f, err := s.Inventory.Facets()
			for _, values := range f {
				for i := range values {
					if values[i].Value == "" {
						values[i].Value = unknownValue
					}
				}
			}
			return f, err
		})
	add(s, Route{Method: "GET", Path: "/assets/{id}", Act: ActRead, Tag: assets, Summary: "One asset, with its evidence, links and findings"}, s.asset)
	add(s, Route{Method: "GET", Path: "/links", Act: ActRead, Tag: assets, Summary: "Who talks to whom; all operations come with one asset alone"},
		func(c *call, in *linksIn) (Page[Link], error) {
			return briefly(Link.brief)(s.Inventory.Links(LinkQuery{Query: in.query(), Asset: in.Asset, Protocol: known(in.Protocol), New: in.New}))
		})
	add(s, Route{Method: "GET", Path: "/findings", Act: ActRead, Tag: judged, Summary: "What the judges say"},
		func(c *call, in *findingsIn) (Page[davy.FindingRow], error) {
			return pageOf(s.Judgements.Findings(FindingQuery{Query: in.query(), Severity: in.Severity, Detector: in.Detector, Incident: in.Incident, Asset: in.Asset}))
		})
	add(s, Route{Method: "GET", Path: "/findings/{id}", Act: ActRead, Tag: judged, Summary: "One finding"},
		func(c *call, in *IDIn) (davy.FindingRow, error) { return s.Judgements.Finding(in.ID) })
	add(s, Route{Method: "GET", Path: "/incidents", Act: ActRead, Tag: judged, Summary: "Findings that tell one story; the timeline comes with one incident alone"},
		func(c *call, in *incidentsIn) (Page[Incident], error) {
			return briefly(Incident.brief)(s.Judgements.Incidents(IncidentQuery{Query: in.query(), State: in.State, Severity: in.Severity}))
		})
	add(s, Route{Method: "GET", Path: "/incidents/{id}", Act: ActRead, Tag: judged, Summary: "One incident with its findings and what was decided"}, s.incident)
	add(s, Route{Method: "POST", Path: "/incidents/{id}/decisions", Act: ActDecide, Object: "id", Tag: judged, Summary: "Acknowledge an incident, take it as normal, or open it again"},
		func(c *call, in *decisionIn) (Incident, error) {
			i, err := s.Judgements.Decided(c.who, in.ID, in.Body.Act, in.Body.Reason)
			if err == nil {
				s.Hub.Incident(i)
			}
			return i, err
		})
}

func (s *Server) asset(_ *call, in *IDIn) (page AssetPage, err error) {
	if page.Asset, err = s.Inventory.Asset(in.ID); err != nil {
		return page, err
	}
	links, err := pageOf(s.Inventory.Links(LinkQuery{Query: Query{Limit: 100, Sort: []string{"-messages"}}, Asset: in.ID}))
	if err != nil {
		return page, err
	}
	findings, err := pageOf(s.Judgements.Findings(FindingQuery{Query: Query{Limit: 100, Sort: []string{"-severity", "-last"}}, Asset: in.ID}))
	page.Links, page.LinkCount, page.Findings, page.FindingCount = links.Items, links.Total, findings.Items, findings.Total
	return page, err
}

func (s *Server) incident(_ *call, in *IDIn) (page IncidentPage, err error) {
	if page.Incident, err = s.Judgements.Incident(in.ID); err != nil {
		return page, err
	}
	findings, err := pageOf(s.Judgements.Findings(FindingQuery{Query: Query{Limit: 500, Sort: []string{"time"}}, Incident: in.ID}))
	page.Full, page.FindingCount = findings.Items, findings.Total
	return page, err
}
