// Package app serves the web app, with what it is told about the server that it came from.
package app

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"reelgraph/internal/server/static"
)

// Settings are what the app's page is told. It shows all of it to whoever opens it.
type Settings struct {
	// Endpoint is the path of the GraphQL endpoint on the page's own origin; empty means /graphql.
	Endpoint string `json:"endpoint"`
	// Users are those as whom a visitor may look around. Without any, the app asks for a token.
	Users []User `json:"users"`
}

// User is somebody with a token.
type User struct {
	Name   string   `json:"name"`
	ID     string   `json:"id"`
	Handle string   `json:"handle"`
	Token  string   `json:"token"`
	Roles  []string `json:"roles"`
}

// Options say what is served.
type Options struct {
	Settings Settings
	// Opened, where set, is told whenever the page is sent. It must not block.
	Opened func()
	// Missing answers for files that there are not.
	Missing http.Handler
}

// Scripts, styles and requests of the page's own origin alone, and pictures that scripts have drawn.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// The block of the page that the settings are put into, empty as the page is built and filled.
const (
	blockStart = `<script id="settings" type="application/json">`
	emptyBlock = blockStart + `{}</script>`
)

// Handler serves the app that was built into files: the page at /app, and below it at each path that could be one of the
// app's own, since those are for its scripts to tell apart; its files below /app/assets/. It is for GET and HEAD alone. A file's name
// holds a hash of its contents, so browsers may keep it for ever; the page, which may carry tokens, is never kept.
func Handler(files fs.FS, options Options) http.Handler {
	found, err := static.Read(files)
	if err != nil {
		panic("app: " + err.Error()) // The files are inside the program: it was built wrong.
	}
	assets := map[string]static.File{}
	for _, file := range found {
		if strings.HasPrefix(file.Name, "assets/") { // Others have no hash in their names.
			assets["/app/"+file.Name] = file
		}
	}
	filled := page(files, options)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentSecurityPolicy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("X-Content-Type-Options", "nosniff")
		if file, known := assets[r.URL.Path]; known {
			file.ServeHTTP(w, r)
		} else if namesFile(r.URL.Path) {
			options.Missing.ServeHTTP(w, r)
		} else {
			filled.ServeHTTP(w, r)
		}
	})
}

// namesFile reports whether a path is that of a file, be there one or not.
func namesFile(urlPath string) bool {
	return path.Ext(urlPath) != "" || urlPath == "/app/assets" || strings.HasPrefix(urlPath, "/app/assets/")
}

func page(files fs.FS, options Options) http.Handler {
	settings := options.Settings
	if settings.Endpoint == "" {
		settings.Endpoint = "/graphql"
	}
	if settings.Users == nil {
		settings.Users = []User{}
	}
	built, err := fs.ReadFile(files, "index.html")
	if err != nil || bytes.Count(built, []byte(emptyBlock)) != 1 {
		panic("app: index.html must have the block " + emptyBlock + " once") // It was built wrong.
	}
	text, err := json.Marshal(settings) // This escapes what could end the block.
	if err != nil {
		panic("app: " + err.Error()) // Texts and lists of them always become JSON.
	}
	html := bytes.Replace(built, []byte(emptyBlock), []byte(blockStart+string(text)+`</script>`), 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if options.Opened != nil && r.Method == http.MethodGet {
			options.Opened()
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(html) // An error means that the client is gone.
	})
}
