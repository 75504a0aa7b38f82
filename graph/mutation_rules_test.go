package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"reelgraph/graph"
	"reelgraph/internal/database"
	"reelgraph/internal/store"
)

// TestMutationsTakeAFixedNumberOfStatements, for one object as for a hundred, in one transaction.
func TestMutationsTakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	onMutations(t, func(t *testing.T, m changing) {
		before := m.transactions(t)
		statements := map[int][]string{}
		for from, n := range []int{1, 100} {
			statements[n] = m.Record(func() {
				want := n
				if m.single {
					want = 1
				}
				equal(t, fmt.Sprintf("done for %d", n), want, m.count(t, m.run(t, m.platform, m.arguments(from, n))))
			})
		}
		if len(statements[1]) != len(statements[100]) {
			t.Errorf("for 1 %s\nfor 100 %s", lines(statements[1]), lines(statements[100]))
		}
		if made := m.transactions(t); m.Dialect == database.PostgreSQL && len(made)-len(before) > 2 {
			t.Errorf("two calls were %d transactions", len(made)-len(before))
		}
		t.Logf("%d statements", len(statements[100]))
	})
}

// TestMutationsAnswerInAFixedNumberOfStatements selects all that can be of what a mutation answers.
func TestMutationsAnswerInAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	// However its lists nest, an answer reads few kinds of objects, each of them at few levels.
	const most = 15
	onMutations(t, func(t *testing.T, m changing) {
		write := m.Record(func() { m.run(t, m.platform, m.arguments(0, 1)) })
		arguments := m.arguments(1, 100)
		operation := m.document(arguments, everything(m.Type.Name(), 4))
		_, all := m.counted(t, user(0, m.role), operation, arguments)
		if len(all)-len(write) > most {
			t.Errorf("writing is %s\nwith all that is answered it is %s", lines(write), lines(all))
		}
	})
}

// transactions are the ids of those that wrote the rows that there are.
func (p *platform) transactions(t *testing.T) []string {
	t.Helper()
	if p.Dialect != database.PostgreSQL {
		return nil
	}
	var selects []string
	for _, table := range []string{
		"users", "videos", "video_metadata", "ai_jobs", "inboxes", "notifications", "user_blocks", "video_reports",
		"reported_videos", "moderation_actions", "batches",
	} {
		selects = append(selects, "SELECT xmin::text FROM "+table)
	}
	var ids []string
	if err := p.Write.Raw(strings.Join(selects, " UNION ")).Scan(&ids).Error; err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestMutationsSaidTwice does nothing the second time, and answers so.
func TestMutationsSaidTwice(t *testing.T) {
	t.Parallel()
	onMutations(t, func(t *testing.T, m changing) {
		arguments := m.arguments(0, 7)
		first := m.run(t, m.platform, arguments)
		done := m.count(t, first)
		rows := m.rows(t)
		second := m.run(t, m.platform, arguments)
		switch {
		case m.repeats:
			equal(t, "the second answer", first, second)
		case !m.anew:
			equal(t, "done by the second", 0, m.count(t, second))
		}
		if !m.anew {
			equal(t, "rows after the second", rows, m.rows(t))
		}
		if done == 0 {
			t.Error("the first did nothing")
		}
	})
}

// rows are all rows of all tables, as text.
func (p *platform) rows(t *testing.T) map[string][]map[string]any {
	t.Helper()
	all := map[string][]map[string]any{}
	for _, table := range []string{
		"users", "videos", "video_metadata", "ai_jobs", "inboxes", "notifications", "user_blocks", "video_reports",
		"reported_videos", "moderation_actions", "batches",
	} {
		var rows []map[string]any
		columns := "*"
		if table == "batches" {
			columns = "caller_id, field, batch_id, answer, created_at"
		}
		if err := p.Write.Raw("SELECT " + columns + " FROM " + table).Scan(&rows).Error; err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for column, value := range row {
				row[column] = fmt.Sprint(value)
			}
		}
		slices.SortFunc(rows, func(a, b map[string]any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		all[table] = rows
	}
	return all
}

// TestMutationsAtOnce has many clients of two instances send the same at the same time: it happens once.
func TestMutationsAtOnce(t *testing.T) {
	t.Parallel()
	onMutations(t, func(t *testing.T, m changing) {
		again, err := database.Open(t.Context(), m.URL, database.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := again.Close(); err != nil {
				t.Error(err)
			}
		})
		other := (&platform{DB: m.DB, store: store.New(again)}).with(func(*graph.Options) {})
		var mu sync.Mutex
		var total int
		var all sync.WaitGroup
		for n := range 10 {
			arguments := m.arguments(0, 20)
			if ids, ok := arguments["ids"].([]any); ok && n%2 == 1 {
				slices.Reverse(ids)
			}
			all.Go(func() {
				done := m.count(t, m.run(t, []*platform{m.platform, other}[n%2], arguments))
				mu.Lock()
				defer mu.Unlock()
				total += done
			})
		}
		all.Wait()
		switch {
		case m.Name == "claimAIJobs":
			equal(t, "claimed", 120, total)
		case !m.repeats:
			equal(t, "done", 20, total)
		}
	})
}

// TestMutationsOfNone ask nothing of the database.
func TestMutationsOfNone(t *testing.T) {
	t.Parallel()
	onMutations(t, func(t *testing.T, m changing) {
		arguments := m.arguments(0, 0)
		listed := false
		for _, value := range arguments {
			if values, ok := value.([]any); ok && len(values) == 0 {
				listed = true
			}
		}
		if !listed {
			return
		}
		statements := m.Record(func() { equal(t, "done", 0, m.count(t, m.run(t, m.platform, arguments))) })
		if len(statements) != 0 {
			t.Error(lines(statements))
		}
	})
}

// TestMutationsOfTooMany are refused with what there is a limit of.
func TestMutationsOfTooMany(t *testing.T) {
	t.Parallel()
	onMutations(t, func(t *testing.T, m changing) {
		most := 100
		if m.Name == "recordVideoActivity" {
			most = 1000
		}
		arguments := m.arguments(0, most+1)
		want := map[string]any{"code": "BAD_USER_INPUT"}
		for name, value := range arguments {
			switch values, isList := value.([]any); {
			case name == "ids":
				want["limit"], want["actual"] = most, most+1
			case name == "limit", isList && len(values) == most+1:
				want["argument"] = name
			}
		}
		if len(want) == 1 {
			return
		}
		m.refuses(t, "too many", arguments, want)
	})
}

// refuses calls with arguments that cannot be, which the database is not asked about.
func (m changing) refuses(t *testing.T, what string, arguments map[string]any, want map[string]any) {
	t.Helper()
	var got answer
	statements := m.Record(func() { got = m.run(t, m.platform, arguments) })
	if len(got.Errors) != 1 {
		t.Errorf("%s: errors are %v", what, got.Errors)
		return
	}
	for name := range got.Errors[0].Extensions {
		// Some errors tell more than they must.
		if _, ok := want[name]; !ok {
			delete(got.Errors[0].Extensions, name)
		}
	}
	equal(t, what, want, got.Errors[0].Extensions)
	equal(t, what+": answer", map[string]any{m.Name: nil}, got.Data)
	if len(statements) != 0 {
		t.Errorf("%s: %s", what, lines(statements))
	}
}

// TestMutationsWithBadValues puts something that cannot be into each place of each argument in turn.
func TestMutationsWithBadValues(t *testing.T) {
	t.Parallel()
	onMutations(t, func(t *testing.T, m changing) {
		for _, argument := range m.Arguments {
			if _, ok := m.arguments(0, 3)[argument.Name]; !ok {
				if argument.Name != "category" && argument.Name != "dryRun" {
					t.Errorf("mutations gives no value to %s", argument.Name)
				}
				continue
			}
			for place, bad := range badValues(argument.Name, argument.Type) {
				arguments := m.arguments(0, 3)
				put(t, arguments, place, bad.value)
				want := map[string]any{"code": "BAD_USER_INPUT"}
				maps.Copy(want, bad.details)
				m.refuses(t, fmt.Sprintf("%s is %.40v", place, bad.value), arguments, want)
			}
		}
	})
}

type badValue struct {
	value   any
	details map[string]any
}

// badValues are values that a place of this type must refuse, by place: "reason", "input.prompt", "users.handle".
func badValues(place string, of *ast.Type) map[string]badValue {
	argument, _, _ := strings.Cut(place, ".")
	named := map[string]any{"argument": argument}
	bad := map[string]badValue{}
	definition := schema.Types[of.Name()]
	switch {
	case definition.Kind == ast.InputObject:
		for _, f := range definition.Fields {
			maps.Copy(bad, badValues(place+"."+f.Name, f.Type))
		}
	case of.Name() == "ID" && !strings.HasSuffix(place, "batchId"):
		bad[place] = badValue{"nonsense", map[string]any{"invalidIds": []string{"nonsense"}}}
	case of.Name() == "ID", of.Name() == "String":
		bad[place] = badValue{strings.Repeat("x", 10_001), named}
		bad[place+" "] = badValue{"a\x00b", named}
		if strings.HasSuffix(place, "batchId") || strings.HasSuffix(place, "Key") || strings.HasSuffix(place, "handle") {
			bad[place+"  "] = badValue{"", named}
		}
		if strings.HasSuffix(place, "reason") {
			bad[place+"  "] = badValue{" \t\n", named}
			bad[place+"   "] = badValue{strings.Repeat("é", 501), named}
		}
	case of.Name() == "Int" && !strings.HasSuffix(place, "attempt"):
		bad[place] = badValue{-1, named}
		bad[place+" "] = badValue{1<<31 - 1, named}
	}
	return bad
}

// put sets a place in arguments, in the last element of a list.
func put(t *testing.T, arguments map[string]any, place string, value any) {
	t.Helper()
	names := strings.Split(strings.TrimSpace(place), ".")
	var at any = arguments
	for n, name := range names {
		object := at.(map[string]any)
		if n == len(names)-1 {
			if values, ok := object[name].([]any); ok {
				values[len(values)-1] = value
			} else {
				object[name] = value
			}
			return
		}
		at = object[name]
		if elements, ok := at.([]any); ok {
			at = elements[len(elements)-1]
		}
	}
}
