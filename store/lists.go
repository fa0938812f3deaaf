package store

import (
	"cmp"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// list is how one kind of row is asked for: what may be filtered, what sorted by. What is
// filtered and sorted by is held in memory (see shelf), the rows themselves are on the disk.
type list[T any] struct {
	shelf    string // table, and its shelf
	rows     string // table of the rows
	fields   map[string]field
	sorts    map[string]string // name in a query, column
	fallback string            // sort when none is asked for
	columns  []string          // what read gets besides the row
	read     func(body string, columns []string) (T, error)
}

// field is a condition on a column, or SQL that finds the places of the rows that have one
// of the values; %s is where the values go.
type field struct {
	column string
	op     byte // '=' one of the values, '>' at least, '<' less
	places string
	value  func(string) (any, error)
	facet  bool // its values can be counted
}

func plain(s string) (any, error) { return s, nil }

func is(column string) field { return field{column: column, op: '=', value: plain, facet: true} }

// id finds rows by their ids.
var id = field{column: "place", op: '=', value: aPlace}

// found are the rows whose places a query finds.
func found(query string, value func(string) (any, error)) field {
	return field{places: query, value: value}
}

// since and until compare times of rows.
func since(column string) field { return field{column: column, op: '>', value: aTime} }
func until(column string) field { return field{column: column, op: '<', value: aTime} }

func aTime(s string) (any, error) {
	if ns := nsOf(s); ns != 0 {
		return stampOf(ns), nil
	}
	return nil, fmt.Errorf("%q is no time: write it like 2026-11-22T08:00:00Z", s)
}

func yes(column string) field {
	return field{column: column, op: '=', value: func(s string) (any, error) {
		switch s {
		case "true", "1", "yes":
			return int64(1), nil
		case "false", "0", "no":
			return int64(0), nil
		}
		return nil, fmt.Errorf("%q is neither true nor false", s)
	}}
}

func severity(s string) (any, error) {
	v, ok := davy.ParseSeverity(s)
	if !ok {
		return nil, fmt.Errorf("there is no severity %q: info, low, medium, high, critical", s)
	}
	return int64(v), nil
}

func aPlace(s string) (any, error) { return natural(s), nil }

func invalid(format string, args ...any) error {
	return &davy.Fault{Kind: davy.Invalid, Text: fmt.Sprintf(format, args...), Hint: "see the API's description of this list"}
}

func badCursor(cursor string) error {
	return &davy.Fault{Kind: davy.Invalid, Text: fmt.Sprintf("the cursor %.40q belongs to no page of this list", cursor), Hint: "ask for the first page again, without a cursor"}
}

func pageSize(n int) int {
	if n <= 0 {
		return 50
	}
	return min(n, 500)
}

// maxWords bounds a search.
const maxWords = 8

// test says whether a row fits.
type test func(*card) bool

// match makes the conditions of a query; a field named in but is left out.
func (l *list[T]) match(db *DB, q *davy.Query, but string) (tests []test, err error) {
	for _, name := range slices.Sorted(maps.Keys(q.Where)) {
		texts := q.Where[name]
		if len(texts) == 0 || name == but {
			continue
		}
		f, ok := l.fields[name]
		if !ok {
			return nil, invalid("%s cannot be filtered by %q; by %s they can", l.shelf, name, strings.Join(slices.Sorted(maps.Keys(l.fields)), ", "))
		}
		if len(texts) > 100 {
			return nil, invalid("%d values of %s are too many: at most 100", len(texts), name)
		}
		var values []any
		for _, v := range texts {
			arg, err := f.value(v)
			if err != nil {
				return nil, invalid("%s: %v", name, err)
			}
			values = append(values, arg)
		}
		t, err := f.test(db, db.shelves[l.shelf], values)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	words := strings.Fields(strings.ToLower(q.Q))
	for _, w := range words[:min(len(words), maxWords)] {
		tests = append(tests, func(c *card) bool { return strings.Contains(c.folded, w) })
	}
	return tests, nil
}

// test makes the condition of a field.
func (f field) test(db *DB, s *shelf, values []any) (test, error) {
	if f.places != "" {
		names := make([]string, len(values))
		for i := range values {
			names[i] = fmt.Sprintf("$%d", i+1)
		}
		places := map[string]bool{}
		err := db.read(func(tx *tx) error {
			return tx.each(strings.ReplaceAll(f.places, "%s", strings.Join(names, ", ")), values, func(scan func(...any) error) error {
				var place string
				err := scan(&place)
				places[place] = true
				return err
			})
		})
		return func(c *card) bool { return places[c.place] }, err
	}
	at := s.column(f.column)
	switch f.op {
	case '>':
		return func(c *card) bool { return c.compare(at, values[0]) >= 0 }, nil
	case '<':
		return func(c *card) bool { return c.compare(at, values[0]) < 0 }, nil
	}
	return func(c *card) bool {
		return slices.ContainsFunc(values, func(v any) bool { return c.compare(at, v) == 0 })
	}, nil
}

func fits(c *card, tests []test) bool {
	for _, t := range tests {
		if !t(c) {
			return false
		}
	}
	return true
}

// order is one column of a sort.
type order struct {
	column string
	down   bool
}

// orders reads a sort; the place comes last, so that no two rows are equal.
func (l *list[T]) orders(sort string) (list []order, err error) {
	if sort == "" {
		sort = l.fallback
	}
	for _, name := range strings.Split(sort, ",") {
		name, down := strings.CutPrefix(strings.TrimSpace(name), "-")
		column, ok := l.sorts[name]
		if !ok {
			return nil, invalid("%s cannot be sorted by %q; by %s they can", l.shelf, name, strings.Join(slices.Sorted(maps.Keys(l.sorts)), ", "))
		}
		if !slices.ContainsFunc(list, func(o order) bool { return o.column == column }) {
			list = append(list, order{column, down})
		}
	}
	if len(list) > 4 {
		return nil, invalid("a sort by %d fields is too long: at most 4", len(list))
	}
	if !slices.ContainsFunc(list, func(o order) bool { return o.column == "place" }) {
		list = append(list, order{"place", list[len(list)-1].down})
	}
	return list, nil
}

// cursor is where a page ended: the values of the last row's sort columns. What is
// inserted before it moves nothing.
type cursor struct {
	Sort   string `json:"s"`
	Values []any  `json:"v"`
}

func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(text, sort string, columns int) (c cursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) > 4096 {
		return c, badCursor(text)
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&c); err != nil || c.Sort != sort || len(c.Values) != columns {
		return c, badCursor(text)
	}
	for i, v := range c.Values {
		switch v := v.(type) {
		case json.Number:
			if c.Values[i], err = v.Int64(); err != nil {
				return c, badCursor(text)
			}
		case string:
		default:
			return c, badCursor(text)
		}
	}
	return c, nil
}

// compares makes one comparison of a sort.
func compares(s *shelf, orders []order) func(a, b *card) int {
	at := make([]int, len(orders))
	for i, o := range orders {
		at[i] = s.column(o.column)
	}
	return func(a, b *card) int {
		for i, o := range orders {
			if c := a.compareCard(at[i], b); c != 0 {
				if o.down {
					return -c
				}
				return c
			}
		}
		return 0
	}
}

// page answers a query.
func (l *list[T]) page(db *DB, q davy.Query) (page davy.Page[T], err error) {
	page.Items = []T{}
	orders, err := l.orders(q.Sort)
	if err != nil {
		return page, err
	}
	tests, err := l.match(db, &q, "")
	if err != nil {
		return page, err
	}
	s := db.shelves[l.shelf]
	var after *card
	if q.Cursor != "" {
		at, err := readCursor(q.Cursor, q.Sort, len(orders))
		if err == nil {
			after, err = s.mark(orders, at.Values)
		}
		if err != nil {
			return page, err
		}
	}
	limit := pageSize(q.Limit)
	best := &top{most: limit + 1, compare: compares(s, orders)}
	err = s.each(db, func(c *card) {
		if !fits(c, tests) {
			return
		}
		page.Total++
		if after == nil || best.compare(c, after) > 0 {
			best.take(c)
		}
	})
	if err != nil {
		return page, err
	}
	chosen := best.sorted()
	if len(chosen) > limit {
		chosen = chosen[:limit]
		page.Next = cursor{q.Sort, s.values(orders, chosen[limit-1])}.String()
	}
	return page, l.fill(db, &page, chosen)
}

// fill reads the rows that are shown. One that was dropped this moment is left out.
func (l *list[T]) fill(db *DB, page *davy.Page[T], chosen []*card) error {
	return db.read(func(tx *tx) error {
		for _, c := range chosen {
			item, err := l.get(tx, c.place)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return err
			}
			page.Items = append(page.Items, item)
		}
		return nil
	})
}

// get reads one row by its place.
func (l *list[T]) get(tx *tx, place string) (item T, err error) {
	var body string
	columns := make([]string, len(l.columns))
	to := []any{&body}
	for i := range columns {
		to = append(to, &columns[i])
	}
	query := "SELECT b.body"
	for _, c := range l.columns {
		query += ", a." + c
	}
	if err := tx.one(query+" FROM "+l.shelf+" a JOIN "+l.rows+" b ON b.place = a.place WHERE a.place = $1", []any{place}, to...); err != nil {
		return item, err
	}
	return l.read(body, columns)
}

// find reads one row by its id.
func (l *list[T]) find(db *DB, id string) (item T, err error) {
	err = db.read(func(tx *tx) error {
		item, err = l.get(tx, natural(id))
		return err
	})
	return item, noSuch(err, l.shelf, id)
}

// noSuch names what was not found.
func noSuch(err error, what, id string) error {
	var f *davy.Fault
	if errors.As(err, &f) && f.Kind == davy.NotFound {
		return &davy.Fault{Kind: davy.NotFound, Text: fmt.Sprintf("there is no %.60q among the %s", id, what), Hint: "it may have been dropped with its age; look at the list", Err: f.Err}
	}
	return err
}

// facets counts the values of fields among the rows that the query fits, each without its
// own filter: what else could be chosen. The most frequent values come first, at most 100.
func (l *list[T]) facets(db *DB, q davy.Query, names []string) (map[string][]davy.Facet, error) {
	out := map[string][]davy.Facet{}
	s := db.shelves[l.shelf]
	for _, name := range names {
		f := l.fields[name]
		if !f.facet {
			return nil, invalid("the values of %q of %s are not counted", name, l.shelf)
		}
		tests, err := l.match(db, &q, name)
		if err != nil {
			return nil, err
		}
		at := s.column(f.column)
		counts := map[string]int{}
		err = s.each(db, func(c *card) {
			if fits(c, tests) {
				counts[c.text(at)]++
			}
		})
		if err != nil {
			return nil, err
		}
		list := []davy.Facet{}
		for v, n := range counts {
			if f.column == "severity" {
				v = severityName(v)
			}
			list = append(list, davy.Facet{Value: v, Count: n})
		}
		slices.SortFunc(list, func(a, b davy.Facet) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value)) })
		out[name] = list[:min(len(list), 100)]
	}
	return out, nil
}

func severityName(number string) string {
	if len(number) == 1 && number[0] >= '0' && number[0] <= '4' {
		return davy.Severity(number[0] - '0').String()
	}
	return number
}
