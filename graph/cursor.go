package graph

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"
	"time"

	"reelgraph/internal/store"
	"reelgraph/models"
)

// cursors makes and reads the cursors of one list: opaque to clients, and good in no other list.
// Inside: what the list is, whose it is, and the sort key of a place in it.
type cursors struct{ prefix string }

// cursorsOf are the cursors of the list that a root field answers; of a list that differs from
// caller to caller they are the owner's alone.
func cursorsOf(field string, owner *models.ID) cursors {
	list := sha256.New()
	list.Write([]byte(field))
	if owner != nil {
		list.Write(owner[:])
	}
	return cursors{string(list.Sum(nil)[:6])}
}

func (c cursors) encode(key []byte) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte(c.prefix), key...))
}

// decode gives the key in a cursor. It must have been made by encode of the same list.
func (c cursors) decode(cursor string, size int) ([]byte, error) {
	if len(cursor) != base64.RawURLEncoding.EncodedLen(len(c.prefix)+size) {
		return nil, errNoCursor() // It may be a megabyte.
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) != len(c.prefix)+size || string(raw[:len(c.prefix)]) != c.prefix {
		return nil, errNoCursor()
	}
	// Decoding passes over line ends and spare bits.
	if key := raw[len(c.prefix):]; c.encode(key) == cursor {
		return key, nil
	}
	return nil, errNoCursor()
}

func errNoCursor() error {
	return models.BadInput("after", "`after` is no cursor of this list.")
}

const idSize = len(models.ID{})

func (c cursors) time(at time.Time, id models.ID) string {
	return c.encode(append(binary.BigEndian.AppendUint64(nil, uint64(at.UnixMicro())), id[:]...))
}

// timeKey reads what time made; nil where after is nil.
func (c cursors) timeKey(after *string) (*store.TimeKey, error) {
	if after == nil {
		return nil, nil
	}
	key, err := c.decode(*after, 8+idSize)
	if err != nil {
		return nil, err
	}
	at := time.UnixMicro(int64(binary.BigEndian.Uint64(key))).UTC()
	if at.Year() < 1 || at.Year() > 9999 {
		return nil, errNoCursor()
	}
	return &store.TimeKey{At: at, ID: models.ID(key[8:])}, nil
}

func (c cursors) count(count int64, id models.ID) string {
	return c.encode(append(binary.BigEndian.AppendUint64(nil, uint64(count)), id[:]...))
}

// countKey reads what count made; nil where after is nil.
func (c cursors) countKey(after *string) (*store.CountKey, error) {
	if after == nil {
		return nil, nil
	}
	key, err := c.decode(*after, 8+idSize)
	if err != nil {
		return nil, err
	}
	count := binary.BigEndian.Uint64(key)
	if count > math.MaxInt32 { // as wide as the columns that such lists are ordered by
		return nil, errNoCursor()
	}
	return &store.CountKey{Count: int64(count), ID: models.ID(key[8:])}, nil
}

func (c cursors) rank(generation, count int64, id models.ID) string {
	key := binary.BigEndian.AppendUint64(nil, uint64(generation))
	key = binary.BigEndian.AppendUint64(key, uint64(count))
	return c.encode(append(key, id[:]...))
}

// rankKey reads what rank made; nil where after is nil.
func (c cursors) rankKey(after *string) (*store.RankKey, error) {
	if after == nil {
		return nil, nil
	}
	key, err := c.decode(*after, 16+idSize)
	if err != nil {
		return nil, err
	}
	return &store.RankKey{
		Generation: int64(binary.BigEndian.Uint64(key)),
		CountKey:   store.CountKey{Count: int64(binary.BigEndian.Uint64(key[8:])), ID: models.ID(key[16:])},
	}, nil
}

func (c cursors) number(number int64) string {
	return c.encode(binary.BigEndian.AppendUint64(nil, uint64(number)))
}

// numberKey reads what number made; nil where after is nil.
func (c cursors) numberKey(after *string) (*int64, error) {
	if after == nil {
		return nil, nil
	}
	key, err := c.decode(*after, 8)
	if err != nil {
		return nil, err
	}
	number := int64(binary.BigEndian.Uint64(key))
	return &number, nil
}
