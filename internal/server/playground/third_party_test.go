package playground_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The files from npm are those that vendor.sh compared with SHA256SUMS, to the byte.
func TestThirdPartyFilesAreAsRecorded(t *testing.T) {
	t.Parallel()
	sums, err := os.ReadFile("third_party/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(sums)) {
		sum, name, found := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !found {
			t.Fatalf("SHA256SUMS: cannot read the line %q", line)
		}
		want[name] = sum
	}

	got := map[string]string{}
	for _, pattern := range []string{"*.js", "*.css", "*.txt"} {
		names, err := filepath.Glob(filepath.Join("third_party", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(content)
			got[filepath.Base(name)] = hex.EncodeToString(sum[:])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files and their sums (-recorded +found):\n%s", diff)
	}
}
