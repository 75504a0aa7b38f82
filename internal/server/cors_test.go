package server

import (
	"strings"
	"testing"
)

const friend = "https://app.example.com"

func TestParseOrigins(t *testing.T) {
	t.Parallel()
	for _, origins := range [][]string{
		nil,
		{friend},
		{friend, friend},
		{"http://localhost:5173", "HTTPS://App.Example.com", "http://127.0.0.1:3000", "http://[::1]:3000", "capacitor://localhost", "https://xn--bcher-kva.example"},
		{"https://app.example.com:8443", "http://app.example.com:443"},
	} {
		if err := ParseOrigins(origins); err != nil {
			t.Errorf("%q: %v", origins, err)
		}
	}
	for origin, reason := range map[string]string{
		"*":                             "wildcard",
		"https://*.example.com":         "wildcard",
		"":                              "form",
		" ":                             "form",
		"null":                          "form",
		"app.example.com":               "form",
		"//app.example.com":             "form",
		"localhost:3000":                "form",
		"file://":                       "form",
		"https://":                      "form",
		"https://:80":                   "form",
		"https://app.example.com:x":     "form",
		"https://app.example.com/":      "path",
		"https://app.example.com/graph": "path",
		"https://app.example.com?a=b":   "path",
		"https://app.example.com#a":     "path",
		"https://user@app.example.com":  "path",
		"https://bücher.example":        "ASCII",
		"https://app.example.com:":      "port",
		"https://app.example.com:0":     "port",
		"https://app.example.com:65536": "port",
		"https://app.example.com:443":   "own port",
		"http://app.example.com:80":     "own port",
	} {
		err := ParseOrigins([]string{"http://localhost:5173", origin})
		if err == nil {
			t.Errorf("%q is accepted", origin)
			continue
		}
		if !strings.Contains(err.Error(), reason) || !strings.Contains(err.Error(), `"`+origin+`"`) || strings.Contains(err.Error(), "localhost:5173") {
			t.Errorf("%q: %v does not say %q", origin, err, reason)
		}
	}
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	url, log := start(t, func(o *Options) { o.Origins = []string{friend, "http://localhost:5173"} })

	t.Run("preflight", func(t *testing.T) {
		response, _ := call(t, "OPTIONS", url+"/graphql", "",
			"Origin: "+friend, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,content-type,x-anything")
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": friend, "Access-Control-Allow-Methods": "POST",
			"Access-Control-Allow-Headers": "authorization,content-type,x-anything", "Access-Control-Max-Age": "7200",
			"Access-Control-Allow-Credentials": "",
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if response.StatusCode != 204 {
			t.Errorf("status %d", response.StatusCode)
		}
		if !strings.Contains(log.String(), `"status":204`) {
			t.Error("it is not in the access log")
		}
	})
	t.Run("query", func(t *testing.T) {
		response, body := query(t, url, "{ __typename }", "Origin: "+friend)
		if body != `{"data":{"__typename":"Query"}}` {
			t.Error(body)
		}
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": friend, "Access-Control-Expose-Headers": "Retry-After, Etag, X-Request-Id",
			"Access-Control-Allow-Credentials": "", "Vary": "Accept-Encoding, Origin",
		} {
			if got := strings.Join(response.Header.Values(name), ", "); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	})
	t.Run("refusals can be read", func(t *testing.T) {
		for headers, status := range map[string]int{"Authorization: Bearer x": 401, "Accept: text/html": 406} {
			response, _ := query(t, url, "{ __typename }", headers, "Origin: "+friend)
			if response.StatusCode != status || response.Header.Get("Access-Control-Allow-Origin") != friend {
				t.Errorf("%s: %d, allowed to %q", headers, response.StatusCode, response.Header.Get("Access-Control-Allow-Origin"))
			}
		}
		response, _ := query(t, url, "{ panics }", "Origin: "+friend)
		if response.StatusCode != 500 || response.Header.Get("Access-Control-Allow-Origin") != friend {
			t.Errorf("panic: %d, allowed to %q", response.StatusCode, response.Header.Get("Access-Control-Allow-Origin"))
		}
	})
	t.Run("others", func(t *testing.T) {
		for _, origin := range []string{"https://evil.example", "https://app.example.com.evil.example", "http://app.example.com", "null"} {
			for _, method := range []string{"OPTIONS", "POST"} {
				response, _ := call(t, method, url+"/graphql", "{}", "Origin: "+origin, "Access-Control-Request-Method: POST")
				if got := response.Header.Get("Access-Control-Allow-Origin"); got != "" {
					t.Errorf("%s by %s is allowed to %q", method, origin, got)
				}
			}
		}
	})
}

func TestSameOriginAlone(t *testing.T) {
	t.Parallel()
	url, _ := start(t, nil)
	response, _ := call(t, "OPTIONS", url+"/graphql", "", "Origin: "+friend, "Access-Control-Request-Method: POST")
	if response.StatusCode != 405 || response.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a preflight: %d, allowed to %q", response.StatusCode, response.Header.Get("Access-Control-Allow-Origin"))
	}
	if response, _ := query(t, url, "{ __typename }", "Origin: "+friend); response.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a query may be read by any page")
	}
}
