package main

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/internal/config"
	"reelgraph/internal/database"
	"reelgraph/internal/tracing"
)

// traces are what takes part in the work of the server's rooms so that it is traced. Without a collector there is nothing.
type traces struct {
	around     func(http.Handler) http.Handler
	extensions []graphql.HandlerExtension
	statement  database.Trace
	// close sends what has not been sent.
	close func()
}

// openTraces has the server traced where the settings name a collector. When ctx has ended, close has as much time as the rest.
func openTraces(ctx context.Context, settings *config.Serve, log *slog.Logger) (*traces, error) {
	if settings.OTELExporterOTLPEndpoint == "" {
		return &traces{close: func() {}}, nil
	}
	tracer, err := tracing.New(ctx, settings.OTELExporterOTLPEndpoint, log)
	if err != nil {
		return nil, err
	}
	system := "postgresql"
	if strings.HasPrefix(settings.DatabaseURL, "sqlite:") {
		system = "sqlite"
	}
	drained, cancel := within(ctx, settings.DrainTimeout)
	return &traces{
		around:     tracer.Handler,
		extensions: []graphql.HandlerExtension{tracer.Extension()},
		statement:  tracer.Statements(system),
		close: func() {
			defer cancel()
			if err := tracer.Close(drained); err != nil {
				log.WarnContext(ctx, "not everything was traced to its end", "error", err)
			}
		},
	}, nil
}

// within gives a context that ends some time after ctx has.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	later, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(limit, cancel)
	})
	return later, func() {
		stop()
		cancel()
	}
}
