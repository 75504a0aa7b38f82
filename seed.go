package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"reelgraph/internal/config"
	"reelgraph/internal/seed"
	"reelgraph/internal/store"
)

// fill fills the database with plausible data.
func fill(ctx context.Context, settings *config.Seed, stdout io.Writer) (err error) {
	db, err := openMigrated(ctx, settings.DatabaseURL, true, nil)
	if err != nil {
		return databaseFault(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	shown := progress{
		out: stdout, terminal: isTerminal(stdout), began: time.Now(), told: time.Now(),
		total: settings.Users + settings.Videos + settings.Jobs + settings.Notifications,
	}
	err = seed.Run(ctx, store.New(db), seed.Options{
		Users:         settings.Users,
		Videos:        settings.Videos,
		Jobs:          settings.Jobs,
		Notifications: settings.Notifications,
		RandomSeed:    settings.RandomSeed,
		Until:         settings.Until,
		Progress:      shown.show,
	})
	shown.end(err == nil)
	return err
}

const (
	barWidth = 24
	// A terminal is drawn on often enough to be seen moving; a log gets a line a second.
	drawEvery  = 100 * time.Millisecond
	writeEvery = time.Second
)

// progress tells how far a fill has come: a line that is drawn again and again on a terminal,
// plain lines elsewhere.
type progress struct {
	out         io.Writer
	terminal    bool
	began, told time.Time
	// total is how many rows there will be, before how many of them are in tables that are done.
	total, before int
	// table is the one that is being filled, rows how many of its have been looked after.
	table string
	rows  int
}

// show is told that done of a table's rows are there.
func (p *progress) show(table string, done, of int) {
	if table != p.table {
		p.before, p.table = p.before+p.rows, table
	}
	p.rows = done
	switch quiet := time.Since(p.told); {
	case p.terminal && quiet >= drawEvery:
		part := (p.before + done) * barWidth / p.total
		bar := strings.Repeat("#", part) + strings.Repeat("-", barWidth-part)
		// Backwards and "erase to the end of the line", as every terminal has them.
		fmt.Fprintf(p.out, "\r[%s] %3d %% %s %d of %d\x1b[K", bar, (p.before+done)*100/p.total, table, done, of)
	case !p.terminal && quiet >= writeEvery:
		fmt.Fprintf(p.out, "%s: %d of %d\n", table, done, of)
	default:
		return
	}
	p.told = time.Now()
}

// end clears the line on a terminal, and tells how it went where all went well.
func (p *progress) end(well bool) {
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	if well {
		fmt.Fprintf(p.out, "%d rows are there, after %.1f s\n", p.before+p.rows, time.Since(p.began).Seconds())
	}
}
