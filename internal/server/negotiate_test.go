package server

import "testing"

func TestMediaOfPlainAnswers(t *testing.T) {
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
		{[]string{"multipart/mixed;deferSpec=20220824"}, none},
		{[]string{"application/json;q=0"}, none},
		{[]string{"application/*;q=0, */*"}, mediaEvents},
		{[]string{"*/*;q=0.0"}, none},

		// Malformed parts count for nothing.
		{[]string{"application/json;q=x, application/graphql-response+json"}, mediaGraphQL},
		{[]string{"application/json;q=2"}, none},
		{[]string{"application/json;q=-1"}, none},
		{[]string{"application/json;q=NaN"}, none},
		{[]string{",;,application/json"}, mediaJSON},
	} {
		f, ok := readAccept(test.accept).choose(kindSingle)
		if got := ranges[f].media; ok != (test.want != none) || ok && got != test.want {
			t.Errorf("Accept %q: %q, %v, want %q", test.accept, got, ok, test.want)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	const none form = -1
	const (
		apolloQuery        = "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9"
		apolloSubscription = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9"
		urql               = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
	)
	for _, test := range []struct {
		accept                                  string
		unknown, single, deferred, subscription form
	}{
		{"", formJSON, formJSON, formJSON, formEvents},
		{"*/*", formJSON, formJSON, formJSON, formEvents},
		{"application/json", formJSON, formJSON, formJSON, none},
		{"application/graphql-response+json", formGraphQL, formGraphQL, formGraphQL, none},
		{apolloQuery, formGraphQL, formGraphQL, formDeferred, none},
		{apolloSubscription, formGraphQL, formGraphQL, formGraphQL, formPayloads},
		{urql, formGraphQL, formGraphQL, formDeferred, formEvents},
		{"text/event-stream", formEvents, formEvents, formEvents, formEvents}, // graphql-sse, EventSource
		{"text/*", formEvents, formEvents, formEvents, formEvents},
		{"text/event-stream, application/json;q=0.1", formJSON, formJSON, formJSON, formEvents},
		{"text/event-stream;q=0", none, none, none, none},
		{"text/event-stream;q=0, */*", formJSON, formJSON, formJSON, none},
		{"text/html", none, none, none, none},

		// Which stream is wanted more.
		{"text/event-stream, multipart/mixed;subscriptionSpec=1.0", formEvents, formEvents, formEvents, formEvents},
		{"multipart/mixed;subscriptionSpec=1.0, text/event-stream", formEvents, formEvents, formEvents, formPayloads},
		{"text/event-stream;q=0.4, multipart/mixed;subscriptionSpec=1.0;q=0.5", formEvents, formEvents, formEvents, formPayloads},
		{"multipart/mixed;subscriptionSpec=1.0;q=0.5, text/event-stream", formEvents, formEvents, formEvents, formEvents},
		{"*/*, multipart/mixed;subscriptionSpec=1.0", formJSON, formJSON, formJSON, formPayloads},
		{"multipart/mixed;subscriptionSpec=1.0;q=0.5, */*", formJSON, formJSON, formJSON, formEvents},

		// Parameters tell the multipart forms apart.
		{`multipart/mixed; SubscriptionSpec="1.0"`, formPayloads, none, none, formPayloads},
		{"multipart/mixed;subscriptionSpec=2.0", none, none, none, none},
		{"multipart/mixed;subscriptionSpec=1.0;q=0", none, none, none, none},
		{"multipart/mixed", none, none, formDeferred, none},
		{`MULTIPART/MIXED; boundary="-"; deferSpec="20220824"`, none, none, formDeferred, none},
		{"multipart/mixed;deferSpec=20230621, application/json", formJSON, formJSON, formJSON, none},
		{"multipart/mixed;incrementalSpec=v0.2, application/json", formJSON, formJSON, formJSON, none},
		{"multipart/*, application/json;q=0.5", formJSON, formJSON, formJSON, none},
		{"multipart/mixed;deferSpec=20220824;q=0, multipart/mixed, application/json", formJSON, formJSON, formJSON, none},
		{"multipart/mixed;deferSpec=20220824;q=0.5, application/json", formJSON, formJSON, formJSON, none},
		{"application/json, multipart/mixed;deferSpec=20220824", formJSON, formJSON, formDeferred, none},
	} {
		for k, want := range []form{kindUnknown: test.unknown, kindSingle: test.single, kindDeferred: test.deferred, kindSubscription: test.subscription} {
			f, ok := readAccept([]string{test.accept}).choose(kind(k))
			if ok != (want != none) || ok && f != want {
				t.Errorf("Accept %q, kind %d: form %d, %v, want %d", test.accept, k, f, ok, want)
			}
		}
	}
}
