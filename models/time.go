package models

import (
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// timeLayout is RFC 3339 with all the microseconds that the databases keep.
const timeLayout = `"2006-01-02T15:04:05.000000Z"`

// MarshalTime writes an instant as the schema's scalar Time.
func MarshalTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		var buf [len(timeLayout)]byte
		_, _ = w.Write(t.UTC().AppendFormat(buf[:0], timeLayout))
	})
}

// UnmarshalTime reads the schema's scalar Time: RFC 3339, cut to microseconds, in UTC.
func UnmarshalTime(v any) (time.Time, error) {
	t, err := graphql.UnmarshalTime(v)
	return t.UTC().Truncate(time.Microsecond), err
}
