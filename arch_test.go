package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// mayImport says which rooms the code of a room may import. A room is a folder with Go in it, and
// "." the top level. A request's way is down this list, and no import goes up. What is not here is
// not allowed; a new room needs a line of its own.
var mayImport = map[string][]string{
	".": {
		"internal/config", "internal/server", "internal/server/app", "internal/server/playground", "web", "graph", "internal/auth", "internal/events",
		"internal/demo", "internal/live", "internal/loaders", "internal/seed", "internal/store", "internal/database", "internal/metrics", "internal/tracing", "models",
	},
	"internal/metrics": {
		"internal/server", "internal/live", "internal/loaders", "internal/events", "internal/store", "internal/database", "models",
	},
	"internal/server":            {"internal/server/playground", "internal/rest", "internal/auth", "models"},
	"internal/server/app":        {"internal/server/static"},
	"internal/server/playground": {"internal/server/static"},
	"internal/server/static":     {},
	"web":                        {},
	"internal/rest":              {"models"},
	"graph":                      {"internal/live", "internal/loaders", "internal/store", "models"},
	"internal/live":              {"models"},
	"internal/loaders":           {"internal/store", "models"},
	"internal/seed":              {"internal/store", "models"},
	"internal/store":             {"internal/database", "models"},
	"internal/database":          {"models"},
	"internal/auth":              {"models"},
	"internal/events":            {"models"},
	"internal/tracing":           {"models"},
	"internal/config":            {"models"},
	"models":                     {},
	"internal/testdb":            {"internal/database"},
	// It wires rooms as the top level does.
	"bench/live": {
		"bench/rig", "graph", "internal/server", "internal/auth", "internal/events", "internal/live", "internal/store", "internal/database", "models",
	},
	"bench/edge": {
		"bench/rig", "graph", "internal/server", "internal/auth", "internal/events", "internal/live", "internal/loaders", "internal/metrics", "internal/seed",
		"internal/store", "internal/database", "internal/tracing", "models",
	},
	"bench/compare": {"bench/rig", "graph", "internal/auth", "internal/seed", "internal/store", "internal/database", "models"},
	"bench/rig":     {},
	// Clients, which know of the server what its API tells.
	"bench/hostile": {},
	"internal/demo": {},
	// A part of the making, not of the program.
	"internal/generate": {},
	"docs/workers/go":   {},
}

// testsMayImport says what the tests of any room may import beside what its code may: what it
// takes to have a filled database and somebody who asks.
var testsMayImport = []string{
	"internal/testdb", "internal/database", "internal/store", "internal/seed", "internal/auth", "models",
}

// maxLines is how long a file may be that people write: more hides a second subject.
const maxLines = 400

func TestImports(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, name := range goFiles(t) {
		room := path.Dir(name)
		seen[room] = true
		allowed, known := mayImport[room]
		if !known {
			t.Errorf("%s: the room %s has no line in mayImport", name, room)
			continue
		}
		if strings.HasSuffix(name, "_test.go") {
			allowed = slices.Concat(allowed, testsMayImport, []string{room})
		}
		for _, imported := range roomImports(t, name) {
			if !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s, which mayImport does not allow %s", name, imported, room)
			}
		}
	}
	for room := range mayImport {
		if !seen[room] {
			t.Errorf("mayImport has a line for %s, where there is no Go", room)
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	for _, name := range goFiles(t) {
		lines := bytes.Count(content(t, name), []byte("\n"))
		if lines > maxLines && !ast.IsGenerated(parse(t, name)) {
			t.Errorf("%s has %d lines, more than %d: it holds more than one subject", name, lines, maxLines)
		}
	}
}

// Whoever clones the repository has nothing but the repository.
func TestNothingOutsideIsNamed(t *testing.T) {
	t.Parallel()
	// In two parts each, lest this file be found.
	outside := []string{"/wo" + "rk/", "../" + "shared", "." + "library"}
	for _, name := range files(t) {
		text := content(t, name)
		if !utf8.Valid(text) {
			continue
		}
		for number, line := range bytes.Split(text, []byte("\n")) {
			for _, folder := range outside {
				if bytes.Contains(line, []byte(folder)) {
					t.Errorf("%s:%d names %s, which is no part of the repository", name, number+1, folder)
				}
			}
		}
	}
}

// files is every file that is in the repository or, not being ignored, about to be.
func files(t *testing.T) []string {
	t.Helper()
	git := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	listed, err := git.Output()
	if err != nil {
		t.Fatalf("git ls-files, which tells the repository's files from others: %v", err)
	}
	names := strings.Split(strings.TrimSuffix(string(listed), "\x00"), "\x00")
	return slices.DeleteFunc(names, func(name string) bool {
		_, err := os.Stat(name)
		return os.IsNotExist(err) // Deleted, and not committed yet.
	})
}

func goFiles(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(files(t), func(name string) bool { return path.Ext(name) != ".go" })
}

func content(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// parse reads a Go file's comments and imports. Unlike the go command it does so whatever the
// file's build constraints.
func parse(t *testing.T, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// roomImports is the rooms among what a Go file imports.
func roomImports(t *testing.T, name string) []string {
	t.Helper()
	var rooms []string
	for _, spec := range parse(t, name).Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if room, ours := strings.CutPrefix(imported, "reelgraph/"); ours {
			rooms = append(rooms, room)
		}
	}
	return rooms
}
