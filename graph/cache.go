package graph

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

const (
	// Documents and automatic persisted queries are kept while they are used, if they are not
	// larger than cachedText bytes: both caches are bounded in memory whatever clients send.
	cachedDocuments = 500
	cachedText      = 8 << 10
	// cachedTokens is how many tokens all documents together have that are kept. Parsed, a token takes 230 bytes at most,
	// so that they take 12 MB, beside 4 MB for their texts. 500 documents of 100 tokens have room.
	cachedTokens = 50_000
)

// textCache keeps the texts most used of late, by texts, both of bounded length: the number of
// entries alone would not bound its memory.
type textCache struct{ entries *lru.LRU[string] }

func newTextCache() textCache { return textCache{lru.New[string](cachedDocuments)} }

// Get finds what Add kept.
func (c textCache) Get(ctx context.Context, key string) (string, bool) {
	return c.entries.Get(ctx, key)
}

// Add keeps text, unless it or its key is large.
func (c textCache) Add(ctx context.Context, key, text string) {
	if len(key) <= cachedText && len(text) <= cachedText {
		c.entries.Add(ctx, key, text)
	}
}

// documentCache keeps the documents most used of late that have been validated, by their texts. It weighs them, since a
// parsed document may take a hundred times the memory of its text.
type documentCache struct {
	mu      sync.Mutex
	entries *simplelru.LRU[string, weighed]
	tokens  int
}

type weighed struct {
	document *ast.QueryDocument
	tokens   int
}

func newDocumentCache() *documentCache {
	c := new(documentCache)
	entries, err := simplelru.NewLRU(cachedDocuments, func(_ string, w weighed) { c.tokens -= w.tokens })
	if err != nil {
		panic(err) // the size is a constant
	}
	c.entries = entries
	return c
}

// Get finds what Add kept.
func (c *documentCache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, known := c.entries.Get(text)
	return w.document, known
}

// Add keeps the document of a text, unless that is large, and forgets those that there is no more room for.
func (c *documentCache) Add(_ context.Context, text string, document *ast.QueryDocument) {
	if len(text) > cachedText {
		return
	}
	tokens := countTokens(text)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries.Contains(text) {
		return // Two requests have come with it at once.
	}
	c.tokens += tokens
	c.entries.Add(text, weighed{document, tokens})
	for c.tokens > cachedTokens {
		c.entries.RemoveOldest()
	}
}

// countTokens counts the tokens of a document that has been parsed. Comments are among them, since they are kept too.
func countTokens(text string) int {
	reader, count := lexer.New(&ast.Source{Input: text}), 0
	for {
		token, err := reader.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return count
		}
		count++
	}
}
