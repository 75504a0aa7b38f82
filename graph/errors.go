package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// presenter shows errors to clients: a models.Error with its code and details, what gqlgen says of a
// document as it is, and everything else as an internal error of which the log alone knows more.
type presenter struct{ log *slog.Logger }

func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	field := graphql.GetFieldContext(ctx)
	// An element of a list has a context without a field, and gqlgen gives no place to a panic.
	if field != nil && field.Field.Field != nil {
		err = graphql.AddFieldLocationToError(ctx, err)
	}
	shown := graphql.DefaultErrorPresenter(ctx, err)
	var coded *models.Error
	switch {
	case errors.As(err, &coded):
		return p.presentCoded(ctx, coded, shown)
	case shown.Message == "operation  not found":
		// What gqlgen says where the name is empty.
		return &gqlerror.Error{Message: "Say by `operationName` which of the document's operations to run.", Extensions: shown.Extensions}
	case shown.Extensions["code"] != nil:
		shorten(shown)
		return shown
	}
	if refused := argumentRefused(field, shown); refused != nil {
		return refused
	}
	requestID := models.RequestIDFrom(ctx)
	p.log.ErrorContext(ctx, "internal error", "requestId", requestID, "field", fieldName(field), "error", withoutPath(err))
	return &gqlerror.Error{
		Message:    "Something went wrong on the server.",
		Path:       shown.Path,
		Locations:  shown.Locations,
		Extensions: map[string]any{"code": string(models.CodeInternalServerError), "requestId": requestID},
	}
}

func (p presenter) presentCoded(ctx context.Context, coded *models.Error, shown *gqlerror.Error) *gqlerror.Error {
	if coded.Code == models.CodeServiceUnavailable && !errors.Is(ctx.Err(), context.Canceled) && firstUnavailable(ctx) {
		p.log.WarnContext(ctx, "service unavailable", "requestId", models.RequestIDFrom(ctx), "field", fieldName(graphql.GetFieldContext(ctx)), "error", coded.Cause)
	}
	extensions := map[string]any{"code": string(coded.Code)}
	maps.Copy(extensions, coded.Details)
	return &gqlerror.Error{Message: coded.Message, Path: shown.Path, Locations: shown.Locations, Extensions: extensions}
}

// fieldName is the name that the schema has for where an error happened, empty where that is unknown. The path in the answer is made of aliases, which are
// text of the client's.
func fieldName(at *graphql.FieldContext) string {
	for ; at != nil; at = at.Parent {
		if at.Field.Field != nil {
			return at.Object + "." + at.Field.Name
		}
	}
	return ""
}

// withoutPath is an error without the path that gqlgen has put before its text.
func withoutPath(err error) error {
	for shown := (*gqlerror.Error)(nil); errors.As(err, &shown); err = shown.Err {
		if shown.Err == nil {
			return errors.New(shown.Message)
		}
	}
	return err
}

// firstUnavailable is true once an operation.
func firstUnavailable(ctx context.Context) bool {
	r := runningFrom(ctx)
	return r == nil || r.toldUnavailable.CompareAndSwap(false, true)
}

// argumentRefused is a BAD_USER_INPUT where gqlgen could not read an argument, such as an enum value
// from a variable in the wrong case; nil for other errors. Such an error's path goes on behind the field
// with the argument's name, which is no place in the answer.
func argumentRefused(field *graphql.FieldContext, err *gqlerror.Error) *gqlerror.Error {
	if field == nil {
		return nil
	}
	path := field.Path()
	if len(err.Path) <= len(path) {
		return nil
	}
	argument, ok := err.Path[len(path)].(ast.PathName)
	if !ok {
		return nil
	}
	return &gqlerror.Error{
		Message:    fmt.Sprintf("`%s` cannot take this value.", argument),
		Path:       path,
		Locations:  err.Locations,
		Extensions: map[string]any{"code": string(models.CodeBadUserInput), "argument": string(argument)},
	}
}

// recovered makes an error of a panic, with its stack for the log.
func recovered(_ context.Context, cause any) error {
	return fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
}

// persistedQueries gives a code to what gqlgen says of automatic persisted queries.
type persistedQueries struct {
	extension.AutomaticPersistedQuery
}

// MutateOperationParameters finds the text that a hash stands for, or keeps it. No id stands for one without a manifest.
func (p persistedQueries) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	err := p.AutomaticPersistedQuery.MutateOperationParameters(ctx, params)
	if err != nil && err.Extensions["code"] == nil {
		errcode.Set(err, string(models.CodeBadUserInput))
	}
	if err == nil && params.Query == "" && params.Extensions[models.DocumentIDExtension] != nil {
		return persistedQueryNotFound()
	}
	return err
}

// introspectionRefused answers who asks for the schema where that is off.
type introspectionRefused struct{}

var _ graphql.OperationContextMutator = introspectionRefused{}

func (introspectionRefused) ExtensionName() string                   { return "IntrospectionRefused" }
func (introspectionRefused) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses an operation whose root asks for the schema.
func (introspectionRefused) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	if !slices.ContainsFunc(operation.Operation.SelectionSet, mayAskForSchema) {
		return nil
	}
	for _, field := range rootSelections(operation) {
		if field.Name == "__schema" || field.Name == "__type" {
			err := gqlerror.ErrorPosf(field.Position, "Introspection is off on this server.")
			errcode.Set(err, errcode.ValidationFailed)
			return err
		}
	}
	return nil
}

// mayAskForSchema reports whether a selection of a root may be of the schema, unless it is skipped.
func mayAskForSchema(selection ast.Selection) bool {
	field, is := selection.(*ast.Field)
	return !is || strings.HasPrefix(field.Name, "__")
}
