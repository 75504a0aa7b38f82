package server

import "testing"

func TestNegotiate(t *testing.T) {
	t.Parallel()
	const none = ""
	for _, test := range []struct {
		accept []string
		want   string
	}{
		{nil, mediaJSON},
		{[]string{""}, mediaJSON},
		{[]string{"  "}, mediaJSON},
		{[]string{"*/*"}, mediaJSON},
		{[]string{"application/*"}, mediaJSON},
		{[]string{"application/json"}, mediaJSON},
		{[]string{"APPLICATION/JSON; charset=utf-8"}, mediaJSON},
		{[]string{"application/graphql-response+json"}, mediaGraphQL},
		{[]string{"application/graphql-response+json; charset=utf-8"}, mediaGraphQL},

		// Apollo Client 3 and 4, urql, graphql-request, a browser's address bar.
		{[]string{"application/graphql-response+json,application/json;q=0.9"}, mediaGraphQL},
		{[]string{"multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9"}, mediaGraphQL},
		{[]string{"application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"}, mediaGraphQL},
		{[]string{"application/graphql-response+json, application/json"}, mediaGraphQL},
		{[]string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, mediaJSON},

		// The order decides between equals, the quality between others.
		{[]string{"application/json, application/graphql-response+json"}, mediaJSON},
		{[]string{"application/json;q=0.5, application/graphql-response+json;q=0.6"}, mediaGraphQL},
		{[]string{"application/json;q=0.7, application/graphql-response+json ; Q = 0.6"}, mediaJSON},
		{[]string{"application/json", "application/graphql-response+json;q=0.1"}, mediaJSON},
		{[]string{"application/json;q=0.1", "application/graphql-response+json"}, mediaGraphQL},

		{[]string{"application/json, application/json;q=0"}, mediaJSON},

		// What is named beats a wildcard, for better and for worse.
		{[]string{"*/*, application/graphql-response+json"}, mediaGraphQL},
		{[]string{"application/graphql-response+json, */*;q=0.1"}, mediaGraphQL},
		{[]string{"application/json;q=0, */*"}, mediaGraphQL},
		{[]string{"application/graphql-response+json;q=0.2, */*"}, mediaJSON},
		{[]string{"application/*;q=0.2, */*;q=0.9"}, mediaJSON},

		{[]string{"text/html"}, none},
		{[]string{"text/event-stream"}, none},
		{[]string{"application/json;q=0"}, none},
		{[]string{"application/*;q=0, */*"}, none},
		{[]string{"*/*;q=0.0"}, none},

		// Malformed parts count for nothing.
		{[]string{"application/json;q=x, application/graphql-response+json"}, mediaGraphQL},
		{[]string{"application/json;q=2"}, none},
		{[]string{"application/json;q=-1"}, none},
		{[]string{"application/json;q=NaN"}, none},
		{[]string{",;,application/json"}, mediaJSON},
	} {
		got, ok := negotiate(test.accept)
		if got != test.want || ok != (test.want != none) {
			t.Errorf("Accept %q: %q, %v, want %q", test.accept, got, ok, test.want)
		}
	}
}
