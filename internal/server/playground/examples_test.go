package playground_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"reelgraph/internal/server/playground"
)

func loadSchema(t *testing.T) *ast.Schema {
	t.Helper()
	names, err := filepath.Glob("../../../schema/*.graphqls")
	if err != nil || len(names) == 0 {
		t.Fatalf("no schema files: %v", err)
	}
	var sources []*ast.Source
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: name, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func ids(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("01890000-0000-7000-8000-%012x", i)
	}
	return list
}

func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	titles := map[string]bool{}
	for _, tab := range playground.Examples(ids(20), ids(10)) {
		document, err := gqlparser.LoadQueryWithRules(schema, tab.Query, rules.NewDefaultRules())
		if err != nil {
			t.Errorf("%s: %v", tab.Title, err)
			continue
		}
		if len(document.Operations) != 1 || document.Operations[0].Name != tab.Title {
			t.Errorf("%s: its operation has another name", tab.Title)
		}
		if titles[tab.Title] {
			t.Errorf("two tabs are titled %s", tab.Title)
		}
		titles[tab.Title] = true
		if !strings.HasPrefix(tab.Query, "# ") {
			t.Errorf("%s: no comment says what it shows", tab.Title)
		}
		checkVariables(t, schema, document.Operations[0], tab)
	}
}

// checkVariables also fails on variables that the operation does not declare.
func checkVariables(t *testing.T, schema *ast.Schema, operation *ast.OperationDefinition, tab playground.Tab) {
	t.Helper()
	values := map[string]any{}
	if tab.Variables != "" {
		decoder := json.NewDecoder(strings.NewReader(tab.Variables))
		decoder.UseNumber()
		if err := decoder.Decode(&values); err != nil {
			t.Errorf("%s: %v", tab.Title, err)
		}
	}
	if _, err := validator.VariableValues(schema, operation, values); err != nil {
		t.Errorf("%s: %v", tab.Title, err)
	}
	for name := range values {
		if operation.VariableDefinitions.ForName(name) == nil {
			t.Errorf("%s: the variable %s is not declared", tab.Title, name)
		}
	}
}

func TestOnlyTheLastExampleIsForModerators(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	tabs := playground.Examples(nil, nil)
	for i, tab := range tabs {
		document, err := gqlparser.LoadQueryWithRules(schema, tab.Query, rules.NewDefaultRules())
		if err != nil {
			t.Fatal(err)
		}
		for _, selection := range document.Operations[0].SelectionSet {
			field := selection.(*ast.Field)
			role := ""
			if auth := field.Definition.Directives.ForName("auth"); auth != nil {
				role, _ = auth.ArgumentMap(nil)["role"].(string)
			}
			if got, want := role == "ADMIN", i == len(tabs)-1; got != want {
				t.Errorf("%s: %s is for the role %q", tab.Title, field.Name, role)
			}
		}
	}
}

func TestPollAsksForTwentyVideosAndTenJobs(t *testing.T) {
	t.Parallel()
	type variables struct {
		VideoIDs []string `json:"videoIds"`
		JobIDs   []string `json:"jobIds"`
	}
	tests := map[string]struct {
		videoIDs, jobIDs []string
		want             variables
	}{
		"as many":  {ids(20), ids(10), variables{ids(20), ids(10)}},
		"too many": {ids(200), ids(101), variables{ids(20), ids(10)}},
		"fewer":    {ids(3), ids(1), variables{ids(3), ids(1)}},
		"none":     {nil, nil, variables{[]string{}, []string{}}},
	}
	for name, test := range tests {
		var got variables
		if err := json.Unmarshal([]byte(playground.Examples(test.videoIDs, test.jobIDs)[0].Variables), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
