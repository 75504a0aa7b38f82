package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	gosqlite "github.com/glebarez/go-sqlite"
	"github.com/jackc/pgx/v5/pgconn"

	"reelgraph/models"
)

// Translate gives the error that a client is shown for one of the database's. Where the database
// cannot be reached, is overloaded or too slow it is SERVICE_UNAVAILABLE, with the cause for the
// log; every other error comes back as it is. A nil error stays nil.
func Translate(err error) error {
	if err == nil || !unavailable(err) {
		return err
	}
	return models.Unavailable(err)
}

// Conflict reports whether PostgreSQL broke a transaction off because of others that ran beside it
// (serialization_failure, deadlock_detected): nothing of it has happened, and it may run again.
func Conflict(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "40001" || pg.Code == "40P01")
}

func unavailable(err error) bool {
	if _, coded := errors.AsType[*models.Error](err); coded {
		return false
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return unavailableSQLState(pg.Code)
	}
	if lite, ok := errors.AsType[*gosqlite.Error](err); ok {
		return unavailableSQLite(lite.Code())
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		// pgx tells of a connection that was lost during a query by this text alone.
		strings.Contains(err.Error(), "conn closed")
}

// unavailableSQLState knows the codes of PostgreSQL's appendix A that pass by themselves:
// connections (08), resources (53), operators' interventions (57),
// serialisation and deadlocks (40), a lock not to be had (55P03), the server's own
// failure of input and output (58), and a standby that does not write (25006).
func unavailableSQLState(code string) bool {
	if len(code) != 5 {
		return false
	}
	switch code[:2] {
	case "08", "40", "53", "57", "58":
		return true
	}
	return code == "55P03" || code == "25006"
}

// unavailableSQLite knows SQLite's primary result codes for what may pass: BUSY, LOCKED,
// INTERRUPT (a statement's context has ended), IOERR, FULL, CANTOPEN and PROTOCOL.
func unavailableSQLite(code int) bool {
	switch code & 0xff {
	case 5, 6, 9, 10, 13, 14, 15:
		return true
	}
	return false
}
