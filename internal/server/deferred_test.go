package server

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const asDeferred = "Accept: multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9"

// deferringSchema answers every query with what comes over a channel, as long as more follows.
type deferringSchema struct {
	*testSchema
	responses chan *graphql.Response
}

func (s *deferringSchema) Exec(operation context.Context) graphql.ResponseHandler {
	return func(context.Context) *graphql.Response {
		select {
		case response := <-s.responses:
			return response
		case <-operation.Done(): // unlike the context of a later part
			return nil
		}
	}
}

func more(response *graphql.Response, follows bool) *graphql.Response {
	response.HasNext = &follows
	return response
}

func TestDeferredToTheLetter(t *testing.T) {
	t.Parallel()
	responses := make(chan *graphql.Response)
	options, _ := testOptions(t)
	options.Executor = executor.New(&deferringSchema{newTestSchema(), responses})
	r := serve(t, patience, options, nil)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "POST", "http://"+r.address+"/graphql",
		strings.NewReader(`{"query":"{ again { ... @defer(label: \"x\") { echo(text: \"a\") } } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"Content-Type": {mediaJSON}, "Accept": {strings.TrimPrefix(asDeferred, "Accept: ")}, "Accept-Encoding": {"gzip"}}
	go func() {
		select {
		case responses <- more(&graphql.Response{Data: []byte(`{"again":{}}`)}, true):
		case <-ctx.Done():
		}
	}()
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := response.Header.Get("Content-Type"); got != `multipart/mixed;boundary="-";deferSpec=20220824` || response.Header.Get("Content-Encoding") != "" {
		t.Errorf("headers %v", response.Header)
	}
	const header = "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
	o := &opened{t: t, response: response, body: bufio.NewReader(response.Body)}
	// Each part ends with a delimiter, before there is anything to follow.
	o.expect("---" + header + `{"data":{"again":{}},"hasNext":true}` + "\r\n---")
	give(t, responses, more(&graphql.Response{
		Data: []byte(`{"echo":"a"}`), Path: ast.Path{ast.PathName("again"), ast.PathIndex(0)}, Label: "x",
		Errors: gqlerror.List{{Message: "no"}},
	}, true))
	o.expect(header + `{"incremental":[{"errors":[{"message":"no"}],"data":{"echo":"a"},"path":["again",0],"label":"x"}],"hasNext":true}` + "\r\n---")
	give(t, responses, more(&graphql.Response{Data: []byte("null")}, false))
	o.expect(header + `{"incremental":[{"data":null,"path":[]}],"hasNext":false}` + "\r\n-----\r\n")
	if rest, err := o.rest(); rest != "" || err != nil {
		t.Errorf("after the end: %q %v", rest, err)
	}
}

func TestDeferredOrNot(t *testing.T) {
	t.Parallel()
	server, _ := start(t, nil)
	for name, test := range map[string]struct {
		query, accept string
		parts         bool
	}{
		"asked for":               {`{ again { ... @defer { __typename } } }`, asDeferred, true},
		"by a fragment":           {`{ ...F } fragment F on Query { again { ...G @defer } } fragment G on Query { __typename }`, asDeferred, true},
		"if true":                 {`query($x: Boolean! = true) { ... @defer(if: $x) { __typename } }`, asDeferred, true},
		"if false":                {`{ ... @defer(if: false) { __typename } }`, asDeferred, false},
		"if a variable is false":  {`query($x: Boolean! = false) { ... @defer(if: $x) { __typename } }`, asDeferred, false},
		"in an unused operation":  {`query A { __typename } query B { ... @defer { __typename } }`, asDeferred, false},
		"nothing is":              {`{ __typename }`, asDeferred, false},
		"a mutation":              {`mutation { ... @defer { echo(text: "a") } }`, asDeferred, false},
		"no multipart":            {`{ again { ... @defer { __typename } } }`, asGraphQL, false},
		"another version":         {`{ again { ... @defer { __typename } } }`, "Accept: multipart/mixed;deferSpec=20230621,application/json", false},
		"a part is no map of all": {`{ again { deferred: __typename } }`, asDeferred, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := fmt.Sprintf(`{"query":%q,"operationName":"A"}`, test.query)
			if !strings.Contains(test.query, "query A") {
				body = fmt.Sprintf(`{"query":%q}`, test.query)
			}
			response, answer := call(t, "POST", server+"/graphql", body, test.accept, sendsJSON)
			if parts := strings.HasPrefix(response.Header.Get("Content-Type"), mediaMultipart); response.StatusCode != 200 || parts != test.parts {
				t.Errorf("%d %v %s", response.StatusCode, response.Header, answer)
			}
		})
	}
	for name, headers := range map[string][]string{"HEAD": {asDeferred}} {
		response, _ := call(t, name, server+"/graphql?query="+`{again{...@defer{__typename}}}`, "", headers...)
		if response.StatusCode != 200 {
			t.Errorf("%s: %d", name, response.StatusCode)
		}
	}
	// What is refused is no part of anything.
	response, body := query(t, server, `{ again { ... @defer { nothing } } }`, asDeferred)
	if _, code, _, _ := firstError(t, body); response.StatusCode != 400 || code != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

func TestLenientContextsEndLater(t *testing.T) {
	t.Parallel()
	inner, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	ctx := lenient{inner}
	before := ctx.Done()
	cancel()
	after := ctx.Done()
	<-before
	select {
	case <-after:
		t.Error("it has ended already when asked")
	default:
	}
	<-after
	soon, cancel := context.WithTimeout(t.Context(), moment/2)
	defer cancel()
	began := time.Now()
	<-lenient{soon}.Done()
	if took := time.Since(began); took < moment {
		t.Errorf("it ends %s after it was asked", took)
	}
}

func TestPlaceholdersAreLeftOut(t *testing.T) {
	t.Parallel()
	e := newTestExecutor(newTestSchema())
	ctx := graphql.StartOperationTrace(t.Context())
	operation, errs := e.CreateOperationContext(ctx, &graphql.RawParams{
		Query: `{ m: must { echo(text: "a") } n: again { t: must { fails } echo(text: "a") again { u: must { fails } } } }`,
	})
	if errs != nil {
		t.Fatal(errs)
	}
	for name, test := range map[string]struct {
		path       ast.Path
		data, want string
	}{
		"none":              {nil, `{"m":{"echo":"a"},"n":{"t":{"fails":"x"}}}`, `{"m":{"echo":"a"},"n":{"t":{"fails":"x"}}}`},
		"at the root":       {nil, `{"m":null,"n":null}`, `{"n":null}`},
		"nested":            {nil, `{"m":{"echo":"null"},"n":{"t":null,"echo":null,"again":{"u":null}}}`, `{"m":{"echo":"null"},"n":{"echo":null,"again":{}}}`},
		"in lists":          {nil, `{"n":[null,{"t":null,"echo":"\"null\""},[{"t":null}]]}`, `{"n":[null,{"echo":"\"null\""},[{}]]}`},
		"below a path":      {ast.Path{ast.PathName("n"), ast.PathIndex(3)}, `{"again":{"u":null},"echo":"x"}`, `{"again":{},"echo":"x"}`},
		"an unknown path":   {ast.Path{ast.PathName("x")}, `{"t":null}`, `{"t":null}`},
		"of another's name": {nil, `{"u":null,"n":{"u":null}}`, `{"u":null,"n":{"u":null}}`},
		"null":              {ast.Path{ast.PathName("n")}, `null`, `null`},
	} {
		response := &graphql.Response{Data: []byte(test.data), Path: test.path}
		if err := withoutPlaceholders(operation, response); err != nil || string(response.Data) != test.want {
			t.Errorf("%s: %s (%v), want %s", name, response.Data, err, test.want)
		}
	}
}
