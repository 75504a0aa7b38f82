package graph

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/internal/loaders"
)

// relation names a field that a loader answers for the members of a list.
type relation struct{ object, field string }

// relations are all of them, each with the count of lists that such a field adds to.
var relations = map[relation]func(*loaders.Lists) *int{
	{"Video", "owner"}:                func(l *loaders.Lists) *int { return &l.Users },
	{"Video", "metadata"}:             func(l *loaders.Lists) *int { return &l.Metadata },
	{"VideoMetadata", "video"}:        func(l *loaders.Lists) *int { return &l.Videos },
	{"AIJob", "sourceVideo"}:          func(l *loaders.Lists) *int { return &l.Videos },
	{"AIJob", "queuePosition"}:        func(l *loaders.Lists) *int { return &l.QueuePositions },
	{"Notification", "actor"}:         func(l *loaders.Lists) *int { return &l.Users },
	{"Notification", "video"}:         func(l *loaders.Lists) *int { return &l.Videos },
	{"Notification", "job"}:           func(l *loaders.Lists) *int { return &l.AIJobs },
	{"ReportedVideo", "video"}:        func(l *loaders.Lists) *int { return &l.Videos },
	{"ModerationAction", "moderator"}: func(l *loaders.Lists) *int { return &l.Users },
}

// relatedStats is the name by which the statistics of an operation hold true if it asks for a relation anywhere.
const relatedStats = "related"

// wantedLists counts the lists of an operation whose members want related objects.
func wantedLists(operation *graphql.OperationContext) loaders.Lists {
	if operation.Stats.GetExtension(relatedStats) == nil {
		return loaders.Lists{}
	}
	return listsBelow(operation, rootSelections(operation)...)
}

// rootSelections are the root fields of an operation.
func rootSelections(operation *graphql.OperationContext) []graphql.CollectedField {
	return collected(operation, operation.Operation.SelectionSet)
}

// collected are the fields of a selection set, collected for once: an operation keeps what is collected of it for as
// long as it runs, by where in memory the set is, which another may be when that one is gone.
func collected(operation *graphql.OperationContext, set ast.SelectionSet) []graphql.CollectedField {
	return graphql.CollectFields(&graphql.OperationContext{Doc: operation.Doc, Variables: operation.Variables}, set, nil)
}

// listsBelow counts those of some root fields alone.
func listsBelow(operation *graphql.OperationContext, roots ...graphql.CollectedField) loaders.Lists {
	var lists loaders.Lists
	for _, root := range roots {
		countLists(operation, &lists, root.Selections)
	}
	return lists
}

// countLists counts in what is selected of one list: once a relation, however often it is selected
// under edges and nodes, since the members are the same.
func countLists(operation *graphql.OperationContext, lists *loaders.Lists, selected ast.SelectionSet) {
	children := map[relation]ast.SelectionSet{}
	collectRelations(operation, children, selected)
	for related, below := range children {
		*relations[related](lists)++
		countLists(operation, lists, below)
	}
}

func collectRelations(operation *graphql.OperationContext, children map[relation]ast.SelectionSet, selected ast.SelectionSet) {
	if len(selected) == 0 {
		return
	}
	for _, field := range collected(operation, selected) {
		named := relation{field.ObjectDefinition.Name, field.Name}
		if _, ok := relations[named]; ok {
			children[named] = append(children[named], field.Selections...)
		} else {
			collectRelations(operation, children, field.Selections)
		}
	}
}
