package graph_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"reelgraph/graph"
)

// apollo is a manifest in Apollo's format of operations as JSON.
func apollo(operations ...string) string {
	return `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [` + strings.Join(operations, ", ") + `]}`
}

// The manifests in testdata are as the tools wrote them.
func TestManifestsOfTools(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]struct {
		count int
		names []string
	}{
		"testdata/apollo-manifest.json":  {3, []string{"BlockUsers", "Feed", "WatchCounters"}},
		"testdata/codegen-manifest.json": {4, []string{"BlockUsers", "Feed", "VideoPage", "WatchCounters"}},
	} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := graph.ParseManifest(data)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		equal(t, file, want.count, m.Len())
		trusted := graph.NewTrustedDocuments(m)
		for _, name := range want.names {
			if !trusted.Knows(name) {
				t.Errorf("%s: %s is not known", file, name)
			}
		}
		for _, name := range []string{"", "Counters", "feed"} {
			if trusted.Knows(name) {
				t.Errorf("%s: %q is known", file, name)
			}
		}
	}
}

func TestManifestsThatAreGood(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want int
	}{
		"one":                        {`{"a": "{ __typename }"}`, 1},
		"several operations":         {`{"a": "query A { __typename } query B { me { id } }"}`, 1},
		"the same twice":             {`{"a": "{ __typename }", "a": "{ __typename }"}`, 1},
		"the same, both spellings":   {`{"a": "{ __typename }", "sha256:a": "{ __typename }"}`, 1},
		"one text, two ids":          {`{"a": "{ __typename }", "b": "{ __typename }"}`, 2},
		"no name, no type":           {apollo(`{"id": "a", "body": "query A { __typename }"}`), 1},
		"null for a name":            {apollo(`{"id": "a", "name": null, "type": null, "body": "query A { __typename }"}`), 1},
		"other members":              {apollo(`{"id": "a", "name": "A", "type": "query", "body": "query A { __typename }", "clientName": "web"}`), 1},
		"named after the second":     {apollo(`{"id": "a", "name": "B", "type": "query", "body": "query A { __typename } query B { __typename }"}`), 1},
		"the same twice, Apollo's":   {apollo(`{"id": "a", "body": "{ __typename }"}`, `{"id": "a", "body": "{ __typename }"}`), 1},
		"operations before format":   {`{"operations": [{"id": "a", "body": "{ __typename }"}], "version": 1, "format": "apollo-persisted-query-manifest"}`, 1},
		"far more than a client may": {`{"a": "query A {` + strings.Repeat(" me { id }", 300) + ` }"}`, 1},
		"longer than a client's":     {`{"a": "query A { videos(ids: [` + strings.Repeat(" 1", 12_000) + `]) { id } }"}`, 1},
		"deferred":                   {`{"a": "{ ... @defer { __typename } }"}`, 1},
	} {
		m, err := graph.ParseManifest([]byte(test.text))
		if err != nil || m.Len() != test.want {
			t.Errorf("%s: %v (%v)", name, m, err)
		}
	}
}

func TestManifestsWithFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"empty":             {``, `it is no JSON: unexpected end of JSON input at byte 0`},
		"malformed":         {`{"a": }`, `it is no JSON: invalid character '}' looking for beginning of value at byte 7`},
		"more after it":     {`{"a": "{ __typename }"} {}`, `it is no JSON: invalid character '{' after top-level value at byte 25`},
		"a list":            {`["{ __typename }"]`, `it must be one JSON object`},
		"null":              {`null`, `it must be one JSON object`},
		"not UTF-8":         {"{\"a\": \"{ __typename } # \xff\"}", `there is text in it that is not UTF-8`},
		"too deep":          {strings.Repeat(`{"a":`, 20_000), `it is no JSON: invalid character '{' exceeded max depth at byte 50001`},
		"too large":         {`{"a": "{ __typename }"}` + strings.Repeat(" ", graph.MaxManifestBytes), `it is larger than 67108864 bytes`},
		"too many":          {`{"a":0` + strings.Repeat(`,"a":0`, 50_000) + `}`, `it holds 50001 operations, more than 50000`},
		"too many, Apollo":  {apollo(`0` + strings.Repeat(`,0`, 50_000)), `it holds 50001 operations, more than 50000`},
		"nothing":           {`{}`, `it holds no operations`},
		"nothing, Apollo's": {apollo(), `it holds no operations`},
		"another format":    {`{"format": "other", "version": 1, "operations": []}`, `its format is "other" in version "1", and known is apollo-persisted-query-manifest in version 1`},
		"another version":   {`{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}`, `its format is "apollo-persisted-query-manifest" in version "2", and known is apollo-persisted-query-manifest in version 1`},
		"no format":         {`{"operations": [{"id": "a", "body": "{ __typename }"}]}`, `its format is "" in version "", and known is apollo-persisted-query-manifest in version 1`},
		"a version of text": {`{"format": "apollo-persisted-query-manifest", "version": "one"}`, `"version" is of the wrong type`},
		"an object of them": {`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": {}}`, `"operations" is of the wrong type`},
		"a format of lists": {`{"format": []}`, `"format" is of the wrong type`},
		"a text of numbers": {`{"a": 1}`, `operation 1 with the id "a": its text must be a string`},
		"null for a text":   {`{"a": null}`, `operation 1 with the id "a": it has no text`},
		"a blank text":      {`{"a": " \n"}`, `operation 1 with the id "a": it has no text`},
		"no id":             {`{"": "{ __typename }"}`, `operation 1: it has no id`},
		"half an id":        {`{"sha256:": "{ __typename }"}`, `operation 1 with the id "sha256:": it has no id`},
		"another text":      {`{"a": "{ __typename }", "a": "{ me { id } }"}`, `operation 2 with the id "a": there is another text with this id`},
		"another spelling":  {`{"a": "{ __typename }", "sha256:a": "{ me { id } }"}`, `operation 2 with the id "sha256:a": there is another text with this id`},
		"no object":         {apollo(`"a"`), `operation 1: it must be an object`},
		"null for one":      {apollo(`null`), `operation 1: it has no id`},
		"an id of numbers":  {apollo(`{"id": 1, "name": "A", "body": "query A { __typename }"}`), `operation "A": "id" must be a string`},
		"no body":           {apollo(`{"id": "a", "name": "A"}`), `operation "A" with the id "a": it has no text`},
		"another name":      {apollo(`{"id": "a", "name": "B", "body": "query A { __typename }"}`), `operation "B" with the id "a": its name or type is not that of its text`},
		"another type":      {apollo(`{"id": "a", "name": "A", "type": "mutation", "body": "query A { __typename }"}`), `operation "A" with the id "a": its name or type is not that of its text`},
		"of two operations": {apollo(`{"id": "a", "name": "A", "type": "mutation", "body": "query A { __typename } mutation B { __typename }"}`), `operation "A" with the id "a": its name or type is not that of its text`},
		"known, renamed":    {apollo(`{"id": "a", "body": "query A { __typename }"}`, `{"id": "a", "name": "B", "body": "query A { __typename }"}`), `operation "B" with the id "a": its name or type is not that of its text`},
		"cut short":         {`{"a": "query A {"}`, `operation 1 with the id "a": Expected Name, found <EOF> (line 1, column 10)`},
		"no operation":      {`{"a": "fragment F on Query { __typename }"}`, `operation 1 with the id "a": there is no operation in its text`},
		"nested":            {`{"a": "` + strings.Repeat("{ me ", 2000) + `"}`, `operation 1 with the id "a": exceeded maximum nesting depth of 1000 (line 1, column 5001)`},
		"no such field":     {`{"a": "query A { me { handel } }"}`, `operation "A" with the id "a": Cannot query field "handel" on type "User". Did you mean "handle"? (line 1, column 16)`},
		"several":           {`{"a": "query A { no1 }", "b": "query B { __typename }", "c": "query C($v: No2) { no3 }"}`, `operation "A" with the id "a": Cannot query field "no1" on type "Query" (line 1, column 11); operation "C" with the id "c": `},
	} {
		m, err := graph.ParseManifest([]byte(test.text))
		if m != nil || err == nil || !strings.HasPrefix(err.Error(), test.want) || !strings.HasSuffix(test.want, ": ") && err.Error() != test.want {
			t.Errorf("%s:\n got %.600v\nwant %s", name, err, test.want)
		}
	}
}

// TestFaultsAreBounded tells every fault of a manifest up to a number, and of the others how many.
func TestFaultsAreBounded(t *testing.T) {
	t.Parallel()
	var operations []string
	for n := range 24 {
		operations = append(operations, fmt.Sprintf(`{"id": "%d%s", "name": "Q%d", "body": "query Q%d { no%s }"}`,
			n, strings.Repeat("é", 100), n, n, strings.Repeat("x", 600)))
	}
	_, err := graph.ParseManifest([]byte(apollo(operations...)))
	text := fmt.Sprint(err)
	for n := range 24 {
		if told := strings.Contains(text, fmt.Sprintf(`operation "Q%d" with the id "%dé`, n, n)); told != (n < 20) {
			t.Errorf("fault %d is told: %v", n+1, told)
		}
	}
	if !strings.HasSuffix(text, "; and 4 more faults") || len(text) > 20*520 || strings.ContainsAny(text, "\n\ufffd") {
		t.Errorf("%d bytes: %s", len(text), text)
	}
}
