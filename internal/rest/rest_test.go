package rest

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"reelgraph/models"
)

// byPath finds a route.
func byPath(t testing.TB, path string) *Route {
	t.Helper()
	for _, route := range Routes {
		if route.Path == path {
			return route
		}
	}
	t.Fatalf("there is no route %s", path)
	return nil
}

// Only with one root field is the result of a field that of the operation.
func TestDocuments(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, route := range Routes {
		document, err := parser.ParseQuery(&ast.Source{Input: route.Document})
		if err != nil {
			t.Fatal(err)
		}
		operation := document.Operations[0]
		if len(document.Operations) != 1 || len(operation.SelectionSet) != 1 || names[operation.Name] {
			t.Errorf("%s has %d operations, %d root fields, and the name %s", route.Path, len(document.Operations), len(operation.SelectionSet), operation.Name)
		}
		names[operation.Name] = true
		variables, fault := route.Variables(map[string]any{route.ids: []any{"a"}, "reason": "r"})
		if !route.reasoned {
			variables, fault = route.Variables(map[string]any{route.ids: []any{"a"}})
		}
		if fault != nil {
			t.Fatal(fault)
		}
		for _, declared := range operation.VariableDefinitions {
			delete(variables, declared.Variable)
		}
		if len(variables) > 0 {
			t.Errorf("%s does not declare %v", route.Path, variables)
		}
	}
}

// What is told of an error is the route's own; what was made by GraphQL, which others may hold, stays.
func TestExplainLeavesItsDetails(t *testing.T) {
	t.Parallel()
	details := map[string]any{"code": "BAD_USER_INPUT", "invalidIds": []string{"1"}}
	before := maps.Clone(details)
	message, told := Routes[0].Explain("`ids` and ids", details)
	if diff := cmp.Diff(before, details); diff != "" || message != "`video_ids` and ids" || told["argument"] != "video_ids" {
		t.Errorf("%s %v\n%s", message, told, diff)
	}
	if _, told := Routes[0].Explain("", nil); len(told) > 0 {
		t.Errorf("of nothing: %v", told)
	}
}

// Whatever the texts, the answer is JSON that says them.
func FuzzAnswer(f *testing.F) {
	for _, text := range []string{
		"", "plain", `"`, `\`, "\n\x00\x1f\x7f", "ü", "\u2028\u2029", "</script>&", "\xff\xfe", "a\xed\xa0\x80b", "𝄞", "https://cdn.example.com/r?a=1&b=2", strings.Repeat("x", 5000) + `"`,
	} {
		f.Add(text, "error of "+text, int64(1)<<53-1)
		f.Add("\x00"+text, text, int64(-1))
	}
	f.Fuzz(func(t *testing.T, url, fault string, count int64) {
		valid := func(text string) string { return strings.ToValidUTF8(text, "\ufffd") }
		id, other := models.ID{1, 2, 3}, models.ID{15: 255}

		var jobs struct {
			Jobs map[string]struct {
				Status    string
				ResultURL *string `json:"result_url"`
				Error     *string
			}
		}
		text := byPath(t, "/v1/ai/jobs/batch-status").AppendAnswer(nil, []*models.AIJob{
			nil, {ID: id, Status: models.AIJobStatusFailed, ResultURL: &url, Error: &fault}, {ID: other, Status: models.AIJobStatusCanceled, Error: &fault}, {ID: id},
		})
		if err := json.Unmarshal(text, &jobs); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		one, two := jobs.Jobs[id.String()], jobs.Jobs[other.String()]
		if len(jobs.Jobs) != 2 || one.Status != "failed" || repeated(*one.ResultURL) != repeated(valid(url)) || repeated(*one.Error) != repeated(valid(fault)) {
			t.Errorf("%q and %q are told as %s", url, fault, text)
		}
		if two.Status != "failed" || two.ResultURL != nil || *two.Error != "Canceled" {
			t.Errorf("a canceled job is told as %s", text)
		}

		var videos struct{ Videos map[string]map[string]int64 }
		text = byPath(t, "/v1/videos/batch-metadata").AppendAnswer(nil, []*models.VideoMetadata{{VideoID: id, ViewCount: count, GlitchCount: -count}, nil})
		if err := json.Unmarshal(text, &videos); err != nil || videos.Videos[id.String()]["view_count"] != count || videos.Videos[id.String()]["glitch_count"] != -count {
			t.Errorf("%d is told as %s: %v", count, text, err)
		}

		var blocked struct{ Results map[string]string }
		text = byPath(t, "/v1/blocks/batch").AppendAnswer(nil, &models.BlockUsersPayload{
			BlockedCount: int(count), Results: []*models.BlockUserResult{{ID: url, Status: "ALREADY_BLOCKED"}, {ID: url, Status: "BLOCKED"}},
		})
		if err := json.Unmarshal(text, &blocked); err != nil || len(blocked.Results) != 1 || !utf8.Valid(text) {
			t.Errorf("%q is told as %s: %v", url, text, err)
		}
		for _, status := range blocked.Results {
			if status != "already_blocked" {
				t.Errorf("the status is told as %s", status)
			}
		}
	})
}

// repeated makes one replacement character of several: how many stand for bytes that are no text is for nobody to rely on.
func repeated(text string) string {
	for strings.Contains(text, "\ufffd\ufffd") {
		text = strings.ReplaceAll(text, "\ufffd\ufffd", "\ufffd")
	}
	return text
}
