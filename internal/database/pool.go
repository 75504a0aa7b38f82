package database

import (
	"time"

	"gorm.io/gorm"
)

// PoolStats tell of the connections of one pool.
type PoolStats struct {
	// Name is main on PostgreSQL, read or write on SQLite.
	Name string
	// InUse and Idle are connections now, of at most Max.
	InUse, Idle, Max int
	// Waits counts how often there was no idle connection to be had at once, and Waited the time that this took. One that is made
	// then counts too.
	Waits  int64
	Waited time.Duration
}

// PoolStats tells of every pool.
func (db *DB) PoolStats() []PoolStats {
	if db.Pool != nil {
		s := db.Pool.Stat()
		return []PoolStats{{
			Name: "main", InUse: int(s.AcquiredConns()), Idle: int(s.IdleConns()), Max: int(s.MaxConns()),
			Waits: s.EmptyAcquireCount(), Waited: s.EmptyAcquireWaitTime(),
		}}
	}
	return append(poolStats("read", db.Read), poolStats("write", db.Write)...)
}

func poolStats(name string, handle *gorm.DB) []PoolStats {
	pool, err := handle.DB()
	if err != nil {
		return nil // It is no pool: this is a transaction.
	}
	s := pool.Stats()
	return []PoolStats{{Name: name, InUse: s.InUse, Idle: s.Idle, Max: s.MaxOpenConnections, Waits: s.WaitCount, Waited: s.WaitDuration}}
}
