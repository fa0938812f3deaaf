package api

import "time"

type mapIn struct {
	Level []string `query:"level,explode" maxItems:"20"`
	Zone  []string `query:"zone,explode" maxItems:"50"`
	Open  []string `query:"open,explode" maxItems:"50" doc:"Nodes to show one by one: it, internet, or the id of a group node."`
}

type minutesIn struct {
	Last int `query:"last" minimum:"1" maximum:"10080" default:"180" doc:"How many minutes back."`
}

// onHome is how many incidents Home shows.
const onHome = 10

func (s *Server) routePlant() {
	const tag = "Plant and sensor"
	add(s, Route{Method: "GET", Path: "/home", Act: ActRead, Tag: tag, Summary: "What needs a person today"},
		func(c *call, _ *struct{}) (Home, error) { return s.home() })
	add(s, Route{Method: "GET", Path: "/map", Act: ActRead, Tag: tag, Summary: "Who talks to whom, drawn by level and zone"},
		func(c *call, in *mapIn) (Map, error) {
			m, err := s.Plant.Map(MapQuery{Level: known(in.Level), Zone: known(in.Zone), Open: in.Open})
			m.Nodes, m.Edges = full(m.Nodes), full(m.Edges)
			for i := range m.Edges {
				m.Edges[i].Protocols = full(m.Edges[i].Protocols)
			}
			return m, err
		})
	add(s, Route{Method: "GET", Path: "/coverage", Act: ActRead, Tag: tag, Summary: "What is seen, and the blind spots"},
		func(c *call, _ *struct{}) (Coverage, error) {
			v, err := s.Plant.Coverage()
			v.Lines = full(v.Lines)
			return v, err
		})
	add(s, Route{Method: "GET", Path: "/baseline", Act: ActRead, Tag: tag, Summary: "What was learned"},
		func(c *call, _ *struct{}) (Baseline, error) {
			b, err := s.Plant.Baseline()
			b.Protocols = full(b.Protocols)
			return b, err
		})
	add(s, Route{Method: "GET", Path: "/sensor", Act: ActRead, Tag: tag, Summary: "How the sensor is"},
		func(c *call, _ *struct{}) (Sensor, error) {
			v, err := s.Plant.Sensor()
			return v.filled(), err
		})
	add(s, Route{Method: "GET", Path: "/sensor/minutes", Act: ActRead, Tag: tag, Summary: "Samples of the last minutes, oldest first"},
		func(c *call, in *minutesIn) (list[Minute], error) {
			return listOf(s.Plant.Minutes(time.Duration(in.Last) * time.Minute))
		})
}

func (s *Server) home() (h Home, err error) {
	open, err := briefly(Incident.brief)(s.Judgements.Incidents(IncidentQuery{Query: Query{Limit: onHome, Sort: []string{"-severity", "-last"}}, State: []string{"open"}}))
	if err != nil {
		return h, err
	}
	if h.Counts, err = s.Counter.Counts(); err != nil {
		return h, err
	}
	if h.New, err = s.Counter.News(time.Now().Add(-24 * time.Hour)); err != nil {
		return h, err
	}
	coverage, err := s.Plant.Coverage()
	if err != nil {
		return h, err
	}
	sensor, err := s.Plant.Sensor()
	h.Incidents, h.Coverage, h.Learning, h.Sensors = open.Items, full(coverage.Lines), s.Plant.Learning(), full(sensor.Lines)
	return h, err
}

// filled has no list that is null.
func (v Sensor) filled() Sensor {
	v.Interfaces, v.Lines, v.Events = full(v.Interfaces), full(v.Lines), full(v.Events)
	return v
}

func full[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
