package database

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	gosqlite "github.com/glebarez/go-sqlite"
	gormsqlite "github.com/glebarez/sqlite"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

// sqliteReaders bounds the connections that read at once.
const sqliteReaders = 4

// openSQLite opens two pools on one file: SQLite has one writer at a time, whose transactions
// begin by taking the lock, so that none fails half-way for it; its readers cannot write.
func openSQLite(path string, options Options) (*DB, error) {
	if path == "" || path == ":memory:" {
		return nil, errors.New("sqlite: needs the path of a file")
	}
	if strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///") {
		// SQLite would take what follows for the name of a host.
		return nil, errors.New("sqlite: the path stands right behind the colon, as in sqlite:data.db or sqlite:/srv/data.db")
	}
	writer, err := sql.Open(gormsqlite.DriverName, sqliteDSN(path, url.Values{"_txlock": {"immediate"}}))
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	writer.SetMaxOpenConns(1)
	// The writer goes first: it makes the file, and sets the journal that readers rely on.
	write, err := gorm.Open(sqliteDialect{gormsqlite.Dialector{Conn: writer}}, gormConfig(options))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", legible(err)), writer.Close())
	}
	reader, err := sql.Open(gormsqlite.DriverName, sqliteDSN(path, url.Values{"_pragma": {"query_only(1)"}}))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), writer.Close())
	}
	reader.SetMaxOpenConns(sqliteReaders)
	reader.SetMaxIdleConns(sqliteReaders)
	closeAll := func() error { return errors.Join(reader.Close(), writer.Close()) }
	read, err := gorm.Open(sqliteDialect{gormsqlite.Dialector{Conn: reader}}, gormConfig(options))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), closeAll())
	}
	files, err := fs.Sub(Migrations, "migrations/sqlite")
	if err != nil {
		return nil, errors.Join(err, closeAll())
	}
	migrations, err := goose.NewProvider(goose.DialectSQLite3, writer, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, errors.Join(err, closeAll())
	}
	return &DB{Read: read, Write: write, Dialect: SQLite, migrations: migrations, close: closeAll}, nil
}

// legible gives the cause of a file that cannot be opened, which the driver takes for a lack of memory.
func legible(err error) error {
	const cannotOpen = 14 // SQLITE_CANTOPEN
	if lite, ok := errors.AsType[*gosqlite.Error](err); ok && lite.Code()&0xff == cannotOpen {
		return errors.New("sqlite: the file cannot be opened or made; its folder must be there")
	}
	return err
}

func sqliteDSN(path string, more url.Values) string {
	query := url.Values{"_pragma": {
		// Within the time that a request has, so that who waits too long for the writer is told so.
		"busy_timeout(4000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
	}}
	for key, values := range more {
		query[key] = append(query[key], values...)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
}
