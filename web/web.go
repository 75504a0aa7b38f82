// Package web is the app: its sources in TypeScript, and what Vite has built of them, for the program to serve.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var built embed.FS

// Files are what was built: index.html, and below assets/ the files that it refers to, each with a hash of its contents in its name;
// and licenses.md, the licenses of what others have written of it.
func Files() fs.FS {
	files, err := fs.Sub(built, "dist")
	if err != nil {
		panic("web: " + err.Error()) // The name is a constant, and a good one.
	}
	return files
}
