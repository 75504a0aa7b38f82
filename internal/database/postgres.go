package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

const (
	// defaultMaxConns bounds the pool where the URL says nothing of pool_max_conns.
	defaultMaxConns = 16
	connectTimeout  = 3 * time.Second
)

func openPostgreSQL(ctx context.Context, url string, options Options) (*DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// pgx's own text may quote the password.
		return nil, errors.New("the database's URL cannot be understood")
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = defaultMaxConns
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "reelgraph"
	}
	config.AfterConnect = registerTypes
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	conn := stdlib.OpenDBFromPool(pool)
	closeAll := func() error {
		err := conn.Close()
		pool.Close()
		return err
	}
	handle, err := gorm.Open(postgresDialect{postgres.Dialector{Config: &postgres.Config{Conn: conn}}}, gormConfig(options))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), closeAll())
	}
	// Instances that wait for another's migration look again every second for five minutes.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, errors.Join(err, closeAll())
	}
	files, err := fs.Sub(Migrations, "migrations/postgres")
	if err != nil {
		return nil, errors.Join(err, closeAll())
	}
	migrations, err := goose.NewProvider(goose.DialectPostgres, conn, files, goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, errors.Join(err, closeAll())
	}
	return &DB{Read: handle, Write: handle, Dialect: PostgreSQL, Pool: pool, migrations: migrations, close: closeAll}, nil
}

// registerTypes has a connection read times in UTC, and take ids as they are.
func registerTypes(_ context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	types.RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	types.RegisterType(&pgtype.Type{
		Name: "_uuid", OID: pgtype.UUIDArrayOID,
		Codec: idArrayCodec{&pgtype.ArrayCodec{ElementType: &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: pgtype.UUIDCodec{}}}},
	})
	return nil
}
