package graph_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"reelgraph/models"
)

// What is selected of an object in these tests, without and with what it is related to.
const (
	someUser  = "{ __typename id handle }"
	someVideo = "{ __typename id title owner " + someUser + " metadata { __typename id viewCount } }"
	someJob   = "{ __typename id prompt queuePosition sourceVideo " + someVideo + " }"
	someNote  = "{ __typename id title actor " + someUser + " video " + someVideo + " job " + someJob + " }"
)

// nested are selections with their statements: at most as many of a table as lists of the answer want
// something of it. Lists of a kind that are answered at the same time are mostly joined.
var nested = map[string]struct {
	query string
	most  map[string]int
}{
	"feed": {
		"feed(first: $first) { nodes " + someVideo + " edges { node { __typename id owner { __typename id handle credits } metadata { __typename id viewCount video { __typename id owner " + someUser + " } } } } }",
		map[string]int{"videos": 2, "users": 2, "video_metadata": 1},
	},
	"trendingVideos": {
		"trendingVideos(first: $first) { edges { node " + someVideo + " } nodes " + someVideo + " }",
		map[string]int{"video_ranks": 1, "users": 1, "video_metadata": 1},
	},
	"myAIJobs": {
		"myAIJobs(first: $first) { edges { node " + someJob + " } nodes " + someJob + " }",
		map[string]int{"ai_jobs": 1, "queue": 1, "videos": 1, "users": 1, "video_metadata": 1},
	},
	"notifications": {
		"notifications(first: $first) { nodes " + someNote + " edges { node " + someNote + " } unread { __typename id total byCategory { category count } } }",
		map[string]int{"notifications": 1, "inboxes": 1, "users": 3, "videos": 2, "video_metadata": 2, "ai_jobs": 1, "queue": 1},
	},
	"blockedUsers": {
		"blockedUsers(first: $first) { nodes " + someUser + " edges { node " + someUser + " } }",
		map[string]int{"user_blocks": 1},
	},
	"reportedVideos": {
		"reportedVideos(first: $first) { nodes { __typename video " + someVideo + " reasons } edges { node { __typename video { __typename id metadata { __typename id viewCount } } } } }",
		map[string]int{"reported_videos": 1, "video_reports": 1, "videos": 1, "users": 1, "video_metadata": 1},
	},
	"moderationLog": {
		"moderationLog(first: $first) { nodes { __typename id videoId moderator " + someUser + " } edges { node { __typename id videoId moderator { __typename id handle } } } }",
		map[string]int{"moderation_actions": 1, "users": 1},
	},
	"aiJobs": {
		"aiJobs(ids: $jobs) " + someJob,
		map[string]int{"ai_jobs": 1, "queue": 1, "videos": 1, "users": 1, "video_metadata": 1},
	},
	"notificationsByIds": {
		"notificationsByIds(ids: $notes) " + someNote,
		map[string]int{"notifications": 1, "users": 3, "videos": 2, "video_metadata": 2, "ai_jobs": 1, "queue": 1},
	},
	"videosMetadata": {
		"videosMetadata(ids: $videos) { __typename id viewCount video " + someVideo + " }",
		map[string]int{"video_metadata": 2, "videos": 1, "users": 1},
	},
	"videos": {
		"videos(ids: $videos) { __typename id owner " + someUser + " metadata { __typename id viewCount video { __typename id owner " + someUser + " } } }",
		map[string]int{"videos": 2, "video_metadata": 1, "users": 2},
	},
	"me": {
		"me " + someUser + " videos(ids: $videos) " + someVideo,
		map[string]int{"videos": 1, "video_metadata": 1, "users": 2},
	},
	"two lists at once": {
		"feed(first: $first) { nodes " + someVideo + " } trendingVideos(first: $first) { nodes " + someVideo + " }",
		map[string]int{"videos": 1, "video_ranks": 1, "users": 2, "video_metadata": 2},
	},
	"a screen of two batches and a feed": {
		"a: videosMetadata(ids: $videos) { __typename id viewCount } b: videosMetadata(ids: $others) { __typename id viewCount }" +
			" feed(first: $first) { nodes { __typename id owner " + someUser + " metadata { __typename id viewCount } } }",
		map[string]int{"video_metadata": 2, "videos": 1, "users": 1},
	},
	"the same list twice": {
		"feed(first: $first) { nodes { __typename id owner " + someUser + " } } feed(first: $first) { nodes { metadata { __typename id viewCount } } }",
		map[string]int{"videos": 1, "users": 1, "video_metadata": 1},
	},
	"aliases of a batch": {
		"a: videosMetadata(ids: $videos) { __typename id viewCount video " + someVideo + " } b: videosMetadata(ids: $others) { __typename id viewCount video { __typename id owner " + someUser + " } }",
		map[string]int{"video_metadata": 2, "videos": 2, "users": 2},
	},
	"overlapping aliases that want different things": {
		"a: videos(ids: $videos) { __typename id owner " + someUser + " } b: videos(ids: $others) { __typename id metadata { __typename id viewCount } }",
		map[string]int{"videos": 1, "users": 1, "video_metadata": 1},
	},
	"overlapping relations that want different things": {
		"aiJobs(ids: $jobs) { __typename id prompt queuePosition sourceVideo { __typename id owner " + someUser + " } }" +
			" notificationsByIds(ids: $notes) { __typename id video { __typename id metadata { __typename id viewCount } } }",
		map[string]int{"ai_jobs": 1, "queue": 1, "notifications": 1, "videos": 2, "users": 1, "video_metadata": 1},
	},
	"fragments and conditions": {
		"...F ... @include(if: $never) { me { id } } feed(first: $first) { ... on VideoConnection { nodes { __typename ...V } } edges { node { ...V @skip(if: $never) metadata @include(if: $never) { id } } } }",
		map[string]int{"videos": 1, "users": 1},
	},
}

// nestedQuery is one of nested as a document, with the variables and fragments that it uses.
func nestedQuery(selection string) string {
	declared := "query("
	for name, of := range map[string]string{
		"first": "Int!", "videos": "[ID!]!", "others": "[ID!]!", "jobs": "[ID!]!", "notes": "[ID!]!", "never": "Boolean! = false",
	} {
		if strings.Contains(selection, "$"+name) {
			declared += "$" + name + ": " + of + " "
		}
	}
	query := declared + ") { " + selection + " }"
	if strings.Contains(selection, "...F") {
		query += " fragment F on Query { __typename } fragment V on Video { __typename id owner { ...U } } fragment U on User { id handle __typename }"
	}
	return query
}

// TestNestedObjects counts the statements of selections and looks at who got what.
func TestNestedObjects(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() { crowd(t, p) })
		p.rank(t)
		admin := user(0, models.RoleAdmin)
		for name, selection := range nested {
			for _, size := range []int{1, 20, 100} {
				got, statements := p.counted(t, admin, nestedQuery(selection.query), map[string]any{
					"first": size, "videos": series(videoID, 0, size), "others": series(videoID, size/2, size/2+size),
					"jobs": series(jobID, 0, size), "notes": series(noteID, 0, size),
				})
				counts := tables(statements)
				for table, count := range counts {
					if count > selection.most[table] {
						t.Errorf("%s, %d: more than %d of %s: %v\n%s", name, size, selection.most[table], table, counts, lines(statements))
					}
				}
				for table := range selection.most {
					// Of one there may be nothing to ask for.
					if counts[table] == 0 && size > 1 {
						t.Errorf("%s, %d: nothing of %s: %v", name, size, table, counts)
					}
				}
				if nodes := pick(got, strings.Fields(name)[0]+".nodes"); len(nodes) > 1 {
					equal(t, name+": nodes", size, len(nodes))
				}
				checkCrowd(t, got)
			}
		}
	})
}

// TestEachRelationAlone selects one relation of the schema at a time, of a hundred objects: it takes one
// statement more than the list does without it.
func TestEachRelationAlone(t *testing.T) {
	t.Parallel()
	onPlatforms(t, func(t *testing.T, p *platform) {
		p.together(t, func() { crowd(t, p) })
		p.rank(t)
		for _, f := range append(queries("first"), queries("ids")...) {
			item, before, after := schema.Types[f.Type.Name()], "{ __typename ", " }"
			arguments := map[string]string{"first": "100"}
			if nodes := item.Fields.ForName("nodes"); nodes != nil {
				item, before, after = schema.Types[nodes.Type.Name()], "{ nodes { __typename ", " } }"
			} else {
				arguments["ids"] = quoted(series(batches[f.Name].id, 0, 100)...)
			}
			count := func(selected string) int {
				_, statements := p.counted(t, user(0, f.role), "{ "+f.call(arguments, before+selected+after)+" }", nil)
				return len(statements)
			}
			alone := count("")
			for _, relation := range item.Fields {
				if relation.Name == "queuePosition" {
					equal(t, f.Name+": queuePosition", alone+1, count(relation.Name))
				} else if schema.Types[relation.Type.Name()].IsCompositeType() {
					equal(t, f.Name+": "+relation.Name, alone+1, count(relation.Name+" { __typename }"))
				}
			}
		}
	})
}

// TestNestedObjectsIsComplete finds relations of the schema that no selection above follows.
func TestNestedObjectsIsComplete(t *testing.T) {
	t.Parallel()
	followed := map[string]bool{}
	for name, selection := range nested {
		document, errs := gqlparser.LoadQueryWithRules(schema, nestedQuery(selection.query), rules.NewDefaultRules())
		if errs != nil {
			t.Fatalf("%s: %v", name, errs)
		}
		maps.Copy(followed, fieldsIn(document.Operations[0].SelectionSet))
	}
	for name, definition := range schema.Types {
		if definition.BuiltIn || definition.Kind != ast.Object {
			continue
		}
		for _, f := range definition.Fields {
			related := schema.Types[f.Type.Name()]
			// Of what mutations answer, TestMutationsTakeAFixedNumberOfStatements selects all.
			answers := strings.HasSuffix(name, "Payload") || strings.HasSuffix(name, "Result")
			if answers || name == "Mutation" || name == "Subscription" || related.IsLeafType() || related.BuiltIn || f.Type.Name() == "PageInfo" {
				continue
			}
			if !followed[name+"."+f.Name] {
				t.Errorf("add a selection with %s.%s to nested, to count its statements", name, f.Name)
			}
		}
	}
}

// fieldsIn are all fields of a selection, as Type.field.
func fieldsIn(set ast.SelectionSet) map[string]bool {
	fields := map[string]bool{}
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			fields[s.ObjectDefinition.Name+"."+s.Name] = true
			maps.Copy(fields, fieldsIn(s.SelectionSet))
		case *ast.InlineFragment:
			maps.Copy(fields, fieldsIn(s.SelectionSet))
		}
	}
	return fields
}
