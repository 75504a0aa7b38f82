package server

import (
	"strings"
	"testing"
)

// TestManyValues is about JSON whose values are so many that they would take up far more than their text.
func TestManyValues(t *testing.T) {
	t.Parallel()
	list := func(count int) string { return strings.TrimSuffix(strings.Repeat("1,", count), ",") }
	for name, c := range map[string]struct {
		variables string
		want      *refusal
	}{
		"many":           {`{"ids":[` + list(10_000) + `]}`, nil},
		"as many as may": {`{"ids":[` + list(maxCommas) + `]}`, nil}, // the member before them has a comma of its own
		"one more":       {`{"ids":[` + list(maxCommas+1) + `]}`, tooMany},
		"members":        {`{` + strings.Repeat(`"a":1,`, maxCommas) + `"b":1}`, tooMany},
		"in prose":       {`{"a":"` + strings.Repeat(`,\"`, maxCommas+1) + `"}`, nil},
		"behind prose":   {`{"a":"\\\\","ids":[` + list(maxCommas) + `]}`, tooMany},
		"in lists":       {`{"ids":[` + strings.Repeat("[1,1],", maxCommas/2) + `1]}`, tooMany},
	} {
		if _, no := parseBody([]byte(`{"query":"{ a }","variables":` + c.variables + `}`)); no != c.want {
			t.Errorf("%s: %+v", name, no)
		}
	}
	m := `{"id":"1","type":"subscribe","payload":{"query":"{ a }","variables":{"ids":[` + list(maxCommas) + `]}}}`
	if _, _, fault := protocols[0].parseMessage([]byte(m)); fault != tooMany.message {
		t.Errorf("over a socket: %q", fault)
	}
}
