package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"reelgraph/graph"
)

// TestManyFaults is about documents of which much is wrong: the answer says so in some words.
func TestManyFaults(t *testing.T) {
	t.Parallel()
	repeat := func(before, each string, times int, after string) string {
		return before + strings.Repeat(each, times) + after
	}
	long := strings.Repeat("é", 400)
	for name, c := range map[string]struct {
		document string
		faults   int
	}{
		"some":                  {repeat("{ me {", " id @unknown", 99, "} }"), 99},
		"directives":            {repeat("{ me { id", " @unknown", 3000, "} }"), 100},
		"variables":             {repeat("query Q(", "$a: Int ", 2000, ") { __typename }"), 100},
		"fields":                {repeat("{ me {", " a: b c: d", 100, "} }"), 100},
		"values":                {repeat(`{ feed(first: "`, "x", 1000, `") { nodes { id } } }`), 1},
		"values of many a byte": {`{ feed(first: "` + long + `") { nodes { id } } }`, 1},
	} {
		for _, suggest := range []bool{true, false} {
			p := limited(graph.DefaultMaxComplexity).with(func(o *graph.Options) { o.Introspection = suggest })
			got := p.ask(t, nil, c.document, nil)
			if want := min(c.faults, 100); len(got.Errors) != want || got.Errors[0].Extensions["code"] != invalid {
				t.Errorf("%s: %d faults are told, not %d", name, len(got.Errors), want)
			}
			for _, fault := range got.Errors {
				if len(fault.Message) > 510 || strings.Contains(fault.Message, "\ufffd") {
					t.Errorf("%s: %d bytes: %s", name, len(fault.Message), fault.Message)
				}
			}
		}
	}
}

// TestLongTexts is about texts that faults would quote again and again.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	p := limited(graph.DefaultMaxComplexity)
	long := strings.Repeat("x", 500_000)
	var operations strings.Builder
	for n := range 300 {
		fmt.Fprintf(&operations, "query Q%d { ...F } ", n)
	}
	const tooComplex = "COMPLEXITY_LIMIT_EXCEEDED"
	for name, c := range map[string]struct{ document, code string }{
		"in many operations": {operations.String() + `fragment F on Query { feed(first: "` + long + `") { nodes { id } } }`, tooComplex},
		"in many lists":      {"{ videos(ids: " + strings.Repeat("[", 900) + `"` + long + `"` + strings.Repeat("]", 900) + ") { id } }", tooComplex},
		"in many objects":    {"{ feed(first: " + strings.Repeat("{a: ", 300) + `"` + long + `"` + strings.Repeat("}", 300) + ") { nodes { id } } }", tooComplex},
		"a default":          {"query Q($a: Int = " + strings.Repeat("[", 900) + `"` + long + `"` + strings.Repeat("]", 900) + ") { __typename @skip(if: $a) }", tooComplex},
		"an alias":           {"{ " + long + ": __typename }", tooComplex},
		"a field":            {"{ " + long + " }", tooComplex},
		"an operation":       {"query " + long + " { __typename }", tooComplex},
		"a variable":         {"query Q($" + long + ": Int) { __typename }", tooComplex},
		"a fragment":         {"{ ...F } fragment F" + long + " on Query { __typename }", tooComplex},
		"a directive":        {"query Q @" + long + " { __typename }", tooComplex},
		"an argument":        {"{ feed(" + long + ": 1) { nodes { id } } }", tooComplex},
		"a member":           {"{ feed(first: {" + long + ": 1}) { nodes { id } } }", tooComplex},
		"once":               {`{ feed(after: "` + long + `") { nodes { id } } }`, badUserInput},
	} {
		got := p.send(t, nil, request{query: c.document, operationName: map[bool]string{true: "Q0"}[strings.Contains(c.document, "query Q0")]})
		if got.code(t) != c.code || len(got.Errors[0].Message) > 600 {
			t.Errorf("%s: %.300s", name, got.Errors[0])
		}
		if name == "an alias" {
			equal(t, name, "A name in the document has 500000 bytes, more than the limit of 1000.", got.Errors[0].Message)
		}
	}
	for name, r := range map[string]request{
		"an operation that is not there":  {query: "query A { __typename }", operationName: long},
		"a variable's value":              {query: "query($c: NotificationCategory) { notifications(category: $c) { nodes { id } } }", variables: map[string]any{"c": long}},
		"an unknown member of a variable": {query: "mutation($i: StartAIJobInput!) { startAIJob(input: $i) { creditsRemaining } }", variables: map[string]any{"i": map[string]any{long: 1}}},
		"a persisted query":               {extensions: persisted(1, long)},
		"another hash":                    {query: "{ __typename }", extensions: persisted(1, long)},
	} {
		got := p.send(t, user(0), r)
		if text, err := json.Marshal(got.Errors); err != nil || len(text) > 2000 || len(got.Errors) == 0 {
			t.Errorf("%s: %d bytes, %v: %.300s", name, len(text), err, text)
		}
	}
}
