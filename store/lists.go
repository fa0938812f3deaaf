package store

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// list is how one kind of row is asked for: what may be filtered, what sorted by.
type list[T any] struct {
	what     string // table
	rows     string // table of the rows
	fields   map[string]field
	sorts    map[string]string // name in a query, column
	fallback string            // sort when none is asked for
	columns  []string          // what read gets besides the row
	read     func(body string, columns []string) (T, error)
}

// field is a condition: SQL with %s where the list of values goes, and how values are
// written there.
type field struct {
	sql   string
	value func(string) (any, error)
	facet string // column whose values can be counted
}

func plain(s string) (any, error) { return s, nil }

func is(column string) field { return field{column + " IN (%s)", plain, column} }

// since and until compare times of rows.
func since(column string) field { return field{column + " >= %s", aTime, ""} }
func until(column string) field { return field{column + " < %s", aTime, ""} }

func aTime(s string) (any, error) {
	if ns := nsOf(s); ns != 0 {
		return stampOf(ns), nil
	}
	return nil, fmt.Errorf("%q is no time: write it like 2026-11-22T08:00:00Z", s)
}

func yes(column string) field {
	return field{column + " IN (%s)", func(s string) (any, error) {
		switch s {
		case "true", "1", "yes":
			return int64(1), nil
		case "false", "0", "no":
			return int64(0), nil
		}
		return nil, fmt.Errorf("%q is neither true nor false", s)
	}, ""}
}

func severity(s string) (any, error) {
	v, ok := davy.ParseSeverity(s)
	if !ok {
		return nil, fmt.Errorf("there is no severity %q: info, low, medium, high, critical", s)
	}
	return int64(v), nil
}

func aPlace(s string) (any, error) { return natural(s), nil }

// condition collects the WHERE part of a query and its arguments.
type condition struct {
	parts []string
	args  []any
}

// arg adds an argument and is its name.
func (c *condition) arg(v any) string {
	c.args = append(c.args, v)
	return fmt.Sprintf("$%d", len(c.args))
}

func (c *condition) where() string {
	if len(c.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.parts, " AND ")
}

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

// match makes the conditions of a query; a field named in but is left out.
func (l *list[T]) match(q *davy.Query, but string) (*condition, error) {
	c := &condition{}
	for _, name := range slices.Sorted(maps.Keys(q.Where)) {
		values := q.Where[name]
		if len(values) == 0 || name == but {
			continue
		}
		f, ok := l.fields[name]
		if !ok {
			return nil, invalid("%s cannot be filtered by %q; by %s they can", l.what, name, strings.Join(slices.Sorted(maps.Keys(l.fields)), ", "))
		}
		if len(values) > 100 {
			return nil, invalid("%d values of %s are too many: at most 100", len(values), name)
		}
		var names []string
		for _, v := range values {
			arg, err := f.value(v)
			if err != nil {
				return nil, invalid("%s: %v", name, err)
			}
			names = append(names, c.arg(arg))
		}
		if !strings.Contains(f.sql, "IN (%") {
			names = names[:1]
		}
		c.parts = append(c.parts, strings.ReplaceAll(f.sql, "%s", strings.Join(names, ", ")))
	}
	words := strings.Fields(q.Q)
	for _, w := range words[:min(len(words), maxWords)] {
		c.parts = append(c.parts, "folded LIKE "+c.arg(like(w))+` ESCAPE '\'`)
	}
	return c, nil
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
			return nil, invalid("%s cannot be sorted by %q; by %s they can", l.what, name, strings.Join(slices.Sorted(maps.Keys(l.sorts)), ", "))
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

// after adds the condition that a row comes after the cursor's: greater in the first
// column, or equal there and greater in the next, and so on. The first comparison stands
// alone, too, so that an index leads to it.
func (c *condition) after(orders []order, values []any) {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = c.arg(v)
	}
	beyond := func(o order) string {
		if o.down {
			return " < "
		}
		return " > "
	}
	var parts []string
	equal := ""
	for i, o := range orders {
		parts = append(parts, equal+o.column+beyond(o)+names[i])
		equal += o.column + " = " + names[i] + " AND "
	}
	c.parts = append(c.parts, orders[0].column+strings.TrimSuffix(beyond(orders[0]), " ")+"= "+names[0], "("+strings.Join(parts, " OR ")+")")
}

// page answers a query.
func (l *list[T]) page(db *DB, q davy.Query) (page davy.Page[T], err error) {
	page.Items = []T{}
	orders, err := l.orders(q.Sort)
	if err != nil {
		return page, err
	}
	c, err := l.match(&q, "")
	if err != nil {
		return page, err
	}
	err = db.read(func(tx *tx) error {
		if err := tx.one("SELECT count(*) FROM "+l.what+c.where(), c.args, &page.Total); err != nil {
			return err
		}
		if q.Cursor != "" {
			at, err := readCursor(q.Cursor, q.Sort, len(orders))
			if err != nil {
				return err
			}
			c.after(orders, at.Values)
		}
		return l.fill(tx, &page, c, orders, q)
	})
	return page, err
}

// fill reads the page's rows: first the narrow table for their places, then the rows alone
// that are shown.
func (l *list[T]) fill(tx *tx, page *davy.Page[T], c *condition, orders []order, q davy.Query) error {
	var columns, by []string
	for _, o := range orders {
		columns = append(columns, o.column)
		if o.down {
			by = append(by, o.column+" DESC")
		} else {
			by = append(by, o.column)
		}
	}
	limit := pageSize(q.Limit)
	var last []any
	more := false
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + l.what + c.where() + " ORDER BY " + strings.Join(by, ", ") + " LIMIT " + c.arg(limit+1)
	var places []string
	at := slices.IndexFunc(orders, func(o order) bool { return o.column == "place" })
	err := tx.each(query, c.args, func(scan func(...any) error) error {
		if len(places) == limit {
			more = true
			return nil
		}
		values := make([]any, len(orders))
		to := make([]any, len(orders))
		for i := range values {
			to[i] = &values[i]
		}
		if err := scan(to...); err != nil {
			return err
		}
		place, ok := values[at].(string)
		if !ok {
			return fmt.Errorf("%s: a place that is no text", l.what)
		}
		places, last = append(places, place), values
		return nil
	})
	if err != nil {
		return err
	}
	for _, place := range places {
		item, err := l.get(tx, place)
		if err != nil {
			return err
		}
		page.Items = append(page.Items, item)
	}
	if more {
		page.Next = cursor{q.Sort, last}.String()
	}
	return nil
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
	if err := tx.one(query+" FROM "+l.what+" a JOIN "+l.rows+" b ON b.place = a.place WHERE a.place = $1", []any{place}, to...); err != nil {
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
	return item, noSuch(err, l.what, id)
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
	err := db.read(func(tx *tx) error {
		for _, name := range names {
			f := l.fields[name]
			if f.facet == "" {
				return invalid("the values of %q of %s are not counted", name, l.what)
			}
			c, err := l.match(&q, name)
			if err != nil {
				return err
			}
			out[name] = []davy.Facet{}
			err = tx.each("SELECT "+f.facet+", count(*) FROM "+l.what+c.where()+" GROUP BY "+f.facet+" ORDER BY count(*) DESC, "+f.facet+" LIMIT 100", c.args, func(scan func(...any) error) error {
				var v davy.Facet
				if err := scan(&v.Value, &v.Count); err != nil {
					return err
				}
				if f.facet == "severity" {
					v.Value = severityName(v.Value)
				}
				out[name] = append(out[name], v)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func severityName(number string) string {
	if len(number) == 1 && number[0] >= '0' && number[0] <= '4' {
		return davy.Severity(number[0] - '0').String()
	}
	return number
}
