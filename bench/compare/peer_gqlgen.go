package main

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	gqlhandler "github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/vektah/gqlparser/v2/ast"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"reelgraph/graph"
	"reelgraph/models"
)

// newGQL is our schema as gqlgen's own handler serves it, with resolvers that ask GORM.
func newGQL(p *peer, find func(*gormResolvers) (findVideos, findJobs)) http.Handler {
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: stdlib.OpenDBFromPool(p.pool)}), &gorm.Config{
		SkipDefaultTransaction: true,
		Logger:                 logger.Discard,
	})
	if err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusServiceUnavailable, err) })
	}
	resolvers := &gormResolvers{peer: p, db: db}
	resolvers.videos, resolvers.jobs = find(resolvers)
	config := graph.Config{Resolvers: root{query: query{resolvers: resolvers}}}
	config.Directives.Auth = func(ctx context.Context, _ any, next graphql.Resolver, _ models.Role) (any, error) {
		if _, err := callerOf(ctx); err != nil {
			return nil, err
		}
		return next(ctx)
	}
	front := gqlhandler.New(graph.NewExecutableSchema(config))
	front.AddTransport(transport.POST{})
	front.SetQueryCache(lru.New[*ast.QueryDocument](1000))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			id, err := signedIn(r)
			if err != nil {
				refuse(w, http.StatusUnauthorized, err)
				return
			}
			r = r.WithContext(models.WithCaller(r.Context(), &models.Caller{ID: models.ID(id)}))
		}
		front.ServeHTTP(w, r)
	})
}

// callerOf is who asks, or an error for nobody.
func callerOf(ctx context.Context) (models.ID, error) {
	caller := models.CallerFrom(ctx)
	if caller == nil {
		return models.ID{}, &models.Error{Code: models.CodeUnauthenticated, Message: "Sign in to ask for this."}
	}
	return caller.ID, nil
}

// root and query have no other resolvers than those that are asked for.
type root struct {
	graph.ResolverRoot
	query query
}

func (r root) Query() graph.QueryResolver { return r.query }

type query struct {
	graph.QueryResolver
	resolvers *gormResolvers
}

func (q query) VideosMetadata(ctx context.Context, ids []string) ([]*models.VideoMetadata, error) {
	keys, err := parseIDs(ids)
	if err != nil {
		return nil, err
	}
	rows, err := q.resolvers.videos(ctx, keys)
	if err != nil {
		return nil, err
	}
	found := make(map[[16]byte]*models.VideoMetadata, len(rows))
	for i := range rows {
		if rows[i].DeletedAt == nil {
			found[rows[i].VideoID] = &rows[i]
		}
	}
	return inOrder(keys, found), nil
}

func (q query) AiJobs(ctx context.Context, ids []string) ([]*models.AIJob, error) {
	owner, err := callerOf(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := parseIDs(ids)
	if err != nil {
		return nil, err
	}
	rows, err := q.resolvers.jobs(ctx, keys)
	if err != nil {
		return nil, err
	}
	found := make(map[[16]byte]*models.AIJob, len(rows))
	for i := range rows {
		if rows[i].OwnerID == owner {
			found[rows[i].ID] = &rows[i]
		}
	}
	return inOrder(keys, found), nil
}

type (
	findVideos func(context.Context, [][16]byte) ([]models.VideoMetadata, error)
	findJobs   func(context.Context, [][16]byte) ([]models.AIJob, error)
)

// gormResolvers ask the database in one of two ways.
type gormResolvers struct {
	*peer
	db     *gorm.DB
	videos findVideos
	jobs   findJobs
}

// findTogether asks for all ids at once.
func findTogether(g *gormResolvers) (findVideos, findJobs) {
	return together[models.VideoMetadata](g, "video_id IN ?"), together[models.AIJob](g, "id IN ?")
}

func together[T any](g *gormResolvers, condition string) func(context.Context, [][16]byte) ([]T, error) {
	return func(ctx context.Context, keys [][16]byte) (rows []T, err error) {
		ids := make([]uuid.UUID, len(keys))
		for i, key := range keys {
			ids[i] = key
		}
		g.statements.Add(1)
		err = g.db.WithContext(ctx).Where(condition, ids).Find(&rows).Error
		return rows, err
	}
}

// findOneByOne asks for one id after the other.
func findOneByOne(g *gormResolvers) (findVideos, findJobs) {
	return oneByOne[models.VideoMetadata](g, "video_id = ?"), oneByOne[models.AIJob](g, "id = ?")
}

func oneByOne[T any](g *gormResolvers, condition string) func(context.Context, [][16]byte) ([]T, error) {
	return func(ctx context.Context, keys [][16]byte) (rows []T, err error) {
		for _, key := range keys {
			var row []T
			g.statements.Add(1)
			if err := g.db.WithContext(ctx).Where(condition, uuid.UUID(key)).Find(&row).Error; err != nil {
				return nil, err
			}
			rows = append(rows, row...)
		}
		return rows, nil
	}
}
