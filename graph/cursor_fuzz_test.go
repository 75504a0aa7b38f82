package graph

import (
	"testing"

	"reelgraph/models"
)

// FuzzCursor reads texts as the cursors of each kind of list: what is taken for one names the place that its text was made of.
func FuzzCursor(f *testing.F) {
	c, id := cursorsOf("feed", &models.ID{1}), models.ID{2}
	for _, text := range []string{
		"", "=", c.prefix, c.encode(nil), c.encode(make([]byte, 24)), c.encode([]byte{7: 1, 23: 2}), c.encode([]byte{0: 255, 23: 0}),
		c.count(1, id), c.count(-1, id), c.rank(1, 2, id), c.number(7), c.number(-7), c.number(7) + "\n", c.number(7) + "=",
		cursorsOf("feed", nil).number(7),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		again := map[string]string{}
		if key, err := c.timeKey(&text); err == nil {
			again["time"] = c.time(key.At, key.ID)
		}
		if key, err := c.countKey(&text); err == nil {
			again["count"] = c.count(key.Count, key.ID)
		}
		if key, err := c.rankKey(&text); err == nil {
			again["rank"] = c.rank(key.Generation, key.Count, key.ID)
		}
		if number, err := c.numberKey(&text); err == nil {
			again["number"] = c.number(*number)
		}
		for kind, same := range again {
			if same != text {
				t.Errorf("as a %s, %q is read as %q", kind, text, same)
			}
		}
	})
}
