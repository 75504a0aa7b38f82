package graph_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func contractText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../schema/testdata/contract.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parseSchema(t *testing.T, text string) *ast.Schema {
	t.Helper()
	parsed, err := gqlparser.LoadSchema(&ast.Source{Name: "contract.graphqls", Input: text})
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestServerKeepsToTheContract(t *testing.T) {
	t.Parallel()
	for _, difference := range breaking(parseSchema(t, contractText(t)), schema) {
		t.Error(difference)
	}
}

// TestContractWouldBeNoticed changes the contract in small ways and takes the outcome for the
// server's schema.
func TestContractWouldBeNoticed(t *testing.T) {
	t.Parallel()
	text := contractText(t)
	contract := parseSchema(t, text)
	changes := []struct {
		old, new string
		want     []string
	}{
		// What breaks clients.
		{"  me: User\n", "  notMe: User\n", []string{"Query.me is missing"}},
		{"  me: User\n", "  me: User!\n", []string{"Query.me is User!, not User"}},
		{"  me: User\n", "  me(of: ID!): User\n", []string{"Query.me(of) is new and required"}},
		{"  me: User\n", "  me: User @auth\n", []string{`Query.me asks for the role "USER", not ""`}},
		{"pageInfo: PageInfo!\n  unread: UnreadNotifications!", "pageInfo: PageInfo!", []string{"NotificationConnection.unread is missing"}},
		{"type UnreadCategory {\n  category: NotificationCategory!\n  count: Int!", "type UnreadCategory {\n  category: NotificationCategory!\n  count: Int64!", []string{"UnreadCategory.count is Int64!, not Int!"}},
		{"videosMetadata(ids: [ID!]!): [VideoMetadata]", "videosMetadata(ids: [ID!]!): [VideoMetadata!]", []string{"Query.videosMetadata is [VideoMetadata!], not [VideoMetadata]"}},
		{"videosMetadata(ids: [ID!]!): [VideoMetadata]", "videosMetadata(ids: [ID!]): [VideoMetadata]", []string{"Query.videosMetadata(ids) is [ID!], not [ID!]!"}},
		{"feed(first: Int! = 20,", "feed(first: Int! = 10,", []string{"Query.feed(first) is 10 where it is not given, not 20"}},
		{"feed(first: Int! = 20,", "feed(first: Int!,", []string{"Query.feed(first) is absent where it is not given, not 20"}},
		{"feed(first: Int! = 20, after: String)", "feed(first: Int! = 20)", []string{"Query.feed(after) is missing"}},
		{"reportedVideos(first: Int! = 20, after: String): ReportedVideoConnection @auth(role: ADMIN)", "reportedVideos(first: Int! = 20, after: String): ReportedVideoConnection @auth", []string{`Query.reportedVideos asks for the role "USER", not "ADMIN"`}},
		{"aiJobs(ids: [ID!]!): [AIJob] @auth", "aiJobs(ids: [ID!]!): [AIJob]", []string{`Query.aiJobs asks for the role "", not "USER"`}},
		{"@auth(role: Role! = USER) on", "@auth(role: Role! = ADMIN) on", []string{"@auth(role) is ADMIN where it is not given, not USER", `Query.aiJobs asks for the role "ADMIN", not "USER"`}},
		{"  FOLLOW\n", "  FOLLOWS\n", []string{"NotificationCategory.FOLLOW is missing", "NotificationCategory.FOLLOWS is new"}},
		{"  UPSCALE\n", "  UPSCALE\n  UPLOAD\n", []string{"AIJobKind.UPLOAD is new"}},
		{"scalar Int64", "enum Int64 { SMALL LARGE }", []string{"Int64 is ENUM, not SCALAR"}},
		{"input UserInput {\n", "input UserInput {\n  age: Int!\n", []string{"UserInput.age is new and required"}},
		{"  count: Int! = 1\n", "  count: Int! = 2\n", []string{"VideoActivityInput.count is 2 where it is not given, not 1"}},
		{"dryRun: Boolean! = false", "dryRun: Boolean! = true", []string{"Mutation.deleteVideos(dryRun) is true where it is not given, not false"}},
		{"unreadNotificationsChanged: UnreadNotifications! @auth", "unreadNotificationsChanged: UnreadNotifications! @auth(role: SERVICE)", []string{`Subscription.unreadNotificationsChanged asks for the role "SERVICE", not "USER"`}},
		// What does not.
		{"  me: User\n", "  me(of: ID, deep: Int! = 1): User\n  you: User!\n", nil},
		{"scalar Int64", "scalar Int64\nscalar Int128\nenum Mood { GOOD }\ndirective @odd on FIELD", nil},
		{"input UserInput {\n", "input UserInput {\n  age: Int! = 0\n  mood: String\n", nil},
		{"type PageInfo {\n", "\"Another text.\"\ntype PageInfo {\n  size: Int!\n", nil},
	}
	for _, change := range changes {
		if strings.Count(text, change.old) != 1 {
			t.Errorf("%q is in the contract %d times", change.old, strings.Count(text, change.old))
			continue
		}
		got := breaking(contract, parseSchema(t, strings.Replace(text, change.old, change.new, 1)))
		for _, want := range change.want {
			if !slices.Contains(got, want) {
				t.Errorf("%q for %q: %q is not among %q", change.new, change.old, want, got)
			}
		}
		if change.want == nil {
			equal(t, change.new, []string(nil), got)
		}
	}
}

// TestRootsThatAreNotBuiltAreLeftOut also shows that a root is compared from the moment it is there.
func TestRootsThatAreNotBuiltAreLeftOut(t *testing.T) {
	t.Parallel()
	text := contractText(t)
	contract := parseSchema(t, text)
	queriesAlone, _, found := strings.Cut(text, "type Mutation {")
	if !found {
		t.Fatal("the contract has no mutations")
	}
	equal(t, "queries alone", []string(nil), breaking(contract, parseSchema(t, queriesAlone)))
	got := breaking(contract, parseSchema(t, queriesAlone+"type Mutation { markNotificationsRead(ids: [ID!]!): MarkNotificationsReadPayload @auth }"))
	if !slices.Contains(got, "Mutation.startAIJob is missing") || slices.ContainsFunc(got, func(d string) bool { return strings.HasPrefix(d, "Subscription") }) {
		t.Errorf("with one mutation: %q", got)
	}
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	described := func(what, description string) {
		if strings.TrimSpace(description) == "" {
			t.Errorf("%s has no description", what)
		}
	}
	arguments := func(of string, list ast.ArgumentDefinitionList) {
		for _, argument := range list {
			described(of+"("+argument.Name+")", argument.Description)
		}
	}
	for name, definition := range schema.Types {
		if definition.BuiltIn {
			continue
		}
		described(name, definition.Description)
		for _, value := range definition.EnumValues {
			described(name+"."+value.Name, value.Description)
		}
		for _, f := range definition.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				described(name+"."+f.Name, f.Description)
				arguments(name+"."+f.Name, f.Arguments)
			}
		}
	}
	for name, directive := range schema.Directives {
		if !directive.Position.Src.BuiltIn {
			described("@"+name, directive.Description)
			arguments("@"+name, directive.Arguments)
		}
	}
}
