package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http/httputil"
	"net/url"
	"strings"
)

// bodies are requests that are large or malformed, on /graphql and below /v1.
func bodies() []attack {
	const times = 50
	megabyte := strings.Repeat("x", 1<<20)
	all := []attack{
		{name: "a body of 100 MB", times: 20, few: 2, want: []string{tooLarge}, send: func(ctx context.Context, t *target, _ int) (string, error) {
			return t.stream(ctx, func(w io.Writer) error {
				if _, err := io.WriteString(w, head("POST", "/graphql", "Content-Type: application/json", "Content-Length: 104857600")+"\r\n"); err != nil {
					return err
				}
				return repeat(w, megabyte, 100)
			})
		}},
		{name: "a body of 100 MB that does not say so", times: 20, few: 2, want: []string{tooLarge}, send: chunked("/graphql", megabyte)},
		{name: "a body of 100 MB below /v1", times: 20, few: 2, want: []string{tooLarge}, send: chunked("/v1/videos/batch-metadata", megabyte)},
		requests("a gzip bomb of 1 GB", times, post("/graphql", bomb(), "Content-Encoding: gzip"), "415 UNSUPPORTED_MEDIA_TYPE"),
		requests("a header of 100 KB", times, get("/graphql?query=%7B__typename%7D", "X-Large: "+megabyte[:100<<10]), "431"),
		requests("2,000 headers", times, get("/graphql?query=%7B__typename%7D", strings.Split(strings.Repeat("X-A: b\n", 1999)+"X-A: b", "\n")...), "200"),
		requests("1,000,000 headers", 10, get("/graphql?query=%7B__typename%7D", strings.Split(strings.Repeat("X-A: b\n", 999_999)+"X-A: b", "\n")...), "431"),
		requests("an Accept header of 60 KB", times, get("/graphql?query=%7B__typename%7D", "Accept: "+strings.Repeat("a/b;a=b,", 7500)), "200"),
		requests("10,000 parameters in a query string", times, get("/graphql?query=%7B__typename%7D"+numbered(9000, "&a#")), "200"),
		requests("a GET of 60 KB", times, get("/graphql?query="+url.QueryEscape("{"+strings.Repeat(" __typename", 4600)+" }")), tooComplex),
		requests("a list of 10,000 operations", times, post("/graphql", "["+strings.TrimSuffix(strings.Repeat(`{"query":"{__typename}"},`, 10_000), ",")+"]"), badInput),
		requests("text that is not UTF-8", times, post("/graphql", `{"query":"{ __typename }`+"\xff\xfe"+`"}`), badInput),
		requests("1 MB of opening brackets", times, post("/graphql", `{"variables":`+strings.Repeat("[", 1_000_000)), badInput),
		requests("1 MB of members with one name", times, post("/graphql", `{`+strings.Repeat(`"query":"a",`, 80_000)+`"query":"{ __typename }"}`), tooLarge),
		requests("CONNECT", times, head("CONNECT", "server:443")+"\r\n", "404"),
		requests("a method that nobody knows", times, head("BREW", "/graphql")+"\r\n", "405 BAD_USER_INPUT"),
		requests("the preface of HTTP/2", times, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"),
		requests("no HTTP at all", times, strings.Repeat("\x16\x03\x01", 20_000)+"\r\n\r\n", "400"),
		requests("two lengths of one body", times, head("POST", "/graphql", "Content-Type: application/json", "Content-Length: 5", "Content-Length: 50")+"\r\n{\"a\"}", "400"),
	}
	for name, body := range map[string]string{
		"10,000 ids":                `{"video_ids":` + ids(10_000) + `}`,
		"500,000 numbers for ids":   `{"video_ids":[` + strings.Repeat("1,", 500_000) + `1]}`,
		"ids 100,000 deep":          `{"video_ids":` + nested(100_000, "[", "", "]") + `}`,
		"an id of 1 MB":             `{"video_ids":["` + megabyte[:1_000_000] + `"]}`,
		"80,000 unknown members":    `{` + strings.TrimSuffix(numbered(80_000, `"a#":1,`), ",") + `}`,
		"text that is not UTF-8":    "{\"video_ids\":[\"\xff\"]}",
		"an id of 1 MB of escapes":  `{"video_ids":["` + strings.Repeat(`\u0000`, 160_000) + `"]}`,
		"a member of 1 MB of quote": `{"` + strings.Repeat(`\"`, 500_000) + `":1}`,
	} {
		want := badInput
		if strings.Count(body, ",") > 50_000 {
			want = tooLarge
		}
		all = append(all, requests(name+" below /v1", times, post("/v1/videos/batch-metadata", body), want))
	}
	return all
}

// repeat writes a text so many times.
func repeat(w io.Writer, text string, times int) error {
	for range times {
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

// chunked sends a text a hundred times, and says nowhere how long that is.
func chunked(path, text string) func(context.Context, *target, int) (string, error) {
	return func(ctx context.Context, t *target, _ int) (string, error) {
		return t.stream(ctx, func(w io.Writer) error {
			if _, err := io.WriteString(w, head("POST", path, "Content-Type: application/json", "Transfer-Encoding: chunked")+"\r\n"); err != nil {
				return err
			}
			return repeat(httputil.NewChunkedWriter(w), text, 100)
		})
	}
}

// bomb is a gigabyte of zeros, compressed: a thousand members of a megabyte, which are one stream (RFC 1952, section 2.2).
func bomb() string {
	var small bytes.Buffer
	w := gzip.NewWriter(&small)
	_, _ = io.WriteString(w, strings.Repeat("\x00", 1<<20)) // a buffer takes everything
	_ = w.Close()
	return strings.Repeat(small.String(), 1<<10)
}

// identities are thousands of tokens, hashes, documents and requests, each another.
func identities() []attack {
	const times = 5000
	each := func(name string, few int, request func(n int) string, want ...string) attack {
		return attack{name: name, times: times, few: few, want: want, send: func(ctx context.Context, t *target, n int) (string, error) {
			return t.request(ctx, request(n))
		}}
	}
	const field = "{ __typename }"
	return []attack{
		each("invalid tokens", 100, func(n int) string {
			return operation(field, "", fmt.Sprintf("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJuIjo%d.AAAA", n))
		}, unauthorized),
		each("a token of 60 KB", 10, func(int) string {
			return operation(field, "", "Authorization: Bearer "+strings.Repeat("x", 60_000))
		}, unauthorized),
		each("unknown hashes of persisted queries", 600, func(n int) string {
			return post("/graphql", fmt.Sprintf(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"%064x"}}}`, n))
		}, "200 PERSISTED_QUERY_NOT_FOUND"),
		each("valid documents, each another", 600, func(n int) string { return operation(fmt.Sprintf("{ a%d: __typename }", n), "") }, "200"),
		each("valid documents of 8 KB, each another", 100, func(n int) string {
			return operation(fmt.Sprintf("{ a%d: __typename } # %s", n, strings.Repeat("x", 8000)), "")
		}, "200"),
		each("valid documents of 3,900 numbers, each another", 600, func(n int) string {
			return operation(fmt.Sprintf("{ a%d: videos(ids: [%s]) { id } }", n, strings.Repeat("1 ", 3900)), "")
		}, badField),
		each("valid documents of 900 aliases, each another", 600, func(n int) string {
			return operation(fmt.Sprintf("{ a%d: me {%s } }", n, numbered(900, " a#: id")), "")
		}, "200"),
		each("valid documents of 4,000 comments, each another", 600, func(n int) string {
			return operation(fmt.Sprintf("{ a%d: __typename } %s", n, strings.Repeat("#\n", 4000)), "")
		}, "200"),
		{
			name: "one client without pause", times: times, few: 200, want: []string{"200", "429 RATE_LIMITED"},
			send: func(ctx context.Context, t *target, _ int) (string, error) {
				same := &target{address: t.address, from: 1}
				return same.request(ctx, operation("{ "+numbered(50, "a#: feed(first: 20) { nodes { id metadata { viewCount } } } ")+"}", ""))
			},
		},
	}
}
