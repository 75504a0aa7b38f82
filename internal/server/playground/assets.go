package playground

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"path"
	"sync"

	"reelgraph/internal/server/static"
)

//go:embed assets third_party/*.js third_party/*.css
var files embed.FS

// bundle is all files that the page refers to, served side by side below one path that is as much as a name
// for their contents. Modules may therefore import each other by relative paths.
type bundle struct {
	prefix string
	files  []static.File
}

// Read when the first handler is made, so that other commands of the program pay nothing for it.
var embedded = sync.OnceValue(func() bundle {
	found, err := static.Read(files)
	if err != nil {
		panic("playground: " + err.Error()) // The files are inside the program: it was built wrong.
	}
	hash := sha256.New()
	for _, file := range found {
		hash.Write([]byte(file.Name + " " + file.Sum + "\n"))
	}
	return bundle{prefix: "/playground/" + hex.EncodeToString(hash.Sum(nil)[:8]) + "/", files: found}
})

// path is where the file is served.
func (b bundle) path(file static.File) string { return b.prefix + path.Base(file.Name) }
