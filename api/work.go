package api

import "time"

// NewWindow is work to plan.
type NewWindow struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Assets  []string  `json:"assets,omitempty" maxItems:"200" doc:"Names, addresses or prefixes; left out: any."`
	Sources []string  `json:"sources,omitempty" maxItems:"200" doc:"Who may act; left out: anybody."`
	Verbs   []string  `json:"verbs,omitempty" maxItems:"50" doc:"What may be done; left out: anything."`
	Note    string    `json:"note,omitempty" maxLength:"2000"`
}

type windowChange struct {
	IDIn
	Body NewWindow
}

func (b *NewWindow) window(id string) (Window, error) {
	if !b.From.Before(b.To) {
		return Window{}, &Fault{What: Invalid, Text: "The work ends before it begins.", Next: "Give a \"to\" that is later than \"from\"."}
	}
	return Window{ID: id, From: b.From.UTC().Format(time.RFC3339Nano), To: b.To.UTC().Format(time.RFC3339Nano), Assets: b.Assets, Sources: b.Sources, Verbs: b.Verbs, Note: b.Note}, nil
}

func (s *Server) routeWork() {
	const tag = "Planned work"
	add(s, Route{Method: "GET", Path: "/windows", Act: ActRead, Tag: tag, Summary: "Windows of planned work"},
		func(c *call, _ *struct{}) (list[Window], error) { return listOf(s.Work.Windows()) })
	add(s, Route{Method: "POST", Path: "/windows", Act: ActPlan, Tag: tag, Summary: "Plan work", Status: 201},
		func(c *call, in *body[NewWindow]) (Window, error) {
			w, err := in.Body.window("")
			if err != nil {
				return w, err
			}
			return s.Work.PutWindow(c.who, w)
		})
	add(s, Route{Method: "PUT", Path: "/windows/{id}", Act: ActPlan, Object: "id", Tag: tag, Summary: "Change planned work"},
		func(c *call, in *windowChange) (Window, error) {
			w, err := in.Body.window(in.ID)
			if err != nil {
				return w, err
			}
			return s.Work.PutWindow(c.who, w)
		})
	do(s, Route{Method: "DELETE", Path: "/windows/{id}", Act: ActPlan, Object: "id", Tag: tag, Summary: "Take planned work back"},
		func(c *call, in *IDIn) error { return s.Work.DeleteWindow(c.who, in.ID) })
}
