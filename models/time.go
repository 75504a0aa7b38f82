package models

import (
	"errors"
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
		_, _ = w.Write(AppendTime(buf[:0], t))
	})
}

// AppendTime appends an instant as MarshalTime writes it.
func AppendTime(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, timeLayout) }

var errNoTime = errors.New("an instant is text in the form of RFC 3339, such as 2026-03-01T12:00:00Z")

// UnmarshalTime reads the schema's scalar Time: RFC 3339, cut to microseconds, in UTC. Anything else
// is an error, the empty text and other ways to write a time included.
func UnmarshalTime(v any) (time.Time, error) {
	text, _ := v.(string)
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, errNoTime
	}
	return t.UTC().Truncate(time.Microsecond), nil
}
