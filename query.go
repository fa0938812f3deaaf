package davy

// Query asks a list (assets, links, findings, incidents, captures) for some of its rows.
type Query struct {
	Q      string              // words that a row must all hold, in any case
	Where  map[string][]string // of each field named: one of these values
	Sort   string              // fields, the first one first; "-" before one turns it round: "-severity,last"
	Cursor string              // Next of the page before; "" begins
	Limit  int                 // rows of a page; 0 is 50, more than 500 is 500
}

// Page is some of a list's rows. Next is "" at the end; Total counts all that the query fits.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
	Total int    `json:"total"`
}

// Facet is one value of a field and how many rows have it.
type Facet struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}
