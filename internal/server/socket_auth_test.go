package server

import (
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"reelgraph/internal/auth"
	"reelgraph/models"
)

func TestSocketTokens(t *testing.T) {
	t.Parallel()
	good, caller := token(t, time.Hour)
	other, otherCaller := token(t, time.Hour)
	expired, _ := token(t, -time.Minute)
	var url string
	var log *logged
	t.Cleanup(func() { // when all sockets have ended
		for _, secret := range []string{good, other, expired} {
			if strings.Contains(log.String(), secret) {
				t.Error("a token is in the log")
			}
		}
	})
	url, _, log = startSockets(t, nil)
	as := func(who *models.Caller) []string {
		id := "null"
		if who != nil {
			id = `"` + who.ID.String() + `"`
		}
		return []string{"< " + ackMessage, "> " + subscribe("1", "{ caller }"), `< {"type":"next","id":"1","payload":{"data":{"caller":` + id + `}}}`}
	}
	for name, test := range map[string]struct {
		header, payload string
		script          []string
	}{
		"nothing":                   {"", `{}`, as(nil)},
		"as the contract has it":    {"", `{"authorization":"Bearer ` + good + `"}`, as(&caller)},
		"capital":                   {"", `{"Authorization":"Bearer ` + good + `"}`, as(&caller)},
		"capitals":                  {"", `{"AUTHORIZATION":"bearer ` + good + `"}`, as(&caller)},
		"empty":                     {"", `{"authorization":""}`, as(nil)},
		"null":                      {"", `{"authorization":null}`, as(nil)},
		"one of two":                {"", `{"authorization":"","Authorization":"Bearer ` + good + `"}`, as(&caller)},
		"the same twice":            {"", `{"authorization":"Bearer ` + good + `","Authorization":"Bearer ` + good + `"}`, as(&caller)},
		"header":                    {good, `{}`, as(&caller)},
		"header, empty payload":     {good, `{"authorization":""}`, as(&caller)},
		"header and payload":        {good, `{"authorization":"Bearer ` + other + `"}`, as(&otherCaller)},
		"two tokens":                {"", `{"authorization":"Bearer ` + other + `","Authorization":"Bearer ` + good + `"}`, []string{"x 4403 Forbidden: There is more than one Authorization."}},
		"no bearer":                 {"", `{"authorization":"` + good + `"}`, []string{`x 4403 Forbidden: Authorization is not of the form "Bearer <token>".`}},
		"bad":                       {"", `{"authorization":"Bearer x"}`, []string{"x 4403 Forbidden: The token is not a JWT."}},
		"expired":                   {"", `{"authorization":"Bearer ` + expired + `"}`, []string{"x 4403 Forbidden: The token has expired."}},
		"header good, payload bad":  {good, `{"authorization":"Bearer ` + good[:len(good)-3] + `AAA"}`, []string{"x 4403 Forbidden: The token's signature is wrong."}},
		"a token of 16 KiB and one": {"", `{"authorization":"Bearer ` + strings.Repeat("x", 16<<10+1) + `"}`, []string{"x 4403 Forbidden: The token is too long."}},
		"a message of 64 KiB":       {"", `{"pad":"` + strings.Repeat("x", maxGreetingBytes-len(`{"type":"connection_init","payload":{"pad":""}}`)) + `"}`, as(nil)},
		"a byte more":               {"", `{"pad":"` + strings.Repeat("x", maxGreetingBytes-len(`{"type":"connection_init","payload":{"pad":""}}`)+1) + `"}`, []string{"x 1009 A message must not be larger than 65536 bytes."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var headers []string
			if test.header != "" {
				headers = []string{"Authorization: Bearer " + test.header}
			}
			c := dial(t, url, modern, headers...)
			c.send(`{"type":"connection_init","payload":` + test.payload + `}`)
			c.play(test.script...)
		})
	}
}

// A header is of no account before the greeting, which may have another token; what is wrong with it is then told
// by the close, since clients see no status of a handshake.
func TestSocketBadHeader(t *testing.T) {
	t.Parallel()
	options, _ := testOptions(t)
	r := serve(t, patience, options, nil)
	good, caller := token(t, time.Hour)
	expired, _ := token(t, -time.Minute)
	const badForm = `Authorization is not of the form "Bearer <token>".`
	is := []string{"< " + ackMessage, "> " + subscribe("1", "{ caller }"), `< {"type":"next","id":"1","payload":{"data":{"caller":"` + caller.ID.String() + `"}}}`}
	for name, test := range map[string]struct {
		protocol string
		headers  []string
		payload  string
		script   []string
	}{
		"bad":                      {modern, []string{"Bearer x"}, `{}`, []string{"x 4403 Forbidden: The token is not a JWT."}},
		"bad, legacy":              {legacy, []string{"Bearer x"}, `{}`, []string{`< {"type":"connection_error","payload":{"message":"The token is not a JWT."}}`, "x 4403 Forbidden: The token is not a JWT."}},
		"expired":                  {modern, []string{"Bearer " + expired}, `{"authorization":""}`, []string{"x 4403 Forbidden: The token has expired."}},
		"of another form":          {modern, []string{"Basic eDp5"}, `null`, []string{"x 4403 Forbidden: " + badForm}},
		"two":                      {modern, []string{"Bearer " + good, "Bearer " + good}, `{}`, []string{"x 4403 Forbidden: There is more than one Authorization."}},
		"expired, good payload":    {modern, []string{"Bearer " + expired}, `{"authorization":"Bearer ` + good + `"}`, is},
		"of a proxy, good payload": {modern, []string{"Basic eDp5"}, `{"authorization":"Bearer ` + good + `"}`, is},
		"bad, and so the payload":  {modern, []string{"Bearer x"}, `{"authorization":"Bearer ` + expired + `"}`, []string{"x 4403 Forbidden: The token has expired."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var headers []string
			for _, value := range test.headers {
				headers = append(headers, "Authorization: "+value)
			}
			c := dial(t, "http://"+r.address, test.protocol, headers...)
			c.send(`{"type":"connection_init","payload":` + test.payload + `}`)
			c.play(test.script...)
		})
	}
}

func TestSocketExpires(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, nil)
	brief := models.Caller{ID: models.NewID()}
	lasting, _ := token(t, time.Hour)
	// Tokens are cut to seconds: the brief one has between one and two.
	brief.ExpiresAt = time.Now().Add(2 * time.Second)
	text, err := auth.Config{Secret: secret}.Sign(brief)
	if err != nil {
		t.Fatal(err)
	}
	byHeader := greeted(t, url, "Authorization: Bearer "+text)
	byPayload := dial(t, url, modern)
	byPayload.send(`{"type":"connection_init","payload":{"authorization":"Bearer ` + text + `"}}`)
	byPayload.expect(ackMessage)
	byPayload.send(subscription("1", "silent"))
	replaced := dial(t, url, modern, "Authorization: Bearer "+text)
	replaced.send(`{"type":"connection_init","payload":{"authorization":"Bearer ` + lasting + `"}}`)
	replaced.expect(ackMessage)
	for _, c := range []*client{byHeader, byPayload} {
		c.expectClose(4403, "Forbidden: The token has expired.")
	}
	if now := time.Now(); now.Before(brief.ExpiresAt.Truncate(time.Second)) {
		t.Errorf("closed at %s, before %s", now, brief.ExpiresAt)
	}
	replaced.play(`> {"type":"ping"}`, `< {"type":"pong"}`)
}

func TestSocketKeysThatCannotBeFetched(t *testing.T) {
	t.Parallel()
	// A provider that is not there.
	verifier, err := auth.New(t.Context(), auth.Config{JWKSURL: "http://127.0.0.1:1/keys", Issuer: "x"})
	if err != nil {
		t.Fatal(err)
	}
	url, _, _ := startSockets(t, func(s *sockets) { s.verifier = verifier })
	// Signed by nobody, but of the right form.
	const bearer = "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.AAAA"
	byPayload, byHeader := dial(t, url, modern), dial(t, url, modern, "Authorization: "+bearer)
	byPayload.send(`{"type":"connection_init","payload":{"authorization":"` + bearer + `"}}`)
	byHeader.send(initMessage)
	for _, c := range []*client{byPayload, byHeader} {
		c.expectClose(websocket.StatusTryAgainLater, "SERVICE_UNAVAILABLE: "+models.Unavailable(nil).Message)
	}
}
