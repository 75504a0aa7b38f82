package server

import (
	"hash/maphash"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// The media types of answers. All are UTF-8.
const (
	mediaJSON      = "application/json"
	mediaGraphQL   = "application/graphql-response+json"
	mediaEvents    = "text/event-stream"
	mediaMultipart = "multipart/mixed"
	mediaProblem   = "application/problem+json"
)

// form is a form in which answers travel over plain HTTP.
type form int

const (
	formJSON form = iota
	formGraphQL
	// formEvents is an event stream as graphql-sse's distinct connections mode has it.
	formEvents
	// formPayloads is Apollo's multipart protocol of subscriptions.
	formPayloads
	// formDeferred is multipart as Apollo's clients take deferred fragments.
	formDeferred
	forms // how many there are
)

// ranges says for each form what an Accept header must hold to mean it.
var ranges = [forms]struct {
	media string
	// param and value must stand in the range. One without parameters means the form too where bare is true.
	param, value string
	bare         bool
	// eager puts the form before those that are wanted as much, wherever the header has it.
	eager bool
}{
	formJSON:     {media: mediaJSON},
	formGraphQL:  {media: mediaGraphQL},
	formEvents:   {media: mediaEvents},
	formPayloads: {media: mediaMultipart, param: "subscriptionspec", value: "1.0"},
	formDeferred: {media: mediaMultipart, param: "deferspec", value: "20220824", bare: true, eager: true},
}

// kind is what of an operation decides which forms its answer may have.
type kind int

const (
	// kindUnknown is an operation that is refused before its kind is known.
	kindUnknown kind = iota
	// kindSingle is a query or mutation that is answered in one piece.
	kindSingle
	// kindDeferred is a query with fragments that may come later.
	kindDeferred
	kindSubscription
)

// choices says for each kind of operation which form its answer has: the one of a list that the client wants
// most. A list counts where the client accepts nothing of those before it: who merely lists event streams
// beside JSON, as urql does in every request, gets no plain answer as an event stream.
var choices = [...][][]form{
	kindUnknown:      {{formJSON, formGraphQL}, {formEvents}, {formPayloads}},
	kindSingle:       {{formJSON, formGraphQL}, {formEvents}},
	kindDeferred:     {{formDeferred, formJSON, formGraphQL}, {formEvents}},
	kindSubscription: {{formEvents, formPayloads}},
}

// kindOf tells the kind of an operation that is going to run.
func kindOf(operation *graphql.OperationContext) kind {
	switch operation.Operation.Operation {
	case ast.Subscription:
		return kindSubscription
	case ast.Query:
		if defers(operation) {
			return kindDeferred
		}
	}
	return kindSingle // the executor never delivers what a mutation defers
}

// accepted is how much a client wants each form.
type accepted [forms]preference

// preference is how much a client wants one form.
type preference struct {
	quality float64
	// precision is that of the range it was found in: the more precise one decides.
	precision int
	// place is where the range stood.
	place int
}

// How precise a range is.
const (
	anything = iota + 1
	anythingOfType
	named
	namedWithParameter
)

func (p *preference) offer(quality float64, precision, place int) {
	if precision > p.precision {
		*p = preference{quality, precision, place}
	}
}

// before reports whether p is wanted more than other. A wildcard is wanted less than a name, and of two
// that are named and equally wanted the later one less.
func (p preference) before(other preference) bool {
	if p.quality != other.quality {
		return p.quality > other.quality
	}
	if mine, others := min(p.precision, named), min(other.precision, named); mine != others {
		return mine > others
	}
	return p.precision >= named && p.place < other.place
}

// choose picks the form for a kind of operation, and reports false where the client accepts none. It is
// application/json where the client says by a wildcard alone, or by nothing at all, that anything will do:
// such clients are older than the other type.
func (a *accepted) choose(k kind) (form, bool) {
	for _, list := range choices[k] {
		best := list[0]
		for _, f := range list[1:] {
			if a[f].before(a[best]) {
				best = f
			}
		}
		if a[best].quality > 0 {
			return best, true
		}
	}
	return 0, false
}

// refusalMedia is the media type of a request's refusal, application/json even where the client does not
// accept that.
func (a *accepted) refusalMedia() string {
	if f, _ := a.choose(kindSingle); f == formGraphQL {
		return mediaGraphQL
	}
	return mediaJSON
}

// readAccept reads an Accept header, of which a part that is malformed counts for nothing. The answer is shared: it must not be
// changed.
func readAccept(values []string) *accepted {
	header := strings.Join(values, ",")
	if len(header) > maxHeardBytes {
		return parseAccept(header)
	}
	place := &heard[maphash.String(heardSeed, header)%uint64(len(heard))]
	if known := place.Load(); known != nil && known.header == header {
		return &known.accepted
	}
	said := &saying{strings.Clone(header), *parseAccept(header)}
	place.Store(said)
	return &said.accepted
}

// saying is what an Accept header says.
type saying struct {
	header   string
	accepted accepted
}

// heard are headers of late, of which clients have a handful of spellings. Each has one place, by chance, and takes it from
// another that has the same.
var (
	heard     [64]atomic.Pointer[saying]
	heardSeed = maphash.MakeSeed()
)

// maxHeardBytes bounds a header that is remembered.
const maxHeardBytes = 512

func parseAccept(header string) *accepted {
	if strings.TrimSpace(header) == "" {
		header = "*/*"
	}
	var a accepted
	place := 0
	for part := range strings.SplitSeq(header, ",") {
		place++
		media, quality, params, ok := parseRange(part)
		if !ok {
			continue
		}
		for f := range forms {
			stands := place
			if ranges[f].eager {
				stands = 0
			}
			if precision := f.precision(media, params); precision > 0 {
				a[f].offer(quality, precision, stands)
			}
		}
	}
	return &a
}

// precision is how precisely a range names the form, 0 where it does not mean it. Forms of multipart
// answers are meant by name alone.
func (f form) precision(media string, params map[string]string) int {
	want := ranges[f]
	family, _, _ := strings.Cut(want.media, "/")
	switch {
	case media == want.media && want.param == "":
		return named
	case media == want.media && params[want.param] == want.value:
		return namedWithParameter
	case media == want.media && want.bare && len(params) == 0:
		return named
	case want.param != "":
		return 0
	case media == family+"/*":
		return anythingOfType
	case media == "*/*":
		return anything
	}
	return 0
}

// parseRange reads one part of an Accept header: the media range in lower case, its q, 1 where it has none,
// and those other parameters that tell forms apart.
func parseRange(part string) (media string, quality float64, params map[string]string, ok bool) {
	media, rest, _ := strings.Cut(part, ";")
	quality = 1
	for param := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(param, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch name {
		case "", "charset", "boundary":
			// The server's are what they are.
		case "q":
			q, err := strconv.ParseFloat(value, 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return "", 0, nil, false
			}
			quality = q
		default:
			if params == nil {
				params = map[string]string{}
			}
			params[name] = value
		}
	}
	return strings.ToLower(strings.TrimSpace(media)), quality, params, true
}
