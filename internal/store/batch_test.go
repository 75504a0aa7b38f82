package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestForgetBatches forgets those older than eight days, however many there are.
func TestForgetBatches(t *testing.T) {
	t.Parallel()
	onFixtures(t, func(t *testing.T, f fixture) {
		const day = 24 * time.Hour
		for name, age := range map[string]time.Duration{"old": 8*day + time.Minute, "week": 7*day + time.Hour, "new": 0} {
			f.Exec(t, "INSERT INTO batches (caller_id, field, batch_id, content_hash, created_at) VALUES (?, 'f', ?, 'h', ?)", id(1), name, time.Now().UTC().Add(-age))
		}
		series := "generate_series(1, 2500) AS n"
		if f.Pool == nil {
			series = "(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 2500) SELECT n FROM s)"
		}
		f.Exec(t, "INSERT INTO batches (caller_id, field, batch_id, content_hash, created_at) SELECT ?, 'f', 'old ' || n, 'h', ? FROM "+series, id(2), time.Now().UTC().Add(-30*day))
		if err := f.ForgetBatches(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left []string
		if err := f.Read.Raw("SELECT batch_id FROM batches ORDER BY batch_id").Scan(&left).Error; err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"new", "week"}, left); diff != "" {
			t.Error(diff)
		}
		if statements := f.Record(func() { _ = f.ForgetBatches(t.Context()) }); len(statements) != 1 {
			t.Errorf("where nothing is old it takes %s", fmt.Sprint(statements))
		}
	})
}
