package server

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRequestID(t *testing.T) {
	t.Parallel()
	url, log := start(t, nil)
	for _, id := range []string{"a", "client-1.2_3", strings.Repeat("x", 64)} {
		response, _ := call(t, "GET", url+"/healthz", "", "X-Request-Id: "+id)
		if got := response.Header.Get("X-Request-Id"); got != id {
			t.Errorf("%q became %q", id, got)
		}
		if !strings.Contains(log.String(), `"requestId":"`+id+`"`) {
			t.Errorf("%q is not in the log", id)
		}
	}
	seen := map[string]bool{}
	for _, id := range []string{"", strings.Repeat("x", 65), "a b", "é", `a"b`, "a/b"} {
		response, _ := call(t, "GET", url+"/healthz", "", "X-Request-Id: "+id)
		got := response.Header.Get("X-Request-Id")
		if got == id || !isRequestID(got) || seen[got] {
			t.Errorf("%q became %q", id, got)
		}
		seen[got] = true
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	url, log := start(t, nil)
	_, body := call(t, "GET", url+"/graphql?query={__typename}&operationName=", "", "X-Request-Id: r-2")
	var line struct {
		Level, RequestID, Method, Route string
		Status, Bytes                   int
		Duration                        int64
	}
	if err := json.Unmarshal([]byte(log.String()), &line); err != nil {
		t.Fatalf("%v in %q", err, log)
	}
	if line.Level != "DEBUG" || line.RequestID != "r-2" || line.Method != "GET" || line.Route != "/graphql" ||
		line.Status != 200 || line.Bytes != len(body) || line.Duration <= 0 {
		t.Errorf("%+v", line)
	}
	body = `{"query":"query Q($t: String!) { echo(text: $t) }","variables":{"t":"confidential"}}`
	call(t, "POST", url+"/graphql", body, "Content-Type: application/json")
	call(t, "GET", url+"/confidential", "")
	if text := log.String(); strings.Contains(text, "confidential") || strings.Contains(text, "typename") || strings.Contains(text, "echo") {
		t.Errorf("the log tells what was asked: %s", text)
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	url, _ := start(t, nil)
	response, plain := query(t, url, "{ large }")
	if len(plain) < 50_000 || response.ContentLength != int64(len(plain)) {
		t.Fatalf("the plain answer has %d bytes and says %d", len(plain), response.ContentLength)
	}
	response, packed := query(t, url, "{ large }", "Accept-Encoding: br, zstd, gzip")
	if got := response.Header.Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("Content-Encoding %q", got)
	}
	reader, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(reader); err != nil || string(unpacked) != plain {
		t.Errorf("unpacked %d bytes of %d: %v", len(unpacked), len(plain), err)
	}
	if len(packed) > len(plain)/20 || response.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("%d bytes, Vary %q", len(packed), response.Header.Get("Vary"))
	}
	for accept, text := range map[string]string{"gzip": "{ __typename }", "gzip;q=0": "{ large }", "br": "{ large }"} {
		response, body := query(t, url, text, "Accept-Encoding: "+accept)
		if response.Header.Get("Content-Encoding") != "" || !strings.HasPrefix(body, `{"data":`) {
			t.Errorf("%s of %s is sent as %q", text, accept, response.Header.Get("Content-Encoding"))
		}
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	url, log := start(t, func(o *Options) {
		o.Playground = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/half" {
				_, _ = w.Write(bytes.Repeat([]byte("x"), 8000))
			}
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Cache-Control", "public")
			panic("the page is torn")
		})
	})
	response, body := query(t, url, "{ panics }", "X-Request-Id: r-3", asGraphQL)
	_, code, extensions, hasData := firstError(t, body)
	if response.StatusCode != 500 || code != "INTERNAL_SERVER_ERROR" || extensions["requestId"] != "r-3" || hasData {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if strings.Contains(body, "sky") {
		t.Error("the answer tells the cause")
	}
	for _, want := range []string{"the sky falls", `"requestId":"r-3"`, "server_test.go", `"status":500`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s", want)
		}
	}

	response, body = call(t, "GET", url+"/", "")
	if _, code, _, _ := firstError(t, body); code != "INTERNAL_SERVER_ERROR" ||
		response.Header.Get("Content-Encoding") != "" || response.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers of the torn page: %v", response.Header)
	}
	half, err := (&http.Transport{DisableCompression: true}).RoundTrip(httptest.NewRequest("GET", url+"/half", nil))
	if err == nil {
		_, err = io.ReadAll(half.Body)
		half.Body.Close()
	}
	if err == nil {
		t.Error("half of a page came as a whole one")
	}
	if response, _ := query(t, url, "{ __typename }"); response.StatusCode != 200 {
		t.Errorf("after the panics: %d", response.StatusCode)
	}
}
