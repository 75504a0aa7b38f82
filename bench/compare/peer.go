package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"reelgraph/bench/rig"
)

// peer is what the servers have that ours is compared with: what each asks of the database is its own.
type peer struct {
	pool       *pgxpool.Pool
	statements atomic.Int64
}

// servePeer is one of them until ctx or its standard input ends. It tells its address in a line.
func servePeer(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("compare serve", flag.ContinueOnError)
	side := flags.String("side", "", "who it is")
	database := flags.String("database", "", "the database, filled")
	connections := flags.Int("connections", 0, "to the database, at most")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, cancel := rig.UntilAbandoned(ctx, stdin)
	defer cancel()
	config, err := pgxpool.ParseConfig(*database)
	if err != nil {
		return err
	}
	config.MaxConns = int32(min(*connections, 1000)) //nolint:gosec // it fits
	p := &peer{}
	if p.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	defer p.pool.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /statements", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, p.statements.Load()) })
	switch *side {
	case handler:
		mux.Handle("POST /graphql", plain{p})
	case gormIn:
		mux.Handle("POST /graphql", newGQL(p, findTogether))
	case each:
		mux.Handle("POST /graphql", newGQL(p, findOneByOne))
	case updateEach:
		mux.Handle("POST /graphql", updates{p})
	default:
		return fmt.Errorf("there is no %q", *side)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s listens on http://%s\n", *side, listener.Addr())
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// secret signs the tokens of a database that nobody else uses.
const secret = "a secret for benchmarks of 32 bytes"

var tokens = jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())

// signedIn is who has sent a request.
func signedIn(r *http.Request) (uuid.UUID, error) {
	const scheme = "Bearer "
	said := r.Header.Get("Authorization")
	if len(said) < len(scheme) || said[:len(scheme)] != scheme {
		return uuid.Nil, errors.New("sign in to ask for this")
	}
	var claims jwt.RegisteredClaims
	_, err := tokens.ParseWithClaims(said[len(scheme):], &claims, func(*jwt.Token) (any, error) { return []byte(secret), nil })
	if err != nil {
		return uuid.Nil, err
	}
	return uuid.Parse(claims.Subject)
}
