package server

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// maxQuickBytes bounds a body that is read quickly, since a string of its variables keeps the text of all of it. It is less
// than maxCommas, so that such a body has not too many values.
const maxQuickBytes = 48 << 10

// quickBody reads a body as clients usually write it, in one pass. Where it answers true, encoding/json would have read the
// same. It answers false for whatever else there may be, faults among it: that is to be read anew in the ordinary way, which
// says what is wrong.
func quickBody(data []byte) (params *graphql.RawParams, documentID string, ok bool) {
	q, ok := newQuickReader(data)
	if !ok {
		return nil, "", false
	}
	params = &graphql.RawParams{}
	var seen [len(parameterNames)]bool
	ok = q.members(func(name string) bool {
		number := slices.Index(parameterNames[:], name)
		if number < 0 || seen[number] {
			return false
		}
		seen[number] = true
		// Caches keep for long what says which operation it is, but not its variables.
		q.lasting = name != "variables"
		switch name {
		case "query":
			return q.stringOrNull(&params.Query)
		case "operationName":
			return q.stringOrNull(&params.OperationName)
		case "documentId":
			return q.stringOrNull(&documentID)
		case "variables":
			return q.objectOrNull(&params.Variables)
		}
		return q.objectOrNull(&params.Extensions)
	})
	return params, documentID, ok && q.ended()
}

// quickObject reads an object, or null, as quickBody reads a body.
func quickObject(data []byte) (object map[string]any, ok bool) {
	q, ok := newQuickReader(data)
	if !ok || !q.objectOrNull(&object) || !q.ended() {
		return nil, false
	}
	return object, true
}

// newQuickReader makes a reader, unless it is not made for such a text.
func newQuickReader(data []byte) (quickReader, bool) {
	// Control characters are faults within strings, and rare between values.
	if len(data) > maxQuickBytes || hasControls(data) || !utf8.Valid(data) {
		return quickReader{}, false
	}
	return quickReader{text: string(data)}, true
}

// hasControls reports whether a byte is less than a space. It looks at eight at once: where there are spaces taken from all,
// such a byte has a highest bit that it did not have.
func hasControls(data []byte) bool {
	const spaces, highest = 0x2020202020202020, 0x8080808080808080
	for ; len(data) >= 8; data = data[8:] {
		if eight := binary.LittleEndian.Uint64(data); (eight-spaces)&^eight&highest != 0 {
			return true
		}
	}
	return slices.ContainsFunc(data, func(c byte) bool { return c < ' ' })
}
