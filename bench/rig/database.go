// Package rig is what the benchmarks beside it share: databases of their own, processes with a core of their own, what those use, and
// files with a place for the figures.
package rig

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Database is one in a PostgreSQL cluster.
type Database struct {
	URL string
	// New says that it is empty, and was not there before.
	New bool

	cluster, name string
	kept          bool
}

// NewDatabase makes a database in the cluster at a URL. One with a name is kept, and the next time comes as it was left; one without
// gets a name that nobody else has. It is to be dropped.
func NewDatabase(ctx context.Context, cluster, name string) (*Database, error) {
	d := &Database{New: true, cluster: cluster, name: name, kept: name != ""}
	if !d.kept {
		d.name = "reelgraph_bench_" + strings.ToLower(rand.Text())
	}
	u, err := url.Parse(cluster)
	if err != nil {
		return nil, err
	}
	u.Path = "/" + d.name
	d.URL = u.String()
	conn, err := pgx.Connect(ctx, cluster)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	if d.kept {
		err := conn.QueryRow(ctx, "SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&d.New)
		if err != nil || !d.New {
			return d, err
		}
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{d.name}.Sanitize())
	return d, err
}

// Drop takes the database away, unless it is kept.
func (d *Database) Drop(ctx context.Context) {
	if !d.kept {
		d.remove(ctx)
	}
}

// Discard takes the database away even where it would be kept, since it was not filled to the end.
func (d *Database) Discard(ctx context.Context) {
	if d.New {
		d.remove(ctx)
	}
}

// remove does its best: the cluster is gone soon, in most cases.
func (d *Database) remove(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, d.cluster)
	if err != nil {
		return
	}
	_, err = conn.Exec(ctx, "DROP DATABASE "+pgx.Identifier{d.name}.Sanitize()+" WITH (FORCE)")
	_ = errors.Join(err, conn.Close(ctx))
}
