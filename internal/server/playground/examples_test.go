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

// things has so many ids of each kind.
func things(n int) playground.Things {
	return playground.Things{
		VideoIDs: ids(n), JobIDs: ids(n), NotificationIDs: ids(n), UserID: ids(1)[0], OtherIDs: ids(n), CaseIDs: ids(n),
	}
}

// documents are the examples' operations, by the titles of their tabs.
func documents(t *testing.T, schema *ast.Schema, tabs []playground.Tab) map[string]*ast.QueryDocument {
	t.Helper()
	all := map[string]*ast.QueryDocument{}
	for _, tab := range tabs {
		document, err := gqlparser.LoadQueryWithRules(schema, tab.Query, rules.NewDefaultRules())
		if err != nil {
			t.Fatalf("%s: %v", tab.Title, err)
		}
		if all[tab.Title] != nil {
			t.Errorf("two tabs are titled %s", tab.Title)
		}
		all[tab.Title] = document
	}
	return all
}

func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	for _, tabs := range [][]playground.Tab{playground.Examples(things(30)), playground.Examples(playground.Things{})} {
		all := documents(t, schema, tabs)
		for _, tab := range tabs {
			operations := all[tab.Title].Operations
			if operations[0].Name != tab.Title {
				t.Errorf("%s: its first operation has another name", tab.Title)
			}
			if !strings.HasPrefix(tab.Query, "# ") {
				t.Errorf("%s: no comment says what it shows", tab.Title)
			}
			checkVariables(t, schema, operations, tab)
		}
	}
}

// checkVariables also fails on variables that no operation of the tab declares.
func checkVariables(t *testing.T, schema *ast.Schema, operations ast.OperationList, tab playground.Tab) {
	t.Helper()
	values := map[string]any{}
	if tab.Variables != "" {
		decoder := json.NewDecoder(strings.NewReader(tab.Variables))
		decoder.UseNumber()
		if err := decoder.Decode(&values); err != nil {
			t.Errorf("%s: %v", tab.Title, err)
		}
	}
	declared := map[string]bool{}
	for _, operation := range operations {
		if _, err := validator.VariableValues(schema, operation, values); err != nil {
			t.Errorf("%s: %v", operation.Name, err)
		}
		for _, variable := range operation.VariableDefinitions {
			declared[variable.Variable] = true
		}
	}
	for name := range values {
		if !declared[name] {
			t.Errorf("%s: the variable %s is not declared", tab.Title, name)
		}
	}
}

func TestExamplesShowEveryField(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	shown := map[string]bool{
		// These are shown by others: videosMetadata is the same for counters, and the lists say more.
		"videos": true, "notificationsByIds": true,
	}
	for _, document := range documents(t, schema, playground.Examples(playground.Things{})) {
		for _, operation := range document.Operations {
			for _, selection := range operation.SelectionSet {
				shown[selection.(*ast.Field).Name] = true
			}
		}
	}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
		for _, field := range root.Fields {
			if !shown[field.Name] && !strings.HasPrefix(field.Name, "__") {
				t.Errorf("no example shows %s", field.Name)
			}
		}
	}
}

func TestExamplesWantTheRoleOfTheirFields(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	tabs := playground.Examples(playground.Things{})
	all := documents(t, schema, tabs)
	for _, tab := range tabs {
		for _, operation := range all[tab.Title].Operations {
			for _, selection := range operation.SelectionSet {
				field := selection.(*ast.Field)
				role := ""
				if auth := field.Definition.Directives.ForName("auth"); auth != nil {
					role, _ = auth.ArgumentMap(nil)["role"].(string)
				}
				if role == "USER" {
					role = "" // Every token has it.
				}
				if role != string(tab.Role) {
					t.Errorf("%s: %s is for the role %q, the tab for %q", tab.Title, field.Name, role, tab.Role)
				}
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
	for name, test := range map[string]struct {
		videoIDs, jobIDs []string
		want             variables
	}{
		"as many":  {ids(20), ids(10), variables{ids(20), ids(10)}},
		"too many": {ids(200), ids(101), variables{ids(20), ids(10)}},
		"fewer":    {ids(3), ids(1), variables{ids(3), ids(1)}},
		"none":     {nil, nil, variables{[]string{}, []string{}}},
	} {
		var got variables
		tabs := playground.Examples(playground.Things{VideoIDs: test.videoIDs, JobIDs: test.jobIDs})
		if err := json.Unmarshal([]byte(tabs[0].Variables), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// On a server that knows no ids for the examples, they name nobody's.
func TestExamplesWithoutThingsNameNone(t *testing.T) {
	t.Parallel()
	for _, tab := range playground.Examples(playground.Things{}) {
		var values map[string]any
		if err := json.Unmarshal([]byte(tab.Variables), &values); err != nil {
			t.Fatal(err)
		}
		for name, value := range values {
			list, isList := value.([]any)
			if isList && len(list) > 0 && name != "kinds" {
				t.Errorf("%s: %s is %v", tab.Title, name, list)
			}
		}
	}
}
