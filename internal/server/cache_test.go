package server

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// costs knows the cost of every operation, and that those with "caller" in their text are not public.
type costs struct{}

func (costs) ExtensionName() string                   { return "Costs" }
func (costs) Validate(graphql.ExecutableSchema) error { return nil }

func (costs) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	operation.Stats.SetExtension(models.CostStats, &models.Cost{Public: !strings.Contains(operation.RawQuery, "caller")})
	return nil
}

// caching starts a server whose operations have costs.
func caching(t *testing.T, origins ...string) string {
	t.Helper()
	server, _ := start(t, func(o *Options) {
		e, ok := o.Executor.(*executor.Executor)
		if !ok {
			t.Fatalf("the executor is a %T", o.Executor)
		}
		e.Use(costs{})
		o.Origins = origins
	})
	return server
}

// get asks by GET.
func get(t *testing.T, server, text string, headers ...string) (*http.Response, string) {
	t.Helper()
	return call(t, "GET", server+"/graphql?query="+url.QueryEscape(text), "", headers...)
}

// checkShared holds an answer against what is wanted of one that caches may keep, and tells its tag.
func checkShared(t *testing.T, response *http.Response) string {
	t.Helper()
	for name, want := range map[string]string{"Cache-Control": cacheable, "Vary": "Authorization, Accept, Accept-Encoding, Origin"} {
		if got := response.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q once", name, got, want)
		}
	}
	if id := response.Header.Get("X-Request-Id"); id != "" {
		t.Errorf("it has one request's id, %s", id)
	}
	tag := response.Header.Get("ETag")
	if len(tag) != len(`W/""`)+32 || !strings.HasPrefix(tag, `W/"`) {
		t.Errorf("ETag %s", tag)
	}
	return tag
}

// checkUnshared wants an answer to stay with the one who asked.
func checkUnshared(t *testing.T, response *http.Response) {
	t.Helper()
	if got := response.Header.Values("Cache-Control"); len(got) != 1 || got[0] != "private, no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
	if tag, given := response.Header["Etag"]; given {
		t.Errorf("there is an ETag, %s", tag)
	}
	if response.StatusCode == http.StatusNotModified {
		t.Error("it is answered with 304")
	}
}

func TestSharedAnswers(t *testing.T) {
	t.Parallel()
	const deferring = `{ __typename again { ... @defer { echo(text: "a") } } }`
	tags := map[string]string{}
	for name, test := range map[string]struct {
		text    string
		headers []string
		origins []string
		body    string // not compared where empty
	}{
		"JSON":              {text: "{ __typename }", body: `{"data":{"__typename":"Query"}}`},
		"GraphQL's JSON":    {text: "{ __typename }", headers: []string{asGraphQL}, body: `{"data":{"__typename":"Query"}}`},
		"event stream":      {text: "{ __typename }", headers: []string{asEvents}},
		"null in the data":  {text: "{ number: again { again { must { __typename } } } }"},
		"other value":       {text: `{ echo(text: "b") }`},
		"page of no origin": {text: "{ a: __typename }", headers: []string{"Origin: https://evil.example"}, origins: []string{friend}},
		"page of an origin": {text: "{ b: __typename }", headers: []string{"Origin: " + friend}, origins: []string{friend}},
		"large":             {text: "{ large }"},
		"large, gzip":       {text: "{ c: large }", headers: []string{"Accept-Encoding: gzip", "Origin: " + friend}, origins: []string{friend}},
		"defer in one":      {text: deferring},
	} {
		t.Run(name, func(t *testing.T) {
			server := caching(t, test.origins...)
			response, body := get(t, server, test.text, test.headers...)
			tag := checkShared(t, response)
			if response.StatusCode != 200 || test.body != "" && body != test.body {
				t.Errorf("%d %s", response.StatusCode, body)
			}
			if other := tags[tag]; other != "" {
				t.Errorf("%s has the same tag", other)
			}
			tags[tag] = name

			head, _ := call(t, "HEAD", response.Request.URL.String(), "", test.headers...)
			checkSameHeader(t, "HEAD", response, head)

			second, body := get(t, server, test.text, append(test.headers, "If-None-Match: "+tag)...)
			if checkShared(t, second) != tag || second.StatusCode != 304 || body != "" {
				t.Errorf("the second time: %d %q with %s", second.StatusCode, body, second.Header.Get("ETag"))
			}
			checkSameHeader(t, "304", response, second, "Content-Type", "Content-Length", "Content-Encoding", "X-Content-Type-Options")
		})
	}
}

// checkSameHeader wants the header of another answer to be the first one's, but for what the other lacks.
func checkSameHeader(t *testing.T, what string, first, other *http.Response, lacks ...string) {
	t.Helper()
	header := first.Header.Clone()
	for _, name := range append(lacks, "X-Request-Id", "Date") {
		header.Del(name)
	}
	for _, name := range []string{"X-Request-Id", "Date"} {
		other.Header.Del(name)
	}
	for name := range other.Header {
		if _, has := header[name]; !has {
			t.Errorf("%s: there is %s, %q", what, name, other.Header[name])
		}
	}
	for name, want := range header {
		if got := other.Header[name]; strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %s is %q, want %q", what, name, got, want)
		}
	}
}

func TestUnsharedAnswers(t *testing.T) {
	t.Parallel()
	server := caching(t)
	const hash = `{"persistedQuery":{"version":1,"sha256Hash":"00"}}`
	for name, test := range map[string]struct {
		method, parameters, body string
		headers                  []string
	}{
		"post":                     {"POST", "", `{"query":"{ __typename }"}`, []string{sendsJSON}},
		"mutation":                 {"POST", "", `{"query":"mutation { echo(text: \"a\") }"}`, []string{sendsJSON}},
		"empty authorization":      {"GET", "query={__typename}", "", []string{"Authorization: "}},
		"bad token":                {"GET", "query={__typename}", "", []string{"Authorization: Bearer x"}},
		"guarded field":            {"GET", "query={caller}", "", nil},
		"guarded field, HEAD":      {"HEAD", "query={caller}", "", nil},
		"field that fails":         {"GET", "query={__typename+fails}", "", nil},
		"nothing run":              {"GET", "query={nothing}", "", nil},
		"nothing run, GraphQL's":   {"GET", "query={nothing}", "", []string{asGraphQL}},
		"no JSON":                  {"GET", "query={unprintable}", "", nil},
		"panic":                    {"GET", "query={panics}", "", nil},
		"malformed":                {"GET", "query=%zz", "", nil},
		"not acceptable":           {"GET", "query={__typename}", "", []string{"Accept: text/html"}},
		"mutation by GET":          {"GET", `query=mutation{echo(text:"a")}`, "", nil},
		"unknown hash":             {"GET", "extensions=" + url.QueryEscape(hash), "", nil},
		"other method":             {"PUT", "query={__typename}", "", nil},
		"in parts":                 {"GET", "query={__typename+again{...@defer{__typename}}}", "", []string{"Accept: multipart/mixed"}},
		"in parts but for HEAD":    {"HEAD", "query={__typename+again{...@defer{__typename}}}", "", []string{"Accept: multipart/mixed, application/json"}},
		"operation among guarded":  {"GET", "query=query+A{__typename}query+B{caller}&operationName=A", "", nil},
		"error of an event stream": {"GET", "query={fails}", "", []string{asEvents}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := strings.ReplaceAll(server+"/graphql?"+test.parameters, `"`, "%22")
			response, _ := call(t, test.method, target, test.body, append(test.headers, "If-None-Match: *")...)
			checkUnshared(t, response)
		})
	}
	for _, path := range []string{"/healthz", "/readyz", "/"} {
		response, _ := call(t, "GET", server+path, "", "If-None-Match: *")
		checkUnshared(t, response)
	}
}

func TestUnknownCostIsNotShared(t *testing.T) {
	t.Parallel()
	server, _ := start(t, nil)
	response, _ := get(t, server, "{ __typename }")
	checkUnshared(t, response)
}

func TestSubscriptionIsNotShared(t *testing.T) {
	t.Parallel()
	options, _ := testOptions(t)
	e := newStreamExecutor(sources)
	e.Use(costs{})
	options.Executor = e
	r := serve(t, 0, options, nil)
	response, body := get(t, "http://"+r.address, `subscription { echo(text: "once") }`, asEvents, "If-None-Match: *")
	checkUnshared(t, response)
	if response.StatusCode != 200 || !strings.Contains(body, "event: ") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

// The tag is weak: it says that compressed and plain answers mean the same.
func TestTagIsThatOfThePlainAnswer(t *testing.T) {
	t.Parallel()
	server := caching(t)
	plain, want := get(t, server, "{ large }")
	compressed, body := get(t, server, "{ large }", "Accept-Encoding: gzip")
	if compressed.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("it is not compressed")
	}
	reader, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(reader); string(got) != want || err != nil {
		t.Errorf("another body, %v", err)
	}
	if checkShared(t, plain) != checkShared(t, compressed) {
		t.Error("the tags differ")
	}
}

// A CDN's clients send the hash alone.
func TestSharedByHash(t *testing.T) {
	t.Parallel()
	server := caching(t)
	const extensions = `{"persistedQuery":{"version":1,"sha256Hash":"ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}`
	byHash := server + "/graphql?extensions=" + url.QueryEscape(extensions)
	response, _ := call(t, "GET", byHash, "")
	checkUnshared(t, response)
	response, _ = call(t, "POST", server+"/graphql", `{"query":"{__typename}","extensions":`+extensions+"}", sendsJSON)
	checkUnshared(t, response)
	response, _ = call(t, "GET", byHash, "")
	tag := checkShared(t, response)
	if response, _ = call(t, "GET", byHash, "", "If-None-Match: "+tag); response.StatusCode != 304 {
		t.Errorf("status %d", response.StatusCode)
	}
}

func TestIfNoneMatch(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]bool{
		``: false, `"tag"`: true, `W/"tag"`: true, `  W/"tag"	`: true, `*`: true, ` * `: true,
		`"other"`: false, `"tag-gzip"`: false, `""`: false, `"Tag"`: false,
		`"other", W/"tag"`: true, `"other","tag"`: true, `W/"a, b",, W/"tag"`: true, `"other"` + "\n" + `"tag"`: true,
		`"a,` + "\n" + `tag"`: false, "\n" + `"tag"`: true,
		`tag`: false, `"tag`: false, `tag"`: false, `W/tag`: false, `w/"tag"`: false, `W/ "tag"`: false, `'tag'`: false, `other, "tag"`: false,
		`"other" x "tag"`: false, `"other", *`: false, `"x", tag, "`: false, `W/`: false, `,`: false, `"`: false, `"tag", x`: true,
	} {
		if got := isNamed(strings.Split(said, "\n"), "tag"); got != want {
			t.Errorf("%q: %v, want %v", said, got, want)
		}
	}
	if isNamed(nil, "tag") {
		t.Error("no header names the tag")
	}
}
