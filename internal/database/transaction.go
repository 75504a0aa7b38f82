package database

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Transaction runs work in a transaction of Write, and undoes it where work returns an error, which it then returns. Trace is told of BEGIN, which
// may wait for a connection or for the lock of SQLite's writer, and of the COMMIT or ROLLBACK, all with -1 rows.
func (db *DB) Transaction(ctx context.Context, work func(tx *gorm.DB) error) error {
	var failed error
	began, statement := time.Now(), "BEGIN"
	tell := func(err error) {
		db.Write.Logger.Trace(ctx, began, func() (string, int64) { return statement, -1 }, err)
	}
	err := db.Write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		tell(nil)
		failed = work(tx)
		began, statement = time.Now(), "COMMIT"
		return failed
	})
	if failed != nil {
		statement = "ROLLBACK"
		tell(nil) // The error is that of the work.
	} else {
		tell(err)
	}
	return err
}
