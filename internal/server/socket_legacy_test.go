package server

import (
	"testing"
	"time"
)

// Apollo's subscriptions-transport-ws, which the classic Playground and older mobile clients speak.
func TestLegacyProtocol(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, nil)
	good, _ := token(t, time.Hour)
	const begin = `> {"id":"1","type":"start","payload":{"query":`
	greets := []string{"> " + initMessage, "< " + ackMessage, `< {"type":"ka"}`}
	for name, script := range map[string][]string{
		"subscription":  {begin + `"subscription { echo(text: \"x\") }"}}`, `< {"type":"data","id":"1","payload":{"data":{"echo":"x"}}}`, `< {"type":"data","id":"1","payload":{"data":{"echo":"x"}}}`, `< {"type":"complete","id":"1"}`},
		"query":         {begin + `"{ __typename }"}}`, `< {"type":"data","id":"1","payload":{"data":{"__typename":"Query"}}}`, `< {"type":"complete","id":"1"}`},
		"refused":       {begin + `"{"}}`, `< {"type":"error","id":"1","payload":{"message":"Expected Name, found <EOF>","locations":[{"line":1,"column":2}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}}`},
		"stop":          {begin + `"subscription { echo(text: \"silent\") }"}}`, `> {"id":"1","type":"stop"}`, begin + `"{ __typename }"}}`, `< {"type":"data","id":"1","payload":{"data":{"__typename":"Query"}}}`},
		"terminate":     {`> {"type":"connection_terminate","payload":null}`, "x 1000 "},
		"the other's":   {`> {"id":"1","type":"subscribe","payload":{"query":"{a}"}}`, `x 4400 "subscribe" is no message of graphql-ws that a client may send.`},
		"no ping there": {`> {"type":"ping"}`, `x 4400 "ping" is no message of graphql-ws that a client may send.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dial(t, url, legacy).play(append(greets, script...)...)
		})
	}
	t.Run("at once", func(t *testing.T) {
		t.Parallel()
		c := dial(t, url, legacy)
		c.send(`{"type":"connection_init","payload":{"Authorization":"Bearer ` + good + `"}}`)
		c.play(begin+`"{ __typename }"}}`, "< "+ackMessage, `< {"type":"ka"}`, `< {"type":"data","id":"1","payload":{"data":{"__typename":"Query"}}}`)
	})
	t.Run("bad token", func(t *testing.T) {
		t.Parallel()
		dial(t, url, legacy).play(`> {"type":"connection_init","payload":{"authorization":"Bearer x"}}`,
			`< {"type":"connection_error","payload":{"message":"The token is not a JWT."}}`, "x 4403 Forbidden: The token is not a JWT.")
	})
}

func TestLegacyHeartbeat(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, func(s *sockets) { s.bounds.heartbeat = 20 * time.Millisecond })
	// Nothing but ack, and the first ka right behind it; the following ones come by the clock.
	dial(t, url, legacy).play("> "+initMessage, "< "+ackMessage, `< {"type":"ka"}`, `< {"type":"ka"}`, `< {"type":"ka"}`)
	other := greeted(t, url)
	other.play("> "+subscription("1", "x"), `< {"type":"next","id":"1","payload":{"data":{"echo":"x"}}}`)
}
