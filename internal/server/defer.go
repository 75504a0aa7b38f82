package server

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// inOneAnswer takes @defer out of the operation, since the answers to POST and GET come in
// one piece and what is deferred would never be delivered. The document may be shared by
// other requests, so it is copied, not changed.
func inOneAnswer(operation *graphql.OperationContext) {
	if !strings.Contains(operation.RawQuery, "defer") {
		return
	}
	c := undeferring{fragments: make(map[*ast.FragmentDefinition]*ast.FragmentDefinition)}
	document := *operation.Doc
	document.Fragments = make(ast.FragmentDefinitionList, len(operation.Doc.Fragments))
	for i, fragment := range operation.Doc.Fragments {
		document.Fragments[i] = c.fragment(fragment)
	}
	document.Operations = make(ast.OperationList, len(operation.Doc.Operations))
	for i, original := range operation.Doc.Operations {
		undeferred := *original
		undeferred.SelectionSet = c.selections(original.SelectionSet)
		document.Operations[i] = &undeferred
		if original == operation.Operation {
			operation.Operation = &undeferred
		}
	}
	operation.Doc = &document
}

// undeferring copies parts of a document without @defer. Each fragment is copied once.
type undeferring struct {
	fragments map[*ast.FragmentDefinition]*ast.FragmentDefinition
}

func (c undeferring) fragment(original *ast.FragmentDefinition) *ast.FragmentDefinition {
	if original == nil {
		return nil
	}
	if done, ok := c.fragments[original]; ok {
		return done
	}
	undeferred := *original
	c.fragments[original] = &undeferred
	undeferred.SelectionSet = c.selections(original.SelectionSet)
	return &undeferred
}

func (c undeferring) selections(original ast.SelectionSet) ast.SelectionSet {
	if original == nil {
		return nil
	}
	undeferred := make(ast.SelectionSet, len(original))
	for i, selection := range original {
		switch selection := selection.(type) {
		case *ast.Field:
			field := *selection
			field.SelectionSet = c.selections(selection.SelectionSet)
			undeferred[i] = &field
		case *ast.InlineFragment:
			inline := *selection
			inline.Directives = withoutDefer(selection.Directives)
			inline.SelectionSet = c.selections(selection.SelectionSet)
			undeferred[i] = &inline
		case *ast.FragmentSpread:
			spread := *selection
			spread.Directives = withoutDefer(selection.Directives)
			spread.Definition = c.fragment(selection.Definition)
			undeferred[i] = &spread
		}
	}
	return undeferred
}

func withoutDefer(directives ast.DirectiveList) ast.DirectiveList {
	var kept ast.DirectiveList
	for _, directive := range directives {
		if directive.Name != "defer" {
			kept = append(kept, directive)
		}
	}
	return kept
}
