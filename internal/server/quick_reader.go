package server

import (
	"encoding/json"
	"strings"
)

const (
	// maxQuickDepth is how deep values may be nested.
	maxQuickDepth = 32
	// maxQuickRoom is for how many elements a list has room before they have been read.
	maxQuickRoom = 128
)

// quickReader reads JSON from its beginning on, of valid UTF-8 without control characters. Its methods pass the space
// before what they read. Where one answers false, nothing more can be read.
type quickReader struct {
	text  string
	at    int
	depth int
	// lasting has values be copies, since a part of the text keeps all of it.
	lasting bool
}

// ended reports whether nothing comes any more.
func (q *quickReader) ended() bool {
	q.skipSpace()
	return q.at == len(q.text)
}

func (q *quickReader) skipSpace() {
	for q.at < len(q.text) && q.text[q.at] == ' ' {
		q.at++
	}
}

// mark reports whether this comes next, and passes it if so.
func (q *quickReader) mark(c byte) bool {
	q.skipSpace()
	if q.at == len(q.text) || q.text[q.at] != c {
		return false
	}
	q.at++
	return true
}

// word reports whether this comes next, and passes it if so.
func (q *quickReader) word(word string) bool {
	q.skipSpace()
	if !strings.HasPrefix(q.text[q.at:], word) {
		return false
	}
	q.at += len(word)
	return true
}

// members reads an object, each of its values by the function.
func (q *quickReader) members(value func(name string) bool) bool {
	if !q.mark('{') {
		return false
	}
	for first := true; !q.mark('}'); first = false {
		if !first && !q.mark(',') {
			return false
		}
		name, ok := q.quoted(false)
		if !ok || !q.mark(':') || !value(name) {
			return false
		}
	}
	return true
}

func (q *quickReader) objectOrNull(into *map[string]any) bool {
	if q.word("null") {
		return true
	}
	object := map[string]any{}
	*into = object
	return q.members(func(name string) bool {
		value, ok := q.value()
		object[name] = value
		return ok
	})
}

func (q *quickReader) stringOrNull(into *string) (ok bool) {
	if q.word("null") {
		return true
	}
	*into, ok = q.quoted(q.lasting)
	return ok
}

func (q *quickReader) value() (any, bool) {
	q.skipSpace()
	if q.at == len(q.text) {
		return nil, false
	}
	switch q.text[q.at] {
	case '"':
		return q.quoted(q.lasting)
	case '{', '[':
		q.depth++
		value, ok := q.nested()
		q.depth--
		return value, ok
	case 't':
		return true, q.word("true")
	case 'f':
		return false, q.word("false")
	case 'n':
		return nil, q.word("null")
	}
	return q.number()
}

// nested reads a list or an object.
func (q *quickReader) nested() (any, bool) {
	if q.depth > maxQuickDepth {
		return nil, false
	}
	if !q.mark('[') {
		var object map[string]any
		ok := q.objectOrNull(&object)
		return object, ok
	}
	end := strings.IndexByte(q.text[q.at:], ']')
	if end < 0 {
		return nil, false
	}
	room := 0
	if inner := q.text[q.at : q.at+end]; !strings.ContainsAny(inner, "[{") { // Others may have many in few bytes.
		room = min(1+strings.Count(inner, ","), maxQuickRoom) // exactly what a list of ids or numbers needs
	}
	list := make([]any, 0, room)
	for first := true; !q.mark(']'); first = false {
		if !first && !q.mark(',') {
			return nil, false
		}
		value, ok := q.value()
		if !ok {
			return nil, false
		}
		list = append(list, value)
	}
	return list, true
}

// quoted reads a string, a lasting one as a copy.
func (q *quickReader) quoted(lasting bool) (string, bool) {
	if !q.mark('"') {
		return "", false
	}
	rest := q.text[q.at:]
	end := strings.IndexByte(rest, '"')
	if end < 0 {
		return "", false
	}
	if escape := strings.IndexByte(rest[:end], '\\'); escape >= 0 {
		return q.escaped()
	}
	q.at += end + 1
	if lasting {
		return strings.Clone(rest[:end]), true
	}
	return rest[:end], true
}

// escapes are what the letters after a backslash stand for; \u is too rare to be here.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escaped reads the rest of a string with a backslash in it.
func (q *quickReader) escaped() (string, bool) {
	var room [1 << 10]byte // for a query
	whole := room[:0]
	for {
		rest := q.text[q.at:]
		next := strings.IndexAny(rest, `"\`)
		if next < 0 {
			return "", false
		}
		whole = append(whole, rest[:next]...)
		q.at += next + 1
		if rest[next] == '"' {
			return string(whole), true
		}
		if q.at == len(q.text) || escapes[q.text[q.at]] == 0 {
			return "", false
		}
		whole = append(whole, escapes[q.text[q.at]])
		q.at++
	}
}

// number reads a number as its digits.
func (q *quickReader) number() (any, bool) {
	rest := q.text[q.at:]
	text := rest[:len(rest)-len(strings.TrimLeft(rest, "+-.0123456789Ee"))]
	q.at += len(text)
	if q.lasting {
		text = strings.Clone(text)
	}
	return json.Number(text), json.Valid([]byte(text))
}
