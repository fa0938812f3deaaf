package store

import (
	"database/sql"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/davylamp/davy"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dsn is the driver's name of a file with its pragmas.
func dsn(path, option string, pragmas ...string) string {
	q := url.Values{"_pragma": append([]string{"busy_timeout(10000)", "foreign_keys(1)"}, pragmas...)}
	if k, v, ok := strings.Cut(option, "="); ok {
		q.Set(k, v)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// tx is a transaction whose statements are written with $1, $2 and prepared once.
type tx struct {
	*sql.Tx
	prepared map[string]*sql.Stmt
	last     link                       // of the audit trail, when the transaction adds to it
	touched  map[string]map[string]bool // places, by table: what shelves read again
}

// touch says that a row of a list is written or taken out.
func (t *tx) touch(table, place string) {
	if t.touched[table] == nil {
		if t.touched == nil {
			t.touched = map[string]map[string]bool{}
		}
		t.touched[table] = map[string]bool{}
	}
	t.touched[table][place] = true
}

func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if s := t.prepared[query]; s != nil {
		return s, nil
	}
	s, err := t.Prepare(numbered(query))
	if err == nil {
		t.prepared[query] = s
	}
	return s, err
}

func (t *tx) exec(query string, args ...any) (sql.Result, error) {
	s, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.Exec(args...)
}

// do executes what has no result.
func (t *tx) do(query string, args ...any) error {
	_, err := t.exec(query, args...)
	return err
}

// changed executes and counts the rows that it touched.
func (t *tx) changed(query string, args ...any) (int64, error) {
	r, err := t.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// one reads one row; sql.ErrNoRows says that there is none.
func (t *tx) one(query string, args []any, to ...any) error {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	return s.QueryRow(args...).Scan(to...)
}

// each hands on every row.
func (t *tx) each(query string, args []any, row func(scan func(...any) error) error) error {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// numbered rewrites $1 to ?1: SQLite takes $1 for a name, and numbers names by their order
// of appearance. A $ in quotes stays.
func numbered(query string) string {
	if !strings.Contains(query, "$") {
		return query
	}
	b := []byte(query)
	quoted := false
	for i, c := range b {
		switch {
		case c == '\'':
			quoted = !quoted
		case c == '$' && !quoted && i+1 < len(b) && b[i+1] >= '0' && b[i+1] <= '9':
			b[i] = '?'
		}
	}
	return string(b)
}

// natural makes a text whose order is the order people expect: F-9 stands before F-10, and
// 10.1.0.9 before 10.1.0.10. No two texts make the same one: where zeros before a number are
// left out, as hashes have them, the text itself comes behind.
func natural(s string) string {
	const width = 10
	var b strings.Builder
	var cut bool
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		if j == i {
			b.WriteByte(s[i])
			i++
			continue
		}
		digits := strings.TrimLeft(s[i:j], "0")
		cut = cut || j-i > max(1, len(digits))
		for n := len(digits); n < width; n++ {
			b.WriteByte('0')
		}
		b.WriteString(digits)
		i = j
	}
	if cut {
		b.WriteByte(' ')
		b.WriteString(s)
	}
	return b.String()
}

// folded is the text that free search looks into.
func folded(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if p != "" {
			b.WriteString(strings.ToLower(p))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// like makes a pattern that finds a word anywhere.
func like(word string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(word)) + "%"
}

// fault makes of the driver's errors what a person can act on.
func (db *DB) fault(err error) error {
	var known *davy.Fault
	if err == nil || errors.As(err, &known) {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return &davy.Fault{Kind: davy.NotFound, Text: "there is no such thing", Err: err}
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return db.broken(err)
	case sqlite3.SQLITE_FULL:
		return &davy.Fault{Kind: davy.Full, Text: "no room to write the database " + db.path, Hint: "free space on its disk; what was acknowledged is kept, and writing goes on when there is room", Err: err}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &davy.Fault{Kind: davy.Taken, Text: "another process holds the database " + db.path, Hint: "stop the other davy, or name another folder with --data", Err: err}
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return &davy.Fault{Kind: davy.Internal, Text: "the database " + db.path + " cannot be read or written: " + err.Error(), Hint: "look at the folder's permissions and at the disk", Err: err}
	}
	return &davy.Fault{Kind: davy.Internal, Text: "the database " + db.path + ": " + err.Error(), Err: err}
}

func (db *DB) broken(err error) error {
	return &davy.Fault{Kind: davy.Broken, Text: "the database " + db.path + " is damaged: " + strings.Join(strings.Fields(err.Error()), " "),
		Hint: "bring back the last backup with davy restore; to begin anew, move the file away", Err: err}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func itoa(n int) string { return strconv.Itoa(n) }
