package server

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"reelgraph/internal/rest"
)

// A body is either read as the ids and the reason that any JSON parser finds in it, or refused in words that can be shown.
func FuzzRESTBody(f *testing.F) {
	for _, text := range []string{
		"", " ", "null", "[]", "{", "{}", "1", `{"video_ids":null}`, `{"video_ids":[]}`, `{"video_ids":["a",null]}`, `{"video_ids":"a"}`, `{"video_ids":{}}`,
		`{"video_ids":["00000000-0000-0000-0000-000000000000"]}`, `{"Video_IDs":[]}`, `{"video_ids":[1e5]}`, `{"video_ids":[],"reason":"r"}`,
		`{"video_ids":[],"reason":null}`, `{"video_ids":[],"reason":7}`, `{"video_ids":[],"video_ids":["b"]}`, `{"video_ids":[]} {}`, `{"` + strings.Repeat("é", 100) + `":1}`,
		`{"\ud800":1}`, "{\"\xff\":1}", `{"video_ids":["\ud800\u0000"]}`, "\ufeff{}", `{"video_ids":` + strings.Repeat("[", 20_000),
		`{"video_ids":[],"":[]}`, `{"job_ids":["x"]}`, `{"user_ids":["x"]}`, `{"notification_ids":["x"]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, route := range rest.Routes {
			variables, no := variablesOf(route, body)
			if (variables == nil) == (no == nil) {
				t.Fatalf("read %v, refused %v", variables, no)
			}
			if no != nil {
				if no.status != 400 || no.message == "" || len(no.message) > 400 || !utf8.ValidString(no.message) {
					t.Fatalf("refused by %d, %.500q", no.status, no.message)
				}
				continue
			}
			var want map[string]any
			if err := json.Unmarshal(body, &want); err != nil {
				t.Fatal(err)
			}
			if len(want) != len(variables) {
				t.Fatalf("%s is read as %v", body, variables)
			}
			for name, value := range want {
				if name != "reason" {
					name = "ids"
				}
				if diff := cmp.Diff(value, variables[name]); diff != "" {
					t.Error(diff)
				}
			}
		}
	})
}
