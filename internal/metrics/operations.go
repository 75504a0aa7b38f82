package metrics

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/models"
)

// Operations is the part of Metrics that takes part in running operations.
type Operations struct{ *Metrics }

var (
	_ graphql.OperationInterceptor = Operations{}
	_ graphql.ResponseInterceptor  = Operations{}
	_ graphql.RootFieldInterceptor = Operations{}
)

// ExtensionName is the name among the executor's extensions.
func (Operations) ExtensionName() string { return "Metrics" }

// Validate accepts every schema.
func (Operations) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation counts the ids of a subscription, and the subscription itself: when it has begun, or where it fails to, since that answer
// comes by no response. One that has begun is left alone, so that it waits on no larger a stack.
func (o Operations) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	handler := next(ctx)
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation.Operation != ast.Subscription {
		return handler
	}
	for _, field := range graphql.CollectFields(operation, operation.Operation.SelectionSet, nil) {
		o.countIDs(field.Field, operation.Variables)
	}
	if begun(operation) {
		o.count(ctx, operation, codeOK, true)
		return handler
	}
	return func(ctx context.Context) *graphql.Response {
		response := handler(ctx)
		if response != nil {
			o.answered(ctx, operation, response)
		}
		return response
	}
}

// begun reports whether a subscription has begun to have answers.
func begun(operation *graphql.OperationContext) bool {
	return operation.Stats.GetExtension(models.StreamStats) != nil
}

// countedStats is the statistic of an operation with several answers by which it is known that it has been counted.
const countedStats = "metrics"

// InterceptResponse counts an operation when its first answer is there, be it a refusal. A subscription that has begun was counted then.
func (o Operations) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response == nil {
		return nil
	}
	operation := graphql.GetOperationContext(ctx)
	switch {
	case kindOf(operation) == ast.Subscription && begun(operation):
		return response
	case response.HasNext != nil:
		if operation.Stats.GetExtension(countedStats) != nil {
			return response
		}
		operation.Stats.SetExtension(countedStats, true)
	}
	o.answered(ctx, operation, response)
	return response
}

// InterceptRootField counts the ids that a field of a query or mutation is asked for.
func (o Operations) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	o.countIDs(graphql.GetRootFieldContext(ctx).Field.Field, graphql.GetOperationContext(ctx).Variables)
	return next(ctx)
}

func (o Operations) countIDs(field *ast.Field, variables map[string]any) {
	if argument := field.Arguments.ForName("ids"); argument != nil {
		o.fieldMeters.of(field.Name, o.fieldMeter).Observe(float64(lengthOf(argument.Value, variables)))
	}
}

func (m *Metrics) fieldMeter(field string) prometheus.Observer {
	return m.fieldIDs.WithLabelValues(field)
}

// lengthOf is how long a list in the query's text, or in a variable, is.
func lengthOf(value *ast.Value, variables map[string]any) int {
	switch value.Kind {
	case ast.ListValue:
		return len(value.Children)
	case ast.Variable:
		switch list := variables[value.Raw].(type) {
		case []any:
			return len(list)
		case []string:
			return len(list)
		}
	}
	return 1 // GraphQL takes one value for a list of one.
}

// kindOf is the kind of an operation, empty where it was refused before that was known.
func kindOf(operation *graphql.OperationContext) ast.Operation {
	if operation.Operation == nil {
		return ""
	}
	return operation.Operation.Operation
}

const (
	// codeOK is the code of an operation without errors, and codeCanceled that of one with some whose client did not wait for them: what failed
	// then mostly failed because of that.
	codeOK       = "OK"
	codeCanceled = "CANCELED"
)

// answered counts an operation by its first answer.
func (o Operations) answered(ctx context.Context, operation *graphql.OperationContext, response *graphql.Response) {
	code := codeOf(response)
	if code != codeOK && errors.Is(ctx.Err(), context.Canceled) {
		code = codeCanceled
	}
	o.count(ctx, operation, code, response.Data != nil)
}

// count counts an operation that was run, or refused.
func (o Operations) count(ctx context.Context, operation *graphql.OperationContext, code string, run bool) {
	took := time.Since(operation.Stats.OperationStart)
	name, kind := o.label(ctx, operation), string(kindOf(operation))
	if kind == "" {
		kind = "unknown"
	}
	in := o.meters.of(outcome{name, kind, code}, o.operationMeter)
	in.count.Inc()
	in.duration.Observe(took.Seconds())
	cost, known := operation.Stats.GetExtension(models.CostStats).(*models.Cost)
	if known && run {
		in.cost.Add(float64(cost.Requested))
	}
	if !o.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attributes := []slog.Attr{slog.String("kind", kind), slog.String("operation", name), slog.String("code", code)}
	if known {
		attributes = append(attributes, slog.Int("cost", cost.Requested))
	}
	if line := models.LogLineFrom(ctx); line != nil {
		line.Attrs = attributes
		return
	}
	// A socket has many operations.
	o.log.LogAttrs(ctx, slog.LevelDebug, "operation",
		append(attributes, slog.String("requestId", models.RequestIDFrom(ctx)), slog.Duration("duration", took))...)
}

// outcome is what operations are told apart by.
type outcome struct{ name, kind, code string }

// meter is where operations of one outcome are counted.
type meter struct {
	count, cost prometheus.Counter
	duration    prometheus.Observer
}

func (m *Metrics) operationMeter(of outcome) meter {
	return meter{
		count:    m.operations.WithLabelValues(of.name, of.kind, of.code),
		cost:     m.cost.WithLabelValues(of.kind),
		duration: m.operationDuration.WithLabelValues(of.name, of.kind),
	}
}

// others are the labels of operations whose names anybody may choose.
var others = func() (labels [16]string) {
	for n := range labels {
		labels[n] = "other-" + strconv.Itoa(n)
	}
	return labels
}()

// label is the operation's name where that is one of the trusted documents or of the server's own, anonymous where it has
// none, else one of others.
func (o Operations) label(ctx context.Context, operation *graphql.OperationContext) string {
	name := operation.OperationName
	if operation.Operation != nil {
		name = operation.Operation.Name
	}
	switch {
	case name == "":
		return "anonymous"
	case o.knows != nil && o.knows(name), models.IsStoredDocument(ctx):
		return name
	}
	hash := uint32(2166136261) // FNV-1a
	for i := range len(name) {
		hash = (hash ^ uint32(name[i])) * 16777619
	}
	return others[(hash^hash>>16)%uint32(len(others))]
}

// codeOf is the code of the first error, OK where there is none.
func codeOf(response *graphql.Response) string {
	if len(response.Errors) == 0 {
		return codeOK
	}
	// Where there is none, as the transports then say.
	return string(cmp.Or(models.CodeIn(response.Errors[0].Extensions), models.CodeBadUserInput))
}
