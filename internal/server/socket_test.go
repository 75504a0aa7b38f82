package server

import (
	"strings"
	"testing"
)

func TestSocketProtocol(t *testing.T) {
	t.Parallel()
	url, _, _ := startSockets(t, nil)
	const (
		greets = "> " + initMessage
		acked  = "< " + ackMessage
	)
	hash := `"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}`
	for name, script := range map[string][]string{
		"init with null":              {`> {"type":"connection_init","payload":null}`, acked},
		"init with an object":         {`> {"type":"connection_init","payload":{"client":{"a":[1]}}}`, acked},
		"init with a string":          {`> {"type":"connection_init","payload":"x"}`, `x 4400 "payload" must be an object.`},
		"init with a list":            {`> {"type":"connection_init","payload":[]}`, `x 4400 "payload" must be an object.`},
		"init with a number as token": {`> {"type":"connection_init","payload":{"Authorization":1}}`, `x 4400 "Authorization" must be a string.`},
		"init twice":                  {greets, acked, greets, "x 4429 Too many initialisation requests"},
		"subscribe before init":       {"> " + subscribe("1", "{ __typename }"), "x 4401 Unauthorized"},
		"complete before init":        {`> {"id":"1","type":"complete"}`, greets, acked},

		"no JSON":         {"> x", "x 4400 The JSON of the message is malformed at byte 1."},
		"empty":           {"> ", "x 4400 The JSON of the message is cut short."},
		"a list":          {"> []", "x 4400 The JSON of the message must be an object, not an array."},
		"null":            {"> null", `x 4400 "type" must be a string.`},
		"two values":      {"> " + initMessage + initMessage, "x 4400 In the message there is more after the end of the JSON object."},
		"type a number":   {`> {"type":1}`, `x 4400 "type" must be a string, not a number.`},
		"unknown type":    {`> {"type":"start"}`, `x 4400 "start" is no message of graphql-transport-ws that a client may send.`},
		"the server's":    {greets, acked, `> {"type":"next","id":"1","payload":{}}`, `x 4400 "next" is no message of graphql-transport-ws that a client may send.`},
		"long type":       {`> {"type":"` + strings.Repeat("é", 300) + `"}`, `x 4400 "` + strings.Repeat("é", 20) + `" is no message of graphql-transport-ws that a client may send.`},
		"not UTF-8":       {"> {\"type\":\"\xff\"}", "x 1007 Text must be UTF-8."},
		"ping":            {`> {"type":"ping"}`, `< {"type":"pong"}`},
		"ping with null":  {`> {"type":"ping","payload":null}`, `< {"type":"pong","payload":null}`},
		"ping and back":   {greets, acked, `> {"type":"ping","payload":{"a": "<é>","n":9007199254740993}}`, `< {"type":"pong","payload":{"a":"<é>","n":9007199254740993}}`},
		"ping, no object": {`> {"type":"ping","payload":1}`, `x 4400 "payload" must be an object.`},
		"pong":            {`> {"type":"pong","payload":{}}`, greets, acked},

		"no id":                {greets, acked, `> {"type":"subscribe","payload":{"query":"{ __typename }"}}`, `x 4400 "id" must be a string of 1 to 128 characters.`},
		"empty id":             {greets, acked, "> " + subscribe("", "{ __typename }"), `x 4400 "id" must be a string of 1 to 128 characters.`},
		"id a number":          {greets, acked, `> {"id":1,"type":"subscribe","payload":{"query":"{ __typename }"}}`, `x 4400 "id" must be a string, not a number.`},
		"long id":              {greets, acked, "> " + subscribe(strings.Repeat("é", 128), "{ __typename }"), `< {"type":"next","id":"` + strings.Repeat("é", 128) + `","payload":{"data":{"__typename":"Query"}}}`},
		"too long id":          {greets, acked, "> " + subscribe(strings.Repeat("é", 129), "{ __typename }"), `x 4400 "id" must be a string of 1 to 128 characters.`},
		"complete without id":  {greets, acked, `> {"type":"complete"}`, `x 4400 "id" must be a string of 1 to 128 characters.`},
		"no payload":           {greets, acked, `> {"id":"1","type":"subscribe"}`, `x 4400 "payload" must be an object.`},
		"payload a list":       {greets, acked, `> {"id":"1","type":"subscribe","payload":[]}`, `x 4400 "payload" must be an object.`},
		"no query":             {greets, acked, `> {"id":"1","type":"subscribe","payload":{}}`, `x 4400 "query" must hold the text of an operation, or "documentId" its id, or "extensions" a "persistedQuery".`},
		"query a number":       {greets, acked, `> {"id":"1","type":"subscribe","payload":{"query":1}}`, `x 4400 "query" must be a string, not a number.`},
		"variables a list":     {greets, acked, `> {"id":"1","type":"subscribe","payload":{"query":"{a}","variables":[]}}`, `x 4400 "variables" must be an object, not an array.`},
		"extensions a string":  {greets, acked, `> {"id":"1","type":"subscribe","payload":{"query":"{a}","extensions":""}}`, `x 4400 "extensions" must be an object, not a string.`},
		"duplicate id":         {greets, acked, "> " + subscription("a", "silent"), "> " + subscription("a", "silent"), "x 4409 Subscriber for a already exists"},
		"duplicate long id":    {greets, acked, "> " + subscription(strings.Repeat("é", 100), "silent"), "> " + subscription(strings.Repeat("é", 100), "silent"), "x 4409 Subscriber for " + strings.Repeat("é", 46) + " already exists"},
		"another id's twin":    {greets, acked, "> " + subscription("a", "silent"), "> " + subscribe("b", "{ __typename }"), `< {"type":"next","id":"b","payload":{"data":{"__typename":"Query"}}}`, `< {"type":"complete","id":"b"}`},
		"complete of nothing":  {greets, acked, `> {"id":"1","type":"complete"}`, `> {"type":"ping"}`, `< {"type":"pong"}`},
		"stopped and reused":   {greets, acked, "> " + subscription("a", "silent"), `> {"id":"a","type":"complete"}`, "> " + subscription("a", "x"), `< {"type":"next","id":"a","payload":{"data":{"echo":"x"}}}`, `< {"type":"next","id":"a","payload":{"data":{"echo":"x"}}}`, `< {"type":"complete","id":"a"}`},
		"completed and reused": {greets, acked, "> " + subscribe("a", "{ __typename }"), `< {"type":"next","id":"a","payload":{"data":{"__typename":"Query"}}}`, `< {"type":"complete","id":"a"}`, "> " + subscribe("a", "{ caller }"), `< {"type":"next","id":"a","payload":{"data":{"caller":null}}}`, `< {"type":"complete","id":"a"}`},

		"mutation":       {greets, acked, "> " + subscribe("1", `mutation { echo(text: "<é>") }`), `< {"type":"next","id":"1","payload":{"data":{"echo":"\u003cé\u003e"}}}`, `< {"type":"complete","id":"1"}`},
		"digits":         {greets, acked, `> {"id":"1","type":"subscribe","payload":{"query":"query($v: Long!) { number(value: $v) }","variables":{"v":9007199254740993}}}`, `< {"type":"next","id":"1","payload":{"data":{"number":9007199254740993}}}`, `< {"type":"complete","id":"1"}`},
		"field error":    {greets, acked, "> " + subscribe("1", `{ fails }`), `< {"type":"next","id":"1","payload":{"errors":[{"message":"a field failed"}],"data":{"fails":null}}}`, `< {"type":"complete","id":"1"}`},
		"deferred":       {greets, acked, "> " + subscribe("1", `{ again { ... @defer { echo(text: "a") } } }`), `< {"type":"next","id":"1","payload":{"data":{"again":{"echo":"a"}}}}`, `< {"type":"complete","id":"1"}`},
		"deferred event": {greets, acked, "> " + subscribe("1", `subscription { ... @defer { echo(text: "a") } }`), `< {"type":"next","id":"1","payload":{"data":{"echo":"a"}}}`, `< {"type":"next","id":"1","payload":{"data":{"echo":"a"}}}`, `< {"type":"complete","id":"1"}`},
		"operation name": {greets, acked, `> {"id":"1","type":"subscribe","payload":{"query":"query A { caller } query B { __typename }","operationName":"B"}}`, `< {"type":"next","id":"1","payload":{"data":{"__typename":"Query"}}}`},
		"parse error":    {greets, acked, "> " + subscribe("1", `{`), `< {"type":"error","id":"1","payload":[{"message":"Expected Name, found <EOF>","locations":[{"line":1,"column":2}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}`, `> {"type":"ping"}`, `< {"type":"pong"}`},
		"reuse on error": {greets, acked, `> {"id":"1","type":"subscribe","payload":{` + hash + `}}`, `< {"type":"error","id":"1","payload":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}`, `> {"id":"1","type":"subscribe","payload":{"query":"{__typename}",` + hash + `}}`, `< {"type":"next","id":"1","payload":{"data":{"__typename":"Query"}}}`},
		"refused":        {greets, acked, "> " + subscription("1", "refused"), `< {"type":"error","id":"1","payload":[{"message":"not this one","extensions":{"code":"BAD_USER_INPUT"}}]}`, `> {"type":"ping"}`, `< {"type":"pong"}`},
		"two at once":    {greets, acked, "> " + subscription("1", "silent"), "> " + subscription("2", "x"), `< {"type":"next","id":"2","payload":{"data":{"echo":"x"}}}`, `< {"type":"next","id":"2","payload":{"data":{"echo":"x"}}}`, `< {"type":"complete","id":"2"}`},
		"before the ack": {greets, "> " + subscribe("1", "{ __typename }"), acked, `< {"type":"next","id":"1","payload":{"data":{"__typename":"Query"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dial(t, url, modern).play(script...)
		})
	}
}
