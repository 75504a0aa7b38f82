package graph_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"reelgraph/graph"
	"reelgraph/models"
)

// onlooker sees every field, and so has all lookups go the ordinary way. It counts the fields with resolvers.
type onlooker struct{ resolved *int }

func (onlooker) ExtensionName() string                   { return "Onlooker" }
func (onlooker) Validate(graphql.ExecutableSchema) error { return nil }

func (o onlooker) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	if graphql.GetFieldContext(ctx).IsResolver {
		*o.resolved++
	}
	return next(ctx)
}

// TestStraightLookups: whichever way a lookup goes, the answer is the same, errors and all.
func TestStraightLookups(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.addUsers(t, 2)
		p.addVideos(t, 6, 2)
		p.deleteVideo(t, 3)
		p.addJobs(t, job{n: 1, owner: 1}, job{n: 2, owner: 2}, job{n: 3, owner: 1})
		p.addNotes(t, note{n: 1, recipient: 1, category: models.NotificationCategorySystem}, note{n: 2, recipient: 2, category: models.NotificationCategorySystem})
		resolved := 0
		ordinary := p.with(func(o *graph.Options) { o.Extensions = append(o.Extensions, onlooker{&resolved}) })
		fields := map[string]string{
			"videosMetadata":     "{ id views: viewCount again: viewCount updatedAt __typename } }",
			"videos":             "{ id title ...F ...F thumbnailUrl @include(if: true) } } fragment F on Video { createdAt title }",
			"aiJobs":             "{ id kind status progress prompt ... { error } startedAt } }",
			"notificationsByIds": "{ id category title createdAt } }",
			// Of which nothing is left.
			"b: aiJobs": "{ id @skip(if: true) ... @include(if: false) { kind } } }",
		}
		of := map[string]func(int) models.ID{"videosMetadata": videoID, "videos": videoID, "aiJobs": jobID, "notificationsByIds": noteID, "b: aiJobs": jobID}
		for field, selection := range fields {
			for name, ids := range idsOfAllKinds(of[field]) {
				for _, caller := range []*models.Caller{nil, user(1), user(2)} {
					r := request{query: "query($ids: [ID!]!) { " + field + "(ids: $ids) " + selection, variables: map[string]any{"ids": ids}}
					if diff := cmp.Diff(whole(t, ordinary.send(t, caller, r)), whole(t, p.send(t, caller, r))); diff != "" {
						t.Errorf("%s, %s, %v (-ordinary +straight)\n%s", field, name, caller, diff)
					}
				}
			}
		}
		if resolved == 0 {
			t.Error("no field went the ordinary way")
		}
	})
}

// whole is all of an answer, as text.
func whole(t *testing.T, a answer) string {
	t.Helper()
	errors, err := json.MarshalIndent(a.Errors, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return a.Raw + "\n" + string(errors)
}

func idsOfAllKinds(of func(int) models.ID) map[string]any {
	return map[string]any{
		"some": series(of, 1, 4), "unknown among them": series(of, 3, 9), "twice": texts(of(2), of(1), of(2)),
		"none": []any{}, "one without a list": of(1).String(), "null": nil, "null among them": []any{of(1).String(), nil},
		"no UUIDs": []any{of(1).String(), "nobody", "", 7}, "upper case": []any{"BB000000-0000-0000-0000-000000000001"},
		"as many as may be": series(of, 1, 101), "too many": series(of, 1, 102),
	}
}
