package graph

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

func parsed(t *testing.T, text string) *ast.QueryDocument {
	t.Helper()
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// TestDocumentsAreWeighed keeps as many documents as have room together, however much is made of their texts.
func TestDocumentsAreWeighed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string // %d is the document's number
		kept int
	}{
		"small":    {"{ a%d: __typename }", cachedDocuments},
		"numbers":  {"{ a%d: videos(ids: [" + strings.Repeat("1 ", 3989) + "]) { id } }", cachedTokens / 4005},
		"comments": {"{ a%d: __typename } " + strings.Repeat("#\n", 3994), cachedTokens / 3999},
	} {
		c, ctx := newDocumentCache(), context.Background()
		for n := range cachedDocuments + 1 {
			text := fmt.Sprintf(test.text, n)
			for range 2 {
				c.Add(ctx, text, parsed(t, text))
			}
			if _, known := c.Get(ctx, text); !known {
				t.Fatalf("%s: the %d. is not kept", name, n)
			}
		}
		if c.entries.Len() != test.kept || c.tokens > cachedTokens {
			t.Errorf("%s: %d are kept, of %d tokens", name, c.entries.Len(), c.tokens)
		}
		total := 0
		for _, w := range c.entries.Values() {
			total += w.tokens
		}
		if total != c.tokens {
			t.Errorf("%s: %d tokens are counted as %d", name, total, c.tokens)
		}
		if _, known := c.Get(ctx, fmt.Sprintf(test.text, 0)); known {
			t.Errorf("%s: the oldest is kept", name)
		}
	}
	c := newDocumentCache()
	large := "{ a } #" + strings.Repeat("x", cachedText)
	c.Add(t.Context(), large, parsed(t, large))
	if c.entries.Len() > 0 || c.tokens > 0 {
		t.Error("a large one is kept")
	}
}
