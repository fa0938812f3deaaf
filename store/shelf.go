package store

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// shelf holds of each row of a list what it is filtered and sorted by: any question, in any
// order, is one pass over memory, where the database would read and sort a hundred
// thousand rows. The database stays the truth: after a commit the rows that it touched are
// read again.
type shelf struct {
	table   string
	texts   []string // columns
	numbers []string

	filling sync.Mutex // one fills or refreshes at a time; taken before mu
	words   map[string]string

	mu     sync.RWMutex // held only while cards change or are looked at
	loaded bool
	cards  map[string]*card
	row    []*card // all of them, in no order
}

// card is a row's part on the shelf.
type card struct {
	place, folded string
	texts         []string
	numbers       []int64
	at            int // in the shelf's row
}

func newShelves() map[string]*shelf {
	list := []*shelf{
		{table: "assets", texts: []string{"id", "name", "addresses", "scope", "address_place", "name_place", "kind", "vendor", "model", "level", "zone", "first_seen", "last_seen"}},
		{table: "links", texts: []string{"scope", "client", "server", "client_place", "server_place", "transport", "protocol", "first_seen", "last_seen"},
			numbers: []string{"port", "messages", "failures", "packets", "bytes", "one_way", "encrypted"}},
		{table: "findings", texts: []string{"detector", "first_seen", "last_seen", "protocol", "verb", "planned", "incident", "state"}, numbers: []string{"severity", "times"}},
		{table: "incidents", texts: []string{"first_seen", "last_seen", "state"}, numbers: []string{"severity", "findings"}},
		{table: "captures", texts: []string{"name", "state"}, numbers: []string{"size", "added"}},
	}
	m := map[string]*shelf{}
	for _, s := range list {
		m[s.table] = s
	}
	return m
}

// column is where a column stands on a card: 0 is the place, then the texts, and below 0
// the numbers. All names are the house's own.
func (s *shelf) column(name string) int {
	if name == "place" {
		return 0
	}
	if i := slices.Index(s.texts, name); i >= 0 {
		return i + 1
	}
	if i := slices.Index(s.numbers, name); i >= 0 {
		return -i - 1
	}
	panic("no column " + name + " on the shelf of " + s.table)
}

// text is a column's value as text.
func (c *card) text(at int) string {
	switch {
	case at == 0:
		return c.place
	case at > 0:
		return c.texts[at-1]
	}
	return strconv.FormatInt(c.numbers[-at-1], 10)
}

// compare compares a column with a value of the same sort; one of another sort is unequal.
func (c *card) compare(at int, v any) int {
	switch v := v.(type) {
	case string:
		if at >= 0 {
			return strings.Compare(c.text(at), v)
		}
	case int64:
		if at < 0 {
			return cmp.Compare(c.numbers[-at-1], v)
		}
	}
	return -1
}

func (c *card) compareCard(at int, o *card) int {
	if at < 0 {
		return cmp.Compare(c.numbers[-at-1], o.numbers[-at-1])
	}
	return strings.Compare(c.text(at), o.text(at))
}

// values are a card's values in a sort, and mark makes a card of them again.
func (s *shelf) values(orders []order, c *card) (list []any) {
	for _, o := range orders {
		if at := s.column(o.column); at < 0 {
			list = append(list, c.numbers[-at-1])
		} else {
			list = append(list, c.text(at))
		}
	}
	return list
}

func (s *shelf) mark(orders []order, values []any) (*card, error) {
	c := &card{texts: make([]string, len(s.texts)), numbers: make([]int64, len(s.numbers))}
	for i, o := range orders {
		at := s.column(o.column)
		text, isText := values[i].(string)
		number, isNumber := values[i].(int64)
		switch {
		case at == 0 && isText:
			c.place = text
		case at > 0 && isText:
			c.texts[at-1] = text
		case at < 0 && isNumber:
			c.numbers[-at-1] = number
		default:
			return nil, badCursor(cursor{Values: values}.String())
		}
	}
	return c, nil
}

// each hands on every card; take must be quick and must not keep the shelf waiting.
func (s *shelf) each(db *DB, take func(*card)) error {
	if err := s.load(db); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.row {
		take(c)
	}
	return nil
}

func (s *shelf) query() string {
	return "SELECT " + strings.Join(slices.Concat([]string{"place", "folded"}, s.texts, s.numbers), ", ") + " FROM " + s.table
}

// load fills the shelf once; a database that another process writes is read each time.
func (s *shelf) load(db *DB) error {
	if s.filled() && !db.looks {
		return nil
	}
	s.filling.Lock()
	defer s.filling.Unlock()
	if s.filled() && !db.looks {
		return nil
	}
	s.words = map[string]string{}
	var list []*card
	err := db.read(func(tx *tx) error {
		return tx.each(s.query(), nil, func(scan func(...any) error) error {
			c, err := s.read(scan)
			list = append(list, c)
			return err
		})
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cards, s.row, s.loaded = make(map[string]*card, len(list)), make([]*card, 0, len(list)), true
	for _, c := range list {
		s.put(c)
	}
	return nil
}

func (s *shelf) filled() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.loaded
}

func (s *shelf) read(scan func(...any) error) (*card, error) {
	c := &card{texts: make([]string, len(s.texts)), numbers: make([]int64, len(s.numbers))}
	to := make([]any, 0, 2+len(s.texts)+len(s.numbers))
	to = append(to, &c.place, &c.folded)
	for i := range c.texts {
		to = append(to, &c.texts[i])
	}
	for i := range c.numbers {
		to = append(to, &c.numbers[i])
	}
	err := scan(to...)
	for i, t := range c.texts {
		if !single[s.texts[i]] {
			c.texts[i] = s.word(t)
		}
	}
	return c, err
}

// single are the columns whose values hardly occur twice.
var single = map[string]bool{"id": true, "addresses": true, "first_seen": true, "last_seen": true}

// word is the same text in one place of memory: most values occur many times.
func (s *shelf) word(t string) string {
	if w, ok := s.words[t]; ok {
		return w
	}
	if len(s.words) > 200_000 {
		s.words = map[string]string{}
	}
	s.words[t] = t
	return t
}

func (s *shelf) put(c *card) {
	if old := s.cards[c.place]; old != nil {
		c.at = old.at
		s.row[c.at] = c
	} else {
		c.at = len(s.row)
		s.row = append(s.row, c)
	}
	s.cards[c.place] = c
}

func (s *shelf) drop(place string) {
	c := s.cards[place]
	if c == nil {
		return
	}
	last := s.row[len(s.row)-1]
	last.at = c.at
	s.row[c.at] = last
	s.row[len(s.row)-1] = nil
	s.row = s.row[:len(s.row)-1]
	delete(s.cards, place)
}

// refresh reads the rows again that a commit touched. Cards are replaced, never changed:
// whoever chose one may still read it. The commit stands whatever happens here: a shelf that
// could not be refreshed is filled anew by the next question.
func (s *shelf) refresh(db *DB, places map[string]bool) {
	s.filling.Lock()
	defer s.filling.Unlock()
	if !s.filled() {
		return
	}
	fresh := make(map[string]*card, len(places))
	query := s.query() + " WHERE place = $1"
	err := db.read(func(tx *tx) error {
		for place := range places {
			fresh[place] = nil
			err := tx.each(query, []any{place}, func(scan func(...any) error) (err error) {
				fresh[place], err = s.read(scan)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.loaded = false
		return
	}
	for place, c := range fresh {
		if c != nil {
			s.put(c)
		} else {
			s.drop(place)
		}
	}
}

// top keeps the first few cards of an order, in a heap whose root is the last of them.
type top struct {
	most    int
	compare func(a, b *card) int
	heap    []*card
}

func (t *top) take(c *card) {
	if len(t.heap) < t.most {
		t.heap = append(t.heap, c)
		for i := len(t.heap) - 1; i > 0; {
			up := (i - 1) / 2
			if t.compare(t.heap[i], t.heap[up]) <= 0 {
				return
			}
			t.heap[i], t.heap[up] = t.heap[up], t.heap[i]
			i = up
		}
		return
	}
	if t.compare(c, t.heap[0]) >= 0 {
		return
	}
	t.heap[0] = c
	for i := 0; ; {
		most := i
		for k := 2*i + 1; k <= 2*i+2 && k < len(t.heap); k++ {
			if t.compare(t.heap[k], t.heap[most]) > 0 {
				most = k
			}
		}
		if most == i {
			return
		}
		t.heap[i], t.heap[most] = t.heap[most], t.heap[i]
		i = most
	}
}

func (t *top) sorted() []*card {
	slices.SortFunc(t.heap, t.compare)
	return t.heap
}
