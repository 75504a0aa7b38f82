package server

import (
	"slices"
	"strings"
	"testing"
)

// FuzzAccept reads Accept headers: whatever one says, an answer has a form that the client accepts, or none.
func FuzzAccept(f *testing.F) {
	for _, text := range []string{
		"", " ", ",", "*/*", "text/html", "application/json", "application/*;q=0.5, application/json;q=0", "multipart/mixed",
		`multipart/mixed;boundary="-";subscriptionSpec=1.0,application/json;q=NaN`, "multipart/mixed;deferSpec=20220824, application/json",
		"text/event-stream, application/graphql-response+json;q=1e-3", "application/json;q=2", "application/json;q=-0", ";;==;q=\"1\"", "\xff/\x00;q=0x1p-2",
		"a/b" + strings.Repeat(";a=b", 300), strings.Repeat("a/b,", 300),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, header string) {
		accepts := readAccept([]string{header})
		for f, wanted := range accepts {
			if !(wanted.quality >= 0 && wanted.quality <= 1) || wanted.precision < 0 || wanted.precision > namedWithParameter {
				t.Fatalf("form %d is wanted as %+v", f, wanted)
			}
		}
		for k := range kind(len(choices)) {
			best, ok := accepts.choose(k)
			forms := slices.Concat(choices[k]...)
			if ok && (!slices.Contains(forms, best) || accepts[best].quality == 0) {
				t.Errorf("a kind %d is answered in the form %d, wanted as %+v", k, best, accepts[best])
			}
			if !ok && slices.ContainsFunc(forms, func(f form) bool { return accepts[f].quality > 0 }) {
				t.Errorf("no form is found for a kind %d among %+v", k, accepts)
			}
		}
		if media := accepts.refusalMedia(); media != mediaJSON && media != mediaGraphQL {
			t.Errorf("refused as %q", media)
		}
		if one, rest, several := strings.Cut(header, ","); several && *readAccept([]string{one, rest}) != *accepts {
			t.Error("in two headers it says something else than in one")
		}
		if strings.TrimSpace(header) != "" && *readAccept([]string{header, "application/json;q=7"}) != *accepts {
			t.Error("what is malformed counts for something")
		}
	})
}
