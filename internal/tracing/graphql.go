package tracing

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"reelgraph/models"
)

const (
	// maxFields bounds the fields of one operation that are traced.
	maxFields = 100
	// maxName bounds what is told of an operation's name, in bytes.
	maxName = 80
)

// The attributes that OpenTelemetry has no names for.
const (
	costKey     = attribute.Key("reelgraph.operation.cost")
	codesKey    = attribute.Key("reelgraph.error.codes")
	untracedKey = attribute.Key("reelgraph.operation.fields_untraced")
)

// Extension has every operation be a span, from when it has been read until it is answered, and each field with a resolver of
// its own, up to a hundred. A subscription's span ends when it has begun, and its answers are not traced. An
// operation that is refused has a span as well.
func (t *Tracer) Extension() graphql.HandlerExtension { return operations{t.tracer} }

type operations struct{ tracer trace.Tracer }

var _ interface {
	graphql.OperationInterceptor
	graphql.ResponseInterceptor
	graphql.FieldInterceptor
} = operations{}

func (operations) ExtensionName() string                   { return "Tracing" }
func (operations) Validate(graphql.ExecutableSchema) error { return nil }

// run is an operation that runs.
type run struct {
	span   trace.Span
	fields atomic.Int64
	ended  atomic.Bool
}

type runKey struct{}

// InterceptOperation begins the span of an operation that runs, and ends it with its answer.
func (o operations) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	ctx, span := o.begin(ctx, operation)
	r := &run{span: span}
	r.ended.Store(!span.IsRecording())
	respond := next(context.WithValue(ctx, runKey{}, r))
	if operation.Stats.GetExtension(models.StreamStats) != nil {
		r.end(operation, nil)
		return respond // as it is, so that the subscription waits on no larger a stack
	}
	return func(ctx context.Context) *graphql.Response {
		response := respond(ctx)
		if response == nil || response.HasNext == nil || !*response.HasNext {
			r.end(operation, response)
		}
		return response
	}
}

// InterceptResponse makes the span of an operation that was refused: none has begun for it.
func (o operations) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if _, runs := ctx.Value(runKey{}).(*run); runs {
		return next(ctx)
	}
	operation := graphql.GetOperationContext(ctx)
	ctx, span := o.begin(ctx, operation)
	response := next(ctx)
	(&run{span: span}).end(operation, response)
	return response
}

// InterceptField makes the span of a field with a resolver of its own. Others are read from what has been found already.
func (o operations) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	field := graphql.GetFieldContext(ctx)
	if !field.IsResolver {
		return next(ctx)
	}
	r, _ := ctx.Value(runKey{}).(*run)
	if r == nil || r.ended.Load() || r.fields.Add(1) > maxFields {
		return next(ctx)
	}
	ctx, span := o.tracer.Start(ctx, field.Object+"."+field.Field.Name)
	defer span.End()
	value, err := next(ctx)
	if err != nil {
		fail(span, codeOf(err))
	}
	return value, err
}

// begin begins a span when the operation came.
func (o operations) begin(ctx context.Context, operation *graphql.OperationContext) (context.Context, trace.Span) {
	name, attributes := "GraphQL operation", []attribute.KeyValue(nil)
	// Only what the document itself has for a name is one: operationName may be any text.
	if definition := operation.Operation; definition != nil {
		name = string(definition.Operation)
		attributes = append(attributes, semconv.GraphQLOperationTypeKey.String(name))
		if known := definition.Name[:min(len(definition.Name), maxName)]; known != "" {
			name += " " + known
			attributes = append(attributes, semconv.GraphQLOperationName(known))
		}
	}
	return o.tracer.Start(ctx, name, trace.WithTimestamp(operation.Stats.OperationStart), trace.WithAttributes(attributes...))
}

// end ends the span, once, with what the operation costs and what came of it; nil is no answer at all.
func (r *run) end(operation *graphql.OperationContext, response *graphql.Response) {
	if r.ended.Swap(true) {
		return
	}
	if cost, known := operation.Stats.GetExtension(models.CostStats).(*models.Cost); known {
		r.span.SetAttributes(costKey.Int(cost.Requested))
	}
	if beyond := r.fields.Load() - maxFields; beyond > 0 {
		r.span.SetAttributes(untracedKey.Int64(beyond))
	}
	switch {
	case response != nil:
		if failed := failures(response.Errors); len(failed) > 0 {
			fail(r.span, failed[0], codesKey.StringSlice(failed))
		}
	case operation.Operation.Operation != ast.Subscription: // Those that have begun are answered later.
		fail(r.span, string(models.CodeServiceUnavailable))
	}
	r.span.End()
}

// failures are the codes of errors, each once.
func failures(errs gqlerror.List) (failed []string) {
	for _, err := range errs {
		if code := codeOf(err); !slices.Contains(failed, code) {
			failed = append(failed, code)
		}
	}
	return failed
}

// codeOf is the code that an error has or will be shown with.
func codeOf(err error) string {
	if coded, ok := errors.AsType[*models.Error](err); ok {
		return string(coded.Code)
	}
	shown, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		return string(models.CodeInternalServerError)
	}
	// Without one it is the executor's own, of what it could not make sense of.
	return string(cmp.Or(models.CodeIn(shown.Extensions), models.CodeBadUserInput))
}
