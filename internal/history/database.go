package history

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/page"
	"modernc.org/sqlite" // the driver, too
	sqlite3 "modernc.org/sqlite/lib"
)

// version is that of the tables. An index of another one is made anew if it is
// older, and left alone if it is newer.
const version = 1

// application tells an index from databases of other programs. The first indexes
// did not have it yet.
const application = 0x4c464864

const tables = `
DROP TABLE IF EXISTS runs;
CREATE TABLE runs (
	name           TEXT PRIMARY KEY, -- of the directory
	mark           TEXT NOT NULL,    -- changes when the run does
	test           TEXT NOT NULL,
	started        INTEGER NOT NULL, -- nanoseconds since 1970
	duration_s     REAL,
	state          TEXT NOT NULL,
	verdict        TEXT NOT NULL,
	requests       INTEGER,
	requests_per_s REAL,
	error_rate     REAL,
	p50_ms         REAL,
	p95_ms         REAL,
	p99_ms         REAL,
	target         TEXT NOT NULL,
	pattern        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_start ON runs (started DESC, name DESC);
`

// A database is the index as SQLite has it.
type database struct {
	sql  *sql.DB
	path string // empty in memory
}

// A row is what is kept of a run.
type row struct {
	name, mark string
	page.Entry
}

// changes are what to do to an index.
type changes struct {
	put  []row
	gone []string
}

// patience is how long to wait for another process that writes the index.
const patience = 5 * time.Second

// open opens the index at a path, and a new one in memory if that can't be.
func open(path string) (*database, error) {
	db, err := openFile(path)
	if damaged(err) && replaceable(path) {
		// Another process may have replaced it meanwhile: that one then goes on
		// with a file that has no name any more, which harms nobody.
		_ = os.Remove(path)
		_ = os.Remove(path + "-journal")
		db, err = openFile(path)
	}
	if err != nil {
		return openMemory()
	}
	return db, nil
}

// damaged reports whether an error means that the file is no index, and not that
// it can't be read or written now.
func damaged(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return errors.Is(err, errDamaged)
	}
	switch e.Code() & 0xff { // the rest says more about it
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR: // the last: other tables
		return true
	}
	return false
}

// replaceable reports whether a damaged file is ours, or no database: then there
// is nothing in it that the runs don't have. It reads past SQLite, which may
// refuse such a file; that ends the locks that this process has on it.
func replaceable(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	var header [100]byte // https://sqlite.org/fileformat.html#the_database_header
	_, err = io.ReadFull(f, header[:])
	short := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !short {
		return false
	}
	return short || !bytes.HasPrefix(header[:], []byte("SQLite format 3\x00")) || binary.BigEndian.Uint32(header[68:]) == application
}

var errDamaged = errors.New("the index is damaged")

// errUnusable is an index that is none of ours to change.
var errUnusable = errors.New("the index can't be used")

func openFile(path string) (*database, error) {
	info, err := os.Lstat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return nil, errUnusable // a link, which may lead anywhere, or a directory
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, errUnusable
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return nil, errUnusable // no results yet
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, errUnusable
	}
	rooted := "/" + strings.TrimPrefix(filepath.ToSlash(absolute), "/") // on Windows it begins with a letter
	u := url.URL{Scheme: "file", OmitHost: true, Path: rooted, RawQuery: query()}
	return connect(u.String(), path)
}

// query are the settings of a connection. A transaction takes the lock at its
// beginning, so that two never wait for each other.
func query() string {
	q := url.Values{"_txlock": {"immediate"}}
	for _, pragma := range []string{fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()), "synchronous(normal)", "trusted_schema(off)"} {
		q.Add("_pragma", pragma)
	}
	return q.Encode()
}

func openMemory() (*database, error) { return connect(":memory:?"+query(), "") }

func connect(name, path string) (*database, error) {
	pool, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	pool.SetMaxOpenConns(1) // in memory each connection has a database of its own
	db := &database{sql: pool, path: path}
	if err := db.prepare(); err != nil {
		_ = pool.Close()
		return nil, err
	}
	return db, nil
}

// prepare checks the database and makes its tables.
func (d *database) prepare() error {
	return d.transact(func(tx *sql.Tx) error {
		found, err := claim(tx)
		if err != nil {
			return fmt.Errorf("checking the database: %w", err)
		}
		if err := check(tx); err != nil {
			return fmt.Errorf("checking the database: %w", err)
		}
		if found == version {
			return checkTables(tx)
		}
		_, err = tx.Exec(tables + fmt.Sprintf("PRAGMA user_version = %d", version))
		return err
	})
}

// claim makes a database ours that is, or has nothing in it, and returns its
// version. It fails with errUnusable for one of another program or of a newer
// version.
func claim(tx *sql.Tx) (found int, err error) {
	var owner int
	err = errors.Join(tx.QueryRow("PRAGMA application_id").Scan(&owner), tx.QueryRow("PRAGMA user_version").Scan(&found))
	switch {
	case err != nil:
		return 0, err
	case found > version, owner != application && owner != 0:
		return 0, errUnusable
	case owner == application:
		return found, nil
	}
	if err := adoptable(tx, found); err != nil {
		return 0, err
	}
	_, err = tx.Exec(fmt.Sprintf("PRAGMA application_id = %d", application))
	return found, err
}

// adoptable fails unless a database that says not whose it is is empty, or one
// of our first.
func adoptable(tx *sql.Tx, found int) error {
	var all, others int
	err := tx.QueryRow("SELECT count(*), count(*) FILTER (WHERE tbl_name <> 'runs') FROM sqlite_schema").Scan(&all, &others)
	switch {
	case err != nil:
		return err
	case all == 0 && found == 0:
		return nil
	case found != version || others > 0 || checkTables(tx) != nil:
		return errUnusable
	}
	return nil
}

// check fails if a database is damaged.
func check(tx *sql.Tx) error {
	var sound string
	if err := tx.QueryRow("PRAGMA quick_check(1)").Scan(&sound); err != nil {
		return err
	}
	if sound != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, sound)
	}
	return nil
}

// checkTables fails if a database of our version does not have our columns.
func checkTables(tx *sql.Tx) error {
	rows, err := tx.Query("SELECT " + columns + " FROM runs LIMIT 0")
	if err != nil {
		return err
	}
	return errors.Join(rows.Close(), rows.Err())
}

func (d *database) transact(do func(*sql.Tx) error) error {
	tx, err := d.sql.BeginTx(context.Background(), nil)
	if err != nil {
		return fmt.Errorf("locking the database: %w", err)
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("writing the database: %w", err)
	}
	return nil
}

func (d *database) inMemory() bool { return d.path == "" }

func (d *database) close() error { return d.sql.Close() }

// A noted run is what is known of one without looking at it.
type noted struct{ mark, state string }

func (d *database) known() (map[string]noted, error) {
	rows, err := d.sql.Query("SELECT name, mark, state FROM runs")
	if err != nil {
		return nil, fmt.Errorf("reading the database: %w", err)
	}
	defer func() { _ = rows.Close() }()
	list := map[string]noted{}
	for rows.Next() {
		var name string
		var n noted
		if err := rows.Scan(&name, &n.mark, &n.state); err != nil {
			return nil, fmt.Errorf("reading the database: %w", err)
		}
		list[name] = n
	}
	return list, rows.Err()
}

const columns = "name, mark, test, started, duration_s, state, verdict, requests, requests_per_s, error_rate, p50_ms, p95_ms, p99_ms, target, pattern"

func (d *database) apply(c *changes) error {
	if len(c.put)+len(c.gone) == 0 {
		return nil
	}
	return d.transact(func(tx *sql.Tx) error {
		for _, name := range c.gone {
			if _, err := tx.Exec("DELETE FROM runs WHERE name = ?", name); err != nil {
				return fmt.Errorf("writing the database: %w", err)
			}
		}
		for i := range c.put {
			if err := put(tx, &c.put[i]); err != nil {
				return fmt.Errorf("writing the database: %w", err)
			}
		}
		return nil
	})
}

func put(tx *sql.Tx, r *row) error {
	_, err := tx.Exec("INSERT OR REPLACE INTO runs ("+columns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		r.name, r.mark, r.Test, r.Started.UnixNano(), r.Duration, r.State, r.Verdict, signed(r.Requests), r.PerSecond, r.ErrorRate,
		r.P50, r.P95, r.P99, r.Target, r.Pattern)
	return err
}

// signed is a count as SQLite has them.
func signed(n *uint64) *int64 {
	if n == nil {
		return nil
	}
	i := int64(min(*n, 1<<63-1))
	return &i
}

// list returns the runs of a filter, the newest first.
func (d *database) list(f Filter) ([]page.Entry, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = -1
	}
	rows, err := d.sql.Query("SELECT "+columns+" FROM runs WHERE ?1 = '' OR test = ?1 ORDER BY started DESC, name DESC LIMIT ?2", f.Test, limit)
	if err != nil {
		return nil, fmt.Errorf("reading the database: %w", err)
	}
	defer func() { _ = rows.Close() }()
	list := []page.Entry{}
	for rows.Next() {
		var r row
		var started int64
		if err := rows.Scan(&r.ID, &r.mark, &r.Test, &started, &r.Duration, &r.State, &r.Verdict, &r.Requests, &r.PerSecond, &r.ErrorRate,
			&r.P50, &r.P95, &r.P99, &r.Target, &r.Pattern); err != nil {
			return nil, fmt.Errorf("reading the database: %w", err)
		}
		r.Started = time.Unix(0, started).UTC()
		list = append(list, r.Entry)
	}
	return list, rows.Err()
}
