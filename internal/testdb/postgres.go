package testdb

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"reelgraph/internal/database"
)

// clonePostgreSQL makes a database from the template and gives its URL; it is dropped after the test.
func clonePostgreSQL(t testing.TB) string {
	t.Helper()
	cluster := os.Getenv("TEST_DATABASE_URL")
	if cluster == "" {
		t.Fatal("tests need PostgreSQL: run `make test`, which starts one, or set TEST_DATABASE_URL to a cluster whose user may create databases")
	}
	template, err := postgresTemplate()
	if err != nil {
		t.Fatal(err)
	}
	name := "reelgraph_test_" + rand.Text()
	if err := administer(cluster, fmt.Sprintf("CREATE DATABASE %q TEMPLATE %q", name, template)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := administer(cluster, fmt.Sprintf("DROP DATABASE %q WITH (FORCE)", name)); err != nil {
			t.Error(err)
		}
	})
	url, err := inCluster(cluster, name)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// postgresTemplate is the name of a migrated database that nobody is connected to. Test binaries
// that run at once share it: the first one makes it while the others wait for its lock.
var postgresTemplate = sync.OnceValues(func() (name string, err error) {
	fingerprint, err := migrationsFingerprint()
	if err != nil {
		return "", err
	}
	name = "reelgraph_template_" + fingerprint
	cluster := os.Getenv("TEST_DATABASE_URL")
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, cluster)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		return "", err
	}
	var ready bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)", name).Scan(&ready); err != nil || ready {
		return name, err
	}
	url, err := inCluster(cluster, name)
	if err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, fmt.Sprintf("DROP DATABASE IF EXISTS %q WITH (FORCE)", name)); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, fmt.Sprintf("CREATE DATABASE %q", name)); err != nil {
		return "", err
	}
	if err := migrate(url); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, fmt.Sprintf("ALTER DATABASE %q IS_TEMPLATE true", name))
	return name, err
})

// migrationsFingerprint changes with every change of a migration, and so with the template it belongs to.
func migrationsFingerprint() (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(database.Migrations, "migrations/postgres", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(database.Migrations, path)
		hash.Write(content)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil))[:16], err
}

func administer(cluster, statement string) (err error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, cluster)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, statement)
	return err
}
