package database_test

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"reelgraph/internal/database"
	"reelgraph/internal/testdb"
)

// TestPoolStats: a transaction has a connection of a pool, and whoever comes when all are taken waits.
func TestPoolStats(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *testdb.DB) {
		pools := db.PoolStats()
		last := len(pools) - 1
		if db.Dialect == database.SQLite && (last != 1 || pools[0].Name != "read" || pools[0].Max != 4 || pools[1].Name != "write" || pools[1].Max != 1) ||
			db.Dialect == database.PostgreSQL && (last != 0 || pools[0].Name != "main" || pools[0].Max < 2) {
			t.Fatalf("%+v", pools)
		}
		before := pools[last]
		var transactions []*gorm.DB
		for range before.Max {
			tx := db.Write.Begin()
			if tx.Error != nil {
				t.Fatal(tx.Error)
			}
			transactions = append(transactions, tx)
		}
		full := db.PoolStats()[last]
		if full.InUse != full.Max || full.Idle != 0 {
			t.Errorf("%+v", full)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := db.Write.WithContext(ctx).Exec("SELECT 1").Error; err == nil {
			t.Error("there is one more")
		}
		if got := db.PoolStats()[last]; db.Dialect == database.SQLite && got.Waits != before.Waits+1 {
			t.Errorf("%+v, before %+v", got, before)
		}
		for _, tx := range transactions {
			if err := tx.Rollback().Error; err != nil {
				t.Error(err)
			}
		}
		if got := db.PoolStats()[last]; got.InUse != 0 || got.Idle == 0 {
			t.Errorf("%+v", got)
		}
	})
}

// BenchmarkTrace is what it costs a statement of twenty ids to be told of.
func BenchmarkTrace(b *testing.B) {
	for name, trace := range map[string]database.Trace{
		"untold": nil, "told": func(context.Context, string, time.Time, int64, error) {},
	} {
		b.Run(name, func(b *testing.B) {
			db, err := database.Open(b.Context(), testdb.SQLite(b).URL, database.Options{Trace: trace})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			var found []string
			b.ReportAllocs()
			for b.Loop() {
				if err := db.Read.Table("users").Where("handle IN (?) OR id = ?", "a handle of somebody", "an id").Pluck("handle", &found).Error; err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
