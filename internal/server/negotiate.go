package server

import (
	"strconv"
	"strings"
)

// The media types of an answer. Both are UTF-8.
const (
	mediaJSON    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
)

// preference is how much a client wants one media type.
type preference struct {
	quality float64
	// precision is that of the range it was found in: the more precise one decides.
	precision int
	// place is where the range stood.
	place int
}

func (p *preference) offer(quality float64, precision, place int) {
	if precision > p.precision {
		*p = preference{quality, precision, place}
	}
}

// negotiate picks the media type of the answer by the Accept header. It is application/json
// where the header is absent, or says by a wildcard alone that anything will do: such clients
// are older than the other type. Of two that are named and equally wanted, it is the first.
// It reports false when the client accepts neither. A part that is malformed counts for
// nothing.
func negotiate(accept []string) (string, bool) {
	header := strings.Join(accept, ",")
	if strings.TrimSpace(header) == "" {
		return mediaJSON, true
	}
	var plain, typed preference
	place := 0
	for part := range strings.SplitSeq(header, ",") {
		place++
		media, quality, ok := parseRange(part)
		if !ok {
			continue
		}
		switch media {
		case mediaJSON:
			plain.offer(quality, 3, place)
		case mediaGraphQL:
			typed.offer(quality, 3, place)
		case "application/*":
			plain.offer(quality, 2, place)
			typed.offer(quality, 2, place)
		case "*/*":
			plain.offer(quality, 1, place)
			typed.offer(quality, 1, place)
		}
	}
	switch {
	case plain.quality == 0 && typed.quality == 0:
		return "", false
	case typed.quality != plain.quality:
		if typed.quality > plain.quality {
			return mediaGraphQL, true
		}
	case typed.precision > plain.precision, typed.precision == plain.precision && typed.place < plain.place:
		return mediaGraphQL, true
	}
	return mediaJSON, true
}

// parseRange reads one part of an Accept header: the media range in lower case, and its q,
// 1 where it has none. Other parameters do not matter here.
func parseRange(part string) (media string, quality float64, ok bool) {
	media, params, _ := strings.Cut(part, ";")
	quality = 1
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return "", 0, false
		}
		quality = q
	}
	return strings.ToLower(strings.TrimSpace(media)), quality, true
}
