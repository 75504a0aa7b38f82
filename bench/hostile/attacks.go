package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// attacks are all that is sent.
func attacks() []attack {
	return slices.Concat(documents(), values(), bodies(), identities(), connections(), sockets())
}

// requests is an attack by one request, again and again.
func requests(name string, times int, text string, want ...string) attack {
	return attack{name: name, times: times, few: min(times, 3), want: want, send: func(ctx context.Context, t *target, _ int) (string, error) {
		return t.request(ctx, text)
	}}
}

// numbered repeats a format, in which # is the number of each and @ the one after it.
func numbered(count int, format string) string {
	var text strings.Builder
	for n := range count {
		text.WriteString(strings.NewReplacer("#", fmt.Sprint(n), "@", fmt.Sprint(n+1)).Replace(format))
	}
	return text.String()
}

// nested repeats what opens and what closes around a middle.
func nested(count int, open, middle, closing string) string {
	return strings.Repeat(open, count) + middle + strings.Repeat(closing, count)
}

// ids are so many ids in JSON, of which none is anybody's.
func ids(count int) string {
	list := make([]string, count)
	for n := range list {
		list[n] = fmt.Sprintf(`"00000000-0000-4000-8000-%012x"`, n)
	}
	return "[" + strings.Join(list, ",") + "]"
}

const (
	parseFailed  = "400 GRAPHQL_PARSE_FAILED"
	invalid      = "400 GRAPHQL_VALIDATION_FAILED"
	tooComplex   = "400 COMPLEXITY_LIMIT_EXCEEDED"
	badInput     = "400 BAD_USER_INPUT"
	badField     = "200 BAD_USER_INPUT"
	unauthorized = "401 UNAUTHENTICATED"
	tooLarge     = "413 PAYLOAD_TOO_LARGE"
)

// documents are those that would take long to parse, to validate or to run, or would be answered with much.
func documents() []attack {
	const times = 50
	long := strings.Repeat("x", 500_000)
	batch := `{"ids":` + ids(100) + `}`
	of := func(name, document string, want ...string) attack {
		return requests(name, times, operation(document, ""), want...)
	}
	return []attack{
		of("5,000 aliases of a leaf", "{"+numbered(5000, " a#: __typename")+" }", tooComplex),
		of("2,000 aliases of a leaf", "{"+numbered(2000, " a#: __typename")+" }", "200"),
		requests("5,000 aliases of a batch of 100 ids", times, operation("query Q($ids: [ID!]!) {"+numbered(5000, " a#: videos(ids: $ids) { id }")+" }", batch), tooComplex),
		requests("800 aliases of a batch of 100 ids", times, operation("query Q($ids: [ID!]!) {"+numbered(800, " a#: videos(ids: $ids) { id }")+" }", batch), tooComplex),
		requests("150 aliases of a batch of 100 ids", times, operation("query Q($ids: [ID!]!) {"+numbered(149, " a#: videos(ids: $ids) { id }")+" }", batch), "200"),
		of("nesting 21 deep", "{ feed(first: 1) { nodes {"+nested(10, " metadata { video {", " id ", "} }")+"} } }", tooComplex),
		of("5,000 braces deep", nested(5000, "{ me ", "", "}"), parseFailed),
		of("900 braces deep", nested(900, "{ me ", "{ id }", "}"), invalid),
		of("900 inline fragments deep", nested(900, "{ ... ", "{ __typename }", "}"), "200"),
		of("a cycle of fragments", "{ ...F0 }"+numbered(40, " fragment F# on Query { me { id } ...F@ }")+" fragment F40 on Query { ...F0 }", invalid),
		of("fragments that double 60 times", "{ ...F0 }"+numbered(60, " fragment F# on Query { a: me { id } ...F@ ...F@ }")+" fragment F60 on Query { __typename }", tooComplex),
		of("fragments that double 25 times", "{ feed(first: 1) { nodes { ...F0 } } }"+numbered(25, " fragment F# on Video { ...F@ ... { ...F@ } }")+" fragment F25 on Video { id }", tooComplex),
		of("1,500 fragments", "{"+numbered(1500, " ...F#")+" }"+numbered(1500, " fragment F# on Query { a#: __typename }"), tooComplex),
		of("700 fragments", "{"+numbered(700, " ...F#")+" }"+numbered(700, " fragment F# on Query { a#: __typename }"), tooComplex),
		of("10,000 directives on a field", "{ __typename"+strings.Repeat(" @a", 10_000)+" }", tooComplex),
		of("5,000 directives on a field", "{ __typename"+strings.Repeat(" @skip", 5000)+" }", invalid),
		of("10,000 variables", "query Q("+numbered(10_000, "$a#: Int ")+") { __typename }", tooComplex),
		of("2,800 variables", "query Q("+numbered(2800, "$a#: Int ")+") { __typename }", invalid),
		of("10,000 operations", numbered(10_000, "query Q# { __typename } "), tooComplex),
		of("2,200 operations", numbered(2200, "query Q# { __typename } "), invalid),
		of("2,200 operations of one name", strings.Repeat("query Q { __typename } ", 2200), invalid),
		of("3,000 times one field", "{ me {"+strings.Repeat(" id", 3000)+" } }", tooComplex),
		of("5,000 unknown fields", "{"+numbered(5000, " vidoes#")+" }", tooComplex),
		of("2,000 unknown fields", "{"+numbered(2000, " vidoes#")+" }", invalid),
		of("500 unknown variables in an operation with a name of 500 KB", "query "+long+" {"+numbered(500, " a#: feed(after: $b#) { nodes { id } }")+" }", tooComplex),
		of("one alias of 900 characters for two fields, 100 times", "{"+strings.Repeat(" "+long[:900]+": me { id } "+long[:900]+": feed { nodes { id } }", 100)+" }", invalid),
		of("900 lists deep around a string of 500 KB", "{ videos(ids: "+nested(900, "[", `"`+long+`"`, "]")+") { id } }", tooComplex),
		of("300 objects deep around a string of 500 KB", "{ feed(first: "+nested(300, "{a: ", `"`+long+`"`, "}")+") { nodes { id } } }", tooComplex),
		of("a fragment with a string of 500 KB for a number, in 300 operations", numbered(300, "query Q# { ...F }")+" fragment F on Query { feed(first: \""+long+"\") { nodes { id } } }", tooComplex),
		of("all descriptions, under 1,000 aliases", "{ __schema { types { fields {"+numbered(1000, " a#: description")+" } } } }", tooComplex),
		of("all descriptions, under 20 aliases", "{ __schema { types { fields {"+numbered(20, " a#: description")+" } } } }", "200"),
		of("introspection, deep", "{ __schema { types { fields { type {"+nested(7, "ofType {", " name ", "}")+" } } } } }", "200"),
	}
}

// values are arguments and variables that are huge or odd.
func values() []attack {
	const times = 50
	videos := func(variables string) string {
		return operation("query Q($ids: [ID!]!) { videos(ids: $ids) { id } }", variables)
	}
	long := strings.Repeat("x", 9000)
	wrong := `["` + strings.Repeat(long+`","`, 99) + long + `"]`
	first := func(number string) string {
		return operation("query Q($n: Int) { feed(first: $n) { nodes { id } } }", `{"n":`+number+`}`)
	}
	digits := strings.Repeat("9", 1_000_000)
	many := `{"ids":["x"` + strings.Repeat(`,"x"`, 48_999) + `]}`
	idsUnder := func(aliases int, variables string) string {
		return operation("query Q($ids: [ID!]!) {"+numbered(aliases, " a#: videos(ids: $ids) { id }")+" }", variables)
	}
	events := operation("mutation M($e: [VideoActivityInput!]!) {"+numbered(800, ` a#: recordVideoActivity(batchId: "b", events: $e) { recordedCount }`)+" }",
		`{"e":[{"videoId":"x","kind":"VIEW"}`+strings.Repeat(`,{"videoId":"x","kind":"VIEW"}`, 20_000)+`]}`)
	return []attack{
		requests("10,000 ids in variables", times, videos(`{"ids":`+ids(10_000)+`}`), badField),
		requests("10,000 ids in the text", times, operation("{ videos(ids: "+ids(10_000)+") { id } }", ""), badField),
		requests("250,000 values for ids, in 1 MB", times, videos(`{"ids":[`+strings.Repeat(`"x",`, 250_000)+`"x"]}`), tooLarge),
		requests("500,000 numbers for ids, in 1 MB", times, videos(`{"ids":[`+strings.Repeat("1,", 500_000)+`1]}`), tooLarge),
		requests("100 ids of 9,000 characters", times, videos(`{"ids":`+wrong+`}`), badField),
		requests("100 ids of 9,000 characters, under 140 aliases", 10, operation("query Q($ids: [ID!]!) {"+numbered(140, " a#: videos(ids: $ids) { id }")+" }", `{"ids":`+wrong+`}`), badField),
		requests("49,000 ids, under 800 aliases", 10, idsUnder(800, many), tooComplex),
		requests("49,000 ids, under 3 aliases", 10, idsUnder(3, many), badField),
		requests("20,000 events, under 800 aliases", 10, events, tooComplex),
		requests("100 ids of control characters, under 140 aliases", 10, idsUnder(140, `{"ids":["`+strings.Repeat(strings.Repeat(`\u0001`, 100)+`","`, 99)+`"]}`), badField),
		requests("an id of 1 MB", times, videos(`{"ids":["`+digits+`"]}`), badField),
		requests("variables 100,000 deep", times, videos(`{"ids":`+nested(100_000, "[", "", "]")+`}`), badInput),
		requests("variables 9,900 deep", times, videos(`{"ids":`+nested(9900, "[", "", "]")+`}`), invalid),
		requests("objects in variables 9,900 deep", times, videos(`{"ids":`+nested(9900, `{"a":`, "1", "}")+`}`), invalid),
		requests("80,000 unknown variables", times, operation("{ __typename }", `{`+strings.TrimSuffix(numbered(80_000, `"a#":1,`), ",")+`}`), tooLarge),
		requests("a number of 1 MB", times, first(digits), invalid),
		requests("the number 1e999999", times, first("1e999999"), invalid),
		requests("a number of 1 MB in the text", times, operation("{ feed(first: "+digits+") { nodes { id } } }", ""), invalid),
		requests("a string of 1 MB in the text", times, operation(`{ feed(first: "`+digits+`") { nodes { id } } }`, ""), invalid),
		requests("a block string of 300,000 lines", times, operation(`{ feed(first: """`+strings.Repeat(" \n", 300_000)+`""") { nodes { id } } }`, ""), invalid),
		requests("a comment of 1 MB", times, operation("{ __typename } #"+digits, ""), "200"),
		requests("300,000 escapes in a string", times, operation(`{ feed(after: "`+strings.Repeat(`\n`, 300_000)+`") { nodes { id } } }`, ""), badField),
		requests("a cursor of 800 KB, under 700 aliases", 10, operation("query Q($c: String) {"+numbered(700, " a#: feed(first: 1, after: $c) { nodes { id } }")+" }", `{"c":"`+digits[:800_000]+`"}`), tooComplex),
		requests("the name of an operation of 1 MB", times, post("/graphql", `{"query":"{ __typename }","operationName":"`+digits+`"}`), invalid),
		requests("100,000 commas in a text", times, operation("query Q($c: String) { feed(after: $c) { nodes { id } } }", `{"c":"`+strings.Repeat(", ", 100_000)+`"}`), badField),
		requests("a cursor of 1 MB", times, operation("query Q($c: String) { feed(after: $c) { nodes { id } } }", `{"c":"`+digits+`"}`), badField),
	}
}
