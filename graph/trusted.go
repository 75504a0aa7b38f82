package graph

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"reelgraph/models"
)

// TrustedDocuments are the only documents that clients may run: those of a manifest, which may be replaced at any time.
type TrustedDocuments struct{ manifest atomic.Pointer[Manifest] }

// NewTrustedDocuments makes documents of a manifest, which must not be nil.
func NewTrustedDocuments(m *Manifest) *TrustedDocuments {
	d := &TrustedDocuments{}
	d.Replace(m)
	return d
}

// Replace has every operation that begins from now on find the documents of m, which must not be nil. Those that
// have begun go on with what they found.
func (d *TrustedDocuments) Replace(m *Manifest) { d.manifest.Store(m) }

// Knows reports whether an operation of the manifest has that name. The empty name is none.
func (d *TrustedDocuments) Knows(operationName string) bool {
	_, known := d.manifest.Load().names[operationName]
	return known && operationName != ""
}

// trustedOnly gives clients the documents that they name, and runs nothing else of theirs.
type trustedOnly struct{ *TrustedDocuments }

var _ graphql.OperationParameterMutator = trustedOnly{}

func (trustedOnly) ExtensionName() string                   { return "TrustedOnly" }
func (trustedOnly) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters finds the text that an id stands for. A text that comes with its own id is as if it had not.
func (t trustedOnly) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if models.IsStoredDocument(ctx) {
		return nil
	}
	id, err := askedDocument(params.Extensions)
	if err != nil {
		return err
	}
	document := t.manifest.Load().documents[id]
	switch {
	case document == nil && id != "" && params.Query == "":
		return persistedQueryNotFound()
	case document == nil || params.Query != "" && params.Query != document.text:
		err := gqlerror.Errorf("This server runs stored operations alone: send the id of one, not a text.")
		errcode.Set(err, string(models.CodePersistedQueryRequired))
		return err
	}
	params.Query = document.text
	graphql.GetOperationContext(ctx).Stats.SetExtension(trustedStats, document.parsed)
	return nil
}

// askedDocument is the id that a request has for its document, in either of the places for one; empty where it has none.
func askedDocument(extensions map[string]any) (string, *gqlerror.Error) {
	text, _ := extensions[models.DocumentIDExtension].(string)
	id := documentID(text)
	if extensions["persistedQuery"] == nil {
		return id, nil
	}
	said, _ := extensions["persistedQuery"].(map[string]any)
	hash, isText := said["sha256Hash"].(string)
	if version, _ := said["version"].(json.Number); !isText || version != "1" {
		return "", badPersistedQuery("`persistedQuery` must have a `version` that is 1 and a `sha256Hash` that is a string.")
	}
	if text != "" && documentID(hash) != id {
		return "", badPersistedQuery("`documentId` and `persistedQuery` name two different operations.")
	}
	return documentID(hash), nil
}

func badPersistedQuery(message string) *gqlerror.Error {
	err := gqlerror.Errorf("%s", message)
	errcode.Set(err, string(models.CodeBadUserInput))
	return err
}

// persistedQueryNotFound is the error that clients of persisted queries look for by its message.
func persistedQueryNotFound() *gqlerror.Error {
	err := gqlerror.Errorf("PersistedQueryNotFound")
	errcode.Set(err, string(models.CodePersistedQueryNotFound))
	return err
}

// trustedStats is the name by which the statistics of an operation hold its trusted document.
const trustedStats = "trusted"

// trustedCache finds an operation's trusted document, which was parsed with its manifest, and other documents by their text.
type trustedCache struct {
	graphql.Cache[*ast.QueryDocument]
}

// Get finds the document of the operation that ctx is of.
func (c trustedCache) Get(ctx context.Context, text string) (*ast.QueryDocument, bool) {
	if document, trusted := graphql.GetOperationContext(ctx).Stats.GetExtension(trustedStats).(*ast.QueryDocument); trusted {
		return document, true
	}
	return c.Cache.Get(ctx, text)
}
