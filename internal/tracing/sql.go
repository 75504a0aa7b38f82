package tracing

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Statements gives a function to tell of each SQL statement after it has run: its text with placeholders, never with values, when it
// began, how many rows it gave or changed (-1 where that is unknown), and its error. It becomes a span of the request that
// ctx belongs to; what belongs to none, or to one that has been answered, is not traced. system is the database, postgresql or sqlite.
func (t *Tracer) Statements(system string) func(ctx context.Context, sql string, began time.Time, rows int64, err error) {
	kind := semconv.DBSystemNameKey.String(system)
	return func(ctx context.Context, sql string, began time.Time, rows int64, err error) {
		if !trace.SpanFromContext(ctx).IsRecording() {
			return
		}
		attributes := []attribute.KeyValue{kind, semconv.DBQueryText(sql)}
		if rows >= 0 {
			attributes = append(attributes, semconv.DBResponseReturnedRows(int(rows)))
		}
		_, span := t.tracer.Start(ctx, summary(sql), trace.WithSpanKind(trace.SpanKindClient),
			trace.WithTimestamp(began), trace.WithAttributes(attributes...))
		if err != nil {
			fail(span, failure(err))
		}
		span.End()
	}
}

// failure is the SQLSTATE of an error, or what is known of one that has none.
func failure(err error) string {
	var state interface{ SQLState() string }
	switch {
	case errors.As(err, &state):
		return state.SQLState()
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	}
	return "error"
}

// summary is a statement's verb and table, as in "SELECT video_metadata": those outside of all parentheses, since a statement may
// begin with others. One whose table is not that simple is its verb alone.
func summary(sql string) string {
	verb, depth, named := "", 0, false
	for word := range words(sql) {
		switch word {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth > 0 || word == ")" {
			named = false
			continue
		}
		upper := strings.ToUpper(word)
		switch {
		case named:
			return verb + " " + strings.Trim(word, "\"`")
		case verb == "" && (upper == "BEGIN" || upper == "COMMIT" || upper == "ROLLBACK"):
			return upper
		case verb == "" && (upper == "SELECT" || upper == "INSERT" || upper == "DELETE" || upper == "UPDATE"):
			verb, named = upper, upper == "UPDATE"
		case verb != "" && (upper == "FROM" || upper == "INTO"):
			named = true
		}
	}
	if verb == "" {
		return "SQL"
	}
	return verb
}

// words yields the words of a statement, and its parentheses.
func words(sql string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := -1
		for at := range len(sql) + 1 {
			switch {
			case at < len(sql) && !strings.ContainsRune(" \t\n\r,;()", rune(sql[at])):
				if start < 0 {
					start = at
				}
				continue
			case start >= 0 && !yield(sql[start:at]):
				return
			}
			start = -1
			if at < len(sql) && (sql[at] == '(' || sql[at] == ')') && !yield(sql[at:at+1]) {
				return
			}
		}
	}
}
