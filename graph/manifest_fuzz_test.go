package graph_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/graph"
)

// FuzzManifest reads what may be a manifest, and as one what may be a document. The executor runs what is accepted, and
// accepts of a document's text no more and no less.
func FuzzManifest(f *testing.F) {
	for _, file := range []string{"testdata/apollo-manifest.json", "testdata/codegen-manifest.json"} {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, text := range []string{
		"", "{}", "[]", "null", `{"a": 1}`, `{"a": "{ __typename }"}`, `{"a": "{ __typename }", "a": "{ me { id } }"}`, `{"a": "{ __typename }"} {}`,
		`{"sha256:a": "query A { __typename } mutation A { __typename }"}`, "\ufeff{}", "{\"\xff\": \"\"}", `{"\ud800": "{ __typename }"}`,
		`{"format": 1}`, `{"operations": [null, 1, {}, {"id": "a"}, {"id": "a", "name": "B", "type": "query", "body": "query A { __typename }"}]}`,
		apollo(`{"id": "a", "name": "A", "type": "query", "body": "query A { __typename }"}`), apollo(`{"id": {}}`),
		"{ __typename }", "query A { __typename } { __typename }", "{ ...F } fragment F on Query { ...F }", "{ ... @defer { me { id } } }",
		"query($v: Int = \"x\") { feed(first: $v) { nodes { id } } }", "{ __schema { types { name } } }", "subscription { a: __typename b: __typename }",
		"{ me { handel } }", "fragment F on Query { __typename }", "type Query { a: Int }", strings.Repeat("{me", 300), "\"\"\"a\"\"\" { __typename }", "{ __typename } #",
	} {
		f.Add([]byte(text))
	}
	plain := limited(graph.DefaultMaxComplexity)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := graph.ParseManifest(data)
		switch {
		case (m == nil) == (err == nil):
			t.Fatalf("read %v, refused: %v", m, err)
		case err != nil:
			if text := err.Error(); !utf8.ValidString(text) || strings.Contains(text, "\n") || len(text) > 20_000 {
				t.Errorf("told in %d bytes: %.200q", len(text), text)
			}
		default:
			for id, text := range textsOf(t, data) {
				p, _ := trusting(t, string(data))
				params := &graphql.RawParams{Extensions: documentID(id)}
				if operation, errs := p.executor.CreateOperationContext(graphql.StartOperationTrace(t.Context()), params); operation.Doc == nil || operation.RawQuery != text {
					t.Errorf("%q is not run, but %q: %v", text, operation.RawQuery, errs)
				}
			}
		}
		// Of longer texts a client may send fewer.
		text := string(data)
		if len(text) > 500 || !utf8.ValidString(text) || strings.TrimSpace(text) == "" {
			return
		}
		quoted, err := json.Marshal(map[string]string{"a": text})
		if err != nil {
			t.Fatal(err)
		}
		_, refused := graph.ParseManifest(quoted)
		operation, errs := plain.executor.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: text})
		if (refused == nil) != (operation.Doc != nil) {
			t.Errorf("%q as a document: %v, as a client's text: %v", text, refused, errs)
		}
	})
}

// textsOf are the texts of a good manifest by their ids, read another way.
func textsOf(t *testing.T, data []byte) map[string]string {
	t.Helper()
	var known struct {
		Operations []struct{ ID, Body string }
	}
	texts := map[string]string{}
	if err := json.Unmarshal(data, &texts); err == nil {
		return texts
	}
	if err := json.Unmarshal(data, &known); err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for _, o := range known.Operations {
		texts[o.ID] = o.Body
	}
	return texts
}
