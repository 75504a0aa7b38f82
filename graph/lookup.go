package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"reelgraph/internal/loaders"
	"reelgraph/models"
)

// lookup is a root field that takes ids. It answers one entry for each, in the order asked, duplicates included, nil where
// there is no object or visible says that it must not be seen.
type lookup[T any] struct {
	from    func(*loaders.Loaders) *loaders.Loader[*T]
	visible func(*T) bool
	// object is what the schema calls T, and plain what its plain fields are written by.
	object string
	plain  func(name string) func([]byte, *T) []byte
}

var (
	metadataByID = lookup[models.VideoMetadata]{
		from:    func(l *loaders.Loaders) *loaders.Loader[*models.VideoMetadata] { return &l.Metadata },
		visible: func(m *models.VideoMetadata) bool { return m.DeletedAt == nil },
		object:  "VideoMetadata", plain: plainVideoMetadata,
	}
	videosByID = lookup[models.Video]{
		from:    func(l *loaders.Loaders) *loaders.Loader[*models.Video] { return &l.Videos },
		visible: func(v *models.Video) bool { return v.DeletedAt == nil },
		object:  "Video", plain: plainVideo,
	}
	aiJobsByID = lookup[models.AIJob]{
		from:    func(l *loaders.Loaders) *loaders.Loader[*models.AIJob] { return &l.AIJobs },
		visible: always[models.AIJob],
		object:  "AIJob", plain: plainAIJob,
	}
	notificationsByID = lookup[models.Notification]{
		from:    func(l *loaders.Loaders) *loaders.Loader[*models.Notification] { return &l.Notifications },
		visible: always[models.Notification],
		object:  "Notification", plain: plainNotification,
	}
)

// resolve answers the field. No ids answer nothing, without a read.
func (l lookup[T]) resolve(ctx context.Context, r *Resolver, ids []string) ([]*T, error) {
	parsed, err := r.parseIDs(ids)
	if err != nil || len(parsed) == 0 {
		return []*T{}, err
	}
	answer, err := l.find(ctx, r, graphql.GetFieldContext(ctx).Field, parsed)
	if err != nil {
		return nil, err
	}
	loaders.Siblings(loaders.For(ctx), answer)
	return answer, nil
}

// find gives the entries. The ids of all root fields with this one's name are read together.
func (l lookup[T]) find(ctx context.Context, r *Resolver, field graphql.CollectedField, ids []models.ID) ([]*T, error) {
	found, err := l.from(loaders.For(ctx)).Root(ctx, field.Name, func() []models.ID {
		return r.idsOfSameFields(graphql.GetOperationContext(ctx), field, ids)
	})
	if err != nil {
		return nil, err
	}
	answer := make([]*T, len(ids))
	for i, id := range ids {
		if object := found[id]; object != nil && l.visible(object) {
			answer[i] = object
		}
	}
	return answer, nil
}
