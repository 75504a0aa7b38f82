package graph

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/internal/loaders"
	"reelgraph/models"
)

// lookup answers a root field that takes ids: one entry for each, in the order asked, duplicates
// included, nil where there is no object or visible says that it must not be seen. The ids of all
// root fields with this one's name are read together. No ids answer nothing, without a read.
func lookup[T any](ctx context.Context, r *Resolver, from func(*loaders.Loaders) *loaders.Loader[*T], ids []string, visible func(*T) bool) ([]*T, error) {
	parsed, err := r.parseIDs(ids)
	if err != nil || len(parsed) == 0 {
		return []*T{}, err
	}
	l := loaders.For(ctx)
	found, err := from(l).Root(ctx, graphql.GetFieldContext(ctx).Field.Name, func() []models.ID { return r.idsOfSameFields(ctx, parsed) })
	if err != nil {
		return nil, err
	}
	answer := make([]*T, len(parsed))
	for i, id := range parsed {
		if object := found[id]; object != nil && visible(object) {
			answer[i] = object
		}
	}
	loaders.Siblings(l, answer)
	return answer, nil
}

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

// idsOfSameFields gives the ids of every root field that has the name of ctx's own. Fields whose
// ids are not good fail by themselves and have no share.
func (r *Resolver) idsOfSameFields(ctx context.Context, own []models.ID) []models.ID {
	operation := graphql.GetOperationContext(ctx)
	name := graphql.GetFieldContext(ctx).Field.Name
	all := own
	for _, field := range rootSelections(operation) {
		if field.Name != name || field.Field == graphql.GetFieldContext(ctx).Field.Field {
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
