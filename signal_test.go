package main

import (
	"context"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"reelgraph/internal/testdb"
)

// hanging is a query, sent, that waits for a lock of the test's until release is called.
func hanging(t *testing.T, p *program, db *testdb.DB) (release func(), answered <-chan answer) {
	t.Helper()
	tx := db.Write.Begin()
	release = func() { tx.Rollback() }
	t.Cleanup(release)
	if err := tx.Exec("LOCK TABLE videos IN ACCESS EXCLUSIVE MODE").Error; err != nil {
		t.Fatal(err)
	}
	answers := make(chan answer, 1)
	go func() {
		defer close(answers)
		if a, err := p.ask(context.Background(), "", `{ videos(ids: ["`+someVideo+`"]) { title } }`); err == nil {
			answers <- a
		}
	}()
	eventually(t, "the query waits for the lock", func() bool {
		var waiting int
		// Databases that are clones of one template have the same numbers for their tables.
		err := tx.Raw(`SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
			WHERE datname = current_database() AND relation = 'videos'::regclass AND NOT granted`).Scan(&waiting).Error
		return err == nil && waiting > 0
	})
	return release, answers
}

func TestSignalsThatFollowAtOnceAreEchoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan time.Time, 1)
		heedOnce(ctx, func() { stopped <- time.Now() })
		began := time.Now()
		cancel()
		if after := (<-stopped).Sub(began); after != signalEcho {
			t.Errorf("the next signal counts after %v", after)
		}
	})
}

func TestFirstSignalDrains(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	p, cmd := startCommand(t, serving(t, db))
	release, answered := hanging(t, p, db)

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "/readyz is 503", func() bool {
		status, _ := p.get(t, "/readyz")
		return status == http.StatusServiceUnavailable
	})
	if status, _ := p.get(t, "/healthz"); status != http.StatusOK {
		t.Errorf("/healthz is %d", status)
	}
	release()
	if a, ok := <-answered; !ok || a.Body != `{"data":{"videos":[{"title":"A video"}]},"extensions":{"cost":{"requested":1,"limit":15000}}}` {
		t.Errorf("the request that was running is answered with %d: %s", a.Status, a.Body)
	}
	<-p.ended
	if status := status(t, p.err); status != 0 {
		t.Errorf("the status is %d\n%s", status, p.stderr)
	}
}

func TestRequestsThatOutlastTheDrainAreCut(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	p, cmd := startCommand(t, with(serving(t, db), map[string]string{"DRAIN_TIMEOUT": "200ms"}))
	_, answered := hanging(t, p, db)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if a, ok := <-answered; ok {
		t.Errorf("an answer came: %s", a.Body)
	}
	<-p.ended
	if status := status(t, p.err); status != 0 {
		t.Errorf("the status is %d", status)
	}
	// The log is JSON, as standard error is no terminal here.
	if log := p.stderr.String(); !strings.HasPrefix(log, `{"time":`) || !strings.Contains(log, "were cut: 1") {
		t.Errorf("the log:\n%s", log)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t)
	p, cmd := startCommand(t, with(serving(t, db), map[string]string{"DRAIN_TIMEOUT": "1h"}))
	_, answered := hanging(t, p, db)
	again := time.NewTicker(signalEcho)
	defer again.Stop()
	for ended := false; !ended; {
		_ = cmd.Process.Signal(syscall.SIGTERM) // may have ended in between
		select {
		case <-p.ended:
			ended = true
		case <-again.C:
		}
	}
	if status := status(t, p.err); status == 0 {
		t.Error("the status is 0")
	}
	if a, ok := <-answered; ok {
		t.Errorf("it waited for the request: %s", a.Body)
	}
}
