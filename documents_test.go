package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	neturl "net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"reelgraph/internal/testdb"
	"reelgraph/models"
)

// manifest writes a manifest file with documents by their ids, over what was there.
func manifest(t *testing.T, file string, documents map[string]string) {
	t.Helper()
	text, err := json.Marshal(documents)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// hangUp asks the program to read its manifest again, and gives the line of the log that it answers with. Lines are
// read from where the last answer ended.
func hangUp(t *testing.T, p *program, signal func() error, after *int) string {
	t.Helper()
	if err := signal(); err != nil {
		t.Fatal(err)
	}
	late := time.After(patience)
	for {
		log := p.stderr.String()
		if found := reread.FindStringIndex(log[*after:]); found != nil {
			line := log[*after+found[0] : *after+found[1]]
			*after += found[1]
			return line
		}
		select {
		case <-p.stderr.more:
		case <-p.ended:
			t.Fatalf("the server has ended: %v\n%s", p.err, p.stderr)
		case <-late:
			t.Fatalf("nothing of it in the log:\n%s", log)
		}
	}
}

var reread = regexp.MustCompile(`(?m)^.*PERSISTED_OPERATIONS.*\n`)

func TestManifestIsReadAgain(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "manifest.json")
	manifest(t, file, map[string]string{"a": "query Old { __typename }"})
	p, cmd := startCommand(t, with(serving(t, testdb.SQLite(t)), map[string]string{"PERSISTED_OPERATIONS": file}))
	after := 0
	signal := func() error { return cmd.Process.Signal(syscall.SIGHUP) }
	outcome := func(id string) string {
		a, err := p.post(t.Context(), "", map[string]any{"documentId": id})
		switch {
		case err != nil:
			t.Fatal(err)
		case len(a.Errors) > 0:
			return a.Errors[0].Extensions.Code
		}
		return string(a.Data["__typename"]) + string(a.Data["new"])
	}
	outcomes := func(a, b string) {
		t.Helper()
		if gotA, gotB := outcome("a"), outcome("b"); gotA != a || gotB != b {
			t.Errorf("a is %s, want %s; b is %s, want %s", gotA, a, gotB, b)
		}
	}
	outcomes(`"Query"`, "PERSISTED_QUERY_NOT_FOUND")
	if a, err := p.ask(t.Context(), "", "query Old { __typename }"); err != nil || a.Errors[0].Extensions.Code != string(models.CodePersistedQueryRequired) {
		t.Errorf("text: %s (%v)", a.Body, err)
	}

	manifest(t, file, map[string]string{"b": "{ new: __typename }", "c": "{ __typename }"})
	if line := hangUp(t, p, signal, &after); !strings.Contains(line, `"level":"INFO"`) || !strings.Contains(line, `"operations":2`) {
		t.Errorf("a good file: %s", line)
	}
	outcomes("PERSISTED_QUERY_NOT_FOUND", `"Query"`)

	manifest(t, file, map[string]string{"a": "{ __typename }", "x": "{ no1 }", "y": "{ no2 }"})
	if line := hangUp(t, p, signal, &after); !strings.Contains(line, `"level":"ERROR"`) || !strings.Contains(line, "no1") || !strings.Contains(line, "no2") {
		t.Errorf("a bad file: %s", line)
	}
	outcomes("PERSISTED_QUERY_NOT_FOUND", `"Query"`)

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if line := hangUp(t, p, signal, &after); !strings.Contains(line, `"level":"ERROR"`) || !strings.Contains(line, "no such file") {
		t.Errorf("no file: %s", line)
	}
	outcomes("PERSISTED_QUERY_NOT_FOUND", `"Query"`)
}

// TestManifestsOfToolsOnEveryTransport runs what both tools have written.
func TestManifestsOfToolsOnEveryTransport(t *testing.T) {
	t.Parallel()
	settings := serving(t, testdb.SQLite(t))
	apollo := start(t, with(settings, map[string]string{"PERSISTED_OPERATIONS": "graph/testdata/apollo-manifest.json"}))
	codegen := start(t, with(settings, map[string]string{"PERSISTED_OPERATIONS": "graph/testdata/codegen-manifest.json"}))
	watched := map[string]any{"ids": []string{someVideo}}
	byHash := func(hash string) map[string]any {
		return map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}
	}
	const (
		apolloFeed   = "a50d36c4468bfcfc988f9f7a31ebdec5dc52fe5c0cdcf953ca75b35c78017c26"
		apolloWatch  = "c414441be23c6a6c7c510cd59fe7b9e9aed51c1c3478aefbb24046056834460e"
		codegenPage  = "sha256:c1efb4a3beaf5205b7f6b02ef557c4c4a1f4a1f5073b9ec29410a8c91bde495d"
		codegenWatch = "043a51c3f3dc7c37afb6d4593cb08e64de62287122a7c11fa876ae9b87fd0ec4"
		counters     = `{"id":"` + someVideo + `","viewCount":0,"likeCount":0,"__typename":"VideoMetadata"}`
	)
	for name, test := range map[string]struct {
		p            *program
		method       string
		content      map[string]any
		accept, want string
	}{
		"POST":       {apollo, "POST", map[string]any{"extensions": byHash(apolloFeed)}, "application/json", `{"nodes":[{"id":"` + someVideo + `"`},
		"GET":        {apollo, "GET", map[string]any{"extensions": byHash(apolloFeed)}, "application/json", `{"nodes":[{"id":"` + someVideo + `"`},
		"GET by id":  {codegen, "GET", map[string]any{"documentId": codegenPage, "variables": watched}, "application/json", `"metadata":{"id":"` + someVideo},
		"deferred":   {codegen, "POST", map[string]any{"documentId": codegenPage, "variables": watched}, "multipart/mixed;deferSpec=20220824", `"label":"counters"`},
		"events":     {apollo, "POST", map[string]any{"extensions": byHash(apolloWatch), "variables": watched}, "text/event-stream", counters},
		"payloads":   {apollo, "POST", map[string]any{"documentId": apolloWatch, "variables": watched}, "multipart/mixed;subscriptionSpec=1.0", counters},
		"not listed": {codegen, "POST", map[string]any{"extensions": byHash(apolloFeed)}, "application/graphql-response+json", `"PersistedQueryNotFound"`},
		"text":       {codegen, "POST", map[string]any{"query": "{ __typename }"}, "application/graphql-response+json", `"PERSISTED_QUERY_REQUIRED"`},
	} {
		t.Run(name, func(t *testing.T) { test.p.expect(t, test.method, test.content, test.accept, test.want) })
	}
	s := dial(t, codegen)
	s.say(t, map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"extensions": byHash(codegenWatch), "variables": watched}})
	s.expect(t, `{"data":{"videosMetadataChanged":{"id":"`+someVideo+`","likeCount":0,"viewCount":0}}}`)
}

// expect reads an answer until it has what is wanted: a subscription's does not end.
func (p *program) expect(t *testing.T, method string, content map[string]any, accept, want string) {
	t.Helper()
	url, body := p.url+"/graphql", []byte(nil)
	if method == http.MethodGet {
		values := neturl.Values{}
		for name, value := range content {
			text, isText := value.(string)
			if !isText {
				encoded, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				text = string(encoded)
			}
			values.Set(name, text)
		}
		url += "?" + values.Encode()
	} else {
		var err error
		if body, err = json.Marshal(content); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer bytes.Buffer
	for piece := make([]byte, 4096); !strings.Contains(answer.String(), want); {
		n, err := response.Body.Read(piece)
		answer.Write(piece[:n])
		if err != nil && !strings.Contains(answer.String(), want) {
			t.Fatalf("status %d (%v): %s", response.StatusCode, err, answer.String())
		}
	}
}

func TestBadManifestStopsTheStart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	bad := filepath.Join(folder, "bad.json")
	manifest(t, bad, map[string]string{"a": "query A { no1 }", "b": "query B {\n  no2\n}"})
	for file, want := range map[string]string{
		bad: "PERSISTED_OPERATIONS: " + bad + `: operation "A" with the id "a": Cannot query field "no1" on type "Query" (line 1, column 11); ` +
			`operation "B" with the id "b": Cannot query field "no2" on type "Query" (line 2, column 3)`,
		filepath.Join(folder, "none.json"): "PERSISTED_OPERATIONS: open " + filepath.Join(folder, "none.json") + ": no such file or directory",
		folder:                             "PERSISTED_OPERATIONS: read " + folder + ": is a directory",
	} {
		p := begin(map[string]string{"DATABASE_URL": "sqlite:" + filepath.Join(folder, "new.db"), "JWT_SECRET": secret, "PERSISTED_OPERATIONS": file})
		<-p.ended
		if p.err == nil || p.err.Error() != want {
			t.Errorf("\n got %v\nwant %s", p.err, want)
		}
	}
}
