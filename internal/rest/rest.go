// Package rest describes the routes below /v1 for clients written against plain HTTP: the GraphQL document that each
// stands for, how its request becomes the document's variables, and how what the root field answers is written. It knows
// neither HTTP nor the executor.
package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"reelgraph/models"
)

// Route is one of the routes. All of them are POSTs of a JSON object, answered with another.
type Route struct {
	// Path is where it is.
	Path string
	// Document is the operation that it stands for. It has one root field, and selects as much of it as the answer
	// shows, since that is what it costs.
	Document string
	// ids is the member of the request that holds the ids, reasoned whether there is a reason too.
	ids      string
	reasoned bool
	write    func(answer []byte, result any) []byte
}

// Routes are all there are.
var Routes = []*Route{
	{
		Path:     "/v1/videos/batch-metadata",
		Document: "query V1VideosBatchMetadata($ids: [ID!]!) { videosMetadata(ids: $ids) { id viewCount likeCount commentCount remixCount glitchCount } }",
		ids:      "video_ids",
		write:    writing(appendCounters),
	},
	{
		Path:     "/v1/ai/jobs/batch-status",
		Document: "query V1AIJobsBatchStatus($ids: [ID!]!) { aiJobs(ids: $ids) { id status progress resultUrl error } }",
		ids:      "job_ids",
		write:    writing(appendJobs),
	},
	{
		Path:     "/v1/notifications/batch-mark-read",
		Document: "mutation V1NotificationsBatchMarkRead($ids: [ID!]!) { markNotificationsRead(ids: $ids) { markedCount success } }",
		ids:      "notification_ids",
		write:    writing(appendMarked),
	},
	{
		Path: "/v1/admin/videos/batch-delete",
		Document: "mutation V1VideosBatchDelete($ids: [ID!]!, $reason: String!) " +
			"{ deleteVideos(ids: $ids, reason: $reason) { deletedCount results { id status } } }",
		ids:      "video_ids",
		reasoned: true,
		write:    writing(appendDeleted),
	},
	{
		Path:     "/v1/blocks/batch",
		Document: "mutation V1BlocksBatch($ids: [ID!]!) { blockUsers(ids: $ids) { blockedCount results { id status } } }",
		ids:      "user_ids",
		write:    writing(appendBlocked),
	},
}

// Variables are those that the body of a request has for the document. The body must have the route's members and no
// others; what is missing, null or of another type is a BAD_USER_INPUT that names it. Whether ids are UUIDs and not too
// many is the document's to judge.
func (r *Route) Variables(body map[string]any) (map[string]any, *models.Error) {
	for name := range body {
		if !r.takes(name) {
			return nil, r.unknownMember(body)
		}
	}
	ids, fault := r.listOfIDs(body)
	if fault != nil {
		return nil, fault
	}
	variables := map[string]any{"ids": ids}
	if r.reasoned {
		reason, ok := body["reason"].(string)
		if !ok {
			return nil, mustBe("reason", "a string", body)
		}
		variables["reason"] = reason
	}
	return variables, nil
}

// listOfIDs gives the ids as the executor takes them without copying.
func (r *Route) listOfIDs(body map[string]any) ([]any, *models.Error) {
	ids, ok := body[r.ids].([]any)
	if !ok {
		return nil, mustBe(r.ids, "a list of strings", body)
	}
	for i, id := range ids {
		if _, ok := id.(string); !ok {
			return nil, models.BadInput(r.ids, fmt.Sprintf("`%s` must be a list of strings; at place %d it has %s.", r.ids, i, kindOf(id)))
		}
	}
	return ids, nil
}

// takes reports whether the body has a member of this name.
func (r *Route) takes(name string) bool { return name == r.ids || name == "reason" && r.reasoned }

// unknownMember tells of the first by name of the members that do not belong there, of which there is one.
func (r *Route) unknownMember(body map[string]any) *models.Error {
	unknown := slices.DeleteFunc(slices.Sorted(maps.Keys(body)), r.takes)
	name, members := shortened(unknown[0]), "`"+r.ids+"` alone"
	if r.reasoned {
		members = "`" + r.ids + "` and `reason`"
	}
	return models.BadInput(name, fmt.Sprintf("`%s` is no member of this request, which takes %s.", name, members))
}

// AppendAnswer appends the JSON of the answer to what the document's root field gave, which must be what its
// resolver gives.
func (r *Route) AppendAnswer(answer []byte, result any) []byte { return r.write(answer, result) }

// Explain puts an error of the document into the words of the route's client, who knows the ids by the name of the
// request's member. What it is given stays as it is.
func (r *Route) Explain(message string, details map[string]any) (string, map[string]any) {
	told := maps.Clone(details)
	if ofIDs(details) {
		told["argument"] = r.ids
	}
	return strings.ReplaceAll(message, "`ids`", "`"+r.ids+"`"), told
}

// ofIDs reports whether an error is about the ids.
func ofIDs(details map[string]any) bool {
	argument, named := details["argument"]
	if named {
		return argument == "ids"
	}
	_, invalid := details["invalidIds"]
	_, limited := details["limit"]
	return invalid || limited && details["code"] == string(models.CodeBadUserInput)
}

// mustBe says of a member that it is not what it must be.
func mustBe(name, what string, body map[string]any) *models.Error {
	value, given := body[name]
	if !given {
		return models.BadInput(name, fmt.Sprintf("`%s` is missing; it must be %s.", name, what))
	}
	return models.BadInput(name, fmt.Sprintf("`%s` must be %s, not %s.", name, what, kindOf(value)))
}

// kindOf names the kind of a JSON value.
func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case json.Number, float64:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}

// maxName bounds what of an unknown member's name is told.
const maxName = 60

func shortened(name string) string {
	runes := []rune(name)
	if len(runes) <= maxName {
		return name
	}
	return string(slices.Concat(runes[:maxName], []rune("…")))
}
