package server

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"
)

// What is read quickly is what encoding/json reads.
func same(t *testing.T, body string) (quick bool) {
	t.Helper()
	if object, ok := quickObject([]byte(body)); ok {
		var ordinary map[string]any
		if no := decode([]byte(body), &ordinary, "the body"); no != nil || !reflect.DeepEqual(object, ordinary) {
			t.Errorf("%q: %#v, want %#v, %v", body, object, ordinary, no)
		}
	}
	params, documentID, ok := quickBody([]byte(body))
	if !ok {
		return false
	}
	ordinary, id, no := anyBody([]byte(body))
	if no != nil {
		t.Fatalf("%q is read, though it is to be refused: %s", body, no.message)
	}
	if !reflect.DeepEqual(params, ordinary) || documentID != id { // cmp.Diff takes for ever for what is deeply nested.
		t.Errorf("%q: %#v, %q; want %#v, %q", body, params, documentID, ordinary, id)
	}
	return true
}

// quickBodies are bodies that clients send.
var quickBodies = []string{
	`{}`, ` { } `, `{"query":"{ a }"}`, ` { "query" : "{ a }" , "variables" : { "a" : [ 1 , { } ] } } `, `{"query":null,"operationName":null,"documentId":null,"variables":null,"extensions":null}`,
	`{"query":"query A($ids: [ID!]!) {\n  a(ids: $ids) { \"b\" }\n}","operationName":"A","variables":{"ids":["1","2",""]}}`,
	`{"variables":{"a":[],"b":{},"c":[[],[1],[{"d":[2,3]},4],5],"e":[null,true,false],"e":{"f":null}}}`,
	`{"variables":{"":0,"n":[-0,1,-12,0.5,10.25e3,1E+9,2e-7,123456789012345678901234567890]}}`,
	`{"variables":{"s":"\"\\\/\b\f\n\r\t","t":"plain","u":"é漢😀","v":"\\\\\"","x\ny":1}}`,
	`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}`, `{"documentId":"a","extensions":{"documentId":"b"}}`,
	`{"variables":{"a":` + strings.Repeat(`[`, 32) + strings.Repeat(`]`, 32) + `}}`,
	`{"variables":{"a":[` + strings.Repeat(`[1,2],`, 1000) + `3]}}`,
}

// ordinaryBodies are bodies that are left to encoding/json, and faults.
var ordinaryBodies = []string{
	``, ` `, `{`, `}`, `[]`, `null`, `"a"`, `{"query"}`, `{"query":}`, `{"query":"a",}`, `{,}`, `{"query" "a"}`, `{"query":"a"}}`, `{"query":"a"} x`, `{"query":"a"}{}`,
	`{query:"a"}`, `{'query':'a'}`, `{"Query":"a"}`, `{"QUERY":"a"}`, `{"que\ry":"a"}`, `{"query":"a","query":"b"}`, `{"variables":{},"variables":{}}`, `{"id":1,"query":"a"}`,
	`{"query":1}`, `{"query":{}}`, `{"query":nul}`, `{"query":nulll}`, `{"documentId":1}`, `{"variables":[]}`, `{"variables":"a"}`, `{"extensions":1}`,
	`{"query":"\u0061"}`, `{"query":"\x"}`, `{"query":"\`, `{"query":"\"`, `{"query":"a`, "{\"query\":\"a\nb\"}", "{\"query\":\"a\x00b\"}", "{\"query\":\"\\\n\"}", "{\"query\":\"\xff\"}", "{\"query\":\"\xed\xa0\x80\"}", "\ufeff{}",
	`{"variables":{"a":01}}`, `{"variables":{"a":+1}}`, `{"variables":{"a":.5}}`, `{"variables":{"a":1.}}`, `{"variables":{"a":1e}}`, `{"variables":{"a":1e+}}`, `{"variables":{"a":-}}`, `{"variables":{"a":0x1}}`, `{"variables":{"a":NaN}}`,
	`{"variables":{"a":tru}}`, `{"variables":{"a":truefalse}}`, `{"variables":{"a":[1,]}}`, `{"variables":{"a":[,1]}}`, `{"variables":{"a":[1 2]}}`, `{"variables":{"a":[1}}`, `{"variables":{"a":[1]`, `{"variables":{"a":`, `{"variables":{"a"`, `{"variables":{1:2}}`,
	`{"variables":{"a":` + strings.Repeat(`[`, 33) + strings.Repeat(`]`, 33) + `}}`, `{"variables":{"a":` + strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40) + `}}`,
	`{"variables":{"a":"` + strings.Repeat(`a`, maxQuickBytes) + `"}}`,
	"{\n}", "{\t}", "{\v}", "{\u00a0}", `{"query":"a"/**/}`,
}

func TestQuickBody(t *testing.T) {
	t.Parallel()
	for _, body := range quickBodies {
		if !same(t, body) {
			t.Errorf("%q is not read quickly", body)
		}
	}
	for _, body := range ordinaryBodies {
		if same(t, body) {
			t.Errorf("%.100q is read quickly", body)
		}
	}
}

// Caches keep texts and hashes of operations: these must not keep the whole body.
func TestWhatLastsDoesNotKeepTheBody(t *testing.T) {
	t.Parallel()
	const body = `{"query":"{ a }","operationName":"A","variables":{"v":"value"},"extensions":{"hash":"abc","list":["d",12]},"documentId":"e"}`
	params, documentID, ok := quickBody([]byte(body))
	if !ok {
		t.Fatal("it is not read quickly")
	}
	address := func(text string) uintptr { return uintptr(unsafe.Pointer(unsafe.StringData(text))) }
	begin := address(params.Variables["v"].(string)) - uintptr(strings.Index(body, "value"))
	list := params.Extensions["list"].([]any)
	for _, text := range []string{
		params.Query, params.OperationName, documentID, params.Extensions["hash"].(string), list[0].(string), string(list[1].(json.Number)),
	} {
		if at := address(text); at >= begin && at < begin+uintptr(len(body)) {
			t.Errorf("%q is a part of the body", text)
		}
	}
}

func TestHasControls(t *testing.T) {
	t.Parallel()
	for place := range 20 {
		for c := range 256 {
			text := []byte(strings.Repeat("a", 20))
			text[place] = byte(c)
			if place > 0 {
				text[place-1] = 0xff // which must not lend
			}
			if got := hasControls(text); got != (c < ' ') {
				t.Errorf("%q: %t", text, got)
			}
		}
	}
}

func FuzzQuickJSON(f *testing.F) {
	for _, body := range quickBodies {
		f.Add(body)
	}
	for _, body := range ordinaryBodies {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if same(t, body) && !utf8.ValidString(body) {
			t.Error("what is no UTF-8 is read")
		}
	})
}
