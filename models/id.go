// Package models is the vocabulary that every other package speaks: the rows of the tables as plain
// data, ids, enums, who asks, and errors that clients are told of.
package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"io"

	"github.com/google/uuid"
)

// ID names one object: a UUID, parsed once where it enters the program and printed
// in lower case where it leaves.
type ID [16]byte

// ParseID reads a UUID in the 36-character form of RFC 9562, of either case. It reports
// false for every other text, braces and URNs included.
func ParseID(text string) (ID, bool) {
	if len(text) != 36 {
		return ID{}, false
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return ID{}, false
	}
	return ID(id), true
}

// NewID makes a random ID (UUID version 4).
func NewID() ID { return ID(uuid.New()) }

// Distinct are ids without repetition, in the order in which each came first.
func Distinct(ids []ID) []ID {
	known := make(map[ID]struct{}, len(ids))
	distinct := make([]ID, 0, len(ids))
	for _, id := range ids {
		if _, twice := known[id]; !twice {
			known[id] = struct{}{}
			distinct = append(distinct, id)
		}
	}
	return distinct
}

// String is the 36-character form in lower case.
func (id ID) String() string { return uuid.UUID(id).String() }

// Compare orders ids as PostgreSQL orders uuid and SQLite their text.
func (id ID) Compare(other ID) int {
	for i := range id {
		if id[i] != other[i] {
			return int(id[i]) - int(other[i])
		}
	}
	return 0
}

// AppendText appends the 36-character form in lower case.
func (id ID) AppendText(b []byte) ([]byte, error) {
	const hex = "0123456789abcdef"
	for i, v := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, hex[v>>4], hex[v&0xf])
	}
	return b, nil
}

// MarshalText is String as bytes; encoding/json uses it.
func (id ID) MarshalText() ([]byte, error) { return id.AppendText(make([]byte, 0, 36)) }

// UnmarshalText is ParseID with an error.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, ok := ParseID(string(text))
	if !ok {
		return fmt.Errorf("%q is not a UUID", text)
	}
	*id = parsed
	return nil
}

// MarshalGQL writes the id as GraphQL's scalar ID.
func (id ID) MarshalGQL(w io.Writer) {
	var buf [38]byte
	b, _ := id.AppendText(append(buf[:0], '"'))
	_, _ = w.Write(append(b, '"'))
}

// UnmarshalGQL reads GraphQL's scalar ID.
func (id *ID) UnmarshalGQL(v any) error {
	switch v := v.(type) {
	case string:
		return id.UnmarshalText([]byte(v))
	case json.Number:
		return id.UnmarshalText([]byte(v.String()))
	}
	return fmt.Errorf("%v is not a UUID", v)
}

// Value is the text that both databases take for an id.
func (id ID) Value() (driver.Value, error) { return id.String(), nil }

// Scan reads an id as either database gives it. NULL cannot be scanned: nullable columns
// are *ID.
func (id *ID) Scan(src any) error {
	switch src := src.(type) {
	case string:
		return id.UnmarshalText([]byte(src))
	case []byte:
		if len(src) == len(id) {
			copy(id[:], src)
			return nil
		}
		return id.UnmarshalText(src)
	case [16]byte:
		*id = src
		return nil
	}
	return fmt.Errorf("cannot read a UUID from %T", src)
}

// GormDataType is the column type of ids.
func (ID) GormDataType() string { return "uuid" }
