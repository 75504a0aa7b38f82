package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"reelgraph/internal/testdb"
)

// TestNothingPersonalIsLogged: at the level that tells most, no transport has the log say what a client has sent.
func TestNothingPersonalIsLogged(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	p := start(t, with(serving(t, db), map[string]string{"LOG_LEVEL": "debug"}))
	db.Exec(t, "DROP TABLE moderation_actions") // so that something fails
	token := tokenFor(t, "--user", someone, "--role", "ADMIN")
	const mail, name, phrase, strange = "mallory@example.com", "SecretName", "a-private-phrase", "33333333-3333-4333-8333-333333333333"
	query := `query ` + name + `($ids: [ID!]!) { videos(ids: $ids) { id } }`
	content := `{"query": "` + query + `", "operationName": "` + name + `", "variables": {"ids": ["` + someVideo + `", "` + mail + `"], "more": "` + phrase + `"}}`
	deletion := `{"query": "mutation { deleteVideos(ids: [\"` + strange + `\"], reason: \"` + phrase + `\") { deletedCount } }"}`
	stream := `{"query": "subscription ` + name + ` { videosMetadataChanged(ids: [\"` + mail + `\"]) { viewCount } }"}`

	for _, r := range []struct{ method, path, accept, body string }{
		{"POST", "/graphql", "", content},
		{"POST", "/graphql", "", deletion},
		{"POST", "/graphql", "", `{"query": "{ ` + phrase},
		{"POST", "/graphql", "", `{"query": "{ ` + name + `: moderationLog { nodes { id } } }"}`},
		{"POST", "/graphql", "text/event-stream", stream},
		{"POST", "/graphql", "multipart/mixed;subscriptionSpec=1.0", stream},
		{"POST", "/graphql", "multipart/mixed;deferSpec=20220824", `{"query": "{ ... @defer { videos(ids: [\"` + mail + `\"]) { id } } }"}`},
		{"GET", "/graphql?query=%7Bvideos(ids:%22" + mail + "%22)%7Bid%7D%7D&phrase=" + phrase, "", ""},
		{"GET", "/users/" + mail + "?" + phrase, "", ""},
		{"POST", "/v1/videos/batch-metadata?mail=" + mail, "", `{"video_ids": ["` + someVideo + `", "` + mail + `"]}`},
		{"POST", "/v1/admin/videos/batch-delete", "", `{"video_ids": ["` + strange + `"], "reason": "` + phrase + `"}`},
		{"POST", "/v1/blocks/batch", "", `{"user_ids": ["` + strange + `"], "` + phrase + `": 1}`},
	} {
		for _, bearer := range []string{"", token, token + "x", phrase} {
			request, err := http.NewRequestWithContext(t.Context(), r.method, p.url+r.path, strings.NewReader(r.body))
			if err != nil {
				t.Fatal(err)
			}
			header := map[string]string{"Content-Type": "application/json", "Accept": r.accept, "Cookie": "session=" + phrase, "User-Agent": mail, "X-Forwarded-For": "203.0.113.77"}
			if bearer != "" {
				header["Authorization"] = "Bearer " + bearer
			}
			for key, value := range header {
				if value != "" {
					request.Header.Set(key, value)
				}
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, response.Body) // a stream may be cut
			response.Body.Close()
		}
	}
	for _, bearer := range []string{token, token + "x"} {
		onSocket(t, p, bearer, content, deletion, stream)
	}

	eventually(t, "all is logged", func() bool { return strings.Count(p.stderr.String(), "socket closed") == 2 })
	log := p.stderr.String()
	for what, secret := range map[string]string{
		"a token": token, "the payload of a token": strings.Split(token, ".")[1], "a mail address": mail, "a variable": phrase, "a name": name,
		"a video": someVideo, "a user": someone, "an id": strange, "an address": "203.0.113.77", "a client's address": "127.0.0.1",
	} {
		for line := range strings.Lines(log) {
			if strings.Contains(line, secret) {
				t.Errorf("the log tells of %s: %s", what, line)
				break
			}
		}
	}
	for _, line := range []string{`"msg":"request"`, `"msg":"operation"`, `"msg":"token refused"`, `"msg":"socket opened"`, `"operation":"V1VideosBatchMetadata","code":"BAD_USER_INPUT"`, `"field":"Query.moderationLog"`} {
		if !strings.Contains(log, line) {
			t.Errorf("the log has no %s", line)
		}
	}
}

// onSocket runs operations on a socket of their own, each to its first answer, and closes it.
func onSocket(t *testing.T, p *program, bearer string, operations ...string) {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/graphql", &websocket.DialOptions{
		Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{"User-Agent": {"mallory@example.com"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	say := func(text string) bool {
		_ = conn.Write(t.Context(), websocket.MessageText, []byte(text)) // whoever is refused is cut
		_, _, err := conn.Read(t.Context())
		return err == nil
	}
	if !say(`{"type": "connection_init", "payload": {"authorization": "Bearer ` + bearer + `"}}`) {
		return
	}
	for n, operation := range operations {
		if !say(fmt.Sprintf(`{"type": "subscribe", "id": "mallory@example.com %d", "payload": %s}`, n, operation)) {
			t.Error("no answer")
		}
	}
}
