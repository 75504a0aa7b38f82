package models

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	lower = "0190a4b2-7c1d-7e3f-8a5b-c6d7e8f90a1b"
	upper = "0190A4B2-7C1D-7E3F-8A5B-C6D7E8F90A1B"
)

var parsed = ID{0x01, 0x90, 0xa4, 0xb2, 0x7c, 0x1d, 0x7e, 0x3f, 0x8a, 0x5b, 0xc6, 0xd7, 0xe8, 0xf9, 0x0a, 0x1b}

// invalidIDs are texts that are no ids, though some UUID libraries take them.
var invalidIDs = []string{
	"", " ", "0", "null",
	strings.ReplaceAll(lower, "-", ""),
	"{" + lower + "}",
	"urn:uuid:" + lower,
	lower[:35], lower + "0", lower + "\n", " " + lower[:35],
	"{" + lower[:34] + "}",
	strings.Replace(lower, "a", "g", 1),
	strings.Replace(lower, "-", "_", 1),
	strings.Replace(lower, "0", "é", 1)[:36],
	"019-0a4b27c1d-7e3f-8a5b-c6d7e8f90a1b",
	"0190a4b27-c1d-7e3f-8a5b-c6d7e8f90a1b",
	"------------------------------------",
	strings.Repeat("0", 36),
	"0x90a4b2-7c1d-7e3f-8a5b-c6d7e8f90a1b",
	"+190a4b2-7c1d-7e3f-8a5b-c6d7e8f90a1b",
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]ID{
		lower: parsed, upper: parsed,
		"00000000-0000-0000-0000-000000000000": {},
		"ffffffff-ffff-ffff-ffff-ffffffffffff": ID(slices.Repeat([]byte{0xff}, 16)),
		"FfFfFfFf-fFfF-ffff-FFFF-ffffffffffff": ID(slices.Repeat([]byte{0xff}, 16)),
	} {
		if got, ok := ParseID(text); !ok || got != want || got.String() != strings.ToLower(text) {
			t.Errorf("%s is %s, %v", text, got, ok)
		}
	}
	for _, text := range invalidIDs {
		if id, ok := ParseID(text); ok || id != (ID{}) {
			t.Errorf("%q is taken for %s, %v", text, id, ok)
		}
	}
}

func TestNewID(t *testing.T) {
	t.Parallel()
	a, b := NewID(), NewID()
	if a == b {
		t.Errorf("%s twice", a)
	}
	if text := a.String(); text[14] != '4' || !strings.ContainsAny(text[19:20], "89ab") {
		t.Errorf("%s is not of version 4", text)
	}
}

// FuzzParseID: what is taken for an id prints as the same text in lower case, and every way to
// write an id is read again as the same.
func FuzzParseID(f *testing.F) {
	for _, text := range append([]string{lower, upper}, invalidIDs...) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := ParseID(text)
		if !ok {
			if id != (ID{}) {
				t.Errorf("%q is none, but %s", text, id)
			}
			return
		}
		if id.String() != strings.ToLower(text) {
			t.Errorf("%q prints as %s", text, id)
		}
		wantAllForms(t, id)
	})
}

// wantAllForms writes an id in every way that there is, and reads it again.
func wantAllForms(t *testing.T, id ID) {
	t.Helper()
	want := id.String()
	forms := map[string]string{}
	text, err := id.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	forms["text"] = string(text)
	value, err := id.Value()
	if err != nil {
		t.Fatal(err)
	}
	forms["value"], _ = value.(string)
	quoted, err := json.Marshal(id)
	if err != nil {
		t.Fatal(err)
	}
	forms["JSON"] = strings.Trim(string(quoted), `"`)
	var gql strings.Builder
	id.MarshalGQL(&gql)
	forms["GraphQL"] = strings.Trim(gql.String(), `"`)
	for form, got := range forms {
		if got != want {
			t.Errorf("as %s it is %s, want %s", form, got, want)
		}
	}
	reads := map[string]func(*ID) error{
		"text":    func(id *ID) error { return id.UnmarshalText(text) },
		"JSON":    func(id *ID) error { return json.Unmarshal(quoted, id) },
		"GraphQL": func(id *ID) error { return id.UnmarshalGQL(want) },
		"string":  func(id *ID) error { return id.Scan(want) },
		"bytes":   func(id *ID) error { return id.Scan(text) },
		"binary":  func(id *ID) error { return id.Scan(parsedBytes(want)) },
		"array":   func(id *ID) error { return id.Scan([16]byte(parsedBytes(want))) },
	}
	for form, read := range reads {
		var got ID
		if err := read(&got); err != nil || got != id {
			t.Errorf("read as %s it is %s, %v; want %s", form, got, err, id)
		}
	}
}

func parsedBytes(text string) []byte {
	id, _ := ParseID(text)
	return id[:]
}

func TestIDForms(t *testing.T) {
	t.Parallel()
	wantAllForms(t, parsed)
	wantAllForms(t, ID{})
	wantAllForms(t, NewID())
}

// TestIDReadsNothingElse: what is no id is an error that names it, and leaves the id as it was.
func TestIDReadsNothingElse(t *testing.T) {
	t.Parallel()
	id := parsed
	for _, text := range invalidIDs {
		for _, err := range []error{id.UnmarshalText([]byte(text)), id.UnmarshalGQL(text), id.Scan(text)} {
			if err == nil || !strings.Contains(err.Error(), "is not a UUID") {
				t.Errorf("%q: error is %v", text, err)
			}
		}
	}
	for _, value := range []any{nil, 7, 7.0, true, []byte{1, 2, 3}, make([]byte, 17), []string{lower}, map[string]any{}, json.Number("7")} {
		if err := id.Scan(value); err == nil {
			t.Errorf("%v was scanned", value)
		}
		if err := id.UnmarshalGQL(value); err == nil {
			t.Errorf("%v was taken for GraphQL's ID", value)
		}
	}
	for _, text := range []string{`7`, `true`, `{}`, `[]`, `""`, `"` + lower} {
		if err := json.Unmarshal([]byte(text), &id); err == nil {
			t.Errorf("JSON's %s was taken for an id", text)
		}
	}
	if id != parsed {
		t.Errorf("a failed reading left %s", id)
	}
}

// TestIDInJSON: an id may be the key of an object, too.
func TestIDInJSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(map[ID]*ID{parsed: {}, {}: nil})
	want := `{"00000000-0000-0000-0000-000000000000":null,"` + lower + `":"00000000-0000-0000-0000-000000000000"}`
	if string(got) != want || err != nil {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	var back map[ID]*ID
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[ID]*ID{parsed: {}, {}: nil}, back); diff != "" {
		t.Error(diff)
	}
}

// TestIDsCompareAsTheirTextDoes, which is how SQLite orders them.
func TestIDsCompareAsTheirTextDoes(t *testing.T) {
	t.Parallel()
	list := []ID{{}, parsed, {0x7f}, {0x80}, {0xff}, {15: 1}, {15: 0xff}, {14: 1}, ID(slices.Repeat([]byte{0xff}, 16))}
	for range 100 {
		list = append(list, NewID())
	}
	for _, a := range list {
		for _, b := range list {
			if got, want := sign(a.Compare(b)), strings.Compare(a.String(), b.String()); got != want {
				t.Errorf("%s to %s is %d, want %d", a, b, got, want)
			}
		}
	}
}

func sign(n int) int { return max(-1, min(1, n)) }

func TestIDAppendsToWhatIsThere(t *testing.T) {
	t.Parallel()
	if got, err := parsed.AppendText([]byte("id:")); string(got) != "id:"+lower || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}
