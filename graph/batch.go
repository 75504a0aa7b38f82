package graph

import (
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/models"
)

// parseIDs reads the ids of one field. The error names all that are no UUIDs, or the limit that
// they pass.
func (r *Resolver) parseIDs(ids []string) ([]models.ID, error) {
	if len(ids) > r.maxBatchSize {
		return nil, &models.Error{
			Code:    models.CodeBadUserInput,
			Message: fmt.Sprintf("A field takes at most %d ids, not %d.", r.maxBatchSize, len(ids)),
			Details: map[string]any{"limit": r.maxBatchSize, "actual": len(ids)},
		}
	}
	parsed := make([]models.ID, len(ids))
	var invalid []string
	for i, text := range ids {
		id, ok := models.ParseID(text)
		if !ok {
			invalid = append(invalid, text)
		}
		parsed[i] = id
	}
	if invalid != nil {
		return nil, models.InvalidIDs("Ids are UUIDs in the 36-character form.", invalid)
	}
	return parsed, nil
}

// idsOfSameFields gives the ids of every root field that has the name of this one, whose own ids are known. Fields whose
// ids are not good fail by themselves and have no share.
func (r *Resolver) idsOfSameFields(operation *graphql.OperationContext, own graphql.CollectedField, ids []models.ID) []models.ID {
	if len(operation.Operation.SelectionSet) == 1 && operation.Operation.SelectionSet[0] == ast.Selection(own.Field) {
		return ids // as in nearly every poll
	}
	all := ids
	for _, field := range rootSelections(operation) {
		if field.Name != own.Name || field.Field == own.Field {
			continue
		}
		if ids, err := r.parseIDs(textList(field.ArgumentMap(operation.Variables)["ids"])); err == nil {
			all = append(all, ids...)
		}
	}
	return all
}

// textList is a list of ids as the query's text or its variables have it.
func textList(value any) []string {
	switch list := value.(type) {
	case []string:
		return list
	case []any:
		texts := make([]string, len(list))
		for i, v := range list {
			texts[i], _ = v.(string)
		}
		return texts
	case string: // GraphQL takes one value for a list of one.
		return []string{list}
	}
	return nil
}

func always[T any](*T) bool { return true }

// notDeleted is nil for a deleted video.
func notDeleted(video *models.Video) *models.Video {
	if video != nil && video.DeletedAt != nil {
		return nil
	}
	return video
}
