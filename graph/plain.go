package graph

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// plainLists has operations that ask for a list in which they select nothing deeper write it plainly. The others do not pay for
// that: each of the thousand goroutines that gqlgen may have for an answer would have a larger stack.
type plainLists struct{}

var _ graphql.OperationContextMutator = plainLists{}

func (plainLists) ExtensionName() string                   { return "PlainLists" }
func (plainLists) Validate(graphql.ExecutableSchema) error { return nil }

// shallowStats is the name by which the statistics of an operation hold true if it asks for such a list.
const shallowStats = "shallow"

func (plainLists) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	if operation.Stats.GetExtension(shallowStats) != nil {
		resolve := operation.ResolverMiddleware
		operation.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (any, error) {
			return writePlainly(ctx, func(ctx context.Context) (any, error) { return resolve(ctx, next) })
		}
	}
	return nil
}

// writePlainly writes a list whose objects are asked for plain fields alone straight as JSON. gqlgen's own way takes a
// goroutine for each object and some fourteen allocations for each of its fields. Without this the answers are the same, byte
// for byte.
func writePlainly(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	if err != nil || value == nil {
		return value, err
	}
	field := graphql.GetFieldContext(ctx)
	if field.Field.Definition.Type.Elem == nil || models.IsStoredDocument(ctx) { // whose caller writes the list itself
		return value, nil
	}
	if list := plainList(field, graphql.GetOperationContext(ctx), value); list != nil {
		return list, nil
	}
	return value, nil
}

// written is a list of T on its way to be JSON.
type written[T any] struct {
	list   []*T
	fields []writtenField[T]
}

// writtenField is a field of each object in the list: its name in the answer, and what appends its value.
type writtenField[T any] struct {
	name   string
	append func(b []byte, v *T) []byte
}

// plainlyWritten is the list as JSON, or nil where something is selected that gqlgen must see to, where the list is null, or where null stands in it and may not.
func plainlyWritten[T any](
	field *graphql.FieldContext, operation *graphql.OperationContext, object string, plain func(name string) func([]byte, *T) []byte, list []*T,
) graphql.Marshaler {
	fields := plainFields(operation, field.Field.Selections, object, plain)
	if fields == nil || list == nil {
		return nil
	}
	if field.Field.Definition.Type.Elem.NonNull {
		for _, v := range list {
			if v == nil {
				return nil
			}
		}
	}
	return written[T]{list, fields}
}

// plainFields are the fields that are selected of an object, or nil where one is not plain. gqlgen defers none that are.
func plainFields[T any](
	operation *graphql.OperationContext, selections ast.SelectionSet, object string, plain func(name string) func([]byte, *T) []byte,
) []writtenField[T] {
	fields := make([]writtenField[T], 0, len(selections))
	for _, selection := range selections {
		field, is := selection.(*ast.Field)
		if !is || len(field.Directives) > 0 {
			return collectedFields(operation, selections, object, plain)
		}
		if fields = appendPlain(fields, field, object, plain); fields == nil {
			return nil
		}
	}
	return fields
}

// collectedFields is plainFields where gqlgen must say what fragments and directives leave of a selection.
func collectedFields[T any](
	operation *graphql.OperationContext, selections ast.SelectionSet, object string, plain func(name string) func([]byte, *T) []byte,
) []writtenField[T] {
	selected := graphql.CollectFields(operation, selections, []string{object})
	fields := make([]writtenField[T], 0, len(selected))
	for _, f := range selected {
		if fields = appendPlain(fields, f.Field, object, plain); fields == nil {
			return nil
		}
	}
	return fields
}

// appendPlain adds a field, unless it is there already; nil says that it is not plain.
func appendPlain[T any](
	fields []writtenField[T], field *ast.Field, object string, plain func(name string) func([]byte, *T) []byte,
) []writtenField[T] {
	for i := range fields {
		if fields[i].name == field.Alias {
			return fields
		}
	}
	appends := plain(field.Name)
	if field.Name == "__typename" {
		appends = func(b []byte, _ *T) []byte { return appendText(b, object) }
	}
	if appends == nil {
		return nil
	}
	return append(fields, writtenField[T]{field.Alias, appends})
}

// scratch are buffers for lists.
var scratch = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxScratch is the largest buffer that is kept.
const maxScratch = 64 << 10

// MarshalGQL writes the list in one piece.
func (l written[T]) MarshalGQL(w io.Writer) {
	buf := scratch.Get().(*bytes.Buffer)
	b := append(buf.AvailableBuffer(), '[')
	for i, v := range l.list {
		if i > 0 {
			b = append(b, ',')
		}
		b = l.appendObject(b, v)
	}
	b = append(b, ']')
	_, _ = w.Write(b)
	if cap(b) <= maxScratch {
		*buf = *bytes.NewBuffer(b[:0])
		scratch.Put(buf)
	}
}

func (l written[T]) appendObject(b []byte, v *T) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	b = append(b, '{')
	for i, field := range l.fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, '"'), field.name...)
		b = field.append(append(b, `":`...), v)
	}
	return append(b, '}')
}

// appendOrNull appends what a pointer points to.
func appendOrNull[V any](b []byte, v *V, appends func([]byte, V) []byte) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	return appends(b, *v)
}

func appendNumber[N int | int64](b []byte, n N) []byte { return strconv.AppendInt(b, int64(n), 10) }

func appendID(b []byte, id models.ID) []byte {
	b, _ = id.AppendText(append(b, '"')) // which never fails
	return append(b, '"')
}

func appendEnum[E ~string](b []byte, name E) []byte { return strconv.AppendQuote(b, string(name)) }

// appendText appends text in quotes, with as little escaped as gqlgen does.
func appendText(b []byte, text string) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			b = appendEscaped(append(b, text[start:i]...), c)
			start = i + 1
		}
	}
	return append(append(b, text[start:]...), '"')
}

func appendEscaped(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	const hex = "0123456789ABCDEF"
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
}
