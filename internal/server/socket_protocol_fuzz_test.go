package server

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzSocketMessage reads what clients send over a socket, in either protocol: a message that is understood, or a fault
// that a close frame has room for.
func FuzzSocketMessage(f *testing.F) {
	for _, text := range []string{
		"", "{}", "[]", "null", initMessage, `{"type":null}`, `{"type":"` + strings.Repeat("é", 40) + `"}`, `{"type":"ping","payload":[]}`, `{"type":"pong","payload": {} }`,
		`{"type":"connection_init","payload":{"authorization":"Bearer x","AUTHORIZATION":"y","Authorization":null}}`, `{"type":"connection_init","payload":{"authorization":1}}`,
		subscribe("1", "{ a }"), subscription("1", "x"), `{"type":"start","id":"1","payload":{"query":"a","variables":{"a":1e9}}}`, `{"type":"stop","id":"1"}`,
		`{"type":"subscribe","id":"","payload":{}}`, `{"type":"subscribe","id":"` + strings.Repeat("x", 129) + `"}`, `{"type":"subscribe","id":"1","payload":"x"}`,
		`{"type":"complete","id":"1"}`, `{"type":"connection_terminate"}`, "\ufeff{}", `{"type":"ping","payload":{"a":` + strings.Repeat("[", 300),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, p := range protocols {
			understood(t, p, data)
		}
	})
}

func understood(t *testing.T, p *protocol, data []byte) {
	t.Helper()
	m, asks, fault := p.parseMessage(data)
	if fault != "" {
		sayable(t, fault)
		return
	}
	same, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	again, asksAgain, fault := p.parseMessage(same)
	if fault != "" || asks != asksAgain || *m.Type != *again.Type {
		t.Fatalf("%s: %d, %q", same, asksAgain, fault)
	}
	switch asks {
	case asksStart:
		params, fault := parseOperation(m.Payload)
		if (params == nil) == (fault == "") {
			t.Fatalf("read %v, refused %q", params, fault)
		}
		if params == nil {
			sayable(t, fault)
			return
		}
		if same, _ := parseOperation(again.Payload); cmp.Diff(spelled(params), spelled(same)) != "" {
			t.Errorf("%s is another operation than %s", same, data)
		}
	case asksGreeting:
		said, fault := authorizations(m.Payload)
		if fault != "" {
			sayable(t, fault)
		} else if slices.Contains(said, "") || len(slices.Compact(slices.Sorted(slices.Values(said)))) != len(said) {
			t.Errorf("%q is said by %s", said, m.Payload)
		}
	case asksStop:
		if *m.ID == "" || utf8.RuneCountInString(*m.ID) > maxOperationID {
			t.Errorf("an operation %q is stopped", *m.ID)
		}
	default:
	}
}

// sayable fails unless the fault can be the reason of a close.
func sayable(t *testing.T, fault string) {
	t.Helper()
	if reason := cut(fault, maxReasonBytes); reason == "" || len(reason) > maxReasonBytes || !utf8.ValidString(reason) {
		t.Errorf("the close says %q", reason)
	}
}
