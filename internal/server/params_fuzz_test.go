package server

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"reelgraph/models"
)

// parameters are an operation's as a client spells them.
type parameters struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"`
	DocumentID    any            `json:"documentId"`
}

// spelled is how a client would send what was read.
func spelled(params *graphql.RawParams) parameters {
	extensions := maps.Clone(params.Extensions)
	delete(extensions, models.DocumentIDExtension) // which is said beside them
	return parameters{params.Query, params.OperationName, params.Variables, extensions, params.Extensions[models.DocumentIDExtension]}
}

// readOrRefused fails unless a request is either read or refused in words that can be shown.
func readOrRefused(t *testing.T, params *graphql.RawParams, no *refusal) {
	t.Helper()
	switch {
	case (params == nil) == (no == nil):
		t.Fatalf("read %v, refused %v", params, no)
	case no != nil && (no.status != http.StatusBadRequest && no != tooMany || no.message == "" || !utf8.ValidString(no.message) || len(no.message) > 300):
		t.Fatalf("refused by %d, %.400q", no.status, no.message)
	}
}

func FuzzBody(f *testing.F) {
	for _, text := range []string{
		"", " ", "null", "[]", `[{"query":"{ a }"}]`, "{", "{}", `{"query":null}`, `{"query":1}`, `{"query":"{ a }"}`, `{"query":"{ a }"} x`,
		`{"query":"{ a }","operationName":"A","variables":{"a":[1,1.50,1e999999,{"b":null}]},"extensions":{"persistedQuery":{"version":1}}}`,
		`{"extensions":{"persistedQuery":true},"variables":null,"unknown":{"query":1}}`, `{"QUERY":"{ a }","query":"{ b }"}`,
		`{"documentId":"a"}`, `{"documentId":1}`, `{"documentId":"a","extensions":{"documentId":"b"}}`, `{"query":"\ud800\u0000"}`, "{\"query\":\"\xff\"}", "\ufeff{}", `{"variables":[]}`, `{"variables":` + strings.Repeat(`{"a":`, 50),
		`{"query":"a","variables":{"a":[` + strings.Repeat("1,", maxCommas) + `1,1]}}`, `{"query":"a","variables":` + strings.Repeat("[", 20_000), `{"query":"a","variables":{"":` + strings.Repeat("9", 1000) + `}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		params, no := parseBody(body)
		readOrRefused(t, params, no)
		if no != nil {
			return
		}
		same, err := json.Marshal(spelled(params))
		if err != nil {
			t.Fatal(err)
		}
		again, no := parseBody(same)
		if no != nil {
			t.Fatalf("%s is refused: %s", same, no.message)
		}
		if diff := cmp.Diff(spelled(params), spelled(again)); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzQueryString(f *testing.F) {
	for _, text := range []string{
		"", "query", "query=", "query=%7B+a+%7D", "query=a&query=b", "query=a;b", "query=%", "query=%ff", "query=a&variables=", "query=a&variables=null",
		"query=a&variables=%7B%22a%22%3A1e5%7D&operationName=A&extensions=%7B%7D", "extensions=%7B%22persistedQuery%22%3A1%7D", "query=a&variables=1",
		"documentId=a", "documentId=a&extensions=%7B%22documentId%22%3A1%7D", "query=a&variables=%5B%5D", "query=a&variables=%7B%7D%7B", strings.Repeat("a&", 500) + "query=a", "query=a&x=%ff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		params, no := readQueryString(&url.URL{RawQuery: text})
		readOrRefused(t, params, no)
		if no != nil {
			return
		}
		values := url.Values{"query": {params.Query}, "operationName": {params.OperationName}}
		same := spelled(params)
		if id, ok := same.DocumentID.(string); ok {
			values.Set("documentId", id)
		}
		for name, members := range map[string]map[string]any{"variables": same.Variables, "extensions": same.Extensions} {
			text, err := json.Marshal(members)
			if err != nil {
				t.Fatal(err)
			}
			values.Set(name, string(text))
		}
		again, no := readQueryString(&url.URL{RawQuery: values.Encode()})
		if no != nil {
			t.Fatalf("%s is refused: %s", values, no.message)
		}
		if diff := cmp.Diff(spelled(params), spelled(again)); diff != "" {
			t.Error(diff)
		}
	})
}
