package database

import (
	"encoding/binary"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"reelgraph/models"
)

// idArray is ids as a parameter of PostgreSQL's type uuid[]. pgx would box each id to encode it; a batch is copied as it lies.
type idArray []models.ID

// TextValue is the array as text, for connections that take no binary parameters.
func (a *idArray) TextValue() (pgtype.Text, error) {
	text := make([]byte, 0, len("{}")+len(*a)*37)
	text = append(text, '{')
	for i, id := range *a {
		if i > 0 {
			text = append(text, ',')
		}
		text, _ = id.AppendText(text)
	}
	return pgtype.Text{String: string(append(text, '}')), Valid: true}, nil
}

// idArrayPlan encodes an idArray.
type idArrayPlan struct{}

// Encode appends the array in binary form: how many dimensions, whether there are NULLs, the type of an element, then
// how many there are and the number of the first, then each with its length.
func (idArrayPlan) Encode(value any, buf []byte) ([]byte, error) {
	ids := *value.(*idArray)
	dimensions := uint32(1)
	if len(ids) == 0 {
		dimensions = 0
	}
	buf = slices.Grow(buf, 20+len(ids)*20)
	buf = binary.BigEndian.AppendUint32(buf, dimensions)
	buf = binary.BigEndian.AppendUint32(buf, 0)
	buf = binary.BigEndian.AppendUint32(buf, pgtype.UUIDOID)
	if len(ids) == 0 {
		return buf, nil
	}
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(ids))) //nolint:gosec // A message of PostgreSQL's protocol has no room for more.
	buf = binary.BigEndian.AppendUint32(buf, 1)
	for i := range ids {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(ids[i])))
		buf = append(buf, ids[i][:]...)
	}
	return buf, nil
}

// idArrayCodec is pgx's codec of uuid[], but for idArray.
type idArrayCodec struct{ *pgtype.ArrayCodec }

// PlanEncode tells pgx how to encode a parameter.
func (c idArrayCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ours := value.(*idArray); ours && format == pgx.BinaryFormatCode {
		return idArrayPlan{}
	}
	return c.ArrayCodec.PlanEncode(m, oid, format, value)
}
