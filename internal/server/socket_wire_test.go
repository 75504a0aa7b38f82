package server

import "testing"

func TestPongsAreTakenOffFrames(t *testing.T) {
	t.Parallel()
	const pong, filled = "\x8a\x80mask", "\x8a\x83maskabc"
	for name, test := range map[string][2]string{
		"nothing":           {"", ""},
		"one":               {pong, ""},
		"several":           {pong + filled + pong, ""},
		"before a message":  {filled + "\x81\x80mask", "\x81\x80mask"},
		"behind a message":  {"\x81\x80mask" + pong, "\x81\x80mask" + pong},
		"cut in its header": {pong + "\x8a\x83ma", "\x8a\x83ma"},
		"cut in its end":    {pong + "\x8a\x83maskab", "\x8a\x83maskab"},
		// The library refuses these.
		"without a mask": {"\x8a\x03abcdefgh", "\x8a\x03abcdefgh"},
		"too long":       {"\x8a\xfemaskabc", "\x8a\xfemaskabc"},
		"a fragment":     {"\x0a\x80mask", "\x0a\x80mask"},
		"reserved bits":  {"\xca\x80mask", "\xca\x80mask"},
	} {
		if got := string(withoutPong([]byte(test[0]))); got != test[1] {
			t.Errorf("%s: %q is left, not %q", name, got, test[1])
		}
	}
}
